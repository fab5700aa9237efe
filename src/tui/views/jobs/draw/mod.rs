//! The jobs screen.
//!
//! ```text
//!  Jobs                                              2 running · 1 ready · 1 failed
//!  › amortized 2026-10   waiting      next poll in 00:17  ███████░░░  poll 4
//! ```

mod details;
mod parts;
mod runs;

use super::state::{Job, JobGroup, JobLine, Jobs, LINES_ABOVE};
use crate::domain::period::Period;
use crate::domain::report::history::{OrderEnding, PastOrder};
use crate::domain::report::operation::states::{Downloading, Operation, Ordered, Paging};
use crate::domain::report::reply::{Wait, WaitReason};
use crate::domain::report::request::ReportRequest;
use crate::domain::text::{bytes, counted};
use crate::tui::draw::grid::{Column, Grid};
use crate::tui::draw::lines::{heading, note, put};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::text;
use crate::tui::said::Masked;
use crate::tui::shell::Shell;
use crate::tui::theme::Theme;
use chrono::{DateTime, Utc};
use details::tally;
use parts::{GAUGE, countdown, ended_line};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// The width of a report's name at 80 columns: its days, its metric, and enough of its scope to identify it.
const REPORT: usize = 34;
const STATE: usize = 11;

pub(crate) fn body(frame: &mut Frame<'_>, area: Rect, jobs: &Jobs, shell: &Shell, theme: &Theme) {
    let lines = jobs.lines();
    let visible = shell.list_height(LINES_ABOVE);
    let place = (lines.len() > visible).then(|| {
        let place = jobs.cursor.selected + 1;
        format!("{place} of {}", lines.len())
    });
    heading(frame, area, 0, " Jobs", &counts(jobs, place), theme);
    if lines.is_empty() {
        let sentence = "Nothing ordered in this run. Press ⟦everywhere.show-scopes⟧ for the scopes, then \
                        ⟦scopes.enter⟧ to order.";
        return note(frame, area, &shell.keymap.spell(sentence), theme);
    }
    let width = usize::from(area.width);
    let report = if width >= 100 {
        44
    } else {
        name_width(jobs, shell, &lines, &ScreenMask::of(theme, &[]))
    };
    let grid = Grid::new(
        vec![
            Column::text("report", report),
            Column::text("state", STATE),
            Column::growing("progress", 20),
        ],
        width,
    );
    let progress = grid.place(2).map_or(0, |(_, width)| width);
    for (row, (at, line)) in
        (1_u16..).zip(lines.iter().enumerate().skip(jobs.cursor.top).take(visible))
    {
        let selected = (at == jobs.cursor.selected).then_some(theme.selected);
        if let Some(cells) = cells(jobs, shell, *line, (report, progress), theme) {
            put(frame, area, row, grid.line(&cells, selected));
        }
    }
    details::draw(frame, area, jobs, shell, theme);
}

/// How many jobs are in which state, and the place in a list that does not fit.
fn counts(jobs: &Jobs, place: Option<String>) -> String {
    let count =
        |test: fn(&Operation) -> bool| jobs.all().filter(|job| test(&job.operation)).count();
    let parts = [
        (jobs.running(), "running"),
        (count(|o| matches!(o, Operation::Ready { .. })), "ready"),
        (count(|o| matches!(o, Operation::Empty { .. })), "empty"),
        (count(|o| matches!(o, Operation::Failed(_))), "failed"),
        (jobs.unreadable.len(), "unreadable"),
        (
            jobs.runs.iter().filter(|run| run.is_completed()).count(),
            "completed",
        ),
        (jobs.past.len() + jobs.past_runs.len(), "earlier"),
    ];
    let parts: Vec<String> = tally(&parts).into_iter().chain(place).collect();
    format!("{} ", parts.join(" · "))
}

