//! Draws the table screen while sources are being read.
//!
//! ```text
//!  Table    costs.csv                                                  reading 34 %
//!   252 MB of 739 MB, 341,000 rows ████░░░░░░░░
//!   first rows; totals follow once everything is read and checked
//!    ResourceGroup   Date         MeterName        CostInBillingCurrency
//! ```

use crate::domain::query::money_column::MoneyColumn;
use crate::domain::table::{Body, Table};
use crate::domain::text::{bytes, grouped};
use crate::tui::draw::lines::{heading, plain, put};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::text;
use crate::tui::keymap::Keymap;
use crate::tui::message::Reading;
use crate::tui::said::Masked;
use crate::tui::state::rows;
use crate::tui::theme::Theme;
use crate::tui::views::table::draw;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Draws the progress of reading, and the first rows.
pub(crate) fn body(
    frame: &mut Frame<'_>,
    area: Rect,
    name: &Masked,
    reading: Option<Reading>,
    peek: Option<&Table>,
    (keymap, theme): (Keymap, &Theme),
) {
    let percent = reading
        .filter(|now| now.of > 0)
        .map(|now| now.bytes.saturating_mul(1000) / now.of);
    let state = percent.map_or_else(
        || "reading … ".to_owned(),
        |share| format!("reading {} % ", (share / 10).min(100)),
    );
    let name = name.shown(&ScreenMask::of(theme, &[]));
    heading(frame, area, 0, &format!(" Table    {name}"), &state, theme);
    let words = far(reading, percent, keymap);
    put(frame, area, 1, plain(words, theme.plain));
    let Some(Table {
        body: Body::Rows { columns, rows },
        ..
    }) = peek
    else {
        return;
    };
    let words = "  first rows; totals follow once everything is read and checked";
    put(frame, area, 2, plain(words, theme.dim));
    let lines: Vec<draw::plain_rows::RowLine<'_>> = (4..area.height)
        .zip(rows)
        .map(|(row, cells)| (row, cells.as_slice()))
        .collect();
    let order = rows::display_order(columns, MoneyColumn::Billing);
    let style = (theme.dim, theme);
    draw::plain_rows::rows_grid(frame, (area, 3), columns, &order, &lines, style);
}

fn far(reading: Option<Reading>, percent: Option<u64>, keymap: Keymap) -> String {
    let stop = keymap.spell("⟦opening.back⟧ stops");
    let Some(now) = reading else {
        return format!("  {stop}");
    };
    let of = if now.of > 0 {
        format!(" of {}", bytes(now.of))
    } else {
        String::new()
    };
    let bar = percent.map_or_else(String::new, |share| {
        text::bar(i64::try_from(share).unwrap_or_default(), 16)
    });
    let (read, rows) = (bytes(now.bytes), grouped(now.rows));
    format!("  {read}{of}, {rows} rows  {bar}  {stop}")
}
