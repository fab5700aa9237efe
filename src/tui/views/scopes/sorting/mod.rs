//! The order of scopes: as listed, by name, by the last month's total, or by its change against the month before.

use crate::domain::money::{Amount, Money};
use crate::domain::scope::{Scope, ScopeId};
use crate::tui::state::direction::leading_change;
use std::cmp::{Ordering, Reverse};
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

/// What scopes are sorted by.
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

/// A sort and its direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScopeOrder {
    pub by: ScopeSort,
    pub ascending: bool,
}

impl Default for ScopeOrder {
    fn default() -> Self {
        Self::of(ScopeSort::default())
    }
}

impl ScopeOrder {
    /// The usual direction: names from A, the largest amounts first.
    pub fn of(by: ScopeSort) -> Self {
        let ascending = match by {
            ScopeSort::Listed | ScopeSort::Name => true,
            ScopeSort::Total | ScopeSort::Change => false,
        };
        Self { by, ascending }
    }

    /// The order after a click on the head of a column: the other direction if that column is sorted already.
    #[must_use]
    pub fn clicked(self, by: ScopeSort) -> Self {
        if self.by == by {
            let ascending = !self.ascending;
            Self { by, ascending }
        } else {
            Self::of(by)
        }
    }

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
                "sorted by last month, smallest first in each currency; no month comes last"
            }
            (ScopeSort::Total, false) => {
                "sorted by last month, largest first in each currency; no month comes last"
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
        let turned = |order: Ordering| {
            if self.ascending {
                order
            } else {
                order.reverse()
            }
        };
        let month = |scope: &Scope| {
            let month = months.get(&scope.id);
            month.filter(|month| !month.totals.is_empty())
        };
        match self.by {
            ScopeSort::Listed => {}
            ScopeSort::Name if self.ascending => scopes.sort_by_cached_key(|scope| by_name(scope)),
            ScopeSort::Name => scopes.sort_by_cached_key(|scope| Reverse(by_name(scope))),
            ScopeSort::Total => scopes.sort_by(|a, b| {
                known_first(month(a), month(b), |a, b| {
                    let blocks = a.currencies().cmp(&b.currencies());
                    blocks.then_with(|| turned(a.amounts().cmp(&b.amounts())))
                })
            }),
            ScopeSort::Change => scopes.sort_by(|a, b| {
                let change = |scope: &Scope| {
                    month(scope).and_then(|month| leading_change(&month.changes, self.ascending))
                };
                // Among those without a change, scopes with money come first.
                known_first(change(a), change(b), |a, b| turned(a.cmp(&b)))
                    .then_with(|| month(b).is_some().cmp(&month(a).is_some()))
            }),
        }
    }
}

/// Names are compared without case, and equal ones by their ids.
fn by_name(scope: &Scope) -> (String, &ScopeId) {
    (scope.name.to_lowercase(), &scope.id)
}

/// Compares what is known; the unknown comes last in either direction.
fn known_first<T>(a: Option<T>, b: Option<T>, compare: impl Fn(T, T) -> Ordering) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare(a, b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

#[cfg(test)]
mod tests;
