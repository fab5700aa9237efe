//! The chart of a pair: both sides by day, beside each other.

use crate::domain::money::Amount;
use crate::domain::table::Series;
use crate::tui::ticket::Ticket;
use chrono::NaiveDate;

/// The picture above the groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PairPicture {
    /// The steps from actual to amortized.
    #[default]
    Bridge,
    /// Both sides by day.
    Days,
    /// The same, each day added to the days before it.
    Running,
}

impl PairPicture {
    /// The next one, wrapping around.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Bridge => Self::Days,
            Self::Days => Self::Running,
            Self::Running => Self::Bridge,
        }
    }
}

/// The costs of both sides by day, in the order of the currencies of the comparison.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PairDays {
    /// `None` if no row has a day.
    pub first: Option<NaiveDate>,
    pub currencies: Vec<[Vec<Amount>; 2]>,
}

impl PairDays {
    /// Both sides with the same first day.
    pub fn of(sides: &[Series; 2]) -> Self {
        let first = sides.iter().filter_map(|side| side.first).min();
        let count = sides.iter().map(|side| side.lines.len()).max();
        let days = |side: &Series, at: usize| -> Vec<Amount> {
            let late = side.first.zip(first);
            let late = late.map_or(0, |(own, first)| (own - first).num_days());
            let late = usize::try_from(late).unwrap_or_default();
            let line = side.lines.get(at).map_or(&[][..], Vec::as_slice);
            let blank = std::iter::repeat_n(Amount::ZERO, late);
            blank.chain(line.iter().copied()).collect()
        };
        let [actual, amortized] = sides;
        let both = |at| [days(actual, at), days(amortized, at)];
        Self {
            first,
            currencies: (0..count.unwrap_or_default()).map(both).collect(),
        }
    }

    /// Both sides of a currency, each day added to the days before it if `running`.
    pub fn of_currency(&self, at: usize, running: bool) -> Option<[Vec<Amount>; 2]> {
        let mut sides = self.currencies.get(at)?.clone();
        if running {
            sides = sides.map(Amount::running_totals);
        }
        Some(sides)
    }
}

/// The chart and its days.
#[derive(Debug, Default)]
pub struct PairChart {
    pub picture: PairPicture,
    /// The pending question about the days.
    pub asked: Option<Ticket>,
    pub days: Option<PairDays>,
}

impl PairChart {
    /// Whether the days are needed and neither known nor requested.
    pub fn needs_days(&self) -> bool {
        self.picture != PairPicture::Bridge && self.days.is_none() && self.asked.is_none()
    }

    /// Forgets the days, which belong to another question.
    pub fn forget(&mut self) {
        self.asked = None;
        self.days = None;
    }
}