fn cells(
    jobs: &Jobs,
    shell: &Shell,
    line: JobLine,
    (report, room): (usize, usize),
    theme: &Theme,
) -> Option<Vec<(String, Style)>> {
    let size = (report, room);
    let mask = ScreenMask::of(theme, &[]);
    match line {
        JobLine::Order(at) => {
            let ordered = jobs.orders.get(at)?;
            let ready = ordered
                .jobs
                .iter()
                .filter(|job| matches!(job.operation, Operation::Ready { .. }))
                .count();
            Some(vec![
                (ordered.scope_name.shown(&mask), theme.strong),
                (ordered.order.metric.word().to_owned(), theme.plain),
                (ready_words(ready, ordered.jobs.len(), room), theme.plain),
            ])
        }
        JobLine::Job(at, job) => {
            let ordered = jobs.orders.get(at)?;
            let job = ordered.jobs.get(job)?;
            let (state, style, progress) = state(job, (shell.now, room), theme);
            let progress = text::shortened(&progress, room);
            Some(vec![
                (name(ordered, job, report, &mask), theme.plain),
                (state.to_owned(), style),
                (progress, theme.plain),
            ])
        }
        JobLine::Unreadable(at) => Some(vec![
            ("an earlier order".to_owned(), theme.plain),
            ("unreadable".to_owned(), theme.error),
            (
                jobs.unreadable.get(at)?.told(&mask).into_owned(),
                theme.plain,
            ),
        ]),
        JobLine::Past(at) => {
            let past = jobs.past.get(at)?;
            let scope = shell.scope_name(&past.request.scope).shown(&mask);
            Some(vec![
                (
                    whole_name(&scope, &past.request, report, &mask),
                    theme.plain,
                ),
                (
                    past.ending.word().to_owned(),
                    ending_style(past.ending, theme),
                ),
                (ended(past, room), theme.dim),
            ])
        }
        JobLine::Run(at) => Some(runs::cells(jobs.runs.get(at)?, shell, size, theme)),
        JobLine::PastRun(at) => {
            let past = jobs.past_runs.get(at)?;
            Some(runs::past_cells(past, shell, size, theme))
        }
    }
}

/// How many reports of an order are ready.
fn ready_words(ready: usize, of: usize, room: usize) -> String {
    let short = format!("{ready} of {of} ready");
    text::worded([format!("{ready} of {of} reports ready"), short], room)
}

fn ending_style(ending: OrderEnding, theme: &Theme) -> Style {
    match ending {
        OrderEnding::Ready => theme.good,
        OrderEnding::Empty => theme.warning,
        OrderEnding::Failed => theme.error,
        OrderEnding::Cancelled => theme.dim,
    }
}

/// When an order ended and how long it took, then its rows, if they fit.
fn ended(past: &PastOrder, room: usize) -> String {
    let rows = past.rows.map(|rows| counted(rows, "row"));
    ended_line(past.ended_at, &past.took(), rows, room)
}

/// The width of the report names, within limits that leave room for the waits.
fn name_width(jobs: &Jobs, shell: &Shell, lines: &[JobLine], mask: &ScreenMask<'_>) -> usize {
    let widths = lines.iter().filter_map(|line| match line {
        JobLine::Order(_) | JobLine::Unreadable(_) | JobLine::Run(_) | JobLine::PastRun(_) => None,
        JobLine::Past(at) => {
            let request = &jobs.past.get(*at)?.request;
            let scope = shell.scope_name(&request.scope).shown(mask);
            let whole = whole_name(&scope, request, usize::MAX, mask);
            Some(whole.chars().count())
        }
        JobLine::Job(at, job) => {
            let ordered = jobs.orders.get(*at)?;
            let job = ordered.jobs.get(*job)?;
            let whole = name(ordered, job, usize::MAX, mask);
            Some(whole.chars().count())
        }
    });
    widths.max().unwrap_or_default().clamp(26, REPORT)
}

/// The name of a report: metric and days below an order's heading, otherwise with the scope. The days are never cut.
/// The scope is cut first; if too little of it is left, the metric is abbreviated.
fn name(ordered: &JobGroup, job: &Job, width: usize, mask: &ScreenMask<'_>) -> String {
    if ordered.jobs.len() > 1 {
        let days = days(&job.request, mask);
        return format!("  {} {days}", job.request.metric);
    }
    whole_name(&ordered.scope_name.shown(mask), &job.request, width, mask)
}

/// The days of a report, and whether it is only a part.
fn days(request: &ReportRequest, mask: &ScreenMask<'_>) -> String {
    let days = match &request.period {
        Period::Dates(range) => range.short(),
        Period::Invoice(id) | Period::Billing(id) => Masked::from(id.as_str()).shown(mask),
    };
    format!("{days}{}", request.subset.mark())
}

