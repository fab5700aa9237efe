//! State of the jobs screen: the orders of this run with their parts, newest first, then those of earlier runs.

use super::runs::RunJob;
use crate::domain::export::history::{PastRun, RunEnding};
use crate::domain::metric::Metric;
use crate::domain::report::history::{CallLog, PastOrder, UsualWait};
use crate::domain::report::operation::states::Operation;
use crate::domain::report::quota::Remainder;
use crate::domain::report::reply::{CallIds, Failure};
use crate::domain::report::request::ReportRequest;
use crate::domain::scope::ScopeId;
use crate::ops::LedgerEntry;
use crate::ops::orders::order_spec::OrderSpec;
use crate::ops::orders::outcome::{PartOutcome, Progress};
use crate::tui::said::{Masked, Said};
use crate::tui::state::cursor::{Cursor, CursorStep};
use crate::tui::ticket::JobId;
use chrono::{DateTime, TimeDelta, Utc};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// The lines of the screen that do not belong to its list.
pub const LINES_ABOVE: u16 = 9;

/// The time by which a job is extended.
pub const MORE_TIME: TimeDelta = TimeDelta::hours(1);

/// One report that is being fetched or is finished.
#[derive(Debug, Clone)]
pub struct Job {
    pub id: JobId,
    pub request: ReportRequest,
    pub operation: Operation,
    pub outcome: Option<PartOutcome>,
    pub started: DateTime<Utc>,
    pub ended: Option<DateTime<Utc>>,
    pub ids: CallIds,
    /// The remaining quotas that the server reported.
    pub remainders: Vec<Remainder>,
    /// The calls to the server in this run.
    pub log: Arc<CallLog>,
    /// When it times out.
    pub limit: Option<DateTime<Utc>>,
    pub note: Option<Said>,
    /// Whether there was any progress. Until then it is queued and nothing was sent.
    pub heard: bool,
}

impl Job {
    /// Whether it is still running.
    pub fn runs(&self) -> bool {
        self.outcome.is_none()
    }

    /// Its report, once it is stored.
    pub fn entry(&self) -> Option<&LedgerEntry> {
        self.outcome.as_ref().and_then(PartOutcome::entry)
    }

    /// Whether it timed out before the server finished.
    pub fn gave_up(&self) -> bool {
        matches!(self.operation.failure(), Some(Failure::GaveUp { .. }))
    }

    /// Whether it failed, but the next start may resume it.
    pub fn may_go_on(&self) -> bool {
        let failure = self.operation.failure();
        failure.is_some_and(|failure| !failure.is_final())
    }

    /// The seconds that the server needed, if it made the report.
    fn waited(&self) -> Option<i64> {
        self.entry().and_then(|_| self.log.waited())
    }

    /// The reason that there is no report, if it failed or is empty.
    pub fn problem(&self) -> Option<Said> {
        if let Operation::Empty { why } = &self.operation {
            return Some(why.clone().into());
        }
        self.failure()
    }

    /// The reason that it failed, if it did.
    pub fn failure(&self) -> Option<Said> {
        let failure = self.operation.failure();
        failure.map(|failure| failure.message().to_owned().into())
    }
}

/// One order and its parts.
#[derive(Debug, Clone)]
pub struct JobGroup {
    pub order: OrderSpec,
    pub scope_name: Masked,
    pub jobs: Vec<Job>,
}

impl JobGroup {
    /// The stored reports of one metric, by date.
    pub fn ready(&self, metric: Metric) -> Vec<&LedgerEntry> {
        let entries = self.jobs.iter().filter_map(Job::entry);
        entries
            .filter(|entry| entry.request.metric == metric)
            .collect()
    }

    /// The keys of both metrics, if every stored month has both.
    pub fn pair(&self) -> Option<(Vec<String>, Vec<String>)> {
        let (actual, amortized) = (self.ready(Metric::Actual), self.ready(Metric::Amortized));
        let same = actual.len() == amortized.len()
            && actual
                .iter()
                .zip(&amortized)
                .all(|(a, b)| a.request.period == b.request.period);
        (same && !actual.is_empty()).then(|| (keys(actual), keys(amortized)))
    }
}

fn keys<'a>(entries: impl IntoIterator<Item = &'a LedgerEntry>) -> Vec<String> {
    let keys = entries.into_iter().map(|entry| entry.key.to_string());
    keys.collect()
}

