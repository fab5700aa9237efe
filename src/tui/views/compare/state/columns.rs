//! The columns that the groups of a pair can have, and those that were chosen.

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
    /// The difference in percent of the actual cost.
    Percent,
    Residual,
    /// The difference for a value of the pivot's key, by index.
    Cell(usize),
}

impl PairColumn {
    /// All that can be chosen: the usual ones and those that are hidden at first.
    pub const CHOICES: [Self; 8] = [
        Self::Actual,
        Self::Amortized,
        Self::Difference,
        Self::Percent,
        Self::Bar,
        Self::Cause,
        Self::Share,
        Self::Residual,
    ];

    /// The usual columns after the keys: the first of those that can be chosen.
    pub const USUAL: &'static [Self] = Self::CHOICES.split_at(6).0;

    /// The column of a name, if it can be chosen.
    pub fn named(name: &str) -> Option<Self> {
        let mut all = Self::CHOICES.into_iter();
        all.find(|column| column.name() == name)
    }

    /// The names of columns.
    pub fn names(columns: &[Self]) -> Vec<String> {
        let names = columns.iter().map(|column| column.name().to_owned());
        names.collect()
    }

    /// The hint in the list of columns.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Actual => "cost as it is billed",
            Self::Amortized => "cost with purchases spread over their use",
            Self::Difference => "amortized minus actual",
            Self::Bar => "size of the difference",
            Self::Share => "share of the amortized total",
            Self::Cause => "largest step of the difference",
            Self::Percent => "difference in percent of actual",
            Self::Residual => "difference of rows without a benefit",
            Self::Key(_) | Self::Currency | Self::Cell(_) => "",
        }
    }

    /// Its name; those of keys and of the pivot depend on the data.
    pub fn name(self) -> &'static str {
        match self {
            Self::Actual => "actual",
            Self::Amortized => "amortized",
            Self::Difference => "difference",
            Self::Bar => "bar",
            Self::Share => "share",
            Self::Cause => "cause",
            Self::Percent => "percent",
            Self::Residual => "residual",
            Self::Key(_) | Self::Currency | Self::Cell(_) => "",
        }
    }

    /// The order by it, if it is one of the comparison.
    pub fn order(self) -> Option<SortBy> {
        match self {
            Self::Actual => Some(SortBy::Actual),
            Self::Amortized => Some(SortBy::Amortized),
            Self::Difference => Some(SortBy::Difference),
            Self::Residual => Some(SortBy::Residual),
            Self::Percent => Some(SortBy::Percent),
            Self::Key(at) => Some(SortBy::Key(at)),
            Self::Currency | Self::Bar | Self::Share | Self::Cause | Self::Cell(_) => None,
        }
    }

    /// The amount of a group; the difference unless it is a side or the residual.
    pub fn of(self, bridge: &Bridge) -> Amount {
        match self {
            Self::Actual => bridge.actual,
            Self::Amortized => bridge.amortized,
            Self::Residual => bridge.residual,
            Self::Key(_)
            | Self::Difference
            | Self::Currency
            | Self::Bar
            | Self::Share
            | Self::Cause
            | Self::Percent
            | Self::Cell(_) => bridge.difference(),
        }
    }

    /// Whether it is an amount of its own.
    pub fn is_amount(self) -> bool {
        match self {
            Self::Actual | Self::Amortized | Self::Difference | Self::Residual | Self::Cell(_) => {
                true
            }
            Self::Key(_)
            | Self::Currency
            | Self::Bar
            | Self::Share
            | Self::Cause
            | Self::Percent => false,
        }
    }

    /// Whether the cursor stands on it: it can be sorted by.
    pub(super) fn takes_cursor(self) -> bool {
        matches!(self, Self::Key(_) | Self::Percent) || self.is_amount()
    }
}

/// The chosen columns after the keys, in order; `None` for the usual ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChosenColumns {
    plain: Option<Vec<PairColumn>>,
    /// Those in front of the columns of a pivot.
    pivoted: Option<Vec<PairColumn>>,
}

impl ChosenColumns {
    /// A choice for one shape, with the usual columns in the other.
    pub(super) fn of(columns: Option<Vec<PairColumn>>, pivoted: bool) -> Self {
        let mut chosen = Self::default();
        *chosen.shape_mut(pivoted) = columns;
        chosen
    }

    pub(super) fn shape(&self, pivoted: bool) -> Option<&Vec<PairColumn>> {
        let shape = if pivoted { &self.pivoted } else { &self.plain };
        shape.as_ref()
    }

    pub(super) fn shape_mut(&mut self, pivoted: bool) -> &mut Option<Vec<PairColumn>> {
        if pivoted {
            &mut self.pivoted
        } else {
            &mut self.plain
        }
    }
}
