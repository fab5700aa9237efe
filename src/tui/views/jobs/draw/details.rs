//! Draws the details of the line under the cursor: times, server messages, remaining quotas, and ids for support.

use super::runs;
use crate::domain::report::history::{OrderEnding, PastOrder};
use crate::domain::report::manifest::ServerTimes;
use crate::domain::report::operation::states::Operation;
use crate::domain::report::reply::WaitReason;
use crate::domain::text::{clock, counted};
use crate::tui::draw::lines::{plain, put};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::text;
use crate::tui::said::Said;
use crate::tui::shell::Shell;
use crate::tui::theme::Theme;
use crate::tui::views::jobs::state::{Job, JobGroup, Jobs};
use chrono::{DateTime, Utc};
use ratatui::Frame;
use ratatui::layout::Rect;

/// The width of the gauge of the whole wait.
const GAUGE: usize = 16;

/// The counts that are not zero, in words.
pub(super) fn tally(counts: &[(usize, &str)]) -> Vec<String> {
    let some = counts.iter().filter(|(count, _)| *count > 0);
    some.map(|(count, word)| format!("{count} {word}"))
        .collect()
}

/// Draws the details of the line under the cursor.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, jobs: &Jobs, shell: &Shell, theme: &Theme) {
    let top = area.height.saturating_sub(7);
    let mask = ScreenMask::of(theme, &[]);
    let lines = if let Some(past) = jobs.selected_past() {
        past_details(past, shell, &mask)
    } else if let Some(run) = jobs.selected_run() {
        runs::details(run, shell, &mask)
    } else if let Some(past) = jobs.selected_past_run() {
        runs::past_details(past, shell, &mask)
    } else {
        under_cursor(jobs, shell, &mask)
    };
    let width = usize::from(area.width.saturating_sub(5)).max(1);
    let wrapped = lines.iter().flat_map(|line| text::wrap(line, width));
    let room = usize::from(area.height.saturating_sub(top));
    let wrapped = text::first_lines(wrapped.collect(), room, width);
    for (row, line) in (top..area.height).zip(wrapped) {
        let style = if row == top {
            theme.strong
        } else {
            theme.plain
        };
        put(frame, area, row, plain(format!("   {line}"), style));
    }
}

/// The details of a note, an order or a report of this run.
fn under_cursor(jobs: &Jobs, shell: &Shell, mask: &ScreenMask<'_>) -> Vec<String> {
    match (jobs.selected_unreadable(), jobs.selected_order()) {
        (Some(problem), _) => vec![
            "The note of an earlier order".to_owned(),
            problem.told(mask).into_owned(),
        ],
        (None, Some(ordered)) => order_details(jobs, ordered, shell, mask),
        (None, None) => Vec::new(),
    }
}

/// The details of an order that has ended: when, how long, how, and its calls.
fn past_details(past: &PastOrder, shell: &Shell, mask: &ScreenMask<'_>) -> Vec<String> {
    let scope = &past.request.scope;
    let started = past.started_at().format("%Y-%m-%d %H:%M:%S");
    let calls = past.log.calls.len() as u64 + past.log.left_out;
    let calls = counted(calls, "call");
    let mut lines = vec![
        format!(
            "{} · {}",
            shell.scope_name(scope).shown(mask),
            mask.path(scope, 60)
        ),
        format!(
            "ordered {started} UTC, took {}; {calls} ({})",
            past.took(),
            shell.keymap.spell("⟦jobs.detail⟧ shows them")
        ),
        Said::from(past.outcome()).told(mask).into_owned(),
    ];
    if past.ending == OrderEnding::Ready {
        lines.push(shell.keymap.spell("⟦jobs.enter⟧ opens its report"));
    }
    let ids = past.log.ids();
    if !ids.is_empty() && !mask.is_on() {
        lines.push(ids.to_string());
    }
    lines
}

fn order_details(
    jobs: &Jobs,
    ordered: &JobGroup,
    shell: &Shell,
    mask: &ScreenMask<'_>,
) -> Vec<String> {
    let path = mask.path(&ordered.order.scope, 60);
    let mut lines = vec![format!("{} · {path}", ordered.scope_name.shown(mask))];
    if let Some((_, job)) = jobs.selected_job() {
        lines.extend(cockpit(job, shell, mask));
        if let Some(usual) = usual(jobs, job, shell.now) {
            lines.insert(2, usual);
        }
    } else {
        lines.extend(order_words(jobs, ordered, shell, mask));
    }
    lines
}

/// The part of the usual wait of its scope that a running job has been through.
fn usual(jobs: &Jobs, job: &Job, now: DateTime<Utc>) -> Option<String> {
    let usual = jobs
        .usual(&job.request.scope)
        .filter(|_| job.runs() && job.heard)?;
    let elapsed = now.signed_duration_since(job.started).num_seconds();
    let gauge = text::bar(usual.over(elapsed), GAUGE);
    let longer = if elapsed > usual.most {
        ", longer than usual"
    } else {
        ""
    };
    Some(format!("{}  {gauge}{longer}", usual.words()))
}

