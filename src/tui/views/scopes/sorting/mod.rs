//! The order of scopes: as listed, by name, by the last month's total, or by its change against the month before.

use crate::domain::money::{Amount, Money};
use crate::domain::query::unknown_last;
use crate::domain::scope::{Scope, ScopeId};
use crate::tui::state::direction::leading_change;
use crate::tui::state::order::{SortColumn, SortOrder};
use std::cmp::Reverse;
use std::collections::HashMap;

/// The newest whole month of a scope in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScopeMonth {
    pub totals: Vec<Money>,
    /// For each total, the difference to the month before in tenths of a percent, if that month is kept.
    pub changes: Vec<Option<i64>>,
    /// The changes in words.
    pub change: String,
    /// The bars of the months kept.
    pub bars: String,
}

impl ScopeMonth {
    /// The currencies, which keep amounts apart that cannot be compared.
    fn currencies(&self) -> Vec<Option<&str>> {
        let totals = self.totals.iter();
        totals.map(|money| money.currency.as_deref()).collect()
    }

    fn amounts(&self) -> Vec<Amount> {
        self.totals.iter().map(|money| money.amount).collect()
    }
}

/// The months of the scopes that have one.
pub type ScopeMonths = HashMap<ScopeId, ScopeMonth>;

/// The orders of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScopeSort {
    /// As Azure lists them; matches of a search, the best first.
    #[default]
    Listed,
    Name,
    /// The last month's total, currency by currency.
    Total,
    /// The change against the month before.
    Change,
}

impl ScopeSort {
    /// The sort after this one.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Listed => Self::Total,
            Self::Total => Self::Change,
            Self::Change => Self::Name,
            Self::Name => Self::Listed,
        }
    }
}

impl SortColumn for ScopeSort {
    /// Names from A, the largest amounts first.
    fn ascends(self) -> bool {
        match self {
            Self::Listed | Self::Name => true,
            Self::Total | Self::Change => false,
        }
    }
}

/// The order of scopes.
pub type ScopeOrder = SortOrder<ScopeSort>;

impl ScopeOrder {
    /// The same column in this direction. Scopes as listed have none, so their names are sorted.
    #[must_use]
    pub fn directed(self, ascending: bool) -> Self {
        let by = match self.by {
            ScopeSort::Listed => ScopeSort::Name,
            ScopeSort::Name | ScopeSort::Total | ScopeSort::Change => self.by,
        };
        Self { by, ascending }
    }

    /// The order in words.
    pub fn words(self) -> &'static str {
        match (self.by, self.ascending) {
            (ScopeSort::Listed, _) => "scopes as Azure lists them",
            (ScopeSort::Name, true) => "sorted by name",
            (ScopeSort::Name, false) => "sorted by name, from the end",
            (ScopeSort::Total, true) => {
                "sorted by the newest month, smallest first in each currency; no month comes last"
            }
            (ScopeSort::Total, false) => {
                "sorted by the newest month, largest first in each currency; no month comes last"
            }
            (ScopeSort::Change, true) => {
                "sorted by change, largest fall first; unknown changes come last"
            }
            (ScopeSort::Change, false) => {
                "sorted by change, largest rise first; unknown changes come last"
            }
        }
    }

    /// Sorts scopes that stand under one parent. Equal ones stay as they are listed.
    pub fn arrange(self, scopes: &mut [&Scope], months: &ScopeMonths) {
        let month = |scope: &Scope| {
            let month = months.get(&scope.id);
            month.filter(|month| !month.totals.is_empty())
        };
        match self.by {
            ScopeSort::Listed => {}
            ScopeSort::Name if self.ascending => scopes.sort_by_cached_key(|scope| by_name(scope)),
            ScopeSort::Name => scopes.sort_by_cached_key(|scope| Reverse(by_name(scope))),
            ScopeSort::Total => scopes.sort_by(|a, b| {
                unknown_last(month(a), month(b), |a, b| {
                    let blocks = a.currencies().cmp(&b.currencies());
                    blocks.then_with(|| self.turned(a.amounts().cmp(&b.amounts())))
                })
            }),
            ScopeSort::Change => scopes.sort_by(|a, b| {
                let change = |scope: &Scope| {
                    month(scope).and_then(|month| leading_change(&month.changes, self.ascending))
                };
                // Among those without a change, scopes with money come first.
                unknown_last(change(a), change(b), |a, b| self.turned(a.cmp(&b)))
                    .then_with(|| month(b).is_some().cmp(&month(a).is_some()))
            }),
        }
    }
}

/// Names are compared without case, and equal ones by their ids.
fn by_name(scope: &Scope) -> (String, &ScopeId) {
    (scope.name.to_lowercase(), &scope.id)
}

#[cfg(test)]
mod tests;
