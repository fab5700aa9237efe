//! Handles the jobs: stopping, retrying and resuming them, and opening their reports.

use super::{compare, table};
use crate::domain::metric::MetricChoice;
use crate::domain::period::{DateRange, Period};
use crate::domain::report::operation::states::Operation;
use crate::domain::report::reply::Failure;
use crate::domain::report::request::ReportRequest;
use crate::ops::orders::jobs::Job as NotedJob;
use crate::ops::orders::order_spec::{Order, Resume};
use crate::ops::orders::outcome::Outcome;
use crate::tui::action::{Action, View};
use crate::tui::effect::Effect;
use crate::tui::message::JobId;
use crate::tui::model::{Model, Overlay, Talk};
use crate::tui::part::cursor::Cursor;
use crate::tui::part::said::Said;
use crate::tui::screen::jobs::{JobGroup, Line, MORE_TIME};
use crate::tui::screen::order::MAX_WAIT;

pub(super) fn finished(model: &mut Model, job: JobId, outcome: Outcome) -> Vec<Effect> {
    let stored = matches!(
        outcome,
        Outcome::Ready {
            from_ledger: false,
            ..
        }
    );
    let now = model.now;
    model.jobs.finished(job, outcome, now);
    // The message may say that an action was not possible, which may have changed.
    if model.view == View::Jobs {
        model.talk = Talk::Silent;
    }
    if stored {
        vec![table::read_ledger(model)]
    } else {
        Vec::new()
    }
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let height = model.list_height();
    if let Some(step) = super::step_of(action) {
        model.jobs.go(step, height);
        return Vec::new();
    }
    match action {
        Action::Back => super::enter_view(model, View::Scopes),
        Action::CancelJob => cancel(model),
        Action::Retry => retry(model),
        Action::Enter => open(model),
        Action::MoreTime => more_time(model),
        Action::Copy => copy(model),
        Action::Compare => compare(model),
        _ => Vec::new(),
    }
}

/// Stops following a job. The server continues, and the next order of the same report fetches its result. A failed job
/// is dropped, so that the next start does not resume it.
fn cancel(model: &mut Model) -> Vec<Effect> {
    let over = model.jobs.selected_job().filter(|(_, job)| !job.runs());
    if let Some((_, job)) = over {
        let key = job.request.key(&model.place.origin);
        model.talk = Talk::hint("dropped: the next start does not resume it");
        return vec![Effect::SetAside(key)];
    }
    let sent = model.jobs.selected_job().is_none_or(|(_, job)| job.heard);
    let words = if sent {
        "stopped following; the server continues, and a new order fetches its result"
    } else {
        "cancelled; nothing was sent yet"
    };
    model.talk = Talk::hint(words);
    if let Some(Line::Job(..)) = model.jobs.selected() {
        let job = model.jobs.selected_job();
        return job
            .map(|(_, job)| Effect::Cancel(job.id))
            .into_iter()
            .collect();
    }
    let ordered = model.jobs.selected_order();
    let jobs = ordered
        .map(|ordered| ordered.jobs.as_slice())
        .unwrap_or_default();
    let running = jobs.iter().filter(|job| job.runs());
    running.map(|job| Effect::Cancel(job.id)).collect()
}

/// Retries a failed report. If the server accepted the order, its state is queried. Only an order with an unknown
/// outcome is sent a second time, since the user requested it.
fn retry(model: &mut Model) -> Vec<Effect> {
    let now = model.now;
    let mut effects = Vec::new();
    for place in model.jobs.retryable() {
        let operation = model.jobs.at(place).map(|job| &job.operation);
        let undecided = matches!(
            operation,
            Some(Operation::Failed(Failure::Undecided { .. }))
        );
        let Some((job, order, request)) = model.jobs.restart(place, now) else {
            continue;
        };
        let order = Order {
            refresh: undecided,
            // The journal is newer than the ledger. An order that is not in the journal is sent anew.
            resume: Resume::First,
            ..order
        };
        effects.push(fetch(job, order, request));
    }
    effects
}

fn fetch(job: JobId, order: Order, request: ReportRequest) -> Effect {
    Effect::Fetch {
        job,
        order: Box::new(order),
        request: Box::new(request),
    }
}

/// Extends the time limit of a job by an hour. A job that timed out is resumed.
fn more_time(model: &mut Model) -> Vec<Effect> {
    let Some((place, job)) = model.jobs.selected_job() else {
        return Vec::new();
    };
    if job.runs() {
        let key = job.request.key(&model.place.origin);
        let limit = job.limit.and_then(|at| at.checked_add_signed(MORE_TIME));
        model.jobs.set_limit(place, limit);
        return vec![Effect::Extend { key, by: MORE_TIME }];
    }
    let now = model.now;
    let Some((job, order, request)) = model.jobs.restart(place, now) else {
        return Vec::new();
    };
    let longer = order.max_wait + MORE_TIME.to_std().unwrap_or_default();
    let order = Order {
        max_wait: longer,
        refresh: false,
        resume: Resume::First,
        ..order
    };
    model.jobs.set_max_wait(place, longer);
    vec![fetch(job, order, request)]
}

