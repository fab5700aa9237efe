//! Orders of earlier runs: lists, resumes and stops following them.

use super::order_spec::{OrderSpec, Resume};
use super::queue;
use super::queue::Waiting;
use crate::domain::metric::{Metric, MetricChoice};
use crate::domain::report::request::{ReportKey, ReportRequest};
use crate::ops::error::OpsError;
use crate::ops::session::Session;
use crate::store::orders::intents::{Intent, NotedIntent};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// The state of a recorded order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// The server has accepted it and is being polled.
    Generating,
    /// Pages of Usage Details are missing.
    Paging,
    /// The server refused it with a wait; nothing runs.
    Throttled,
    /// It was sent, but its response was never read: only the user can decide whether to order again.
    Undecided,
    /// It waits for its turn: nothing was sent.
    Queued,
}

/// An order of an earlier run, or of another process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub id: ReportKey,
    pub request: ReportRequest,
    pub state: JobState,
    /// Whether another costscope is working on it.
    pub held: bool,
    pub next_poll_at: Option<DateTime<Utc>>,
    pub polls: u32,
    pub ordered_at: DateTime<Utc>,
    /// When the links to the files expire, if the server has generated them.
    pub valid_till: Option<DateTime<Utc>>,
    /// Its place in the queue, if nothing was sent yet.
    pub waiting: Option<Waiting>,
}

impl JobState {
    /// The word of the JSON contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Generating => "generating",
            Self::Paging => "paging",
            Self::Throttled => "throttled",
            Self::Undecided => "undecided",
            Self::Queued => "queued",
        }
    }

    fn of(intent: &Intent) -> Self {
        match intent {
            Intent { refused: true, .. } => Self::Throttled,
            Intent { pages: Some(_), .. } => Self::Paging,
            Intent {
                poll_url: Some(_), ..
            } => Self::Generating,
            _ => Self::Undecided,
        }
    }
}

impl Job {
    fn of(noted: NotedIntent) -> Self {
        let intent = noted.intent;
        Self {
            id: noted.key,
            state: JobState::of(&intent),
            held: noted.held,
            next_poll_at: intent.not_before,
            polls: intent.polls,
            ordered_at: intent.ordered_at,
            valid_till: intent.times.and_then(|times| times.valid_till),
            request: intent.request,
            waiting: None,
        }
    }

    fn queued(waiting: Waiting) -> Self {
        Self {
            id: waiting.key.clone(),
            request: waiting.request().clone(),
            state: JobState::Queued,
            held: waiting.held,
            next_poll_at: None,
            polls: 0,
            ordered_at: waiting.queued_at(),
            valid_till: None,
            waiting: Some(waiting),
        }
    }

    /// The order that resumes it: it polls what is recorded and sends nothing again. One that waits for its turn is sent as
    /// it was made.
    pub fn order(&self, max_wait: Duration) -> OrderSpec {
        if let Some(waiting) = &self.waiting {
            return waiting.order(max_wait);
        }
        let metric = match self.request.metric {
            Metric::Actual => MetricChoice::Actual,
            Metric::Amortized => MetricChoice::Amortized,
            Metric::Usage => MetricChoice::Usage,
        };
        OrderSpec {
            scope: self.request.scope.clone(),
            metric,
            period: self.request.period.clone(),
            subset: self.request.subset.clone(),
            api: None,
            agreement: None,
            refresh: false,
            resume: Resume::Only,
            max_wait,
            out: None,
        }
    }
}

/// Lists every recorded order of this cloud or endpoint, also those that wait for their turn, and the errors of unreadable
/// ones.
pub fn all(session: &Session) -> Result<(Vec<Job>, Vec<OpsError>), OpsError> {
    let (mut jobs, mut damaged) = list(session)?;
    let (waiting, unreadable) = queue::list(session)?;
    jobs.extend(waiting.into_iter().map(Job::queued));
    damaged.extend(unreadable);
    Ok((jobs, damaged))
}

/// Lists every order of this cloud or endpoint that was sent, oldest first, and the errors of unreadable ones.
pub fn list(session: &Session) -> Result<(Vec<Job>, Vec<OpsError>), OpsError> {
    let (noted, damaged) = session.pending.list()?;
    let mine = format!("{}@", ReportRequest::origin_words(&session.origin));
    let mut jobs: Vec<Job> = noted
        .into_iter()
        .filter(|noted| noted.key.as_str().starts_with(&mine) && !noted.intent.set_aside)
        .map(Job::of)
        .collect();
    jobs.sort_by(|a, b| (a.ordered_at, &a.id).cmp(&(b.ordered_at, &b.id)));
    Ok((jobs, damaged.into_iter().map(OpsError::from).collect()))
}

/// Finds orders among all that are recorded, by id, or by a unique part of it.
pub fn find(
    (jobs, damaged): &mut (Vec<Job>, Vec<OpsError>),
    ids: &[String],
) -> Result<Vec<Job>, OpsError> {
    if ids.is_empty() {
        // Jobs of another process are left to it.
        return Ok(jobs.iter().filter(|job| !job.held).cloned().collect());
    }
    let mut found = Vec::new();
    for id in ids {
        let exact = jobs.iter().filter(|job| job.id.as_str() == id);
        let exact: Vec<&Job> = exact.collect();
        let fitting = if exact.is_empty() {
            jobs.iter()
                .filter(|job| job.id.as_str().contains(id.as_str()))
                .collect()
        } else {
            exact
        };
        match fitting.as_slice() {
            [job] => found.push((*job).clone()),
            [] => {
                // The note may be there and unreadable.
                let is_it = |error: &OpsError| error.to_string().contains(id.as_str());
                if let Some(at) = damaged.iter().position(is_it) {
                    return Err(damaged.swap_remove(at));
                }
                return Err(OpsError::Failed(format!(
                    "job {id} not found; `costscope jobs list` shows all jobs"
                )));
            }
            several => {
                let names: Vec<&str> = several.iter().map(|job| job.id.as_str()).collect();
                return Err(OpsError::Failed(format!(
                    "{id} matches several jobs: {}",
                    names.join(", ")
                )));
            }
        }
    }
    Ok(found)
}

/// Stops following an order. The server continues what it has accepted, so the intent is only set aside: ordering the
/// same report again resumes it, or says that its outcome is unknown, instead of ordering twice. A wait stays recorded
/// until it is over. An order that runs nowhere is removed.
pub fn cancel(session: &Session, key: &ReportKey) -> Result<(), OpsError> {
    let claim = session.pending.claim(key)?;
    let now = session.clock.now();
    let counts = |noted: &Intent| match (noted.refused, &noted.pages) {
        (true, _) => noted.not_before.is_some_and(|until| until > now),
        (false, pages) => pages.is_none(),
    };
    match claim.read()?.filter(counts) {
        Some(noted) => claim.write(&Intent {
            set_aside: true,
            ..noted
        })?,
        None => claim.clear()?,
    }
    session.drop_downloads(key)?;
    Ok(())
}
