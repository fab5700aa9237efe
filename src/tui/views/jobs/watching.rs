//! Handles the runs of exports: starting, watching again after a restart, opening their files, stopping the watch.

use super::runs::{Looked, RunEnd, RunJob};
use super::state::{JobLine, Jobs, LINES_ABOVE};
use crate::domain::export::definition::Export;
use crate::domain::export::history::{PastRun, RunEnding};
use crate::domain::export::watch::StartState;
use crate::domain::period::DateRange;
use crate::domain::scope::{Scope, ScopeId};
use crate::ops::exports::running::{RunOutcome, WATCHED};
use crate::ops::exports::watched::NotedRun;
use crate::ops::exports::words;
use crate::tui::action::View;
use crate::tui::effect::{Effect, ExportsEffect};
use crate::tui::message::RunTold;
use crate::tui::said::{Masked, Said};
use crate::tui::shell::Shell;
use crate::tui::shell::request::Request;
use crate::tui::shell::status::StatusLine;
use crate::tui::ticket::JobId;
use chrono::{DateTime, TimeDelta, Utc};

/// A run that is watched from now on.
fn job(
    id: JobId,
    (scope, export, days): (ScopeId, String, Option<DateRange>),
    source: Option<String>,
    started: DateTime<Utc>,
) -> RunJob {
    RunJob {
        id,
        scope,
        export: export.into(),
        days,
        source,
        started,
        looked: None,
        note: None,
        end: None,
        ended: None,
    }
}

/// Starts a run and shows its job.
pub(crate) fn start(
    jobs: &mut Jobs,
    shell: &mut Shell,
    scope: &Scope,
    export: &Export,
    days: Option<DateRange>,
) -> Vec<Effect> {
    let id = jobs.new_id();
    let what = (scope.id.clone(), export.name.clone(), days);
    jobs.runs
        .insert(0, job(id, what, Some(export.source()), shell.now));
    shell.view = View::Jobs;
    let lines = jobs.lines();
    jobs.cursor.selected = lines
        .iter()
        .position(|line| *line == JobLine::Run(0))
        .unwrap_or_default();
    jobs.cursor
        .keep(lines.len(), shell.list_height(LINES_ABOVE));
    shell.status = StatusLine::hint(
        "the run takes 15 to 30 minutes, rarely longer; quitting ends only the watch",
    );
    vec![Effect::from(ExportsEffect::Run {
        job: id,
        scope: scope.id.clone(),
        name: export.name.clone(),
        days,
    })]
}

/// Goes on with the watches of earlier starts, except those of another process.
pub(super) fn take_up(jobs: &mut Jobs, shell: &mut Shell, noted: Vec<NotedRun>) -> Vec<Effect> {
    let mut effects = Vec::new();
    let longest = TimeDelta::from_std(WATCHED).unwrap_or_default();
    let limit = shell.now.checked_add_signed(longest);
    for NotedRun { note, .. } in noted.into_iter().filter(|noted| !noted.held) {
        let id = jobs.new_id();
        let what = (note.scope.clone(), note.export.clone(), note.watch.days);
        let mut run = job(id, what, note.source.clone(), note.watch.started_at);
        run.looked = note
            .watch
            .not_before
            .zip(limit)
            .map(|(until, limit)| Looked {
                since: shell.now,
                until,
                limit,
                run: None,
                is_start: note.watch.start == StartState::Busy,
            });
        jobs.runs.insert(0, run);
        effects.push(ExportsEffect::Watch(id, Box::new(note)).into());
    }
    if !effects.is_empty() && matches!(shell.status, StatusLine::Silent) {
        let words = match effects.len() {
            1 => {
                "an earlier run of an export is watched again; press ⟦everywhere.show-jobs⟧ to see it"
            }
            _ => {
                "earlier runs of exports are watched again; press ⟦everywhere.show-jobs⟧ to see them"
            }
        };
        shell.status = StatusLine::hint(words);
    }
    effects
}

/// Takes the progress or the end of a run; its end is also said on other screens.
pub(crate) fn heard(jobs: &mut Jobs, shell: &mut Shell, id: JobId, told: RunTold) -> Vec<Effect> {
    let now = shell.now;
    let Some(run) = jobs.runs.iter_mut().find(|run| run.id == id) else {
        return Vec::new();
    };
    run.hear(told, now);
    let export = run.export.in_clear();
    shell.status = match &run.end {
        // The question before a watch is stopped has said what becomes of the run.
        None | Some(RunEnd::Outcome(RunOutcome::Cancelled)) => return Vec::new(),
        Some(RunEnd::Outcome(outcome)) => {
            let said = format!("{export}: {}", words::outcome(outcome, WATCHED));
            StatusLine::hint(said)
        }
        Some(RunEnd::Refused(why)) => StatusLine::error(format!("{export}: {}", why.in_clear())),
    };
    Vec::new()
}

