//! ```text
//!  Table    Production · actual · 2026-10 › rg-web                      data 3 h old
//!   filter  charge-type = Usage and tag:env = prod▏             18,402 rows
//!   group   resource-group                                      sort cost, largest first
//!    resource-group                    cost EUR   share              rows
//!  › rg-web                           12,480.11   31.2%  ███░░░░    1,488
//!    Σ 214                            39,998.87                    18,402
//! ```

use super::frame::{heading, plain, put};
use super::grid::{self, Column, Grid};
use super::text;
use crate::domain::query::GroupKey;
use crate::domain::sort::SortBy;
use crate::domain::table::{Body, Cell, Group, Table};
use crate::domain::text::{age, grouped, percent};
use crate::tui::model::Model;
use crate::tui::screen::rows;
use crate::tui::screen::table::{Explorer, FilterBar, Shown, Step};
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

pub(super) fn body(
    frame: &mut Frame<'_>,
    area: Rect,
    model: &Model,
    data: &Explorer,
    theme: &Theme,
) {
    crumbs(frame, area, model, data, theme);
    let mut top = 1;
    if !data.missing.is_empty() {
        let months: Vec<String> = data.missing.iter().map(ToString::to_string).collect();
        let sentence = format!(" ! not in this table: {}", months.join(", "));
        let line = text::fit(&sentence, usize::from(area.width));
        put(frame, area, top, plain(line, theme.warning));
        top += 1;
    }
    if let Some(note) = data.loaded.opened.notes.first() {
        let line = text::fit(&format!(" ! t: {note}"), usize::from(area.width));
        put(frame, area, top, plain(line, theme.warning));
        top += 1;
    }
    let step = data.step();
    let rows = data.shown.as_ref().map_or(0, |shown| shown.table.rows);
    let all = data.loaded.opened.data.rows();
    let count = format!("{} of {} rows ", grouped(rows), grouped(all));
    let filter = step.filter.as_ref().map(ToString::to_string);
    let line = filter_line(data.bar.as_ref(), filter, &count, area.width, theme);
    put(frame, area, top, line);
    put(frame, area, top + 1, question(step, area.width, theme));
    let wrong = data.bar.as_ref().and_then(|bar| bar.wrong.as_ref());
    if let Some(wrong) = wrong.or(data.problem.as_ref()) {
        return problem(frame, area, top + 2, wrong, theme);
    }
    let Some(shown) = &data.shown else { return };
    let place = Place {
        area,
        top: top + 2,
        height: model.list_height(),
        data,
    };
    match &shown.table.body {
        Body::Groups { groups, .. } => draw_groups(frame, &place, shown, groups, theme),
        Body::Rows { columns, rows } => draw_rows(frame, &place, shown, columns, rows, theme),
        Body::Pivot(_) => {}
    }
    totals(frame, area, &shown.table, theme);
}

/// The way here, and how old the data is.
fn crumbs(frame: &mut Frame<'_>, area: Rect, model: &Model, data: &Explorer, theme: &Theme) {
    let fetched = data
        .loaded
        .opened
        .entries
        .iter()
        .map(|entry| entry.fetched_at);
    let old = fetched
        .min()
        .map(|at| model.now.signed_duration_since(at).num_seconds());
    let state = if data.stale && data.problem.is_none() {
        "working …".to_owned()
    } else {
        old.map(age).unwrap_or_default()
    };
    let way = format!(" Table    {}", data.crumbs().join(" › "));
    heading(frame, area, 0, &way, &format!("{state} "), theme);
}

/// Where the lines of the list stand.
struct Place<'a> {
    area: Rect,
    top: u16,
    height: usize,
    data: &'a Explorer,
}

impl Place<'_> {
    /// Positions on the screen of the lines that are fetched, and whether each is under the cursor.
    fn lines(&self, offset: usize) -> impl Iterator<Item = (u16, usize, bool)> {
        let cursor = self.data.step().cursor;
        let rows = (self.top + 1..).zip(cursor.top..cursor.top + self.height);
        rows.filter_map(move |(row, at)| {
            Some((row, at.checked_sub(offset)?, at == cursor.selected))
        })
    }
}

/// The filter, or the line in which it is typed.
pub(super) fn filter_line(
    bar: Option<&FilterBar>,
    filter: Option<String>,
    count: &str,
    width: u16,
    theme: &Theme,
) -> Line<'static> {
    let room = usize::from(width).saturating_sub(12 + count.chars().count());
    let (shown, style) = match bar {
        Some(bar) => (with_caret(bar, room), theme.focus),
        None => (
            text::fit(&filter.unwrap_or_else(|| "none".to_owned()), room),
            theme.plain,
        ),
    };
    let padded = text::cell(&shown, room, false);
    let line = if bar.is_some() { shown } else { padded.clone() };
    let space = " ".repeat(room.saturating_sub(line.chars().count()));
    Line::from(vec![
        Span::styled("  filter  ", theme.heading),
        Span::styled(line, style),
        Span::raw(space),
        Span::styled(format!("  {count}"), theme.dim),
    ])
}

