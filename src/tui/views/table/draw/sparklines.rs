//! Draws days as a sparkline or a heat strip. A day below zero gets a mark of its own: it has neither a height nor a shade.

use crate::domain::money::Amount;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Sparkline;

/// Marks a day below zero.
const BELOW: &str = "▾";

/// Draws the days of a group as a sparkline.
pub(super) fn spark(
    frame: &mut Frame<'_>,
    area: Rect,
    days: Option<&Vec<Amount>>,
    (style, below): (Style, Style),
) {
    let Some(days) = days.filter(|days| !days.is_empty()) else {
        return;
    };
    let days = buckets(days, usize::from(area.width));
    let most = days.iter().copied().max().unwrap_or_default();
    let bars = days.iter().map(|day| height(*day, most));
    let line = Sparkline::default().data(bars).max(TALLEST).style(style);
    frame.render_widget(line, area);
    mark_below(frame, area, &days, below);
}

/// Marks the days below zero in the first line of an area.
fn mark_below(frame: &mut Frame<'_>, area: Rect, days: &[Amount], style: Style) {
    let cells = (area.left()..area.right()).zip(days);
    for (x, _) in cells.filter(|(_, day)| **day < Amount::ZERO) {
        if let Some(cell) = frame.buffer_mut().cell_mut((x, area.y)) {
            cell.set_symbol(BELOW).set_style(style);
        }
    }
}

/// The height of the most expensive day.
pub(super) const TALLEST: u64 = 1000;

/// The height of a day; days without a positive cost have none.
pub(super) fn height(day: Amount, most: Amount) -> Option<u64> {
    let part = day.per_mille(most).filter(|_| most > Amount::ZERO);
    part.and_then(|part| u64::try_from(part).ok())
        .filter(|part| *part > 0)
}

/// The sum of days, for display only.
pub(super) fn added(days: &[Amount]) -> Amount {
    let add = |sum: Amount, day: &Amount| sum.checked_add(*day).unwrap_or(sum);
    days.iter().fold(Amount::ZERO, add)
}

/// The days as a strip of at most this many characters, darker for a higher cost.
pub(super) fn heat(days: &[Amount], width: usize) -> String {
    let days = buckets(days, width);
    let most = days.iter().copied().max().unwrap_or_default();
    let shade = |day: &Amount| match height(*day, most) {
        _ if *day < Amount::ZERO => BELOW,
        None => " ",
        Some(1..=250) => "░",
        Some(251..=500) => "▒",
        Some(501..=750) => "▓",
        Some(_) => "█",
    };
    days.iter().map(shade).collect()
}

/// The days in at most this many buckets, each averaged so that a bucket with fewer days does not look cheap.
pub(super) fn buckets(days: &[Amount], width: usize) -> Vec<Amount> {
    if days.len() <= width || width == 0 {
        return days.to_vec();
    }
    let part = |at: usize| {
        let (from, to) = (at * days.len() / width, (at + 1) * days.len() / width);
        let days = days.get(from..to).unwrap_or_default();
        let count = Amount::from_whole(days.len() as u64);
        let all = added(days);
        all.proportion(Amount::from_whole(1), count).unwrap_or(all)
    };
    (0..width).map(part).collect()
}
