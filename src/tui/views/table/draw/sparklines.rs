//! Draws days as a sparkline or a heat strip.

use crate::domain::money::Amount;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::{Sparkline, SparklineBar};

/// Draws the days of a group as a sparkline.
pub(super) fn spark(frame: &mut Frame<'_>, area: Rect, days: Option<&Vec<Amount>>, style: Style) {
    let Some(days) = days.filter(|days| !days.is_empty()) else {
        return;
    };
    let bars: Vec<SparklineBar> = bars(days, usize::from(area.width)).collect();
    let line = Sparkline::default().data(bars).max(TALLEST).style(style);
    frame.render_widget(line, area);
}

/// The height of the most expensive day.
pub(super) const TALLEST: u64 = 1000;

/// At most this many bars; days without a positive cost have none.
pub(super) fn bars(days: &[Amount], width: usize) -> impl ExactSizeIterator<Item = SparklineBar> {
    let days = buckets(days, width);
    let most = days.iter().copied().max().unwrap_or_default();
    days.into_iter().map(move |day| {
        let part = day.per_mille(most);
        let part = part.and_then(|part| u64::try_from(part).ok());
        SparklineBar::from(part.filter(|part| *part > 0))
    })
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
    let shade = |day: &Amount| match day.per_mille(most).unwrap_or_default() {
        part if part <= 0 => ' ',
        1..=250 => '░',
        251..=500 => '▒',
        501..=750 => '▓',
        _ => '█',
    };
    days.iter().map(shade).collect()
}

/// The days in at most this many buckets, each averaged so that a bucket with fewer days does not look cheap.
fn buckets(days: &[Amount], width: usize) -> Vec<Amount> {
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
