//! Draws the table screen while sources are being read.
//!
//! ```text
//!  Table    costs.csv                                          partial: 34 % read
//!   252 MB of 739 MB, 341,000 rows  █████░░░░░░░░░░░  backspace stops
//!   sums of the rows read so far by resource-group
//!    resource-group                         cost EUR  share     rows
//!    rg-web                                12,480.11  31.2%    1,488
//!    Σ 214 groups, 34 % read   39,998.87 EUR
//! ```

use crate::domain::query::Query;
use crate::domain::query::money_column::MoneyColumn;
use crate::domain::table::group::Group;
use crate::domain::table::{Body, Table};
use crate::domain::text::{counted, grouped, percent};
use crate::tui::draw::early;
use crate::tui::draw::early::{EarlyLine, caption, far, share_read};
use crate::tui::draw::grid;
use crate::tui::draw::grid::{Column, Gives};
use crate::tui::draw::lines::{heading, plain, put};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::text;
use crate::tui::keymap::Keymap;
use crate::tui::message::{ReadShare, SoFar};
use crate::tui::said::Masked;
use crate::tui::state::rows;
use crate::tui::theme::Theme;
use crate::tui::views::table::draw::plain_rows;
use ratatui::Frame;
use ratatui::layout::Rect;
use std::iter;
use unicode_width::UnicodeWidthStr;

/// The state of the sources that are being read.
pub(crate) struct OpeningState<'a> {
    pub(crate) name: &'a Masked,
    pub(crate) so_far: Option<&'a SoFar>,
    /// The first rows.
    pub(crate) peek: Option<&'a Table>,
    /// The question that the sums answer.
    pub(crate) first: &'a Query,
}

/// Draws the progress of reading, and the sums so far, or before these the first rows.
pub(crate) fn body(
    frame: &mut Frame<'_>,
    area: Rect,
    read: &OpeningState<'_>,
    (keymap, theme): (Keymap, &Theme),
) {
    let reading = read.so_far.map(|now| now.reading);
    let sums = read.so_far.and_then(|now| now.sums.as_ref());
    let state = match (&reading, sums) {
        (Some(reading), Some(_)) => format!("partial: {} ", share_read(iter::once(reading))),
        (reading, _) => reading.and_then(|now| now.per_mille()).map_or_else(
            || "reading … ".to_owned(),
            |share| format!("reading {} % ", share / 10),
        ),
    };
    let name = read.name.shown(&ScreenMask::of(theme, &[]));
    heading(frame, area, 0, &format!(" Table    {name}"), &state, theme);
    let stop = keymap.spell("⟦opening.back⟧ stops");
    let room = usize::from(area.width).saturating_sub(stop.width() + 5);
    let before = read.so_far.and_then(|now| now.before.as_ref());
    let words = match (before, &reading) {
        (Some(words), _) => {
            let words = words.told(&ScreenMask::of(theme, &[]));
            format!("  {}  {stop}", text::shortened(&words, room))
        }
        (None, Some(now)) => format!("  {}  {stop}", far(now, room)),
        (None, None) => format!("  {stop}"),
    };
    put(frame, area, 1, plain(words, theme.plain));
    match (sums, reading) {
        (Some(table), Some(reading)) => partial(frame, area, (table, &reading), read.first, theme),
        _ => first_rows(frame, area, read.peek, theme),
    }
}

/// Draws the first rows.
fn first_rows(frame: &mut Frame<'_>, area: Rect, peek: Option<&Table>, theme: &Theme) {
    let Some(Table {
        body: Body::Rows { columns, rows },
        ..
    }) = peek
    else {
        return;
    };
    let words = "  first rows; totals follow once everything is read and checked";
    put(frame, area, 2, plain(words, theme.dim));
    let lines: Vec<plain_rows::RowLine<'_>> = (4..area.height)
        .zip(rows)
        .map(|(row, cells)| (row, cells.as_slice()))
        .collect();
    let order = rows::display_order(columns, MoneyColumn::Billing);
    let style = (theme.dim, theme);
    plain_rows::rows_grid(frame, (area, 3), columns, &order, &lines, style);
}

/// Draws the sums of what is read so far, and their totals.
fn partial(
    frame: &mut Frame<'_>,
    area: Rect,
    (table, reading): (&Table, &ReadShare),
    first: &Query,
    theme: &Theme,
) {
    let mask = ScreenMask::of(theme, &table.totals);
    let words = format!("  {}", caption(first, &mask));
    let words = text::shortened(&words, usize::from(area.width));
    put(frame, area, 2, plain(words, theme.warning));
    let groups = table.body.groups().iter();
    let lines: Vec<EarlyLine> = groups
        .take(usize::from(area.height))
        .map(|group| line(group, table, (first, &mask)))
        .collect();
    let columns = columns(table, &lines);
    let grid = (columns, lines.as_slice());
    early::draw(frame, (area, 3), &first.group_by, grid, theme);
    let share = share_read(iter::once(reading));
    let count = match table.of {
        0 => "too many groups to show before the end".to_owned(),
        count => counted(count as u64, "group"),
    };
    let total = format!("   Σ {count}, {share}   {}", mask.totals(&table.totals));
    let total = text::shortened(&total, usize::from(area.width));
    let last = area.height.saturating_sub(1);
    put(frame, area, last, plain(total, theme.strong));
}

/// Whether each line names its currency.
fn names_currency(table: &Table) -> bool {
    table.totals.len() != 1
}

fn line(group: &Group, table: &Table, (first, mask): (&Query, &ScreenMask<'_>)) -> EarlyLine {
    let currency = group.cost.currency.as_deref();
    let mut cells = vec![mask.amount(group.cost.amount, currency)];
    if names_currency(table) {
        cells.push(group.cost.code().to_owned());
    }
    let share = group.share.map(|share| format!("{}%", percent(share)));
    cells.push(share.unwrap_or_default());
    cells.push(grouped(group.rows));
    EarlyLine {
        names: early::names(&first.group_by, group, mask),
        cells,
    }
}

/// The columns behind the keys.
fn columns(table: &Table, lines: &[EarlyLine]) -> Vec<Column> {
    let title = match table.totals.as_slice() {
        [only] => format!("cost {}", only.code()),
        _ => "cost".to_owned(),
    };
    let amounts = lines.iter().filter_map(|line| line.cells.first());
    let width = grid::wanted(&title, amounts.map(String::as_str), 14, 40);
    let mut columns = vec![Column::number(&title, width).giving(Gives::Kept)];
    if names_currency(table) {
        columns.push(Column::text("currency", 8).giving(Gives::Kept));
    }
    columns.push(Column::number("share", 6).giving(Gives::Share));
    columns.push(Column::number("rows", 11));
    columns
}
