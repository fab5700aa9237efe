//! Pages of Usage Details: the spans to ask for, and the pages received.

use crate::domain::report::reply::Span;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The pages read and the spans left; kept on disk, so that another run can resume after the last page.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pages {
    /// The spans left to read, the current one first.
    pub spans: Vec<Span>,
    /// The next page of the current span; `None` before its first.
    pub next: Option<String>,
    /// The last links of the current span, as hashes: a chain that loops never ends.
    #[serde(default)]
    recent: VecDeque<u64>,
    /// Counts of the current span.
    here: Count,
    /// Spans that were read completely.
    read: Vec<(Span, Count)>,
    /// Number of most recent rows wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    /// The server has shown that there are more rows than that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    has_more: bool,
}

impl Pages {
    /// Nothing read yet.
    pub fn new(spans: Vec<Span>) -> Self {
        Self {
            spans,
            ..Self::default()
        }
    }

    /// Stops requesting pages once this many rows are read.
    #[must_use]
    pub fn at_most(self, limit: Option<u64>) -> Self {
        Self { limit, ..self }
    }

    /// Whether the server has shown more rows than were wanted.
    pub fn has_more(&self) -> bool {
        self.has_more
    }

    /// The current span.
    pub fn span(&self) -> Option<Span> {
        self.spans.first().copied()
    }

    fn counts(&self) -> impl Iterator<Item = Count> {
        let read = self.read.iter().map(|(_, count)| *count);
        read.chain([self.here])
    }

    /// Pages on disk.
    pub fn done(&self) -> u32 {
        self.counts().map(|count| count.pages).sum()
    }

    /// Rows on them.
    pub fn rows(&self) -> u64 {
        self.counts().map(|count| count.rows).sum()
    }

    /// The span that each page on disk belongs to, in order. A row of another day on a page belongs to another span, or
    /// to none.
    pub fn spans_of_pages(&self) -> Vec<Span> {
        let read = self.read.iter();
        read.flat_map(|(span, count)| (0..count.pages).map(|_| *span))
            .collect()
    }

    /// Discards the pages read of the current span.
    pub(super) fn restart(&mut self) {
        self.here = Count::default();
        self.next = None;
        self.recent.clear();
    }

    /// Moves on to the next page; `false` if the chain has been there before, or never ends.
    pub(super) fn follow(&mut self, link: String) -> bool {
        let mut hash = DefaultHasher::new();
        link.hash(&mut hash);
        let hash = hash.finish();
        if self.recent.contains(&hash) || self.here.pages >= MOST_PAGES {
            return false;
        }
        if self.recent.len() >= RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(hash);
        self.next = Some(link);
        true
    }

    /// Marks the current span as read completely.
    pub(super) fn end_span(&mut self) {
        if !self.spans.is_empty() {
            let span = self.spans.remove(0);
            self.read.push((span, self.here));
        }
        self.restart();
    }

    /// Records the rows of a page; `true` if all wanted rows are read, so that no other page is requested.
    pub(super) fn count(&mut self, rows: u64, has_next: bool) -> bool {
        self.here.pages += 1;
        self.here.rows += rows;
        let Some(limit) = self.limit.filter(|limit| self.rows() >= *limit) else {
            return false;
        };
        self.has_more = has_next || self.rows() > limit;
        self.spans.truncate(1);
        true
    }

    /// Cuts the spans left to read into pieces of at most half the days of the current one; `false` if that is
    /// impossible.
    pub(super) fn halve(&mut self) -> bool {
        let most = match self.span() {
            Some(Span::Days(range)) if range.days() > 1 => (range.days() + 1) / 2,
            Some(Span::Days(_) | Span::Period) | None => return false,
        };
        let (spans, limit) = (std::mem::take(&mut self.spans), self.limit);
        self.spans = spans
            .into_iter()
            .flat_map(|span| match span {
                Span::Days(range) => {
                    let pieces = range.pieces(most).into_iter().map(Span::Days);
                    match limit {
                        // The most recent rows are in the last days.
                        Some(_) => pieces.rev().collect(),
                        None => pieces.collect::<Vec<_>>(),
                    }
                }
                Span::Period => vec![span],
            })
            .collect();
        self.restart();
        true
    }
}

/// The most pages of one span: fifty million rows, where this API is meant for two.
pub(super) const MOST_PAGES: u32 = 50_000;

/// Number of recent links to remember.
pub(crate) const RECENT: usize = 64;

/// Pages on disk and the rows on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Count {
    pages: u32,
    rows: u64,
}
