//! The jobs: following, stopping, trying again, opening what is ready.

use super::table;
use crate::domain::operation::Operation;
use crate::domain::period::{DateRange, Period};
use crate::domain::reply::Failure;
use crate::ops::report::{Order, Outcome};
use crate::tui::action::{Action, View};
use crate::tui::effect::Effect;
use crate::tui::message::JobId;
use crate::tui::model::{Model, Talk};
use crate::tui::screen::jobs::{JobGroup, Line};

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
    // What could not be done a moment ago may be possible now.
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
        Action::Compare => compare(model),
        _ => Vec::new(),
    }
}

/// Stops following; the server goes on, and the next order of the same report asks for it.
fn cancel(model: &mut Model) -> Vec<Effect> {
    let sent = model.jobs.selected_job().is_none_or(|(_, job)| job.heard);
    let words = if sent {
        "no longer followed; the server goes on, and ordering again asks for its result"
    } else {
        "taken back; nothing was sent yet"
    };
    model.talk = Talk::Hint(words.to_owned());
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

/// Tries a failed report again. What the server accepted is asked about; only an order of which nobody knows how it
/// ended is sent a second time, because the user says so.
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
            ..order
        };
        effects.push(Effect::Fetch {
            job,
            order: Box::new(order),
            request: Box::new(request),
        });
    }
    effects
}

/// The days an order asked for.
fn wanted(ordered: &JobGroup) -> Option<DateRange> {
    match &ordered.order.period {
        Period::Dates(range) => Some(*range),
        Period::Invoice(_) => None,
    }
}

fn open(model: &mut Model) -> Vec<Effect> {
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
    let name = ordered.scope_name.clone();
    ordered
        .pair()
        .map(|(actual, amortized)| table::open_pair(model, actual, amortized, name))
        .unwrap_or_default()
}
