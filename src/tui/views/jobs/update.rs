//! Handles the jobs: stopping, retrying and resuming them, and opening their reports.

use super::cancel;
use super::state::{JobGroup, Jobs, LINES_ABOVE, MORE_TIME};
use super::watching;
use crate::domain::metric::MetricChoice;
use crate::domain::period::{DateRange, Period};
use crate::domain::report::history::OrderEnding;
use crate::domain::report::operation::states::Operation;
use crate::domain::report::reply::Failure;
use crate::domain::report::request::ReportRequest;
use crate::ops::orders::order_spec::{MAX_WAIT, OrderSpec, Resume};
use crate::ops::orders::outcome::{PartOutcome, Progress};
use crate::tui::action::{Action, View};
use crate::tui::effect::Effect;
use crate::tui::message::EarlierOrders;
use crate::tui::said::{Masked, Said};
use crate::tui::shell::Shell;
use crate::tui::shell::copy::copied;
use crate::tui::shell::request::Request;
use crate::tui::shell::status::StatusLine;
use crate::tui::state::cursor::CursorStep;
use crate::tui::ticket::JobId;

/// Takes the progress of a report.
pub(crate) fn heard(jobs: &mut Jobs, job: JobId, news: Progress) -> Vec<Effect> {
    jobs.heard(job, news);
    Vec::new()
}

pub(crate) fn finished(
    jobs: &mut Jobs,
    shell: &mut Shell,
    job: JobId,
    outcome: PartOutcome,
) -> Vec<Effect> {
    let stored = matches!(
        outcome,
        PartOutcome::Ready {
            from_ledger: false,
            ..
        }
    );
    let now = shell.now;
    jobs.finished(job, outcome, now);
    // The message may say that an action was not possible, which may have changed.
    if shell.view == View::Jobs {
        shell.status = StatusLine::Silent;
    }
    if stored {
        shell.request(Request::ReadLedger);
    }
    Vec::new()
}

pub(crate) fn act(jobs: &mut Jobs, shell: &mut Shell, action: Action) -> Vec<Effect> {
    let height = shell.list_height(LINES_ABOVE);
    if let Some(step) = action.step() {
        jobs.go(step, height);
        return Vec::new();
    }
    match action {
        Action::Back => {
            shell.request(Request::Show(View::Scopes));
            Vec::new()
        }
        Action::CancelJob => {
            cancel::ask(jobs, shell);
            Vec::new()
        }
        Action::Retry if jobs.selected_run().is_some() => watching::retry(jobs, shell),
        Action::Retry => retry(jobs, shell),
        Action::Enter => open(jobs, shell),
        Action::Detail => show_calls(jobs, shell),
        Action::MoreTime => more_time(jobs, shell),
        Action::Copy => copy(jobs, shell),
        Action::Compare => compare(jobs, shell),
        _ => Vec::new(),
    }
}

/// Retries a failed report. If the server accepted the order, its state is queried. Only an order with an unknown
/// outcome is sent a second time, since the user requested it.
fn retry(jobs: &mut Jobs, shell: &mut Shell) -> Vec<Effect> {
    let now = shell.now;
    let mut effects = Vec::new();
    for place in jobs.retryable() {
        let operation = jobs.at(place).map(|job| &job.operation);
        let undecided = matches!(
            operation,
            Some(Operation::Failed(Failure::Undecided { .. }))
        );
        let Some((job, order, request)) = jobs.restart(place, now) else {
            continue;
        };
        let order = OrderSpec {
            refresh: undecided,
            // The journal is newer than the ledger. An order that is not in the journal is sent anew.
            resume: Resume::First,
            ..order
        };
        effects.push(fetch(job, order, request));
    }
    effects
}

fn fetch(job: JobId, order: OrderSpec, request: ReportRequest) -> Effect {
    Effect::Fetch {
        job,
        order: Box::new(order),
        request: Box::new(request),
    }
}

/// Extends the time limit of a job by an hour. A job that timed out is resumed.
fn more_time(jobs: &mut Jobs, shell: &mut Shell) -> Vec<Effect> {
    let Some((place, job)) = jobs.selected_job() else {
        return Vec::new();
    };
    if job.runs() {
        let key = job.request.key(&shell.place.origin);
        let limit = job.limit.and_then(|at| at.checked_add_signed(MORE_TIME));
        jobs.set_limit(place, limit);
        return vec![Effect::Extend { key, by: MORE_TIME }];
    }
    let now = shell.now;
    let Some((job, order, request)) = jobs.restart(place, now) else {
        return Vec::new();
    };
    let longer = order.max_wait + MORE_TIME.to_std().unwrap_or_default();
    let order = OrderSpec {
        max_wait: longer,
        refresh: false,
        resume: Resume::First,
        ..order
    };
    jobs.set_max_wait(place, longer);
    vec![fetch(job, order, request)]
}

