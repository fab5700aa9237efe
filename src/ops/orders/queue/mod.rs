//! Reports that wait for their turn: noted while they wait, and ordered at the next start if the program ends before.

use super::order_spec::{OrderSpec, Resume};
use crate::domain::metric::{Metric, MetricChoice};
use crate::domain::report::request::{ReportKey, ReportRequest};
use crate::ops::error::OpsError;
use crate::ops::session::Session;
use crate::store::orders::queue::{self, Queued};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// A report that an earlier run left in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub key: ReportKey,
    /// Whether another costscope has it in its queue.
    pub held: bool,
    queued: Queued,
}

/// A report's place in the queue.
#[derive(Debug)]
pub struct QueuePlace(queue::QueueNote);

impl Waiting {
    /// The report that waits.
    pub fn request(&self) -> &ReportRequest {
        &self.queued.request
    }

    /// When it was ordered.
    pub fn queued_at(&self) -> DateTime<Utc> {
        self.queued.queued_at
    }

    /// The order of the report, as it was made.
    pub fn order(&self, max_wait: Duration) -> OrderSpec {
        let Queued {
            request,
            api,
            agreement,
            refresh,
            ..
        } = &self.queued;
        let metric = match request.metric {
            Metric::Actual => MetricChoice::Actual,
            Metric::Amortized => MetricChoice::Amortized,
            Metric::Usage => MetricChoice::Usage,
        };
        OrderSpec {
            scope: request.scope.clone(),
            metric,
            period: request.period.clone(),
            subset: request.subset.clone(),
            api: *api,
            agreement: *agreement,
            refresh: *refresh,
            resume: Resume::AsUsual,
            max_wait,
            out: None,
        }
    }
}

/// Notes that a report waits for its turn. `None` if it is in a queue already.
pub fn note(
    session: &Session,
    order: &OrderSpec,
    request: &ReportRequest,
) -> Result<Option<QueuePlace>, OpsError> {
    let queued = Queued {
        request: request.clone(),
        queued_at: session.clock.now(),
        api: order.api,
        agreement: order.agreement,
        refresh: order.refresh,
    };
    let place = session.queue.note(&request.key(&session.origin), &queued)?;
    Ok(place.map(QueuePlace))
}

impl QueuePlace {
    /// Removes the note of an order that has ended. The note stays if the program ends while the report is `wanted`, unless
    /// the order was sent: its intent is followed then. An intent that was set aside is not followed by itself.
    pub fn leave(
        self,
        session: &Session,
        request: &ReportRequest,
        wanted: bool,
    ) -> Result<(), OpsError> {
        if wanted && !is_followed(session, &request.key(&session.origin)) {
            return Ok(());
        }
        Ok(self.0.clear()?)
    }
}

/// Whether the order of a report was sent and is listed as a job.
fn is_followed(session: &Session, key: &ReportKey) -> bool {
    let intent = session.pending.read(key);
    intent.is_ok_and(|intent| intent.is_some_and(|intent| !intent.set_aside))
}

/// Takes a report that waits out of the queue: it is not ordered.
pub fn remove(session: &Session, waiting: &Waiting) -> Result<(), OpsError> {
    match session.queue.note(&waiting.key, &waiting.queued)? {
        Some(place) => Ok(place.clear()?),
        None => Err(held_elsewhere(waiting, "cancel it there")),
    }
}

/// Takes over a report that waits, to order it. Fails if another process has it in its queue and will order it.
pub fn take(session: &Session, waiting: &Waiting) -> Result<QueuePlace, OpsError> {
    let place = session.queue.note(&waiting.key, &waiting.queued)?;
    let then = "it is ordered there when its turn comes";
    place
        .map(QueuePlace)
        .ok_or_else(|| held_elsewhere(waiting, then))
}

fn held_elsewhere(waiting: &Waiting, then: &str) -> OpsError {
    let key = &waiting.key;
    OpsError::Failed(format!("another costscope has {key} in its queue: {then}"))
}

/// Lists what earlier runs of this cloud or endpoint left in the queue, the oldest first, and the errors of unreadable
/// notes. Reports that were sent are left out: they are listed as jobs.
pub fn list(session: &Session) -> Result<(Vec<Waiting>, Vec<OpsError>), OpsError> {
    let (noted, damaged) = session.queue.list()?;
    let mine = format!("{}@", ReportRequest::origin_words(&session.origin));
    let waiting = noted
        .into_iter()
        .filter(|noted| noted.key.as_str().starts_with(&mine) && !is_followed(session, &noted.key))
        .map(|noted| Waiting {
            key: noted.key,
            held: noted.held,
            queued: noted.queued,
        });
    let damaged = damaged.into_iter().map(OpsError::from).collect();
    Ok((waiting.collect(), damaged))
}
