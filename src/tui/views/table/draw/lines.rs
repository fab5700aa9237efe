//! Draws the lines of a result below their headings. The columns that fit always include the one under the cursor.

use super::cells::{CellRenderer, Drawing, Drawn, StyledCells};
use super::changed::BAR;
use super::sparklines::{heat, spark};
use crate::domain::table::Body;
use crate::tui::draw::grid::{Column, Grid};
use crate::tui::draw::lines::{cell_at, plain, put};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::text;
use crate::tui::theme::Theme;
use crate::tui::views::table::state::column::{Col, ColumnContent};
use crate::tui::views::table::state::explorer::Explorer;
use crate::tui::views::table::state::shown::Shown;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Clear;
use std::ops::Range;
use unicode_width::UnicodeWidthStr;

/// A visible line: its row below the headings, its place in the result, and its cells.
pub(super) type VisibleLine = (u16, usize, Drawn);

/// Draws the visible lines. `label` names their number and has the number of lines for totals; without it, they answer an
/// older question: they are dim and have no cursor. Returns the totals of every column of a pivot, one line per currency, if their names are in view.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    (data, shown, label): (&Explorer, &Shown, Option<(&str, usize)>),
    mask: &ScreenMask<'_>,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let live = label.is_some();
    let dim = data.stale || !live;
    let style = if dim { theme.dim } else { theme.plain };
    let cursor = data.step().cursor;
    let columns = data.columns_of(shown);
    let height = usize::from(area.height.saturating_sub(1));
    let pen = CellRenderer::new(data, shown, mask, (style, theme), area);
    let drawn = visible(&pen, &columns, cursor.top..cursor.top + height);
    let here = data.step().column.min(columns.len().saturating_sub(1));
    let (name, lines) = label.unwrap_or_default();
    let totals = pen.totals(&columns, name);
    let width = usize::from(area.width);
    let (grid, order) = laid_out(data, &pen, &columns, (&drawn, &totals), width);
    let marked = order.iter().position(|at| *at == here);
    let heading = grid.heading_at(marked, theme.heading, theme.column);
    put(frame, area, 0, heading);
    let picture = order.iter().position(|at| {
        columns
            .get(*at)
            .is_some_and(|col| col.what == ColumnContent::Picture)
    });
    let laid = |cells: &StyledCells| -> StyledCells {
        let cells = order.iter().filter_map(|at| cells.get(*at).cloned());
        cells.collect()
    };
    for (row, at, line) in &drawn {
        let cells = laid(&line.cells);
        let selected = (live && *at == cursor.selected).then_some(theme.selected);
        let cell = marked.map(|at| (at, theme.cell));
        put(frame, area, *row, grid.line_at(&cells, selected, cell));
        let place = picture.and_then(|at| grid.place(at));
        if let (Some(picture), Some(place)) = (&line.picture, place) {
            let cell = cell_at(area, *row, place);
            paint(frame, cell, picture, data, theme);
        }
    }
    if drawn.is_empty() && shown.table.of > 0 {
        put(frame, area, 1, plain("   …", theme.dim));
    }
    let in_view = |what: &ColumnContent| {
        let mut places = order.iter().enumerate();
        places.any(|(place, at)| {
            grid.shows(place) && columns.get(*at).is_some_and(|col| col.what == *what)
        })
    };
    // Without its name or its currency, an amount would mislead.
    if !in_view(&ColumnContent::Key(0)) || totals.len() > 1 && !in_view(&ColumnContent::Currency) {
        return Vec::new();
    }
    let totals = pen.totals_in_sight(totals, &columns, (name, lines));
    let totals = totals.iter();
    totals.map(|cells| grid.line(&laid(cells), None)).collect()
}