/// Copies the request ids, which Microsoft support asks for.
fn copy(jobs: &mut Jobs, shell: &mut Shell) -> Vec<Effect> {
    let ids = match (jobs.selected_past(), jobs.selected_job()) {
        (Some(past), _) => past.log.ids(),
        (None, Some((_, job))) => job.ids.clone(),
        (None, None) => return Vec::new(),
    };
    copied(shell, &ids.to_string())
}

/// Adds the jobs of an order and starts to fetch them.
pub fn send(
    jobs: &mut Jobs,
    shell: &mut Shell,
    (order, name): (&OrderSpec, Masked),
    parts: Vec<ReportRequest>,
) -> Vec<Effect> {
    let ids = jobs.add(order.clone(), name, parts.clone(), shell.now);
    shell.view = View::Jobs;
    jobs.go(CursorStep::Home, shell.list_height(LINES_ABOVE));
    let fetches = ids.into_iter().zip(parts);
    fetches
        .map(|(job, request)| fetch(job, order.clone(), request))
        .collect()
}

/// Resumes orders of earlier runs, and orders what they left in the queue, except what another costscope process follows.
pub(crate) fn take_up(jobs: &mut Jobs, shell: &mut Shell, earlier: EarlierOrders) -> Vec<Effect> {
    let EarlierOrders {
        jobs: noted,
        waiting,
        past,
        runs,
        past_runs,
        unreadable,
    } = earlier;
    jobs.past = past;
    jobs.past_runs = past_runs;
    let held = noted.iter().map(|job| job.held);
    let held = held.chain(waiting.iter().map(|waiting| waiting.held));
    let held = held.filter(|held| *held).count();
    let sent = noted.into_iter().filter(|job| !job.held);
    let sent = sent.map(|job| (job.order(MAX_WAIT), job.request));
    let queued = waiting.into_iter().filter(|waiting| !waiting.held);
    let queued = queued.map(|waiting| (waiting.order(MAX_WAIT), waiting.request().clone()));
    let parts: Vec<OrderedPart> = sent.chain(queued).collect();
    let count = parts.len();
    let mut effects = Vec::new();
    for (order, parts) in together(parts) {
        let name = shell.scope_name(&order.scope);
        let requests = parts.iter().map(|(_, request)| request.clone());
        let ids = jobs.add(order, name, requests.collect(), shell.now);
        let parts = ids.into_iter().zip(parts);
        effects.extend(parts.map(|(job, (order, request))| fetch(job, order, request)));
    }
    let words = match (count, held) {
        (0, 0) => None,
        (0, 1) => Some("1 order is followed by another costscope".to_owned()),
        (0, held) => Some(format!("{held} orders are followed by another costscope")),
        (1, _) => {
            Some("resumed an earlier order; press ⟦everywhere.show-jobs⟧ to see it".to_owned())
        }
        (count, _) => Some(format!(
            "resumed {count} earlier orders; press ⟦everywhere.show-jobs⟧ to see them"
        )),
    };
    if let Some(words) = words {
        shell.status = StatusLine::hint(Said::open(words));
    }
    // An order that cannot be resumed is more urgent than those that are.
    if let Some(first) = unreadable.first() {
        let more = match unreadable.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more: ⟦everywhere.show-jobs⟧)"),
        };
        shell.status = StatusLine::error(format!("{}{more}", first.in_clear()));
    }
    jobs.unreadable = unreadable;
    effects.extend(watching::take_up(jobs, shell, runs));
    effects
}

/// A report and its own order.
type OrderedPart = (OrderSpec, ReportRequest);

/// Puts the reports of one scope and of adjacent months below one heading.
fn together(parts: Vec<OrderedPart>) -> Vec<(OrderSpec, Vec<OrderedPart>)> {
    let mut groups: Vec<(OrderSpec, Vec<OrderedPart>)> = Vec::new();
    for (order, request) in parts {
        let same = groups.iter().position(|(known, _)| {
            known.scope == order.scope
                && known.api == order.api
                && known.period.joined(&order.period).is_some()
                && ![known.metric, order.metric].contains(&MetricChoice::Usage)
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
                known.agreement = known.agreement.or(order.agreement);
                parts.push((order, request));
            }
            None => groups.push((order.clone(), vec![(order, request)])),
        }
    }
    groups
}

/// The days an order asked for.
fn wanted(ordered: &JobGroup) -> Option<DateRange> {
    match &ordered.order.period {
        Period::Dates(range) => Some(*range),
        Period::Invoice(_) | Period::Billing(_) => None,
    }
}

