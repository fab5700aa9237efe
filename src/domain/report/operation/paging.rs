//! Reads rows page by page from Usage Details, one span of days after the other.
//!
//! A span that takes the server too long (504: "reduce the date range") is read again in halves, down to a day. Pages
//! of it that were already read are discarded, so that no row counts twice.

use super::waits::{repeat_wait, unreachable_wait};
use super::{Moment, Operation, fail, unexpected};
use crate::domain::report::reply::{Failure, Next, Reply, Span, Wait, WaitReason};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Consecutive timeouts on a span that cannot be made shorter, before failing.
const TIMEOUT_TRIES: u32 = 5;
/// Number of recent links to remember.
const RECENT: usize = 64;
/// How often a broken chain of pages is restarted.
const RESTARTS: u32 = 2;

/// The pages read and the spans left; kept on disk, so that another run can resume after the last page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// Pages on disk and the rows on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Count {
    pages: u32,
    rows: u64,
}

impl Pages {
    /// Nothing read yet.
    pub fn new(spans: Vec<Span>) -> Self {
        Self {
            spans,
            next: None,
            recent: VecDeque::new(),
            here: Count::default(),
            read: Vec::new(),
            limit: None,
            has_more: false,
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
    fn restart(&mut self) {
        self.here = Count::default();
        self.next = None;
        self.recent.clear();
    }

    /// Moves on to the next page; `false` if the chain has been there before.
    fn follow(&mut self, link: String) -> bool {
        let mut hash = DefaultHasher::new();
        link.hash(&mut hash);
        let hash = hash.finish();
        if self.recent.contains(&hash) {
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
    fn end_span(&mut self) {
        if !self.spans.is_empty() {
            let span = self.spans.remove(0);
            self.read.push((span, self.here));
        }
        self.restart();
    }

    /// Records the rows of a page; `true` if all wanted rows are read, so that no other page is requested.
    fn count(&mut self, rows: u64, has_next: bool) -> bool {
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
    fn halve(&mut self) -> bool {
        let Some(Span::Days(range)) = self.span().filter(|span| match span {
            Span::Days(range) => range.days() > 1,
            Span::Period => false,
        }) else {
            return false;
        };
        let most = (range.days() + 1) / 2;
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

/// Rows being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    pub pages: Pages,
    pub wait: Option<Wait>,
    pub(super) named: Option<TimeDelta>,
    pub(super) tries: u32,
    /// Whether the current wait is followed by shorter spans.
    pub halved: bool,
    pub(super) timeouts: u32,
    pub(super) unreachable: u32,
    pub(super) restarts: u32,
}

impl Paging {
    /// Requests the first page, or the next one of an earlier run.
    pub(super) fn begin(
        pages: Pages,
        not_before: DateTime<Utc>,
        named: Option<TimeDelta>,
        now: DateTime<Utc>,
    ) -> (Operation, Next) {
        let wait = (not_before > now).then_some(Wait {
            since: now,
            until: not_before,
            why: WaitReason::RetryAfter,
        });
        let paging = Self {
            pages,
            wait,
            named,
            tries: 0,
            halved: false,
            timeouts: 0,
            unreachable: 0,
            restarts: 0,
        };
        paging.go_on(now)
    }

    fn go_on(self, now: DateTime<Utc>) -> (Operation, Next) {
        let Some(span) = self.pages.span() else {
            return (Operation::Paging(self), Next::Deposit);
        };
        let next = Next::Page {
            span,
            link: self.pages.next.clone(),
            not_before: self.wait.as_ref().map_or(now, |wait| wait.until),
        };
        (Operation::Paging(self), next)
    }

    fn waiting(mut self, wait: Wait, now: DateTime<Utc>) -> (Operation, Next) {
        self.wait = Some(wait);
        self.go_on(now)
    }

    pub(super) fn advance(mut self, reply: Reply, at: Moment) -> (Operation, Next) {
        self.halved = false;
        if let Some(wait) = repeat_wait(&reply, &mut self.named, at) {
            self.unreachable = 0;
            self.tries += 1;
            return match wait.why {
                WaitReason::ServerError { status: 502 | 504 } => self.timed_out(wait, at),
                _ => self.waiting(wait, at.now),
            };
        }
        match reply {
            Reply::Paged { next, rows } => self.paged(next, rows, at),
            // No content: nothing in this span.
            Reply::NoData { .. } => self.span_over(at),
            Reply::NotFound => self.chain_broke(at),
            Reply::Unreachable { message } => self.unreachable(message, at),
            reply => unexpected(&Operation::Paging(self), &reply),
        }
    }

    fn calm(&mut self) {
        (self.tries, self.timeouts, self.unreachable) = (0, 0, 0);
        self.wait = None;
    }

    fn paged(mut self, next: Option<String>, rows: u64, at: Moment) -> (Operation, Next) {
        self.calm();
        let full = self.pages.count(rows, next.is_some());
        match next.filter(|_| !full) {
            None => self.span_over(at),
            Some(next) => {
                if self.pages.follow(next) {
                    return self.go_on(at.now);
                }
                let message = "the pages form a loop: nothing was stored. Order it again, or order fewer days";
                fail(Failure::Rejected {
                    message: message.to_owned(),
                })
            }
        }
    }

    fn span_over(mut self, at: Moment) -> (Operation, Next) {
        self.calm();
        self.pages.end_span();
        if self.pages.spans.is_empty() && self.pages.rows() == 0 {
            let why = "Usage Details has no rows at this scope for these days: nothing was billed yet, or the account \
                       hides charges from this identity (\"view charges\")";
            return (
                Operation::Empty {
                    why: why.to_owned(),
                },
                Next::Stop,
            );
        }
        self.go_on(at.now)
    }

    /// 504 means that the span is too long; 502 may be temporary, and is retried once first.
    fn timed_out(mut self, wait: Wait, at: Moment) -> (Operation, Next) {
        self.timeouts += 1;
        let too_long = wait.why == WaitReason::ServerError { status: 504 };
        if too_long || self.timeouts > 1 {
            if self.pages.halve() {
                self.halved = true;
                self.timeouts = 0;
            } else if self.timeouts >= TIMEOUT_TRIES {
                let message = match self.pages.span() {
                    // Its exact days are unknown, so it cannot be cut by days.
                    Some(Span::Period) => {
                        "the server takes too long for the whole billing period. Order it by days (--from, --to): these \
                         are requested in pieces"
                    }
                    _ => {
                        "the server takes too long even for a single day. Order a smaller scope, or try again later"
                    }
                };
                return fail(Failure::Rejected {
                    message: message.to_owned(),
                });
            }
        }
        self.waiting(wait, at.now)
    }

    /// Handles a link that the server has forgotten: the span is read again.
    fn chain_broke(mut self, at: Moment) -> (Operation, Next) {
        self.restarts += 1;
        if self.pages.next.is_none() || self.restarts > RESTARTS {
            let message = "404: the server has forgotten its own next page; try again later";
            return fail(Failure::Gone {
                message: message.to_owned(),
            });
        }
        self.pages.restart();
        self.go_on(at.now)
    }

    fn unreachable(mut self, message: String, at: Moment) -> (Operation, Next) {
        let Some(wait) = unreachable_wait(&mut self.unreachable, self.named, at) else {
            return fail(Failure::Unreachable { message });
        };
        self.waiting(wait, at.now)
    }
}
