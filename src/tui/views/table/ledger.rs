//! State of the ledger list, which the table screen shows while nothing is open.

use crate::domain::period::DateRange;
use crate::domain::query::unknown_last;
use crate::ops::LedgerEntry;
use crate::ops::compare::stored_pairs;
use crate::ops::compare::stored_pairs::origin;
use crate::ops::explore::open;
use crate::tui::action::Action;
use crate::tui::state::cursor::{Cursor, CursorStep};
use crate::tui::state::direction::leading_change;
use crate::tui::state::order::{SortColumn, SortOrder};
use crate::tui::ticket::{Problem, Ticket};
use crate::tui::views::table::kept_months;
use crate::tui::views::table::kept_months::KeptMonth;
use std::cmp::Ordering;

/// The loading state of the list.
#[derive(Debug, Default)]
pub enum LedgerLoading {
    #[default]
    Reading,
    Found(Vec<LedgerEntry>),
    Failed(Problem),
}

/// The list's state.
#[derive(Debug, Default)]
pub struct LedgerList {
    pub listing: LedgerLoading,
    /// The pending read. The list on the screen stays until it finishes.
    pub asked: Option<Ticket>,
    pub cursor: Cursor,
    pub order: LedgerOrder,
    /// Facts from the other months about each report, in the order of the list.
    pub kept: Vec<KeptMonth>,
    /// The reason that other reports cannot be read.
    pub unreadable: Vec<String>,
}

/// The sort key of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LedgerSort {
    #[default]
    Period,
    /// Currency by currency.
    Total,
    /// The change against the month before.
    Change,
    Scope,
}

impl LedgerSort {
    /// The sort after this one.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Period => Self::Total,
            Self::Total => Self::Change,
            Self::Change => Self::Scope,
            Self::Scope => Self::Period,
        }
    }
}

impl SortColumn for LedgerSort {
    /// The newest months and the largest amounts first, scopes from the first.
    fn ascends(self) -> bool {
        match self {
            Self::Period | Self::Total | Self::Change => false,
            Self::Scope => true,
        }
    }
}

/// The order of stored reports.
pub type LedgerOrder = SortOrder<LedgerSort>;

impl LedgerOrder {
    /// The order after a key: this column in a direction, or the next column.
    #[must_use]
    pub fn after(self, action: Action) -> Self {
        let by = self.by;
        match action {
            Action::SortUp => Self {
                by,
                ascending: true,
            },
            Action::SortDown => Self {
                by,
                ascending: false,
            },
            _ => Self::of(by.next()),
        }
    }

    /// The order in words.
    pub fn word(self) -> &'static str {
        match (self.by, self.ascending) {
            (LedgerSort::Period, false) => "period, newest first",
            (LedgerSort::Period, true) => "period, oldest first",
            (LedgerSort::Total, false) => "total, largest first",
            (LedgerSort::Total, true) => "total, smallest first",
            (LedgerSort::Change, false) => "change, largest rise first",
            (LedgerSort::Change, true) => "change, largest fall first",
            (LedgerSort::Scope, true) => "scope",
            (LedgerSort::Scope, false) => "scope, from the end",
        }
    }
}

impl LedgerList {
    /// Takes a list that was read, in the order of the list.
    pub fn take(&mut self, listing: LedgerLoading) {
        self.listing = listing;
        self.arrange();
    }

    /// Sorts the list; the cursor stays on its report.
    pub fn sort(&mut self, order: LedgerOrder, height: usize) {
        let key = self.selected().map(|entry| entry.key.clone());
        self.order = order;
        self.arrange();
        let mut entries = self.entries().iter();
        let at = entries.position(|entry| Some(&entry.key) == key.as_ref());
        self.cursor.selected = at.unwrap_or_default();
        let count = self.entries().len();
        self.cursor.keep(count, height);
    }

    fn arrange(&mut self) {
        let LedgerLoading::Found(entries) = &mut self.listing else {
            self.kept.clear();
            return;
        };
        let kept = kept_months::of(entries);
        let mut found: Vec<(LedgerEntry, KeptMonth)> = entries.drain(..).zip(kept).collect();
        let order = self.order;
        let newest = order.by != LedgerSort::Period || !order.ascending;
        found.sort_by(|(a, x), (b, y)| {
            let sorted = match order.by {
                LedgerSort::Period => Ordering::Equal,
                LedgerSort::Total => by_total(a, b, order),
                LedgerSort::Change => by_change(x, y, order),
                LedgerSort::Scope => order.turned(a.request.scope.cmp(&b.request.scope)),
            };
            sorted.then_with(|| by_period(a, b, newest))
        });
        (*entries, self.kept) = found.into_iter().unzip();
    }

    /// Every stored report, in the order of the list.
    pub fn entries(&self) -> &[LedgerEntry] {
        match &self.listing {
            LedgerLoading::Found(entries) => entries,
            LedgerLoading::Reading | LedgerLoading::Failed(_) => &[],
        }
    }

