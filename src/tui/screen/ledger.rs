//! The stored reports, as the table screen lists them with nothing open.

use crate::domain::metric::Metric;
use crate::domain::period::DateRange;
use crate::ops::Entry;
use crate::ops::explore::open;
use crate::tui::message::{Problem, Ticket};
use crate::tui::part::cursor::{Cursor, Step};

/// How far the list is.
#[derive(Debug)]
pub enum Listing {
    Reading,
    Found(Vec<Entry>),
    Failed(Problem),
}

/// The list's state.
#[derive(Debug)]
pub struct LedgerList {
    pub listing: Listing,
    /// The newest reading under way; what is on the screen stays until it answers.
    pub asked: Option<Ticket>,
    pub cursor: Cursor,
}

impl Default for LedgerList {
    fn default() -> Self {
        Self {
            listing: Listing::Reading,
            asked: None,
            cursor: Cursor::default(),
        }
    }
}

impl LedgerList {
    /// Every stored report, the newest period first.
    pub fn entries(&self) -> &[Entry] {
        match &self.listing {
            Listing::Found(entries) => entries,
            _ => &[],
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

    /// Parts of a scope and metric that are not what this report is, by their keys: they stay out of all its months.
    pub fn parts_beside(&self, entry: &Entry) -> Vec<&str> {
        let others = self.entries().iter().filter(|other| {
            is_alike(other, entry)
                && other.request.subset != entry.request.subset
                && !other.request.subset.is_whole()
        });
        others.map(|other| other.key.as_str()).collect()
    }

    /// Every month of a report's scope and metric, by date, none twice; of a part, that part of every month.
    pub fn months_of(&self, entry: &Entry) -> Vec<Entry> {
        let same =
            |other: &&Entry| is_alike(other, entry) && other.request.subset == entry.request.subset;
        let mut months: Vec<Entry> = Vec::new();
        let mut found: Vec<&Entry> = self.entries().iter().filter(same).collect();
        // Whole months first, so that a part of one does not keep the whole out.
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

/// Whether two reports are of one place, scope and metric.
fn is_alike(one: &Entry, other: &Entry) -> bool {
    origin(one) == origin(other)
        && one.request.scope == other.request.scope
        && one.request.metric == other.request.metric
}

/// The cloud or endpoint in a key.
fn origin(entry: &Entry) -> &str {
    entry.key.as_str().split('@').next().unwrap_or_default()
}

/// The days of `wanted` that none of these reports covers.
pub fn missing(entries: &[Entry], wanted: DateRange) -> Vec<DateRange> {
    entries.first().map_or_else(Vec::new, |first| {
        let request = &first.request;
        open::missing_months(entries, (&request.scope, &request.subset), wanted)
    })
}