/// How many characters of the bar are scrolled away.
fn scrolled(bar: &FilterBar, room: usize) -> usize {
    (bar.field.caret() + 2).saturating_sub(room)
}

/// The text with its caret, scrolled so that the caret is in sight.
fn with_caret(bar: &FilterBar, room: usize) -> String {
    let caret = bar.field.caret();
    let chars: Vec<char> = bar.field.text().chars().collect();
    let start = scrolled(bar, room);
    let before: String = chars.iter().take(caret).skip(start).collect();
    let after: String = chars.iter().skip(caret).collect();
    text::fit(&format!("{before}▏{after}"), room)
}

fn question(step: &Step, width: u16, theme: &Theme) -> Line<'static> {
    let keys: Vec<String> = step.group_by.iter().map(GroupKey::name).collect();
    let group = if keys.is_empty() {
        "no: these are the rows".to_owned()
    } else {
        keys.join(", ")
    };
    let sort = match (&step.sort.by, step.sort.ascending) {
        (SortBy::Cost, false) => "cost, largest first".to_owned(),
        (SortBy::Cost, true) => "cost, smallest first".to_owned(),
        (SortBy::Rows, _) => "rows".to_owned(),
        (SortBy::Key(key), true) => key.name(),
        (SortBy::Key(key), false) => format!("{key}, backwards"),
    };
    let right = format!("sort  {sort} ");
    let room = usize::from(width).saturating_sub(12 + right.chars().count());
    Line::from(vec![
        Span::styled("  group   ", theme.heading),
        Span::raw(text::cell(&group, room, false)),
        Span::styled(format!("  {right}"), theme.dim),
    ])
}

/// What is wrong with a filter, with a caret under the place.
pub(super) fn problem(
    frame: &mut Frame<'_>,
    area: Rect,
    row: u16,
    problem: &crate::tui::message::Problem,
    theme: &Theme,
) {
    // The bar is scrolled to its caret, which stands where the trouble is.
    let visible = |at: &usize| *at + 12 < usize::from(area.width);
    if let Some(at) = problem.at.filter(visible) {
        put(
            frame,
            area,
            row,
            plain(format!("{}^", " ".repeat(10 + at)), theme.error),
        );
    }
    let width = usize::from(area.width.saturating_sub(4)).max(1);
    for (row, line) in (row + 1..).zip(text::wrap(&problem.text, width)) {
        put(frame, area, row, plain(format!("  {line}"), theme.error));
    }
}

fn draw_groups(
    frame: &mut Frame<'_>,
    place: &Place<'_>,
    shown: &Shown,
    groups: &[Group],
    theme: &Theme,
) {
    let totals = &shown.table.totals;
    let single = totals.len() <= 1;
    let keys = shown
        .group_by
        .iter()
        .map(|key| Column::growing(&key.name(), if shown.group_by.len() > 2 { 12 } else { 18 }));
    let mut columns: Vec<Column> = keys.collect();
    let cost = match totals.first() {
        Some(total) if single => format!("cost {}", total.code()),
        _ => "cost".to_owned(),
    };
    columns.push(Column::number(&cost, 16));
    if !single {
        columns.push(Column::text("", 4));
    }
    columns.push(Column::number("share", 7));
    columns.push(Column::number("rows", 9));
    columns.push(Column::text("", 12));
    let grid = Grid::new(columns, usize::from(place.area.width));
    put(frame, place.area, place.top, grid.heading(theme.heading));
    let style = if place.data.stale {
        theme.dim
    } else {
        theme.plain
    };
    for (row, at, selected) in place.lines(shown.offset) {
        let Some(group) = groups.get(at) else {
            continue;
        };
        let cells = group_cells(group, single, style, theme);
        put(
            frame,
            place.area,
            row,
            grid.line(&cells, selected.then_some(theme.selected)),
        );
    }
    if groups.is_empty() {
        put(
            frame,
            place.area,
            place.top + 1,
            plain(nothing(place.data), theme.warning),
        );
    }
}

/// Why there is no group.
fn nothing(data: &Explorer) -> &'static str {
    if data.loaded.opened.data.rows() > 0 {
        "   no row matches the filter; f edits it"
    } else if data.loaded.opened.data.headers().is_empty() {
        "   the file is empty (0 bytes): nothing was ever written to it"
    } else {
        "   a header and no rows: there is no cost in this report"
    }
}

fn group_cells(group: &Group, single: bool, style: Style, theme: &Theme) -> Vec<(String, Style)> {
    let mut cells: Vec<(String, Style)> = Vec::new();
    for (key, label) in group.keys.iter().zip(&group.labels) {
        match label.as_ref().or(key.as_ref()) {
            Some(name) if name.is_empty() => cells.push(("(empty)".to_owned(), theme.dim)),
            Some(name) => cells.push((name.clone(), style)),
            None => cells.push(("(none)".to_owned(), theme.dim)),
        }
    }
    cells.push((group.cost.amount.display(), style));
    if !single {
        cells.push((group.cost.code().to_owned(), style));
    }
    let share = group.share;
    let percent = share.map(|share| format!("{}%", percent(share)));
    cells.push((percent.unwrap_or_default(), style));
    cells.push((grouped(group.rows), style));
    cells.push((
        share.map(|share| text::bar(share, 12)).unwrap_or_default(),
        theme.gauge,
    ));
    cells
}