/// Starts a run of the same days again; one that goes on is watched again instead.
pub(super) fn retry(jobs: &mut Jobs, shell: &mut Shell) -> Vec<Effect> {
    let Some(JobLine::Run(at)) = jobs.selected() else {
        return Vec::new();
    };
    let id = jobs.new_id();
    let Some(run) = jobs.runs.get_mut(at) else {
        return Vec::new();
    };
    let name = run.export.in_clear().to_owned();
    let what = (run.scope.clone(), name.clone(), run.days);
    *run = job(id, what, run.source.take(), shell.now);
    shell.status = StatusLine::Silent;
    vec![Effect::from(ExportsEffect::Run {
        job: id,
        scope: run.scope.clone(),
        name,
        days: run.days,
    })]
}

/// Opens the files of a run that has completed, or shows what is known of it.
pub(super) fn open(run: &RunJob, shell: &mut Shell) {
    if run.is_completed()
        && let Some(source) = &run.source
    {
        return open_files(shell, source, run.export.clone());
    }
    let mut lines = vec![
        run.scope.to_string(),
        String::new(),
        format!("started {} UTC", run.started.format("%Y-%m-%d %H:%M:%S")),
    ];
    lines.extend(run.run().map(|run| format!("run {}", run.id)));
    lines.extend(run.note.as_ref().map(|note| note.in_clear().to_owned()));
    lines.extend(told(run).map(|said| said.in_clear().to_owned()));
    let title = format!("Run of {}", run.export.in_clear());
    shell.show_page(&title, lines);
}

/// The same of a watch that has ended before.
pub(super) fn open_past(past: &PastRun, shell: &mut Shell) {
    if past.ending == RunEnding::Completed
        && let Some(source) = &past.source
    {
        return open_files(shell, source, past.export.clone().into());
    }
    let mut lines = vec![
        past.scope.to_string(),
        String::new(),
        format!(
            "started {} UTC",
            past.started_at.format("%Y-%m-%d %H:%M:%S")
        ),
        format!("{}, after {}", past.ending.word(), past.took()),
    ];
    lines.extend(past.run.as_ref().map(|run| format!("run {run}")));
    lines.extend(past.why.clone());
    shell.show_page(&format!("Run of {}", past.export), lines);
}

fn open_files(shell: &mut Shell, source: &str, name: Masked) {
    shell.request(Request::OpenTable {
        sources: vec![source.to_owned()],
        name,
        wanted: None,
    });
}

/// Its known state or end, in a sentence.
pub(super) fn told(run: &RunJob) -> Option<Said> {
    match &run.end {
        Some(RunEnd::Outcome(RunOutcome::Cancelled)) => {
            Some("stopped following; the run goes on in Azure".into())
        }
        Some(RunEnd::Outcome(outcome)) => Some(words::outcome(outcome, WATCHED).into()),
        Some(RunEnd::Refused(why)) => Some(why.clone()),
        None => {
            let looked = run.looked.as_ref()?;
            if looked.is_start {
                return Some(words::BUSY.into());
            }
            Some(words::state(looked.run.as_deref(), looked.since).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::export::watch::WatchEnding;
    use crate::domain::scope::ScopeId;
    use crate::ops::Identity;
    use crate::ops::exports::running::RunOutcome;
    use crate::tui::message::RunTold;
    use crate::tui::shell::status::StatusLine;
    use crate::tui::shell::{Shell, SignInPlace};
    use crate::tui::ticket::JobId;
    use crate::tui::views::jobs::state::Jobs;
    use crate::tui::views::jobs::watching::{heard, job};
    use chrono::DateTime;

    #[test]
    fn only_the_end_of_a_watch_that_was_stopped_is_not_said_again() {
        for (outcome, words) in [
            (RunOutcome::Cancelled, None),
            (RunOutcome::NotStarted, Some("before a run was started")),
            (
                RunOutcome::Ended(WatchEnding::NeverStarted),
                Some("the run never began"),
            ),
        ] {
            let place = SignInPlace {
                demo: true,
                identity: Identity::default(),
                origin: "demo".to_owned(),
            };
            let mut shell = Shell::new(place, (80, 24), DateTime::UNIX_EPOCH);
            let (mut jobs, id) = (Jobs::default(), JobId(1));
            let what = (ScopeId::parse("8608480").unwrap(), "daily".to_owned(), None);
            jobs.runs.push(job(id, what, None, DateTime::UNIX_EPOCH));
            heard(
                &mut jobs,
                &mut shell,
                id,
                RunTold::Ended(Ok(outcome.clone())),
            );
            match (&shell.status, words) {
                (StatusLine::Silent, None) => {}
                (StatusLine::Hint(said), Some(words)) => {
                    assert!(said.in_clear().contains(words), "{said:?}");
                }
                (status, _) => panic!("{outcome:?}: {status:?}"),
            }
        }
    }
}
