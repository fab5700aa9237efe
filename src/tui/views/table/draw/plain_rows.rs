//! Draws rows as they were read, before they can be queried.

use crate::domain::query::money_column::MoneyColumn;
use crate::domain::table::group::Cell;
use crate::tui::draw::grid;
use crate::tui::draw::grid::{Column, Grid};
use crate::tui::draw::lines::put;
use crate::tui::draw::mask::ScreenMask;
use crate::tui::state::rows;
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// A row to draw: its line on the screen, and its cells.
pub(crate) type RowLine<'a> = (u16, &'a [Cell]);

/// Draws rows below their headings.
pub(crate) fn rows_grid(
    frame: &mut Frame<'_>,
    (area, top): (Rect, u16),
    columns: &[String],
    order: &[usize],
    lines: &[RowLine<'_>],
    (style, theme): (Style, &Theme),
) {
    let mask = ScreenMask::of(theme, &[]);
    let value = |row: &[Cell], at: usize| match (columns.get(at), row.get(at)) {
        (Some(header), Some(cell)) => mask.cell(header, cell, None),
        _ => String::new(),
    };
    let titles = rows::titles(columns, MoneyColumn::Billing);
    let specs = order.iter().filter_map(|at| {
        let title = rows::title(&titles, *at, columns.get(*at)?);
        let values: Vec<String> = lines.iter().map(|(_, row)| value(row, *at)).collect();
        let width = grid::wanted(title, values.iter().map(String::as_str), 4, 30);
        let money = lines
            .iter()
            .any(|(_, row)| matches!(row.get(*at), Some(Cell::Amount(_))));
        Some(if money {
            Column::number(title, width.max(12))
        } else {
            Column::text(title, width)
        })
    });
    let grid = Grid::new(specs.collect(), usize::from(area.width));
    put(frame, area, top, grid.heading(theme.heading));
    for (row, cells) in lines {
        let cells: Vec<(String, Style)> = order
            .iter()
            .take(grid.len())
            .map(|at| (value(cells, *at), style))
            .collect();
        put(frame, area, *row, grid.line(&cells, None));
    }
}
