//! The columns of a pair, and the one under the cursor.

use super::Pair;
use crate::domain::analysis::comparison::{Bridge, SortBy};
use crate::domain::money::Amount;

/// A column of the groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairColumn {
    /// A group key, by index.
    Key(usize),
    Actual,
    Amortized,
    Difference,
    Currency,
    /// The difference as a bar.
    Bar,
    /// The share of the amortized total.
    Share,
    Cause,
    /// The difference for a value of the pivot's key, by index.
    Cell(usize),
}

impl PairColumn {
    /// The usual columns after the keys.
    pub const USUAL: [Self; 6] = [
        Self::Actual,
        Self::Amortized,
        Self::Difference,
        Self::Bar,
        Self::Share,
        Self::Cause,
    ];

    /// Its name; those of keys and of the pivot depend on the data.
    pub fn name(self) -> &'static str {
        match self {
            Self::Actual => "actual",
            Self::Amortized => "amortized",
            Self::Difference => "difference",
            Self::Bar => "bar",
            Self::Share => "share",
            Self::Cause => "cause",
            Self::Key(_) | Self::Currency | Self::Cell(_) => "",
        }
    }

    /// The order by it, if it is one of the comparison.
    pub fn order(self) -> Option<SortBy> {
        match self {
            Self::Actual => Some(SortBy::Actual),
            Self::Amortized => Some(SortBy::Amortized),
            Self::Difference => Some(SortBy::Difference),
            Self::Key(at) => Some(SortBy::Key(at)),
            Self::Currency | Self::Bar | Self::Share | Self::Cause | Self::Cell(_) => None,
        }
    }

    /// The amount of a group; the difference unless it is a side.
    pub fn of(self, bridge: &Bridge) -> Amount {
        match self {
            Self::Actual => bridge.actual,
            Self::Amortized => bridge.amortized,
            Self::Key(_)
            | Self::Difference
            | Self::Currency
            | Self::Bar
            | Self::Share
            | Self::Cause
            | Self::Cell(_) => bridge.difference(),
        }
    }

    /// Whether it is an amount of its own.
    pub fn is_amount(self) -> bool {
        match self {
            Self::Actual | Self::Amortized | Self::Difference | Self::Cell(_) => true,
            Self::Key(_) | Self::Currency | Self::Bar | Self::Share | Self::Cause => false,
        }
    }

    /// Whether the cursor stands on it: it can be sorted by.
    fn takes_cursor(self) -> bool {
        matches!(self, Self::Key(_)) || self.is_amount()
    }
}

impl Pair {
    /// All columns in order. Several currencies have a column behind the amounts.
    pub fn columns(&self) -> Vec<PairColumn> {
        let keys = self.step().group_by.len();
        let mut all: Vec<PairColumn> = (0..keys).map(PairColumn::Key).collect();
        let mut parts = self.parts();
        if self.currencies().len() > 1 {
            let amounts = parts.iter().rposition(|part| part.is_amount());
            parts.insert(amounts.map_or(0, |at| at + 1), PairColumn::Currency);
        }
        all.extend(parts);
        let cells = self.pivoted.as_ref().map_or(0, |found| found.titles.len());
        all.extend((0..cells).map(PairColumn::Cell));
        all
    }

    /// The columns between the keys and those of the pivot, which leaves room for amounts only.
    fn parts(&self) -> Vec<PairColumn> {
        if self.pivoted.is_some() {
            return vec![PairColumn::Difference];
        }
        PairColumn::USUAL.to_vec()
    }

    /// The columns that the cursor moves over: keys and amounts.
    pub fn cursor_columns(&self) -> Vec<PairColumn> {
        let all = self.columns().into_iter();
        all.filter(|column| column.takes_cursor()).collect()
    }

    /// The column under the cursor. It begins on the difference.
    pub fn here(&self) -> PairColumn {
        let all = self.cursor_columns();
        let usual = || {
            all.iter()
                .copied()
                .find(|one| *one == PairColumn::Difference)
        };
        let last = all.len().saturating_sub(1);
        let at = self.column.map(|at| at.min(last));
        let found = at.and_then(|at| all.get(at)).copied().or_else(usual);
        found.or(all.last().copied()).unwrap_or(PairColumn::Key(0))
    }

    /// The index of the column under the cursor.
    pub fn column(&self) -> usize {
        let (all, here) = (self.cursor_columns(), self.here());
        all.iter().position(|one| *one == here).unwrap_or_default()
    }
}
