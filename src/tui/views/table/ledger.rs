//! State of the ledger list, which the table screen shows while nothing is open.

use crate::domain::metric::Metric;
use crate::domain::period::DateRange;
use crate::ops::Entry;
use crate::ops::explore::open;
use crate::tui::state::cursor::{Cursor, Step};
use crate::tui::ticket::{Problem, Ticket};
use crate::tui::views::table::kept_months;
use crate::tui::views::table::kept_months::KeptMonth;
use std::cmp::Reverse;

/// The loading state of the list.
#[derive(Debug, Default)]
pub enum Listing {
    #[default]
    Reading,
    Found(Vec<Entry>),
    Failed(Problem),
}

/// The list's state.
#[derive(Debug, Default)]
pub struct LedgerList {
    pub listing: Listing,
    /// The pending read. The list on the screen stays until it finishes.
    pub asked: Option<Ticket>,
    pub cursor: Cursor,
    pub sort: LedgerSort,
    /// What the other months say about each report, in the order of the list.
    pub kept: Vec<KeptMonth>,
}

/// The order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LedgerSort {
    /// The newest first.
    #[default]
    Period,
    /// The largest first, currency by currency.
    Total,
    /// The largest rise against the month before first.
    Change,
    Scope,
}

impl LedgerSort {
    /// The order after this one.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Period => Self::Total,
            Self::Total => Self::Change,
            Self::Change => Self::Scope,
            Self::Scope => Self::Period,
        }
    }

    /// The order in words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Period => "period, newest first",
            Self::Total => "total, largest first",
            Self::Change => "change, largest rise first",
            Self::Scope => "scope",
        }
    }
}

impl LedgerList {
    /// Takes a list that was read, in the order of the list.
    pub fn take(&mut self, listing: Listing) {
        self.listing = listing;
        self.arrange();
    }

    /// Turns to the next order; the cursor stays on its report.
    pub fn turn(&mut self, height: usize) {
        let key = self.selected().map(|entry| entry.key.clone());
        self.sort = self.sort.next();
        self.arrange();
        let mut entries = self.entries().iter();
        let at = entries.position(|entry| Some(&entry.key) == key.as_ref());
        self.cursor.selected = at.unwrap_or_default();
        let count = self.entries().len();
        self.cursor.keep(count, height);
    }

    fn arrange(&mut self) {
        let Listing::Found(entries) = &mut self.listing else {
            self.kept.clear();
            return;
        };
        let kept = kept_months::of(entries);
        let mut found: Vec<(Entry, KeptMonth)> = entries.drain(..).zip(kept).collect();
        let from = |entry: &Entry| entry.request.range().map(|range| range.from);
        let period = |a: &Entry, b: &Entry| from(b).cmp(&from(a)).then_with(|| a.key.cmp(&b.key));
        let total = |entry: &Entry| {
            let first = entry.totals.first();
            let currency = first.map(|money| money.currency.clone());
            (currency, Reverse(first.map(|money| money.amount)))
        };
        let rise = |kept: &KeptMonth| Reverse(kept.changes.iter().flatten().max().copied());
        match self.sort {
            LedgerSort::Period => found.sort_by(|(a, _), (b, _)| period(a, b)),
            LedgerSort::Total => {
                found.sort_by(|(a, _), (b, _)| total(a).cmp(&total(b)).then_with(|| period(a, b)));
            }
            LedgerSort::Change => {
                found.sort_by(|(a, x), (b, y)| rise(x).cmp(&rise(y)).then_with(|| period(a, b)));
            }
            LedgerSort::Scope => found.sort_by(|(a, _), (b, _)| {
                let scopes = a.request.scope.cmp(&b.request.scope);
                scopes.then_with(|| period(a, b))
            }),
        }
        (*entries, self.kept) = found.into_iter().unzip();
    }

    /// Every stored report, in the order of the list.
    pub fn entries(&self) -> &[Entry] {
        match &self.listing {
            Listing::Found(entries) => entries,
            Listing::Reading | Listing::Failed(_) => &[],
        }
    }

    /// The report under the cursor.
    pub fn selected(&self) -> Option<&Entry> {
        self.entries().get(self.cursor.selected)
    }

    /// Moves the cursor.
    pub fn go(&mut self, step: Step, height: usize) {
        let count = self.entries().len();
        self.cursor.go(step, count, height);
    }

    /// The keys of partial reports of the same scope and metric with another subset. They are left out of its months.
    pub fn parts_beside(&self, entry: &Entry) -> Vec<&str> {
        let others = self.entries().iter().filter(|other| {
            is_alike(other, entry)
                && other.request.subset != entry.request.subset
                && !other.request.subset.is_whole()
        });
        others.map(|other| other.key.as_str()).collect()
    }

    /// The reports of every month with the same scope, metric and subset, by date and without overlaps.
    pub fn months_of(&self, entry: &Entry) -> Vec<Entry> {
        let same =
            |other: &&Entry| is_alike(other, entry) && other.request.subset == entry.request.subset;
        let mut months: Vec<Entry> = Vec::new();
        let mut found: Vec<&Entry> = self.entries().iter().filter(same).collect();
        // Whole months come first, so that part of a month does not exclude the whole one.
        found.sort_by_key(|entry| {
            entry
                .request
                .range()
                .map(|range| (!range.is_whole_month(), range.from))
        });
        for candidate in found {
            let range = candidate.request.range();
            let overlaps = |known: &Entry| {
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
    pub fn partner(&self, entry: &Entry) -> Option<&Entry> {
        let other = match entry.request.metric {
            Metric::Actual => Metric::Amortized,
            Metric::Amortized => Metric::Actual,
            Metric::Usage => return None,
        };
        let fits = |candidate: &&Entry| {
            let request = &candidate.request;
            origin(candidate) == origin(entry)
                && request.metric == other
                && request.scope == entry.request.scope
                && request.period == entry.request.period
                && request.subset == entry.request.subset
        };
        self.entries().iter().find(fits)
    }
}

/// Whether two reports have the same origin, scope and metric.
fn is_alike(one: &Entry, other: &Entry) -> bool {
    origin(one) == origin(other)
        && one.request.scope == other.request.scope
        && one.request.metric == other.request.metric
}

/// The cloud or endpoint in a key.
fn origin(entry: &Entry) -> &str {
    entry.key.as_str().split('@').next().unwrap_or_default()
}

/// The days of `wanted` that these reports do not cover.
pub fn missing(entries: &[Entry], wanted: DateRange) -> Vec<DateRange> {
    entries.first().map_or_else(Vec::new, |first| {
        let request = &first.request;
        open::missing_months(entries, (&request.scope, &request.subset), wanted)
    })
}
