//! The table screen.
//!
//! ```text
//!  Table    Production · actual · 2026-10 › rg-web                      data 3 h old
//!   filter  charge-type = Usage and tag:env = prod▏             18,402 rows
//!   group   resource-group                                      sort cost ↓ largest first
//!    resource-group                    cost EUR   share              rows
//!  › rg-web                           12,480.11   31.2%  ███░░░░    1,488
//!    Σ 214                            39,998.87                    18,402
//! ```

pub mod answer;
pub mod cells;
pub mod changed;
pub mod chart;
pub(crate) mod heads;
pub mod ledger;
pub mod lines;
pub mod opening;
mod panel;
mod pivoted;
pub mod plain_rows;
mod sorted;
pub mod sparklines;
pub mod totals;

use super::state::charts::chart::ChartPlace;
use super::state::explorer::Explorer;
use super::state::shown::Shown;
use super::state::step::Step;
use super::state::{NO_ROW, TableScreen, total_lines};
use crate::domain::money::Money;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::{Body, Table};
use crate::domain::text::{age, counted, grouped};
use crate::tui::draw::lines::{heading, list_area, mark, plain, put, under};
use crate::tui::draw::listed::listed;
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::problem::problem;
use crate::tui::draw::suggestions::filter_line;
use crate::tui::draw::{suggestions, text};
use crate::tui::said::Said;
use crate::tui::shell::Shell;
use crate::tui::state::direction;
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

pub(crate) fn body(
    frame: &mut Frame<'_>,
    area: Rect,
    (screen, data): (&TableScreen, &Explorer),
    shell: &Shell,
    theme: &Theme,
) {
    if let Some(view) = &data.answer {
        return answer::body(frame, area, (screen, data, view), shell, theme);
    }
    crumbs(frame, area, shell, data, theme);
    let mut top = told(frame, area, data, shell, theme);
    let step = data.step();
    let totals = totals_of(data.shown.as_ref());
    let mask = ScreenMask::of(theme, &totals);
    let filter = step.filter.as_ref().map(Said::from);
    let filter = filter.map(|filter| filter.told(&mask).into_owned());
    let count = count(data);
    let asked = top;
    let line = filter_line(data.bar.as_ref(), filter, &count, area.width, theme);
    put(frame, area, top, line);
    put(frame, area, top + 1, question(step, area.width, theme));
    let wrong = data.bar.as_ref().and_then(|bar| bar.wrong.as_ref());
    // While a filter is being typed, the error of the previous one does not apply.
    let old = data.problem.as_ref().filter(|_| data.bar.is_none());
    if let Some(wrong) = wrong.or(old) {
        let next = problem(frame, area, top + 2, wrong, theme);
        if let Some(shown) = data.last_lines().or(data.shown.as_ref()) {
            behind(frame, area, next + 1, (data, shown), theme);
        }
        return;
    }
    top += 2;
    top += charted(frame, area, top, (screen, data), shell, theme);
    let lines = Rect {
        width: data.table_width(shell).min(area.width),
        ..area
    };
    if let Some(shown) = &data.shown {
        shown_lines(frame, lines, top, (screen, data, shown), shell, theme);
    }
    if let Some(bar) = &data.bar {
        let keys = shell.keymap.spell(suggestions::KEYS);
        suggestions::draw(frame, lines, top - 1, bar, (&keys, theme));
    }
    if let Some(bar) = &data.question {
        answer::over_view(frame, area, asked, bar, (shell.keymap, theme));
    }
}

/// Draws the chart in its place from a row on; returns the rows that it takes above the lines.
fn charted(
    frame: &mut Frame<'_>,
    area: Rect,
    top: u16,
    (screen, data): (&TableScreen, &Explorer),
    shell: &Shell,
    theme: &Theme,
) -> u16 {
    let totals = totals_of(data.shown.as_ref());
    let mask = ScreenMask::of(theme, &totals);
    let rows = |from: u16, height: u16| Rect {
        height,
        ..under(area, from)
    };
    match data.chart_place(shell) {
        ChartPlace::Nowhere => 0,
        ChartPlace::Above(height) => {
            let place = rows(top, height).intersection(area);
            chart::draw(frame, place, data, &mask, theme);
            height
        }
        ChartPlace::Below(height) => {
            let list = u16::try_from(screen.list_height(shell)).unwrap_or_default();
            let place = rows(top + 1 + list, height).intersection(area);
            chart::draw(frame, place, data, &mask, theme);
            0
        }
        ChartPlace::Beside(width) => {
            let place = Rect {
                x: area.x + area.width.saturating_sub(width),
                width,
                ..under(area, top)
            };
            panel::draw(frame, place.intersection(area), data, &mask, theme);
            0
        }
    }
}