/// Shows the full error of a report that failed or is empty, or of a note.
fn explain(jobs: &mut Jobs, shell: &mut Shell) {
    if let Some(problem) = jobs.selected_unreadable() {
        let lines = vec![problem.in_clear().to_owned()];
        return shell.show_page("The note of an earlier order", lines);
    }
    let Some((_, job)) = jobs.selected_job() else {
        return;
    };
    let Some(problem) = job.problem() else {
        return;
    };
    let title = title(&job.request);
    let mut lines = vec![job.request.scope.to_string(), String::new()];
    lines.push(problem.in_clear().to_owned());
    if !job.ids.is_empty() {
        lines.extend([String::new(), job.ids.to_string()]);
    }
    let started = job.started.format("%Y-%m-%d %H:%M:%S");
    lines.extend([String::new(), format!("ordered {started} UTC")]);
    let note = job.note.iter();
    lines.extend(note.map(|note| note.in_clear().to_owned()));
    shell.show_page(&title, lines);
}

/// The metric and the days of a report.
fn title(request: &ReportRequest) -> String {
    let days = request.range().map(|range| range.to_string());
    let days = days.or(request.period.name()).unwrap_or_default();
    format!("{} {days}", request.metric)
}

/// Shows every call of a report to the server.
fn show_calls(jobs: &mut Jobs, shell: &mut Shell) -> Vec<Effect> {
    if let Some(past) = jobs.selected_past() {
        let from = past.started_at().format("%Y-%m-%d %H:%M:%S");
        let to = past.ended_at.format("%Y-%m-%d %H:%M:%S");
        let took = past.took();
        let head = [
            past.request.scope.to_string(),
            format!("ordered {from} UTC, ended {to}, took {took}"),
            format!("{}: {}", past.ending.word(), past.outcome()),
        ];
        let runs = past.resumed.then(|| "followed by several runs".to_owned());
        let lines = head.into_iter().chain(runs).chain([String::new()]);
        let lines = lines.chain(past.log.lines()).collect();
        let title = title(&past.request);
        shell.show_page(&title, lines);
    } else if let Some((_, job)) = jobs.selected_job() {
        let from = job.started.format("%Y-%m-%d %H:%M:%S");
        let head = [
            job.request.scope.to_string(),
            format!("ordered {from} UTC"),
            String::new(),
        ];
        let lines = head.into_iter().chain(job.log.lines()).collect();
        let title = title(&job.request);
        shell.show_page(&title, lines);
    } else if let Some(ordered) = jobs.selected_order() {
        shell.show_page("Order", calls_of(ordered));
    }
    Vec::new()
}

/// Every call of the reports of an order, one report after the other.
fn calls_of(ordered: &JobGroup) -> Vec<String> {
    let mut lines = vec![ordered.order.scope.to_string()];
    for job in &ordered.jobs {
        let from = job.started.format("%Y-%m-%d %H:%M:%S");
        let head = format!("{}, ordered {from} UTC", title(&job.request));
        lines.extend([String::new(), head]);
        if job.log.is_empty() {
            lines.push("the server was not asked".to_owned());
        }
        lines.extend(job.log.lines());
    }
    lines
}

fn open(jobs: &mut Jobs, shell: &mut Shell) -> Vec<Effect> {
    if let Some(run) = jobs.selected_run() {
        watching::open(run, shell);
        return Vec::new();
    }
    if let Some(past) = jobs.selected_past_run() {
        watching::open_past(past, shell);
        return Vec::new();
    }
    if let Some(past) = jobs.selected_past() {
        if past.ending != OrderEnding::Ready {
            return show_calls(jobs, shell);
        }
        shell.request(Request::OpenTable {
            sources: vec![past.key.to_string()],
            name: shell.scope_name(&past.request.scope),
            wanted: past.request.range(),
        });
        return Vec::new();
    }
    if jobs.shows_error() {
        explain(jobs, shell);
        return Vec::new();
    }
    let Some(ordered) = jobs.selected_order() else {
        return Vec::new();
    };
    let single = jobs.selected_job().map(|(_, job)| job.request.range());
    let range = single.unwrap_or_else(|| wanted(ordered));
    let keys = jobs.openable(ordered);
    let name = ordered.scope_name.clone();
    if let Some(sources) = keys {
        shell.request(Request::OpenTable {
            sources,
            name,
            wanted: range,
        });
    }
    Vec::new()
}

fn compare(jobs: &mut Jobs, shell: &mut Shell) -> Vec<Effect> {
    let Some(ordered) = jobs.selected_order() else {
        return Vec::new();
    };
    let (name, all) = (ordered.scope_name.clone(), ordered.jobs.len());
    let Some((actual, amortized)) = ordered.pair() else {
        return Vec::new();
    };
    let ready = actual.len() + amortized.len();
    shell.request(Request::OpenPair {
        actual,
        amortized,
        title: name,
        view: None,
    });
    if ready < all {
        shell.request(Request::Say(format!(
            "compared only {ready} of the {all} reports of this order: the others are not ready or are empty"
        )));
    }
    Vec::new()
}