/// Copies the request ids, which Microsoft support asks for.
fn copy(model: &mut Model) -> Vec<Effect> {
    let Some((_, job)) = model.jobs.selected_job() else {
        return Vec::new();
    };
    let ids = job.ids.to_string();
    model.talk = Talk::hint(format!("copied (if the terminal allows it): {ids}"));
    vec![Effect::Copy(ids)]
}

/// Resumes orders of earlier runs, except those that another costscope process follows.
pub(super) fn take_up(model: &mut Model, noted: Vec<NotedJob>) -> Vec<Effect> {
    let (held, free): (Vec<NotedJob>, Vec<NotedJob>) = noted.into_iter().partition(|job| job.held);
    let mut groups: Vec<(Order, Vec<ReportRequest>)> = Vec::new();
    let count = free.len();
    for job in free {
        let order = job.order(MAX_WAIT);
        let same = groups.iter().position(|(known, _)| {
            known.scope == order.scope
                && known.period.joined(&order.period).is_some()
                && [known.metric, order.metric]
                    .iter()
                    .all(|metric| *metric != MetricChoice::Usage)
        });
        match same.and_then(|at| groups.get_mut(at)) {
            Some((known, parts)) => {
                if known.metric != order.metric {
                    known.metric = MetricChoice::Both;
                }
                // The heading covers the joined period, so that missing months of it are reported later.
                if let Some(period) = known.period.joined(&order.period) {
                    known.period = period;
                }
                parts.push(job.request);
            }
            None => groups.push((order, vec![job.request])),
        }
    }
    let mut effects = Vec::new();
    for (order, parts) in groups {
        let marked = model.scopes.marked.iter();
        let named = marked
            .map(|marked| &marked.scope)
            .find(|s| s.id == order.scope);
        let name = named.map_or(order.scope.tail(), |scope| scope.name.as_str());
        let name = name.to_owned();
        let ids = model
            .jobs
            .add(order.clone(), name, parts.clone(), model.now);
        let jobs = ids.into_iter().zip(parts);
        effects.extend(jobs.map(|(job, request)| fetch(job, order.clone(), request)));
    }
    let words = match (count, held.len()) {
        (0, 0) => return effects,
        (0, held) => format!("{held} orders are followed by another costscope"),
        (1, _) => "resumed an earlier order; press 3 to see it".to_owned(),
        (count, _) => format!("resumed {count} earlier orders; press 3 to see them"),
    };
    model.talk = Talk::hint(Said::open(words));
    effects
}

/// The days an order asked for.
fn wanted(ordered: &JobGroup) -> Option<DateRange> {
    match &ordered.order.period {
        Period::Dates(range) => Some(*range),
        Period::Invoice(_) | Period::Billing(_) => None,
    }
}

/// Shows the full error of a report that failed or is empty.
fn explain(model: &mut Model) {
    let Some((_, job)) = model.jobs.selected_job() else {
        return;
    };
    let Some(problem) = job.problem() else {
        return;
    };
    let days = job.request.range().map(|range| range.to_string());
    let days = days.or(job.request.period.name()).unwrap_or_default();
    let title = format!("{} {days}", job.request.metric);
    let mut lines = vec![job.request.scope.to_string(), String::new()];
    lines.push(problem.to_owned());
    if !job.ids.is_empty() {
        lines.extend([String::new(), job.ids.to_string()]);
    }
    let started = job.started.format("%Y-%m-%d %H:%M:%S");
    lines.extend([String::new(), format!("ordered {started} UTC")]);
    if let Some(note) = &job.note {
        lines.push(note.clone());
    }
    let copy = lines.join("\n");
    model.overlay = Overlay::Problem {
        title,
        lines,
        cursor: Cursor::default(),
        copy,
        command: None,
    };
}

fn open(model: &mut Model) -> Vec<Effect> {
    let failed = model
        .jobs
        .selected_job()
        .is_some_and(|(_, job)| job.problem().is_some());
    if failed {
        explain(model);
        return Vec::new();
    }
    let Some(ordered) = model.jobs.selected_order() else {
        return Vec::new();
    };
    let single = model
        .jobs
        .selected_job()
        .map(|(_, job)| job.request.range());
    let range = single.unwrap_or_else(|| wanted(ordered));
    let keys = model.openable(ordered);
    let name = ordered.scope_name.clone();
    keys.map(|keys| table::open(model, keys, name, range))
        .unwrap_or_default()
}

fn compare(model: &mut Model) -> Vec<Effect> {
    let Some(ordered) = model.jobs.selected_order() else {
        return Vec::new();
    };
    let (name, all) = (ordered.scope_name.clone(), ordered.jobs.len());
    let Some((actual, amortized)) = ordered.pair() else {
        return Vec::new();
    };
    let ready = actual.len() + amortized.len();
    let effects = compare::open_pair(model, actual, amortized, name, None);
    if ready < all {
        model.talk = Talk::hint(Said::open(format!(
            "compared only {ready} of the {all} reports of this order: the others are not ready or are empty"
        )));
    }
    effects
}