/// Draws the lines of the answer from a row on, or why there are none, and the totals.
fn shown_lines(
    frame: &mut Frame<'_>,
    area: Rect,
    top: u16,
    (screen, data, shown): (&TableScreen, &Explorer, &Shown),
    shell: &Shell,
    theme: &Theme,
) {
    let totals = totals_of(Some(shown));
    let mask = ScreenMask::of(theme, &totals);
    let list = list_area(area, top, screen.list_height(shell));
    let label = totals::label(shown, data.loaded.opened.limits().is_some(), None);
    let size = (area.width, shell.size.1);
    let label = (&*label, total_lines(&shown.table, size));
    let columns = lines::draw(frame, list, (data, shown, Some(label)), &mask, theme);
    // Masked names are made up, so a place in them means nothing.
    if !mask.is_on() {
        mark(frame, list, &data.search.text, theme.found);
    }
    if shown.table.shown() == 0 && shown.table.of == 0 {
        let none = shell.keymap.spell(nothing(data));
        let line = plain(format!("   {none}"), theme.warning);
        put(frame, area, top + 1, line);
        if let Some(before) = data.last_lines() {
            behind(frame, area, top + 3, (data, before), theme);
        }
    }
    let view = (data, shown, size, screen.list_height(shell));
    totals::draw(frame, area, view, columns, (&mask, theme));
}

/// Draws the last answer with lines from a row on, so that what a filter is about stays in view. It is dimmed, and a line
/// above it says what it is where nothing can be dimmed.
fn behind(
    frame: &mut Frame<'_>,
    area: Rect,
    top: u16,
    (data, shown): (&Explorer, &Shown),
    theme: &Theme,
) {
    // The last row is that of the totals.
    let height = area.height.saturating_sub(top + 1);
    if height < 2 {
        return;
    }
    let caption = plain("   the table before this:", theme.dim);
    put(frame, area, top.saturating_sub(1), caption);
    let totals = totals_of(Some(shown));
    let mask = ScreenMask::of(theme, &totals);
    let list = Rect {
        y: area.y + top,
        height,
        ..area
    };
    lines::draw(frame, list, (data, shown, None), &mask, theme);
}

/// Draws missing months and the first note below the first line; returns the next free line.
fn told(frame: &mut Frame<'_>, area: Rect, data: &Explorer, shell: &Shell, theme: &Theme) -> u16 {
    let mut top = 1;
    if !data.missing.is_empty() {
        let months: Vec<String> = data.missing.iter().map(ToString::to_string).collect();
        let line = listed(" ! not in this table: ", &months, usize::from(area.width));
        put(frame, area, top, plain(line, theme.warning));
        top += 1;
    }
    if let Some(note) = data.first_note() {
        let key = shell.keymap.spell(" ! ⟦table.trust⟧:");
        let line = text::shortened(
            &format!("{key} {}", note.told(&ScreenMask::of(theme, &[]))),
            usize::from(area.width),
        );
        put(frame, area, top, plain(line, theme.warning));
        top += 1;
    }
    top
}

/// The number of rows that the filter keeps, or would keep while it is being typed.
pub(crate) fn count(data: &Explorer) -> String {
    let all = data.loaded.opened.data.rows();
    if let Some(bar) = &data.bar {
        // The last count is not that of a text that is no filter.
        return match bar.count.as_ref().filter(|_| bar.draft().is_some()) {
            Some((rows, _)) => format!("{} of {} ", grouped(*rows), counted(all, "row")),
            None => format!("… of {} ", counted(all, "row")),
        };
    }
    let rows = data.shown.as_ref().map_or(0, |shown| shown.table.rows);
    format!("{} of {} ", grouped(rows), counted(all, "row"))
}

/// The totals of the view; for two periods, those of the later one.
fn totals_of(shown: Option<&Shown>) -> Vec<Money> {
    match shown.map(|shown| &shown.table) {
        Some(Table {
            body: Body::Change(change),
            ..
        }) => {
            let totals = change.currencies.iter();
            totals
                .map(|total| Money {
                    currency: total.currency.clone(),
                    amount: total.effects.after,
                })
                .collect()
        }
        Some(table) => table.totals.clone(),
        None => Vec::new(),
    }
}

