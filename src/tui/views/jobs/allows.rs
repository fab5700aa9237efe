//! Decides whether an action is available on the jobs screen, and why not.

use super::runs::RunJob;
use super::state::{Job, Jobs};
use crate::domain::report::history::PastOrder;
use crate::tui::action::Action;
use crate::tui::shell::status::Why;

/// Whether an action is available, or why not.
pub fn allows(jobs: &Jobs, action: Action) -> Result<(), Why> {
    if let Some(answer) = other_line_allows(jobs, action) {
        return answer;
    }
    let selected = jobs.selected_job().map(|(_, job)| job);
    let no = |text: &'static str| Err(text.into());
    match action {
        Action::Enter
        | Action::Compare
        | Action::CancelJob
        | Action::Retry
        | Action::MoreTime
        | Action::Detail
        | Action::Copy
            if jobs.selected().is_none() =>
        {
            no("there are no jobs; order a report first")
        }
        Action::Enter if jobs.selected_unreadable().is_some() => Ok(()),
        Action::Compare
        | Action::CancelJob
        | Action::Retry
        | Action::MoreTime
        | Action::Detail
        | Action::Copy
            if jobs.selected_unreadable().is_some() =>
        {
            no("the note of this order cannot be read; ⟦jobs.enter⟧ shows why")
        }
        Action::CancelJob => cancel_allowed(jobs, selected),
        Action::MoreTime | Action::Copy | Action::Detail => match selected {
            Some(job) => job_allows(job, action),
            // The calls of all reports of the order.
            None if action == Action::Detail => Ok(()),
            None => no("pick one of the reports of this order"),
        },
        Action::Retry if jobs.retryable().is_empty() => match selected {
            Some(job) if job.runs() => no("this job still runs"),
            Some(_) => no("this report is ready; ⟦jobs.enter⟧ opens it"),
            None => no("no report of this order has failed"),
        },
        Action::Enter => match jobs.selected_order() {
            Some(ordered) if jobs.openable(ordered).is_some() => Ok(()),
            Some(ordered) if selected.is_none() && ordered.jobs.iter().any(Job::runs) => {
                no("these reports are not ready yet")
            }
            _ => match selected {
                Some(job) if job.runs() => {
                    no("this report is not ready yet; ⟦jobs.detail⟧ shows its calls")
                }
                Some(job) if job.problem().is_some() => Ok(()),
                _ => no("no report to open here"),
            },
        },
        Action::Compare => match jobs.selected_order() {
            Some(ordered) if ordered.pair().is_some() => Ok(()),
            _ => {
                no("comparing needs the actual and the amortized report of this order, both ready")
            }
        },
        _ => Ok(()),
    }
}

/// The same on a line that is no report of this run; `None` on a report.
fn other_line_allows(jobs: &Jobs, action: Action) -> Option<Result<(), Why>> {
    if let Some(past) = jobs.selected_past() {
        return Some(ended_allows(past, action));
    }
    if let Some(run) = jobs.selected_run() {
        return Some(run_allows(run, action));
    }
    let past = jobs.selected_past_run();
    past.map(|_| past_run_allows(action))
}

/// Whether an action is available on one job.
fn job_allows(job: &Job, action: Action) -> Result<(), Why> {
    let no = |text: &'static str| Err(text.into());
    match action {
        Action::MoreTime if job.gave_up() || (job.runs() && job.limit.is_some()) => Ok(()),
        Action::MoreTime if job.runs() => no("this job is queued; its time limit has not started"),
        Action::MoreTime => no("this job is over"),
        Action::Copy if job.ids.is_empty() => no("no request id yet"),
        Action::Detail if job.log.is_empty() => no("the server was not asked"),
        _ => Ok(()),
    }
}

/// Whether an action is available on a run of an export.
fn run_allows(run: &RunJob, action: Action) -> Result<(), Why> {
    let goes_on = run.goes_on();
    match action {
        Action::CancelJob if !goes_on => Err("this run is not watched any more".into()),
        Action::Retry if goes_on => Err("this run goes on".into()),
        Action::Retry if run.is_completed() => {
            Err("this run has completed; ⟦jobs.enter⟧ opens its files".into())
        }
        Action::Compare | Action::MoreTime | Action::Detail | Action::Copy => {
            Err("this is a run of an export; ⟦jobs.enter⟧ shows what is known of it".into())
        }
        _ => Ok(()),
    }
}

/// Whether an action is available on a run that has ended before.
fn past_run_allows(action: Action) -> Result<(), Why> {
    match action {
        Action::Compare
        | Action::CancelJob
        | Action::Retry
        | Action::MoreTime
        | Action::Detail
        | Action::Copy => {
            Err("this run has ended; ⟦jobs.enter⟧ opens its files, or says how it ended".into())
        }
        _ => Ok(()),
    }
}

/// Whether an action is available on an order that has ended.
fn ended_allows(past: &PastOrder, action: Action) -> Result<(), Why> {
    match action {
        Action::Compare | Action::CancelJob | Action::Retry | Action::MoreTime => {
            Err("this order has ended; ⟦jobs.detail⟧ shows its calls".into())
        }
        Action::Copy if past.log.ids().is_empty() => Err("the server gave no request id".into()),
        _ => Ok(()),
    }
}

fn cancel_allowed(jobs: &Jobs, selected: Option<&Job>) -> Result<(), Why> {
    let over = match (selected, jobs.selected_order()) {
        (Some(job), _) => !job.runs() && !job.may_go_on(),
        (None, Some(ordered)) => !ordered.jobs.iter().any(Job::runs),
        (None, None) => false,
    };
    match (over, selected) {
        (false, _) => Ok(()),
        (true, Some(_)) => Err("this job is over".into()),
        (true, None) => Err("these jobs are over".into()),
    }
}