/// The titles and widths of the columns, given their visible values and their totals. The name of the totals is never cut.
fn specs(
    pen: &CellRenderer<'_>,
    columns: &[Col],
    drawn: &[VisibleLine],
    totals: &[StyledCells],
) -> Vec<Column> {
    let spec = |(at, column): (usize, &Col)| {
        let lines = drawn.iter().map(|(_, _, line)| &line.cells);
        let values = lines.chain(totals).filter_map(|cells| cells.get(at));
        let mut spec = pen.spec(column, values);
        if column.what == ColumnContent::Key(0) {
            let names = totals.iter().filter_map(|cells| cells.get(at));
            let wide = names.map(|(name, _)| name.width()).max();
            let wide = wide.unwrap_or_default();
            spec.width = spec.width.max(wide);
            spec.least = spec.least.max(wide);
        }
        spec
    };
    columns.iter().enumerate().map(spec).collect()
}

/// The lines from one place to another, with their rows below the headings.
pub(super) fn visible(
    pen: &CellRenderer<'_>,
    columns: &[Col],
    places: Range<usize>,
) -> Vec<VisibleLine> {
    let places = (1_u16..).zip(places);
    let lines = places.filter_map(|(row, at)| Some((row, at, pen.line(at, columns)?)));
    lines.collect()
}

/// The columns that fit, and their places among all.
pub(super) fn laid_out(
    data: &Explorer,
    pen: &CellRenderer<'_>,
    columns: &[Col],
    (drawn, totals): (&[VisibleLine], &[StyledCells]),
    width: usize,
) -> (Grid, Vec<usize>) {
    let specs = specs(pen, columns, drawn, totals);
    let here = data.step().column.min(columns.len().saturating_sub(1));
    fitted(&specs, here, data.pinned(), width)
}

/// Draws the chart next to a group. The line under the cursor is reversed, but not its chart: a reversed bar looks like the
/// rest of the bar.
fn paint(frame: &mut Frame<'_>, cell: Rect, picture: &Drawing, data: &Explorer, theme: &Theme) {
    frame.render_widget(Clear, cell);
    let wide = usize::from(cell.width);
    let (drawn, style) = match picture {
        Drawing::Days(id) => {
            let days = data.days.lines.get(id);
            return spark(frame, cell, days, (theme.gauge, theme.shrank));
        }
        Drawing::Bar(part) if *part < 0 => (text::bar_below(*part, wide.min(BAR)), theme.shrank),
        Drawing::Bar(part) => (text::bar(*part, wide.min(BAR)), theme.gauge),
        Drawing::Heat(id) => {
            let days = data.days.lines.get(id);
            let strip = days.map(|days| heat(days, wide)).unwrap_or_default();
            (strip, theme.gauge)
        }
    };
    frame.render_widget(plain(drawn, style), cell);
}

/// The cursor's position among the columns, as text; empty if the columns of the view are fixed.
pub(super) fn sight(data: &Explorer) -> String {
    let columns = data.columns();
    let Some(shown) = &data.shown else {
        return String::new();
    };
    let rows = match &shown.table.body {
        Body::Rows { .. } | Body::Pivot(_) => true,
        Body::Change(change) => change.pivot.is_some(),
        Body::Groups { .. } => false,
    };
    let chosen = data.step().columns.shown.is_some();
    if !(rows || chosen) || columns.is_empty() {
        return String::new();
    }
    format!(
        "column {} of {}, ← → move ",
        data.step().column.min(columns.len() - 1) + 1,
        columns.len()
    )
}

/// The columns that fit: the pinned ones, then the others, scrolled so that the cursor's column is visible.
pub(super) fn fitted(
    specs: &[Column],
    here: usize,
    pinned: usize,
    width: usize,
) -> (Grid, Vec<usize>) {
    let pinned = pinned.min(specs.len());
    let last = here.saturating_sub(pinned);
    let grid_of = |order: &[usize]| {
        let columns = order.iter().filter_map(|at| specs.get(*at).cloned());
        Grid::new(columns.collect(), width)
    };
    for left in 0..=last {
        let order: Vec<usize> = (0..pinned).chain(pinned + left..specs.len()).collect();
        let grid = grid_of(&order);
        let place = order.iter().position(|at| *at == here);
        if place.is_some_and(|place| grid.shows(place)) {
            return (grid, order);
        }
    }
    // The pinned columns leave no room, so the cursor's column comes first.
    let order: Vec<usize> = (here..specs.len()).collect();
    (grid_of(&order), order)
}