/// The details of one job: times, server messages, remaining quotas, and ids for support.
fn cockpit(job: &Job, shell: &Shell, mask: &ScreenMask<'_>) -> Vec<String> {
    let now = shell.now;
    let end = job.ended.unwrap_or(now);
    let elapsed = clock(end.signed_duration_since(job.started).num_seconds());
    let tries = match job.operation.tries() {
        0 => String::new(),
        1 => ", 1 try refused".to_owned(),
        tries => format!(", {tries} tries refused in a row"),
    };
    let limit = job.limit.filter(|_| job.runs()).map(|at| {
        let left = clock(at.signed_duration_since(now).num_seconds());
        let key = shell.keymap.spell("⟦jobs.more-time⟧: more time");
        format!(", {left} left ({key})")
    });
    let started = job.started.format("%H:%M:%S");
    let mut lines = vec![format!(
        "ordered {started} UTC, elapsed {elapsed}{tries}{}",
        limit.unwrap_or_default()
    )];
    // The next step comes before the ids.
    lines.extend(told(job, now, mask));
    let note = job.note.as_ref();
    lines.extend(note.map(|note| note.told(mask).into_owned()));
    if !job.remainders.is_empty() {
        let left = job.remainders.iter();
        let left: Vec<String> = left.map(|r| format!("{} {}", r.bucket, r.left)).collect();
        lines.push(format!("quotas left: {}", left.join(", ")));
    }
    if !job.ids.is_empty() && !mask.is_on() {
        lines.push(job.ids.to_string());
    }
    lines
}

/// The states of an order's parts, and the keys that act on them.
fn order_words(
    jobs: &Jobs,
    ordered: &JobGroup,
    shell: &Shell,
    mask: &ScreenMask<'_>,
) -> Vec<String> {
    let count = |test: fn(&Operation) -> bool| {
        ordered
            .jobs
            .iter()
            .filter(|job| test(&job.operation))
            .count()
    };
    let parts = [
        (count(|o| !o.is_over()), "under way"),
        (count(|o| matches!(o, Operation::Ready { .. })), "ready"),
        (count(|o| matches!(o, Operation::Empty { .. })), "empty"),
        (count(|o| matches!(o, Operation::Failed(_))), "failed"),
        (count(|o| matches!(o, Operation::Cancelled)), "cancelled"),
    ];
    let mut lines = vec![format!(
        "of {}: {}",
        counted(ordered.jobs.len() as u64, "report"),
        tally(&parts).join(", ")
    )];
    if let Some(keys) = jobs.openable(ordered) {
        let pair = if ordered.pair().is_some() {
            "; ⟦jobs.compare⟧ compares actual with amortized"
        } else {
            ""
        };
        let what = match keys.len() {
            1 => "one report".to_owned(),
            count => format!("{count} reports of one metric as one table"),
        };
        let sentence = format!("⟦jobs.enter⟧ opens {what}{pair}");
        lines.push(shell.keymap.spell(&sentence));
    }
    let mut all = ordered.jobs.iter();
    let failure = all.find_map(Job::failure);
    lines.extend(failure.map(|failure| failure.told(mask).into_owned()));
    lines
}

/// How long the server took, and until when its links are valid.
fn server_times(times: &ServerTimes) -> Option<String> {
    let took = times.took().map(|took| format!("the server took {took}"));
    let till = times
        .valid_till
        .map(|till| format!("links valid until {} UTC", till.format("%Y-%m-%d %H:%M")));
    let both: Vec<String> = [took, till].into_iter().flatten().collect();
    (!both.is_empty()).then(|| both.join("; "))
}

fn told(job: &Job, now: DateTime<Utc>, mask: &ScreenMask<'_>) -> Option<String> {
    if let Some(wait) = job.operation.wait() {
        let length = wait.until.signed_duration_since(wait.since).num_seconds();
        let left = clock(wait.seconds_left(now));
        let words = match &wait.why {
            WaitReason::RetryAfter => match job.operation.generating() {
                Some(generating) => format!(
                    "the server asks to wait {length} s before poll {}",
                    generating.polls + 1
                ),
                None => format!("the server asks to wait {length} s"),
            },
            WaitReason::Throttled { header } => {
                let quota = wait.why.bucket().map(|bucket| bucket.to_string());
                format!(
                    "the {} quota is used up ({}): {length} s",
                    quota.as_deref().unwrap_or("unnamed"),
                    header.as_deref().unwrap_or("no header gives a time")
                )
            }
            WaitReason::Closed { bucket } => {
                format!("other jobs have used up the {bucket} quota: nothing is sent for {left}")
            }
            WaitReason::ServerError { status } => {
                format!("server error ({status}); retrying after {length} s")
            }
            WaitReason::Unreachable => format!("no answer; retrying after {length} s"),
            WaitReason::Incomplete => {
                format!("the answer was incomplete; retrying after {length} s")
            }
            WaitReason::LinkRefused => format!(
                "the storage refuses a download link that should still be valid; retrying after {length} s"
            ),
        };
        return Some(format!("{words}{}", wait.unusual()));
    }
    if let Some(downloading) = job.operation.downloading() {
        return server_times(&downloading.manifest.times);
    }
    if let Some(problem) = job.problem() {
        return Some(problem.told(mask).into_owned());
    }
    let words = if job.heard {
        "the server may still make this report; order again to get it"
    } else {
        "cancelled before anything was sent"
    };
    matches!(job.operation, Operation::Cancelled).then(|| words.to_owned())
}