/// A visible line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobLine {
    /// The heading of an order with several parts.
    Order(usize),
    Job(usize, usize),
    /// The note of an order of an earlier run that cannot be read.
    Unreadable(usize),
    /// An order of an earlier run that has ended.
    Past(usize),
    /// A run of an export.
    Run(usize),
    /// A watch of an earlier run that has ended.
    PastRun(usize),
}

/// The screen's state.
#[derive(Debug, Default)]
pub struct Jobs {
    pub orders: Vec<JobGroup>,
    /// The reason that each note of an order of an earlier run cannot be read.
    pub unreadable: Vec<Said>,
    /// The orders of earlier runs that have ended, the newest first.
    pub past: Vec<PastOrder>,
    /// Runs of exports, the newest first.
    pub runs: Vec<RunJob>,
    /// The watches of earlier runs that have ended, the newest first.
    pub past_runs: Vec<PastRun>,
    pub cursor: Cursor,
    next: u64,
}

impl Jobs {
    /// Names resumed orders, which start before their scopes are listed.
    pub fn learn_names(&mut self, names: &HashMap<ScopeId, Masked>) {
        for ordered in &mut self.orders {
            let id = &ordered.order.scope;
            if ordered.scope_name.in_clear() == id.tail()
                && let Some(name) = names.get(id)
            {
                ordered.scope_name.clone_from(name);
            }
        }
    }

    /// The reports that enter opens: the one under the cursor, or those of the first metric that has ready reports.
    pub fn openable(&self, ordered: &JobGroup) -> Option<Vec<String>> {
        if let Some((_, job)) = self.selected_job() {
            return job.entry().map(|entry| keys([entry]));
        }
        let metrics = [Metric::Actual, Metric::Amortized].into_iter();
        let mut all = metrics.map(|metric| keys(ordered.ready(metric)));
        all.find(|keys| !keys.is_empty())
    }

    /// Adds an order and returns the job id of each part.
    pub fn add(
        &mut self,
        order: OrderSpec,
        scope_name: Masked,
        parts: Vec<ReportRequest>,
        now: DateTime<Utc>,
    ) -> Vec<JobId> {
        let mut ids = Vec::with_capacity(parts.len());
        let mut jobs = Vec::with_capacity(parts.len());
        for request in parts {
            let id = self.new_id();
            ids.push(id);
            jobs.push(new_job(id, request, now));
        }
        self.orders.insert(
            0,
            JobGroup {
                order,
                scope_name,
                jobs,
            },
        );
        self.cursor = Cursor::default();
        ids
    }

    pub(super) fn new_id(&mut self) -> JobId {
        self.next += 1;
        JobId(self.next)
    }

    /// Restarts a job under a new id, so that late progress of the old one is ignored.
    pub fn restart(
        &mut self,
        at: (usize, usize),
        now: DateTime<Utc>,
    ) -> Option<(JobId, OrderSpec, ReportRequest)> {
        let id = self.new_id();
        let ordered = self.orders.get_mut(at.0)?;
        let job = ordered.jobs.get_mut(at.1)?;
        *job = new_job(id, job.request.clone(), now);
        Some((id, ordered.order.clone(), job.request.clone()))
    }

    /// The visible lines.
    pub fn lines(&self) -> Vec<JobLine> {
        let mut lines = Vec::new();
        for (at, ordered) in self.orders.iter().enumerate() {
            if ordered.jobs.len() > 1 {
                lines.push(JobLine::Order(at));
            }
            lines.extend((0..ordered.jobs.len()).map(|job| JobLine::Job(at, job)));
        }
        lines.extend((0..self.runs.len()).map(JobLine::Run));
        lines.extend((0..self.unreadable.len()).map(JobLine::Unreadable));
        lines.extend(self.ended());
        lines
    }

    /// The jobs that earlier runs have ended, the newest first.
    fn ended(&self) -> Vec<JobLine> {
        let orders = self.past.iter().enumerate();
        let orders = orders.map(|(at, past)| (past.ended_at, JobLine::Past(at)));
        let runs = self.past_runs.iter().enumerate();
        let runs = runs.map(|(at, past)| (past.ended_at, JobLine::PastRun(at)));
        let mut all: Vec<_> = orders.chain(runs).collect();
        all.sort_by_key(|(ended_at, _)| Reverse(*ended_at));
        all.into_iter().map(|(_, line)| line).collect()
    }

