//! Draws the daily chart above the table, for the group under the cursor or for the whole view.

use super::sparklines::{TALLEST, added, bars};
use crate::domain::money::Amount;
use crate::domain::table::Body;
use crate::domain::table::group::GroupId;
use crate::domain::table::text_table::{ABSENT, value_name};
use crate::tui::draw::lines::{plain, put};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::text;
use crate::tui::theme::Theme;
use crate::tui::views::table::state::explorer::Explorer;
use chrono::{NaiveDate, TimeDelta};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::{Sparkline, SparklineBar};

pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    data: &Explorer,
    mask: &ScreenMask<'_>,
    theme: &Theme,
) {
    let (name, id) = subject(data, mask);
    let days = id.as_ref().and_then(|id| data.days.lines.get(id));
    let Some(days) = days.filter(|days| !days.is_empty()) else {
        let why = if data.days.asked.is_some() || data.asked.is_some() {
            "   calculating days …"
        } else {
            "   no dated rows"
        };
        return put(frame, area, 0, plain(why, theme.dim));
    };
    let currency = id.as_ref().and_then(|id| id.currency.as_deref());
    let most = days.iter().copied().max().unwrap_or_default();
    let title = format!(
        "   {} by day, {}: total {}, peak {}/day",
        name,
        currency.unwrap_or("-"),
        mask.amount(added(days), currency),
        mask.amount(most, currency),
    );
    let width = usize::from(area.width);
    let title = text::fit(&title, width);
    put(frame, area, 0, plain(title, theme.strong));
    bars_and_axis(frame, area, (days, data.days.first), theme);
}

/// Draws days as bars from the second line on, as wide as they fit, with the first and the last day below them.
pub(super) fn bars_and_axis(
    frame: &mut Frame<'_>,
    area: Rect,
    (days, first): (&[Amount], Option<NaiveDate>),
    theme: &Theme,
) {
    let room = usize::from(area.width).saturating_sub(6);
    let bars = bars(days, room);
    let each = (room / bars.len().max(1)).clamp(1, 4);
    let bars = bars.flat_map(|bar| {
        let gap = (each > 1).then(|| SparklineBar::from(None::<u64>));
        std::iter::repeat_n(bar, each - usize::from(gap.is_some())).chain(gap)
    });
    let bars: Vec<SparklineBar> = bars.collect();
    let drawn = u16::try_from(bars.len())
        .unwrap_or(area.width)
        .min(area.width.saturating_sub(3));
    let height = area.height.saturating_sub(3);
    let place = Rect::new(area.x + 3, area.y + 1, drawn, height);
    let chart = Sparkline::default()
        .data(bars)
        .max(TALLEST)
        .style(theme.gauge);
    frame.render_widget(chart, place);
    if let Some(first) = first {
        let last = first + TimeDelta::days(i64::try_from(days.len()).unwrap_or(1) - 1);
        let (first, last) = (first.to_string(), last.to_string());
        let gap = usize::from(drawn).saturating_sub(first.len() + last.len());
        let axis = if gap > 0 {
            format!("   {first}{}{last}", " ".repeat(gap))
        } else {
            format!("   {first} to {last}")
        };
        put(frame, area, 1 + height, plain(axis, theme.dim));
    }
}

/// The subject of the chart: the group under the cursor; for rows, pivots and periods the whole view.
fn subject(data: &Explorer, mask: &ScreenMask<'_>) -> (String, Option<GroupId>) {
    if let Some(group) = data.selected_group() {
        let names = group.labels.iter().zip(&group.keys);
        let keys = data.step().group_by.iter();
        let names: Vec<String> = names
            .zip(keys)
            .map(
                |((label, value), key)| match label.clone().or_else(|| value.clone()) {
                    Some(name) => mask.key(key, &value_name(Some(&name))),
                    None => ABSENT.to_owned(),
                },
            )
            .collect();
        return (names.join(" · "), Some(group.id()));
    }
    let name = data.crumbs().last().copied().unwrap_or_default().to_owned();
    let shown = data.fresh();
    let whole = shown.filter(|shown| !matches!(shown.table.body, Body::Groups { .. }));
    let id = whole.map(|shown| GroupId {
        keys: Vec::new(),
        currency: shown
            .table
            .totals
            .first()
            .and_then(|total| total.currency.clone()),
    });
    (mask.name(&name), id)
}
