//! Classifies rows for the bridge between actual and amortized costs.

/// The class of a row in the bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChargeClass {
    NoBenefit,
    Purchase,
    Refund,
    Used,
    UnusedReservation,
    UnusedSavingsPlan,
}

/// The values of a FOCUS row that describe a commitment discount. Blank values are `None`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FocusRow<'a> {
    pub(crate) publisher: Option<&'a str>,
    pub(crate) category: Option<&'a str>,
    pub(crate) subcategory: Option<&'a str>,
    pub(crate) class: Option<&'a str>,
    pub(crate) status: Option<&'a str>,
    /// `Reservation` or `Savings Plan`.
    pub(crate) kind: Option<&'a str>,
    pub(crate) has_id: bool,
}

/// Whether an id is set. Older files fill the column with zeros.
pub(crate) fn is_filled(id: &str) -> bool {
    id.bytes().any(|byte| !matches!(byte, b'0' | b'-' | b' '))
}

/// Publisher types whose charges are never covered by a benefit. `VENDOR` is the FOCUS spelling.
const MARKETPLACE: &str = "marketplace";
const VENDOR: &str = "vendor";

/// Number of publisher classes that [`publisher_kind`] distinguishes.
pub(crate) const PUBLISHER_KINDS: usize = 3;

/// The class of a publisher: marketplace, FOCUS vendor, or any other.
pub(crate) fn publisher_kind(name: &str) -> usize {
    match name {
        name if is(name, MARKETPLACE) => 1,
        name if is(name, VENDOR) => 2,
        _ => 0,
    }
}

fn is(text: &str, word: &str) -> bool {
    text.trim().eq_ignore_ascii_case(word)
}

impl ChargeClass {
    const ALL: [Self; 6] = [
        Self::NoBenefit,
        Self::Purchase,
        Self::Refund,
        Self::Used,
        Self::UnusedReservation,
        Self::UnusedSavingsPlan,
    ];

    /// Classifies a row by its values. `has_id` is whether a reservation or benefit id is set.
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
        let marketplace = publisher.is_some_and(|name| is(name, MARKETPLACE));
        if marketplace || !(by_model || by_hint) {
            return Self::NoBenefit;
        }
        let kinds = [
            ("purchase", Self::Purchase),
            ("refund", Self::Refund),
            ("unusedreservation", Self::UnusedReservation),
            ("unusedsavingsplan", Self::UnusedSavingsPlan),
        ];
        // Microsoft writes both `UnusedReservation` and `Unused Reservation`.
        let letters = |c: &char| !c.is_whitespace();
        let word: String = charge.chars().filter(letters).collect();
        let known = kinds
            .iter()
            .find(|(kind, _)| word.eq_ignore_ascii_case(kind));
        let plan = || model_is("savingsplan");
        match known {
            Some((_, part)) => *part,
            None if unused && plan() => Self::UnusedSavingsPlan,
            None if unused => Self::UnusedReservation,
            None => Self::Used,
        }
    }

    /// Classifies a FOCUS row.
    pub(crate) fn of_focus(row: &FocusRow<'_>) -> Self {
        let is = |text: Option<&str>, word: &str| text.is_some_and(|text| is(text, word));
        // FOCUS 1.0-preview has the status in the subcategory.
        let status_is = |status: &str, before: &str| {
            is(row.status, status) || (row.status.is_none() && is(row.subcategory, before))
        };
        let unused = status_is("unused", "unused commitment");
        let used = status_is("used", "used commitment");
        let marketplace = is(row.publisher, VENDOR) || is(row.publisher, MARKETPLACE);
        if marketplace || (!row.has_id && !unused) {
            return Self::NoBenefit;
        }
        let correction = is(row.class, "correction");
        let refund = is(row.subcategory, "refund");
        if is(row.category, "purchase") {
            return if correction || refund {
                Self::Refund
            } else {
                Self::Purchase
            };
        }
        let given_back = ["credit", "adjustment"];
        let given_back = given_back.into_iter().any(|word| is(row.category, word));
        if !used && !unused && (refund || given_back || correction) {
            return Self::Refund;
        }
        let plan = row
            .kind
            .is_some_and(|kind| kind.to_lowercase().contains("saving"));
        match (unused, plan) {
            (false, _) => Self::Used,
            (true, true) => Self::UnusedSavingsPlan,
            (true, false) => Self::UnusedReservation,
        }
    }

    /// Whether the row is the unused part of a benefit.
    pub(crate) fn is_unused(self) -> bool {
        matches!(self, Self::UnusedReservation | Self::UnusedSavingsPlan)
    }

    /// Number of variants.
    pub(crate) const COUNT: u32 = 6;

    /// The index of the variant, below [`ChargeClass::COUNT`].
    pub(crate) fn index(self) -> u8 {
        (0_u8..)
            .zip(Self::ALL)
            .find(|(_, part)| *part == self)
            .map_or(0, |(at, _)| at)
    }

    /// The variant with an index; `NoBenefit` if there is none.
    pub(crate) fn at(index: u8) -> Self {
        let found = Self::ALL.get(usize::from(index)).copied();
        found.unwrap_or(Self::NoBenefit)
    }
}