    /// The run of an export under the cursor.
    pub fn selected_run(&self) -> Option<&RunJob> {
        match self.selected()? {
            JobLine::Run(at) => self.runs.get(at),
            JobLine::Order(_)
            | JobLine::Job(..)
            | JobLine::Unreadable(_)
            | JobLine::Past(_)
            | JobLine::PastRun(_) => None,
        }
    }

    /// The watch under the cursor, if it is one that has ended.
    pub fn selected_past_run(&self) -> Option<&PastRun> {
        match self.selected()? {
            JobLine::PastRun(at) => self.past_runs.get(at),
            JobLine::Order(_)
            | JobLine::Job(..)
            | JobLine::Unreadable(_)
            | JobLine::Past(_)
            | JobLine::Run(_) => None,
        }
    }

    /// The line under the cursor.
    pub fn selected(&self) -> Option<JobLine> {
        self.lines().get(self.cursor.selected).copied()
    }

    /// The order under the cursor, or the one its line belongs to.
    pub fn selected_order(&self) -> Option<&JobGroup> {
        match self.selected()? {
            JobLine::Order(at) | JobLine::Job(at, _) => self.orders.get(at),
            JobLine::Unreadable(_) | JobLine::Past(_) | JobLine::Run(_) | JobLine::PastRun(_) => {
                None
            }
        }
    }

    /// The reason that the note under the cursor cannot be read, if it is one.
    pub fn selected_unreadable(&self) -> Option<&Said> {
        match self.selected()? {
            JobLine::Unreadable(at) => self.unreadable.get(at),
            JobLine::Order(_)
            | JobLine::Job(..)
            | JobLine::Past(_)
            | JobLine::Run(_)
            | JobLine::PastRun(_) => None,
        }
    }

    /// The order of an earlier run under the cursor, if it is one that has ended.
    pub fn selected_past(&self) -> Option<&PastOrder> {
        match self.selected()? {
            JobLine::Past(at) => self.past.get(at),
            JobLine::Order(_)
            | JobLine::Job(..)
            | JobLine::Unreadable(_)
            | JobLine::Run(_)
            | JobLine::PastRun(_) => None,
        }
    }

    /// How long the reports of a scope usually take, learnt from those of this run and of earlier ones.
    pub fn usual(&self, scope: &ScopeId) -> Option<UsualWait> {
        let here = self.all().filter(|job| job.request.scope == *scope);
        let earlier = self.past.iter().filter(|past| past.request.scope == *scope);
        let waits = here.filter_map(Job::waited);
        UsualWait::of(waits.chain(earlier.filter_map(PastOrder::waited)))
    }

    /// Whether enter shows an error in full, or what is known of a run.
    pub fn shows_error(&self) -> bool {
        let failed = self.selected_job();
        let failed = failed.is_some_and(|(_, job)| job.problem().is_some());
        let run = self.selected_run().is_some_and(|run| !run.is_completed());
        let past = self.selected_past_run();
        let past = past.is_some_and(|past| past.ending != RunEnding::Completed);
        failed || run || past || self.selected_unreadable().is_some()
    }

    /// The job under the cursor, with its position.
    pub fn selected_job(&self) -> Option<((usize, usize), &Job)> {
        match self.selected()? {
            JobLine::Job(at, job) => self
                .orders
                .get(at)?
                .jobs
                .get(job)
                .map(|found| ((at, job), found)),
            JobLine::Order(_)
            | JobLine::Unreadable(_)
            | JobLine::Past(_)
            | JobLine::Run(_)
            | JobLine::PastRun(_) => None,
        }
    }

    /// The jobs under the cursor that can be retried: one failed report, or all failed reports of an order.
    pub fn retryable(&self) -> Vec<(usize, usize)> {
        let chosen = self.chosen().into_iter();
        chosen
            .filter(|(_, job)| !job.runs() && job.entry().is_none())
            .map(|(place, _)| place)
            .collect()
    }

