//! Days as pictures: a line of bars, a strip of shades.

use crate::domain::money::Amount;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::{Sparkline, SparklineBar};

/// The days of a group as a line of bars.
pub(super) fn spark(frame: &mut Frame<'_>, area: Rect, days: Option<&Vec<Amount>>, style: Style) {
    let Some(days) = days.filter(|days| !days.is_empty()) else {
        return;
    };
    let bars: Vec<SparklineBar> = bars(days, usize::from(area.width)).collect();
    let line = Sparkline::default().data(bars).max(TALLEST).style(style);
    frame.render_widget(line, area);
}

/// The height of the dearest day.
pub(super) const TALLEST: u64 = 1000;

/// At most so many bars; days that cost nothing, or less, have none.
pub(super) fn bars(days: &[Amount], width: usize) -> impl ExactSizeIterator<Item = SparklineBar> {
    let days = buckets(days, width);
    let most = days.iter().copied().max().unwrap_or_default();
    days.into_iter().map(move |day| {
        let part = day.per_mille(most);
        let part = part.and_then(|part| u64::try_from(part).ok());
        SparklineBar::from(part.filter(|part| *part > 0))
    })
}

/// What days add up to; for showing only.
pub(super) fn added(days: &[Amount]) -> Amount {
    let add = |sum: Amount, day: &Amount| sum.checked_add(*day).unwrap_or(sum);
    days.iter().fold(Amount::ZERO, add)
}

/// The days as a strip of so many signs at most, darker where they cost more.
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

/// The days in at most so many parts, each with its average day, so that a short part does not look cheap.
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