    /// The report under the cursor.
    pub fn selected(&self) -> Option<&LedgerEntry> {
        self.entries().get(self.cursor.selected)
    }

    /// Moves the cursor.
    pub fn go(&mut self, step: CursorStep, height: usize) {
        let count = self.entries().len();
        self.cursor.go(step, count, height);
    }

    /// The keys of partial reports of the same scope and metric with another subset. They are left out of its months.
    pub fn parts_beside(&self, entry: &LedgerEntry) -> Vec<&str> {
        let others = self.entries().iter().filter(|other| {
            is_alike(other, entry)
                && other.request.subset != entry.request.subset
                && !other.request.subset.is_whole()
        });
        others.map(|other| other.key.as_str()).collect()
    }

    /// The reports of every month with the same scope, metric and subset, by date and without overlaps.
    pub fn months_of(&self, entry: &LedgerEntry) -> Vec<LedgerEntry> {
        let same = |other: &&LedgerEntry| {
            is_alike(other, entry)
                && other.request.subset == entry.request.subset
                && other.placed_request().export == entry.placed_request().export
        };
        let mut months: Vec<LedgerEntry> = Vec::new();
        let mut found: Vec<&LedgerEntry> = self.entries().iter().filter(same).collect();
        // Whole months come first, so that part of a month does not exclude the whole one.
        found.sort_by_key(|entry| {
            entry
                .request
                .range()
                .map(|range| (!range.is_whole_month(), range.from))
        });
        for candidate in found {
            let range = candidate.request.range();
            let overlaps = |known: &LedgerEntry| {
                known
                    .request
                    .range()
                    .zip(range)
                    .is_none_or(|(a, b)| a.overlaps(b))
            };
            if range.is_some() && !months.iter().any(overlaps) {
                months.push(candidate.clone());
            }
        }
        months.sort_by_key(|entry| entry.request.range().map(|range| range.from));
        months
    }

    /// The same days of the same scope in the other metric.
    pub fn partner(&self, entry: &LedgerEntry) -> Option<&LedgerEntry> {
        stored_pairs::partner(self.entries(), entry)
    }
}

fn by_period(a: &LedgerEntry, b: &LedgerEntry, newest: bool) -> Ordering {
    let from = |entry: &LedgerEntry| entry.request.range().map(|range| range.from);
    let oldest = from(a).cmp(&from(b));
    let order = if newest { oldest.reverse() } else { oldest };
    order.then_with(|| a.key.cmp(&b.key))
}

/// Totals of one currency are compared; reports without money come last.
fn by_total(a: &LedgerEntry, b: &LedgerEntry, order: LedgerOrder) -> Ordering {
    unknown_last(a.totals.first(), b.totals.first(), |a, b| {
        let currencies = a.currency.cmp(&b.currency);
        currencies.then_with(|| order.turned(a.amount.cmp(&b.amount)))
    })
}

/// Reports without a month before come last.
fn by_change(a: &KeptMonth, b: &KeptMonth, order: LedgerOrder) -> Ordering {
    let change = |kept: &KeptMonth| leading_change(&kept.changes, order.ascending);
    unknown_last(change(a), change(b), |a, b| order.turned(a.cmp(&b)))
}

/// Whether two reports have the same origin, scope and metric.
fn is_alike(one: &LedgerEntry, other: &LedgerEntry) -> bool {
    origin(one) == origin(other)
        && one.request.scope == other.request.scope
        && one.request.metric == other.request.metric
}

/// The days of `wanted` that these reports do not cover.
pub fn missing(entries: &[LedgerEntry], wanted: DateRange) -> Vec<DateRange> {
    entries.first().map_or_else(Vec::new, |first| {
        let request = &first.request;
        open::missing_months(entries, (&request.scope, &request.subset), wanted)
    })
}

#[cfg(test)]
mod tests {
    use crate::tui::views::table::kept_months::KeptMonth;
    use crate::tui::views::table::ledger::{LedgerOrder, LedgerSort, by_change};
    use std::cmp::Ordering;

    #[test]
    fn of_several_currencies_the_change_that_leads_is_compared() {
        let kept = |changes: &[Option<i64>]| KeptMonth {
            changes: changes.to_vec(),
            trend: Vec::new(),
        };
        let [fall, both] = [[-10, -20], [-500, 900]].map(|changes| kept(&changes.map(Some)));
        let unknown = kept(&[None]);
        let largest = LedgerOrder::of(LedgerSort::Change);
        for order in [largest, largest.clicked(LedgerSort::Change)] {
            assert_eq!(by_change(&both, &fall, order), Ordering::Less);
            assert_eq!(by_change(&fall, &both, order), Ordering::Greater);
            assert_eq!(by_change(&fall, &unknown, order), Ordering::Less);
        }
    }
}