    /// The jobs under the cursor with their positions: one, or all of an order.
    pub fn chosen(&self) -> Vec<((usize, usize), &Job)> {
        match self.selected() {
            Some(JobLine::Job(..)) => self.selected_job().into_iter().collect(),
            Some(JobLine::Order(at)) => {
                let jobs = self.orders.get(at).into_iter();
                let jobs = jobs.flat_map(|ordered| &ordered.jobs).enumerate();
                jobs.map(|(job, found)| ((at, job), found)).collect()
            }
            Some(
                JobLine::Unreadable(_) | JobLine::Past(_) | JobLine::Run(_) | JobLine::PastRun(_),
            )
            | None => Vec::new(),
        }
    }

    /// The job at a place.
    pub fn at(&self, place: (usize, usize)) -> Option<&Job> {
        self.orders.get(place.0)?.jobs.get(place.1)
    }

    /// Sets when a job times out.
    pub fn set_limit(&mut self, place: (usize, usize), limit: Option<DateTime<Utc>>) {
        let ordered = self.orders.get_mut(place.0);
        if let Some(job) = ordered.and_then(|ordered| ordered.jobs.get_mut(place.1)) {
            job.limit = limit;
        }
    }

    /// Sets how long the jobs of an order may take when they are retried.
    pub fn set_max_wait(&mut self, place: (usize, usize), longer: Duration) {
        if let Some(ordered) = self.orders.get_mut(place.0) {
            ordered.order.max_wait = longer;
        }
    }

    /// Moves the cursor.
    pub fn go(&mut self, step: CursorStep, height: usize) {
        let count = self.lines().len();
        self.cursor.go(step, count, height);
    }

    /// Every job.
    pub fn all(&self) -> impl Iterator<Item = &Job> {
        self.orders.iter().flat_map(|ordered| &ordered.jobs)
    }

    /// The reports that are not there yet.
    pub fn under_way(&self) -> impl Iterator<Item = &ReportRequest> {
        self.all().filter(|job| job.runs()).map(|job| &job.request)
    }

    /// The number of running jobs.
    pub fn running(&self) -> usize {
        self.all().filter(|job| job.runs()).count() + self.watched()
    }

    /// The number of runs of exports that are watched.
    pub fn watched(&self) -> usize {
        self.runs.iter().filter(|run| run.goes_on()).count()
    }

    /// The number of running jobs that wait for their turn: nothing was sent yet.
    pub fn queued(&self) -> usize {
        let queued = self.all().filter(|job| job.runs() && !job.heard);
        queued.count()
    }

    fn job(&mut self, id: JobId) -> Option<&mut Job> {
        self.orders
            .iter_mut()
            .flat_map(|ordered| &mut ordered.jobs)
            .find(|job| job.id == id)
    }

    /// Stores the progress of a running job. Its final state arrives as an outcome.
    pub fn heard(&mut self, id: JobId, news: Progress) {
        let under_way = !news.operation.is_over();
        if let Some(job) = self.job(id).filter(|job| job.runs()) {
            job.heard = true;
            // A note applies to one state only.
            let same =
                std::mem::discriminant(&job.operation) == std::mem::discriminant(&news.operation);
            let kept = job.note.take().filter(|_| {
                same && job.operation.wait().is_some() == news.operation.wait().is_some()
            });
            job.note = news.note.map(Said::from).or(kept);
            if under_way {
                job.operation = news.operation;
            }
            job.ids = news.ids.or(std::mem::take(&mut job.ids));
            if !news.remainders.is_empty() {
                job.remainders = news.remainders;
            }
            job.limit = Some(news.limit);
            job.log = news.log;
        }
    }

    /// Stores the outcome of a job.
    pub fn finished(&mut self, id: JobId, outcome: PartOutcome, now: DateTime<Utc>) {
        if let Some(job) = self.job(id) {
            job.operation = match &outcome {
                PartOutcome::Ready { entry, .. } => Operation::Ready { rows: entry.rows },
                PartOutcome::Empty { why } => Operation::Empty { why: why.clone() },
                PartOutcome::Failed(failure) => Operation::Failed(failure.clone()),
                PartOutcome::Cancelled => Operation::Cancelled,
            };
            job.note = None;
            job.outcome = Some(outcome);
            job.ended = Some(now);
        }
    }
}

fn new_job(id: JobId, request: ReportRequest, now: DateTime<Utc>) -> Job {
    Job {
        id,
        request,
        operation: Operation::start(now).0,
        outcome: None,
        started: now,
        ended: None,
        ids: CallIds::default(),
        remainders: Vec::new(),
        log: Arc::default(),
        limit: None,
        note: None,
        heard: false,
    }
}