/// Draws the breadcrumbs and the age of the data.
fn crumbs(frame: &mut Frame<'_>, area: Rect, shell: &Shell, data: &Explorer, theme: &Theme) {
    let fetched = data
        .loaded
        .opened
        .entries
        .iter()
        .map(|entry| entry.fetched_at);
    let old = fetched
        .min()
        .map(|at| shell.now.signed_duration_since(at).num_seconds());
    let state = if data.stopped {
        "stopped: older result".to_owned()
    } else if data.stale && data.problem.is_none() {
        "working …".to_owned()
    } else {
        old.map(age).unwrap_or_default()
    };
    let mask = ScreenMask::of(theme, &[]);
    let crumbs: Vec<String> = data
        .crumbs()
        .into_iter()
        .map(|label| label.shown(&mask))
        .collect();
    let engine = data.loaded.opened.data.engine();
    let engine = engine.map(|engine| format!("by {}", engine.name()));
    let money = data.loaded.opened.data.money().currency();
    let told = money
        .map(|code| format!("in {code}"))
        .into_iter()
        .chain(engine)
        .chain([state].into_iter().filter(|state| !state.is_empty()));
    let state = told.collect::<Vec<_>>().join(" · ");
    let way = format!(" Table    {}", crumbs.join(" › "));
    let state = format!("{state} ");
    // The first and the last step say more than those between.
    let room = usize::from(area.width);
    let room = room.saturating_sub(state.width().min(room / 2) + 2);
    heading(frame, area, 0, &text::middle(&way, room), &state, theme);
}

/// The order of the groups of two periods, unless another was chosen.
const LARGEST_DIFFERENCE: &str = "largest difference first";

fn question(step: &Step, width: u16, theme: &Theme) -> Line<'static> {
    let keys: Vec<String> = step.group_by.iter().map(GroupKey::name).collect();
    let mut group = if keys.is_empty() {
        "not grouped (rows)".to_owned()
    } else {
        keys.join(", ")
    };
    let by = step.pivot_key().map(|by| format!(" × {by}"));
    group.push_str(&by.unwrap_or_default());
    let periods = step
        .change
        .map(|(before, after)| format!(" · {before} → {after}"));
    group.push_str(&periods.unwrap_or_default());
    let top = step.top.map(|top| format!(" · top {top}"));
    group.push_str(&top.unwrap_or_default());
    let essential = group.width();
    // The next levels come last, because the end is cut off first.
    for level in &step.levels {
        group.push_str(" ▸ ");
        group.push_str(&level.name());
    }
    let mask = ScreenMask::of(theme, &[]);
    let sort = |way: fn(bool) -> &'static str, differences: &str| {
        let sorts = sorted::ways(step, &mask, way);
        match (sorts.is_empty(), step.change) {
            (true, None) => format!("cost {}", way(false)),
            (true, Some(_)) => differences.to_owned(),
            _ => sorts.join(", then "),
        }
    };
    // The groups matter more than the second sort, and than the words for its sign.
    let most = (usize::from(width) / 2)
        .saturating_sub(8)
        .max(LARGEST_DIFFERENCE.len());
    let beside = |way, differences: &str| {
        let right = format!("sort  {} ", text::shortened(&sort(way, differences), most));
        let room = usize::from(width).saturating_sub(12 + right.width());
        (right, room)
    };
    let (right, room) = Some(beside(direction::words, LARGEST_DIFFERENCE))
        .filter(|(_, room)| essential <= *room)
        .unwrap_or_else(|| beside(direction::arrow, "difference ↓"));
    let group = text::shortened(&group, room);
    Line::from(vec![
        Span::styled("  group   ", theme.heading),
        Span::raw(text::cell(&group, room, false)),
        Span::styled(format!("  {right}"), theme.dim),
    ])
}

/// The reason the table is empty.
fn nothing(data: &Explorer) -> &'static str {
    if data.loaded.opened.data.rows() > 0 {
        NO_ROW
    } else if data.loaded.opened.data.headers().is_empty() {
        "the file is empty (0 bytes): nothing was ever written to it"
    } else {
        "a header and no rows: there is no cost in this report"
    }
}
