//! Orders that have ended: how long they took, how they ended, and every call to the server.

use super::quota::Remainder;
use super::reply::{CallIds, Reply};
use super::request::{Api, ReportKey, ReportRequest};
use crate::domain::text::redaction::foreign;
use crate::domain::text::{bytes, clock, counted};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The number of calls that are kept of one order: the first and the newest.
pub const MOST_CALLS: usize = 100;
/// The number of earlier waits that the usual wait is learnt from, the newest first.
const RECENT: usize = 20;

/// How an order ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrderEnding {
    Ready,
    Empty,
    Failed,
    /// The user stopped following it.
    Cancelled,
}

impl OrderEnding {
    /// The word of the JSON contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Empty => "empty",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// The purpose of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallKind {
    Order,
    Poll,
    /// A page of Usage Details.
    Page,
    /// A file of the report.
    File,
}

impl CallKind {
    /// The word of the JSON contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Poll => "poll",
            Self::Page => "page",
            Self::File => "file",
        }
    }
}

/// One call to the server and what its answer said. It holds no link and no token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// When the answer was there.
    pub at: DateTime<Utc>,
    pub kind: CallKind,
    pub answer: String,
    /// The wait in seconds that the server named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<i64>,
    /// The header that named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// The remaining quotas: `scope 3`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
}

impl Call {
    /// A call whose answer is this reply.
    pub fn of(
        kind: CallKind,
        at: DateTime<Utc>,
        reply: &Reply,
        (ids, left): (&CallIds, &[Remainder]),
    ) -> Self {
        let (wait, header) = match reply {
            Reply::Accepted { wait, .. } | Reply::Unavailable { wait, .. } => {
                (*wait, wait.map(|_| "retry-after".to_owned()))
            }
            Reply::Throttled { wait, header } => (*wait, header.clone()),
            _ => (None, None),
        };
        let left = left.iter();
        Self {
            at,
            kind,
            answer: said(reply),
            wait: wait.map(|wait| wait.num_seconds()),
            header,
            left: left
                .map(|r| foreign(&format!("{} {}", r.bucket, r.left)))
                .collect(),
            request_id: ids.request.clone(),
            correlation_id: ids.correlation.clone(),
        }
    }

    /// A file that was downloaded.
    pub fn file(at: DateTime<Utc>, size: u64) -> Self {
        Self {
            at,
            kind: CallKind::File,
            answer: format!("downloaded, {}", bytes(size)),
            wait: None,
            header: None,
            left: Vec::new(),
            request_id: None,
            correlation_id: None,
        }
    }

    /// The call as text: when and what, then the ids for support.
    pub fn lines(&self) -> Vec<String> {
        let at = self.at.format("%Y-%m-%d %H:%M:%S");
        let mut line = format!("{at}  {}  {}", self.kind.word(), self.answer);
        if let Some(wait) = self.wait {
            let header = self.header.as_deref().unwrap_or("no header");
            line = format!("{line}, wait {wait} s ({header})");
        }
        if !self.left.is_empty() {
            line = format!("{line}, quotas left: {}", self.left.join(", "));
        }
        let ids = CallIds {
            request: self.request_id.clone(),
            correlation: self.correlation_id.clone(),
        };
        let ids = (!ids.is_empty()).then(|| format!("  {ids}"));
        std::iter::once(line).chain(ids).collect()
    }
}

/// A reply in a few words of our own: the server's texts may repeat anything.
fn said(reply: &Reply) -> String {
    match reply {
        Reply::Accepted { .. } => "accepted, not ready yet".to_owned(),
        Reply::Throttled { .. } => "throttled (429)".to_owned(),
        Reply::Unavailable { status, .. } => format!("server error ({status})"),
        Reply::NotFound => "not found (404)".to_owned(),
        Reply::Unsupported { .. } | Reply::Doubtful { .. } => {
            "no reports for this account (422)".to_owned()
        }
        Reply::Paged { next, rows } => {
            let more = next.as_ref().map_or("the last page", |_| "more follow");
            format!("{}, {more}", counted(*rows, "row"))
        }
        Reply::Unreachable { .. } => "no answer".to_owned(),
        Reply::NotSent { .. } => "no connection, nothing was sent".to_owned(),
        Reply::Incomplete { .. } => "incomplete answer".to_owned(),
        Reply::Finished(manifest) => {
            let files = counted(manifest.blobs.len() as u64, "file");
            let size = manifest.bytes().map(bytes);
            let size = size.map(|size| format!(", {size}")).unwrap_or_default();
            format!("finished: {files}{size}")
        }
        Reply::NoData { .. } => "no data".to_owned(),
        Reply::Progress { bytes: size } | Reply::Fetched { bytes: size } => bytes(*size),
        Reply::LinkExpired => "link expired".to_owned(),
        Reply::Failed(_) => "refused".to_owned(),
        Reply::Cancelled => "cancelled".to_owned(),
    }
}

/// The calls of an order, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CallLog {
    pub calls: Vec<Call>,
    /// The number of calls that are not kept.
    #[serde(default)]
    pub left_out: u64,
}

impl CallLog {
    /// Adds a call. If there are too many, the first one stays, and the oldest of the others is dropped.
    pub fn add(&mut self, call: Call) {
        if self.calls.len() >= MOST_CALLS {
            self.calls.remove(1);
            self.left_out += 1;
        }
        self.calls.push(call);
    }

