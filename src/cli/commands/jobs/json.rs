//! Jobs as JSON.

use crate::domain::report::history::{Call, PastOrder};
use crate::domain::text::timestamp;
use crate::ops::orders::jobs::Job;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct JobJson<'a> {
    pub(super) id: String,
    pub(super) scope: &'a str,
    pub(super) metric: &'a str,
    /// Only of a run of an export.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) export: Option<&'a str>,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    pub(super) state: &'a str,
    pub(super) next_poll_at: Option<String>,
    pub(super) polls: u32,
    pub(super) ordered_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) valid_till: Option<String>,
    /// Only of an order that has ended.
    #[serde(flatten)]
    pub(super) ended: Option<EndedJson<'a>>,
}

/// The end of an order.
#[derive(Serialize)]
pub(super) struct EndedJson<'a> {
    pub(super) ended_at: String,
    pub(super) took: String,
    pub(super) rows: Option<u64>,
    pub(super) why: Option<&'a str>,
    pub(super) calls: Vec<CallJson<'a>>,
}

/// A call to the server; the wait is in seconds.
#[derive(Serialize)]
pub(super) struct CallJson<'a> {
    pub(super) at: String,
    pub(super) kind: &'a str,
    pub(super) answer: &'a str,
    pub(super) wait: Option<i64>,
    pub(super) header: Option<&'a str>,
    pub(super) left: &'a [String],
    pub(super) request_id: Option<&'a str>,
    pub(super) correlation_id: Option<&'a str>,
}

pub(super) fn order(job: &Job) -> JobJson<'_> {
    let range = job.request.range();
    JobJson {
        id: job.id.to_string(),
        scope: job.request.scope.path(),
        metric: job.request.metric.word(),
        export: None,
        from: range.map(|range| range.from.to_string()),
        to: range.map(|range| range.to.to_string()),
        // The process that holds the job polls it. In a queue nothing is polled.
        state: if job.held && job.waiting.is_none() {
            "held"
        } else {
            job.state.word()
        },
        next_poll_at: job.next_poll_at.map(timestamp),
        polls: job.polls,
        ordered_at: timestamp(job.ordered_at),
        valid_till: job.valid_till.map(timestamp),
        ended: None,
    }
}

pub(super) fn past_order(order: &PastOrder) -> JobJson<'_> {
    let range = order.request.range();
    let calls = order.log.calls.iter();
    JobJson {
        id: order.key.to_string(),
        scope: order.request.scope.path(),
        metric: order.request.metric.word(),
        export: None,
        from: range.map(|range| range.from.to_string()),
        to: range.map(|range| range.to.to_string()),
        state: order.ending.word(),
        next_poll_at: None,
        polls: u32::try_from(order.log.polls()).unwrap_or(u32::MAX),
        ordered_at: timestamp(order.started_at()),
        valid_till: None,
        ended: Some(EndedJson {
            ended_at: timestamp(order.ended_at),
            took: order.took(),
            rows: order.rows,
            why: order.why.as_deref(),
            calls: calls.map(call_json).collect(),
        }),
    }
}

fn call_json(call: &Call) -> CallJson<'_> {
    CallJson {
        at: timestamp(call.at),
        kind: call.kind.word(),
        answer: &call.answer,
        wait: call.wait,
        header: call.header.as_deref(),
        left: &call.left,
        request_id: call.request_id.as_deref(),
        correlation_id: call.correlation_id.as_deref(),
    }
}
