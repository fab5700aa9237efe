//! State of the ledger list, which the table screen shows while nothing is open.

use crate::domain::metric::Metric;
use crate::domain::period::DateRange;
use crate::ops::Entry;
use crate::ops::explore::open;
use crate::tui::state::cursor::{Cursor, Step};
use crate::tui::ticket::{Problem, Ticket};

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
}

impl LedgerList {
    /// Every stored report, the newest period first.
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
