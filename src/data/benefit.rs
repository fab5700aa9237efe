//! What a row counts as in the bridge between actual and amortized (contract, section 3).

/// A row's part in the bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    NoBenefit,
    Purchase,
    Refund,
    Used,
    UnusedReservation,
    UnusedSavingsPlan,
}

impl Part {
    const ALL: [Self; 6] = [
        Self::NoBenefit,
        Self::Purchase,
        Self::Refund,
        Self::Used,
        Self::UnusedReservation,
        Self::UnusedSavingsPlan,
    ];

    /// The part of a row with these texts; `has_id` says whether a reservation or benefit id is filled.
    pub(crate) fn of(
        publisher: Option<&str>,
        pricing: Option<&str>,
        charge: Option<&str>,
        has_id: bool,
    ) -> Self {
        let charge = charge.unwrap_or_default().trim();
        let model = pricing.unwrap_or_default();
        let model_is = |name: &str| {
            let letters = model.chars().filter(|c| !c.is_whitespace());
            letters.map(|c| c.to_ascii_lowercase()).eq(name.chars())
        };
        let unused = charge
            .get(..6)
            .is_some_and(|start| start.eq_ignore_ascii_case("unused"));
        let by_model = model_is("reservation") || model_is("savingsplan");
        let by_hint = model.trim().is_empty() && (has_id || unused);
        let marketplace =
            publisher.is_some_and(|name| name.trim().eq_ignore_ascii_case("marketplace"));
        if marketplace || !(by_model || by_hint) {
            return Self::NoBenefit;
        }
        let kinds = [
            ("purchase", Self::Purchase),
            ("refund", Self::Refund),
            ("unusedreservation", Self::UnusedReservation),
            ("unusedsavingsplan", Self::UnusedSavingsPlan),
        ];
        let known = kinds
            .iter()
            .find(|(word, _)| charge.eq_ignore_ascii_case(word));
        known.map_or(Self::Used, |(_, part)| *part)
    }

    /// The word that stands for the part in a column.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::NoBenefit => "none",
            Self::Purchase => "purchase",
            Self::Refund => "refund",
            Self::Used => "used",
            Self::UnusedReservation => "unused-reservation",
            Self::UnusedSavingsPlan => "unused-savings-plan",
        }
    }

    /// The part of a word.
    pub(crate) fn read(word: Option<&str>) -> Self {
        let known = Self::ALL.into_iter().find(|part| Some(part.word()) == word);
        known.unwrap_or(Self::NoBenefit)
    }
}