    /// Adds the calls of a later run of the same order.
    pub fn extend(&mut self, later: Self) {
        for call in later.calls {
            self.add(call);
        }
        self.left_out += later.left_out;
    }

    /// Whether nothing was asked.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// The number of polls.
    pub fn polls(&self) -> usize {
        let polls = self.calls.iter();
        polls.filter(|call| call.kind == CallKind::Poll).count()
    }

    /// The seconds from the first answer to the one that ended the wait. `None` if an earlier run had begun it, or if the
    /// first answer was the last.
    pub fn waited(&self) -> Option<i64> {
        let first = self.calls.first()?;
        let mut answers = self.calls.iter().rev();
        let last = answers.find(|call| call.kind != CallKind::File)?;
        let wait = last.at.signed_duration_since(first.at).num_seconds();
        (first.kind != CallKind::Poll && wait > 0).then_some(wait)
    }

    /// The ids of the last call that had some.
    pub fn ids(&self) -> CallIds {
        let known = |call: &&Call| call.request_id.is_some() || call.correlation_id.is_some();
        let last = self.calls.iter().rev().find(known);
        last.map_or_else(CallIds::default, |call| CallIds {
            request: call.request_id.clone(),
            correlation: call.correlation_id.clone(),
        })
    }

    /// The log as text, times in UTC.
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.calls.iter().flat_map(Call::lines).collect();
        if self.left_out > 0 {
            let count = counted(self.left_out, "call");
            lines.push(format!(
                "{count} between the first and the newest are not kept"
            ));
        }
        lines
    }
}

/// An order that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastOrder {
    pub key: ReportKey,
    pub request: ReportRequest,
    pub api: Api,
    /// When the accepted order was sent.
    pub ordered_at: DateTime<Utc>,
    pub ended_at: DateTime<Utc>,
    pub ending: OrderEnding,
    /// The reason that there is no report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Whether several runs followed it: then its length is not the server's.
    #[serde(default)]
    pub resumed: bool,
    #[serde(default)]
    pub log: CallLog,
}

impl PastOrder {
    /// When its first request was answered, or the accepted one was sent: a throttled order is sent several times.
    pub fn started_at(&self) -> DateTime<Utc> {
        let first = self.log.calls.first();
        first.map_or(self.ordered_at, |call| call.at.min(self.ordered_at))
    }

    /// How long it took, from the first request to its end.
    pub fn took(&self) -> String {
        let length = self.ended_at.signed_duration_since(self.started_at());
        clock(length.num_seconds().max(0))
    }

    /// The outcome in a few words: its rows, or why there is no report.
    pub fn outcome(&self) -> String {
        match (self.ending, self.rows, &self.why) {
            (OrderEnding::Ready, Some(rows), _) => counted(rows, "row"),
            (OrderEnding::Ready, None, _) => "stored".to_owned(),
            (OrderEnding::Cancelled, ..) => "stopped following".to_owned(),
            (OrderEnding::Empty | OrderEnding::Failed, _, Some(why)) => why.clone(),
            (OrderEnding::Empty | OrderEnding::Failed, _, None) => self.ending.word().to_owned(),
        }
    }

    /// The seconds that the server needed, if the report came and one run followed it.
    pub fn waited(&self) -> Option<i64> {
        let counts = self.ending == OrderEnding::Ready && !self.resumed;
        self.log.waited().filter(|_| counts)
    }
}

/// How long the reports of a scope usually take: the middle half of the earlier waits, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsualWait {
    pub least: i64,
    pub most: i64,
    /// The number of waits behind it.
    pub reports: usize,
}

impl UsualWait {
    /// The usual wait of these, the newest first; `None` if there are none.
    pub fn of(waits: impl IntoIterator<Item = i64>) -> Option<Self> {
        let mut waits: Vec<i64> = waits.into_iter().take(RECENT).collect();
        waits.sort_unstable();
        let reports = waits.len();
        let end = reports.checked_sub(1)?;
        let least = *waits.get(end / 4)?;
        let most = *waits.get(end - end / 4)?;
        Some(Self {
            least,
            most,
            reports,
        })
    }

    /// The wait in words: `usually 3 to 6 min`.
    pub fn words(&self) -> String {
        let often = if self.reports == 1 {
            "last time"
        } else {
            "usually"
        };
        format!("{often} {}", self.span())
    }

    /// This many of them, one after the other.
    #[must_use]
    pub fn times(self, count: i64) -> Self {
        Self {
            least: self.least.saturating_mul(count),
            most: self.most.saturating_mul(count),
            ..self
        }
    }

    /// The wait alone: `3 to 6 min`.
    pub fn span(&self) -> String {
        let (least, most, unit) = if self.most < 90 {
            (self.least, self.most, "s")
        } else if self.least == self.most {
            let minutes = (self.most + 59) / 60;
            (minutes, minutes, "min")
        } else {
            // Rounded outwards, so that the wait is not promised shorter than it was.
            (self.least / 60, (self.most + 59) / 60, "min")
        };
        if least == most {
            format!("{most} {unit}")
        } else {
            format!("{least} to {most} {unit}")
        }
    }

    /// How much of the longest usual wait is over, in thousandths.
    pub fn over(&self, seconds: i64) -> i64 {
        let seconds = seconds.clamp(0, self.most.max(1));
        seconds.saturating_mul(1000) / self.most.max(1)
    }
}

#[cfg(test)]
mod tests;