/// The scope, the metric and the days of a report.
fn whole_name(scope: &str, request: &ReportRequest, width: usize, mask: &ScreenMask<'_>) -> String {
    const LEAST: usize = 8;
    let days = days(request, mask);
    let metric = request.metric;
    let words = [metric.word(), metric.short()];
    let room = words.map(|word| width.saturating_sub(word.len() + days.len() + 2));
    let wanted = scope.chars().count().min(LEAST);
    let (word, room) = if room[0] >= wanted {
        (words[0], room[0])
    } else {
        (words[1], room[1].max(4))
    };
    format!("{} {word} {days}", text::fit(scope, room))
}

fn state(
    job: &Job,
    (now, room): (DateTime<Utc>, usize),
    theme: &Theme,
) -> (&'static str, Style, String) {
    match &job.operation {
        Operation::Ordered(Ordered { wait: None, .. }) if !job.heard => {
            let words = ["two run at a time", "two at a time"];
            let words = text::worded(words.map(ToOwned::to_owned), room);
            ("queued", theme.dim, words)
        }
        Operation::Ordered(Ordered { wait: None, .. }) => ("ordering", theme.plain, String::new()),
        Operation::Ordered(Ordered {
            wait: Some(wait), ..
        }) => (
            waiting(wait),
            theme.warning,
            countdown("retry in", wait, (now, room), ""),
        ),
        Operation::Paging(paging) => pages(paging, (now, room), theme),
        Operation::Generating(generating) => {
            let polls = format!("poll {}", generating.polls + 1);
            let style = if generating.wait.why == WaitReason::RetryAfter {
                theme.plain
            } else {
                theme.warning
            };
            (
                waiting(&generating.wait),
                style,
                countdown("next poll in", &generating.wait, (now, room), &polls),
            )
        }
        Operation::Downloading(downloading) => ("downloading", theme.plain, download(downloading)),
        Operation::Fetched => ("storing", theme.plain, "checking and storing".to_owned()),
        Operation::Ready { rows } => (
            "ready",
            theme.good,
            text::worded(
                [
                    format!("{} in the ledger", counted(*rows, "row")),
                    counted(*rows, "row"),
                ],
                room,
            ),
        ),
        Operation::Empty { .. } => (
            "empty",
            theme.warning,
            if job.request.subset.filter.is_some() {
                "no row passes the filter".to_owned()
            } else {
                "no cost data for these days".to_owned()
            },
        ),
        Operation::Failed(_) => {
            let mask = ScreenMask::of(theme, &[]);
            let why = job.failure().map(|why| why.told(&mask).into_owned());
            ("failed", theme.error, why.unwrap_or_default())
        }
        Operation::Cancelled => ("cancelled", theme.dim, "stopped following".to_owned()),
    }
}

/// The progress of a download.
fn download(downloading: &Downloading) -> String {
    let files = downloading.manifest.blobs.len();
    let total = downloading.manifest.bytes();
    let gauge = total
        .filter(|total| *total > 0)
        .map(|total| share(downloading.bytes, total))
        .unwrap_or_default();
    let of = total
        .map(|total| format!(" / {}", bytes(total)))
        .unwrap_or_default();
    format!(
        "{}{of}  {gauge}  file {} of {files}",
        bytes(downloading.bytes),
        downloading.blob + 1
    )
}

/// The progress of a report that arrives in pages.
fn pages(
    paging: &Paging,
    at: (DateTime<Utc>, usize),
    theme: &Theme,
) -> (&'static str, Style, String) {
    let rows = counted(paging.pages.rows(), "row");
    let so_far = format!("page {}, {rows}", paging.pages.done() + 1);
    match &paging.wait {
        None => ("paging", theme.plain, so_far),
        Some(wait) => {
            let words = if paging.halved {
                "halves in"
            } else {
                "retry in"
            };
            (
                waiting(wait),
                theme.warning,
                countdown(words, wait, at, &so_far),
            )
        }
    }
}

fn waiting(wait: &Wait) -> &'static str {
    match wait.why {
        WaitReason::RetryAfter => "waiting",
        WaitReason::Throttled { .. } | WaitReason::Closed { .. } => "throttled",
        WaitReason::ServerError { .. } => "unavailable",
        WaitReason::Unreachable => "unreachable",
        WaitReason::Incomplete => "incomplete",
        WaitReason::LinkRefused => "link refused",
    }
}

fn share(part: u64, total: u64) -> String {
    let per_mille = u128::from(part) * 1000 / u128::from(total.max(1));
    text::bar(i64::try_from(per_mille).unwrap_or(1000), GAUGE)
}