fn draw_rows(
    frame: &mut Frame<'_>,
    place: &Place<'_>,
    shown: &Shown,
    columns: &[String],
    rows: &[Vec<Cell>],
    theme: &Theme,
) {
    let lines: Vec<RowLine<'_>> = place
        .lines(shown.offset)
        .filter_map(|(row, at, selected)| Some((row, rows.get(at)?.as_slice(), selected)))
        .collect();
    let order = rows::display_order(columns, place.data.step().left);
    let style = if place.data.stale {
        theme.dim
    } else {
        theme.plain
    };
    let head = (place.area, place.top);
    let fitting = rows_grid(frame, head, columns, &order, &lines, (style, theme));
    more_columns(frame, place, columns.len(), fitting, theme);
    if rows.is_empty() {
        put(
            frame,
            place.area,
            place.top + 1,
            plain("   there is no row here", theme.warning),
        );
    }
}

/// A row to draw: where on the screen, its cells, and whether it is under the cursor.
pub(super) type RowLine<'a> = (u16, &'a [Cell], bool);

/// Draws rows under their headings; gives the number of columns that fit.
pub(super) fn rows_grid(
    frame: &mut Frame<'_>,
    (area, top): (Rect, u16),
    columns: &[String],
    order: &[usize],
    lines: &[RowLine<'_>],
    (style, theme): (Style, &Theme),
) -> usize {
    let value = |row: &[Cell], at: usize| match row.get(at) {
        Some(Cell::Amount(Some(amount))) => amount.display(),
        Some(cell) => cell
            .exact()
            .map(|text| end_of_id(&text))
            .unwrap_or_default(),
        None => String::new(),
    };
    let specs = order.iter().filter_map(|at| {
        let title = columns.get(*at)?;
        let values: Vec<String> = lines.iter().map(|(_, row, _)| value(row, *at)).collect();
        let width = grid::wanted(title, values.iter().map(String::as_str), 4, 30);
        let money = lines
            .iter()
            .any(|(_, row, _)| matches!(row.get(*at), Some(Cell::Amount(_))));
        Some(if money {
            Column::number(title, width.max(12))
        } else {
            Column::text(title, width)
        })
    });
    let grid = Grid::new(specs.collect(), usize::from(area.width));
    put(frame, area, top, grid.heading(theme.heading));
    for (row, cells, selected) in lines {
        let cells: Vec<(String, Style)> = order
            .iter()
            .take(grid.len())
            .map(|at| (value(cells, *at), style))
            .collect();
        put(
            frame,
            area,
            *row,
            grid.line(&cells, selected.then_some(theme.selected)),
        );
    }
    grid.len()
}

/// Of an ARM id the name at its end; other text as it is.
fn end_of_id(text: &str) -> String {
    let is_id = text.starts_with('/') && text.contains("/providers/");
    let end = text
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .filter(|_| is_id);
    end.unwrap_or(text).to_owned()
}

/// Says how many of the columns are in sight, where not all of them are.
fn more_columns(frame: &mut Frame<'_>, place: &Place<'_>, all: usize, shown: usize, theme: &Theme) {
    // The totals stand to the left and come first.
    const TOTALS: usize = 44;
    let room = usize::from(place.area.width).saturating_sub(TOTALS);
    if shown < all && room > 30 {
        let words = format!("{shown} of {all} columns, ← → for more ");
        let width = usize::from(place.area.width);
        let row = place.area.height.saturating_sub(1);
        let line = text::cell(&words, width, true);
        put(frame, place.area, row, plain(line, theme.dim));
    }
}

/// Totals per currency, always in sight.
fn totals(frame: &mut Frame<'_>, area: Rect, table: &Table, theme: &Theme) {
    let count = table.totals.len();
    let shown = count.clamp(1, 3);
    let first = area
        .height
        .saturating_sub(u16::try_from(shown).unwrap_or(1));
    if count == 0 {
        put(frame, area, first, plain("   Σ  no cost", theme.strong));
        return;
    }
    for (row, (at, total)) in (first..).zip(table.totals.iter().take(shown).enumerate()) {
        let more = if at + 1 == shown && count > shown {
            format!("   and {} more currencies", count - shown)
        } else {
            String::new()
        };
        let of = if at == 0 {
            format!("Σ {}", grouped(table.of as u64))
        } else {
            String::new()
        };
        let line = format!(
            "   {}  {:>18} {}{more}",
            text::cell(&of, 12, false),
            total.amount.display(),
            total.code()
        );
        put(frame, area, row, plain(line, theme.strong));
    }
}
