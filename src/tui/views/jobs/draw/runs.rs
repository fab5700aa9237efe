//! Draws runs of exports: lines and details.

use super::parts::{countdown, ended_line};
use crate::domain::export::history::{PastRun, RunEnding};
use crate::domain::export::watch::WatchEnding;
use crate::domain::period::DateRange;
use crate::domain::report::reply::{Wait, WaitReason};
use crate::domain::text::clock;
use crate::ops::exports::running::RunOutcome;
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::text;
use crate::tui::said::{Masked, Said};
use crate::tui::shell::Shell;
use crate::tui::theme::Theme;
use crate::tui::views::jobs::runs::{RunEnd, RunJob};
use crate::tui::views::jobs::watching::told;
use chrono::{DateTime, Utc};
use ratatui::style::Style;

/// The least that is shown of a scope's name.
const LEAST: usize = 6;

/// The scope, the export and the days of a run. The days are never cut.
fn name(
    (scope, export, days): (&Masked, &Masked, Option<DateRange>),
    width: usize,
    mask: &ScreenMask<'_>,
) -> String {
    let days = days.map_or_else(|| "own days".to_owned(), DateRange::short);
    let export = export.shown(mask);
    let rest = format!("{export} {days}");
    match width.saturating_sub(rest.chars().count() + 1) {
        room if room >= LEAST => format!("{} {rest}", text::fit(&scope.shown(mask), room)),
        _ => {
            let room = width.saturating_sub(days.len() + 1);
            format!("{} {days}", text::fit(&export, room))
        }
    }
}

/// The cells of a run.
pub(super) fn cells(
    run: &RunJob,
    shell: &Shell,
    (report, room): (usize, usize),
    theme: &Theme,
) -> Vec<(String, Style)> {
    let mask = ScreenMask::of(theme, &[]);
    let scope = shell.scope_name(&run.scope);
    let (state, style, progress) = state(run, (shell.now, room), theme, &mask);
    let progress = text::shortened(&progress, room);
    vec![
        (
            name((&scope, &run.export, run.days), report, &mask),
            theme.plain,
        ),
        (state.to_owned(), style),
        (progress, theme.plain),
    ]
}

fn state(
    run: &RunJob,
    at: (DateTime<Utc>, usize),
    theme: &Theme,
    mask: &ScreenMask<'_>,
) -> (&'static str, Style, String) {
    let Some(end) = &run.end else {
        let Some(looked) = &run.looked else {
            return ("starting", theme.plain, String::new());
        };
        let wait = Wait {
            since: looked.since,
            until: looked.until,
            why: WaitReason::RetryAfter,
        };
        let word = looked.run.as_ref().map_or("", |run| run.status.word());
        if looked.is_start {
            let line = countdown("server busy, starts in", &wait, at, "");
            return ("waiting", theme.plain, line);
        }
        let line = countdown("next look in", &wait, at, word);
        return ("exporting", theme.plain, line);
    };
    let words = || told(run).map_or_else(String::new, |said| said.told(mask).into_owned());
    let outcome = match end {
        RunEnd::Refused(_) => return ("failed", theme.error, words()),
        RunEnd::Outcome(outcome) => outcome,
    };
    match outcome {
        RunOutcome::Ended(WatchEnding::Completed(_)) => {
            ("completed", theme.good, took(run).unwrap_or_default())
        }
        RunOutcome::Ended(WatchEnding::NoData(_)) => (
            "no data",
            theme.warning,
            "no new costs for these days".to_owned(),
        ),
        RunOutcome::Ended(WatchEnding::Failed(_)) => ("failed", theme.error, words()),
        RunOutcome::Ended(WatchEnding::NeverStarted) => ("not started", theme.error, words()),
        RunOutcome::Ended(WatchEnding::TimeUp(_)) => ("timed out", theme.warning, words()),
        RunOutcome::Cancelled | RunOutcome::NotStarted => ("cancelled", theme.dim, words()),
        RunOutcome::Started | RunOutcome::UnderWay => ("started", theme.dim, words()),
    }
}

fn took(run: &RunJob) -> Option<String> {
    let took = run.ended?.signed_duration_since(run.started);
    Some(format!("took {}", clock(took.num_seconds())))
}

/// The cells of a watch that has ended before.
pub(super) fn past_cells(
    past: &PastRun,
    shell: &Shell,
    (report, room): (usize, usize),
    theme: &Theme,
) -> Vec<(String, Style)> {
    let mask = ScreenMask::of(theme, &[]);
    let (scope, export) = (
        shell.scope_name(&past.scope),
        Masked::from(past.export.as_str()),
    );
    let style = match past.ending {
        RunEnding::Completed => theme.good,
        RunEnding::NoData => theme.warning,
        RunEnding::Failed | RunEnding::NeverStarted => theme.error,
        RunEnding::Dropped => theme.dim,
    };
    vec![
        (
            name((&scope, &export, past.days), report, &mask),
            theme.plain,
        ),
        (past.ending.word().to_owned(), style),
        (
            ended_line(past.ended_at, &past.took(), None, room),
            theme.dim,
        ),
    ]
}

/// The details of a run.
pub(super) fn details(run: &RunJob, shell: &Shell, mask: &ScreenMask<'_>) -> Vec<String> {
    let now = shell.now;
    let elapsed = run.ended.unwrap_or(now).signed_duration_since(run.started);
    let left = run.looked.as_ref().filter(|_| run.goes_on()).map(|looked| {
        let left = looked.limit.signed_duration_since(now).num_seconds();
        format!(", {} left", clock(left))
    });
    let started = run.started.format("%H:%M:%S");
    let mut lines = vec![
        format!(
            "{} · {}",
            shell.scope_name(&run.scope).shown(mask),
            mask.path(&run.scope, 60)
        ),
        format!(
            "run of {} started {started} UTC, elapsed {}{}",
            run.export.shown(mask),
            clock(elapsed.num_seconds()),
            left.unwrap_or_default()
        ),
    ];
    lines.extend(told(run).map(|said| said.told(mask).into_owned()));
    lines.extend(run.note.as_ref().map(|note| note.told(mask).into_owned()));
    if run.goes_on() {
        lines.push("You may quit: the next start watches it again.".to_owned());
    } else if run.is_completed() {
        lines.push(shell.keymap.spell("⟦jobs.enter⟧ opens its files"));
    }
    lines
}

/// The details of a watch that has ended before.
pub(super) fn past_details(past: &PastRun, shell: &Shell, mask: &ScreenMask<'_>) -> Vec<String> {
    let export = Masked::from(past.export.as_str());
    let started = past.started_at.format("%Y-%m-%d %H:%M:%S");
    let mut lines = vec![
        format!(
            "{} · {}",
            shell.scope_name(&past.scope).shown(mask),
            mask.path(&past.scope, 60)
        ),
        format!(
            "run of {} started {started} UTC, took {}",
            export.shown(mask),
            past.took()
        ),
    ];
    let why = past.why.clone().map(Said::from);
    lines.extend(why.map(|why| why.told(mask).into_owned()));
    lines
}
