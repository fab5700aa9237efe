//! Draws the days of the month: a bar for each day, stacked by the largest services where there is room, and beside them
//! the running total and that of the month before.

use super::room::WIDE;
use crate::domain::analysis::overview::days::CurrencyDays;
use crate::domain::analysis::overview::{CurrencyTotal, Overview};
use crate::domain::money::Amount;
use crate::tui::draw::day_chart::{
    Arrangement, DayChart, DrawnSeries, FILLS, SCALE_WIDTH, STACKED, beside_looks, named_looks,
    rest_look,
};
use crate::tui::draw::lines::{plain, put, under};
use crate::tui::draw::text;
use crate::tui::theme::{Glyphs, Theme};
use crate::tui::views::overview::state::OverviewPage;
use chrono::NaiveDate;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// The longest name of a service in the legend.
const NAMED: usize = 20;

/// The rows of the chart in a body of this height.
pub(super) fn rows(height: u16) -> u16 {
    match height {
        ..=17 => 4,
        18..=20 => 5,
        21..=30 => 8,
        tall => tall * 2 / 5,
    }
}

/// Draws the days, and in a wide area the services and the running total.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    (page, overview): (&OverviewPage, &Overview),
    total: &CurrencyTotal,
    theme: &Theme,
) {
    let days = CurrencyDays::of(overview, total.currency.as_deref(), STACKED);
    let Some(days) = days else {
        return put(frame, area, 0, plain("   no dated rows", theme.dim));
    };
    let (mark, style) = if page.focus == 0 {
        (" › days", theme.accent)
    } else {
        ("   days", theme.dim)
    };
    if area.width >= WIDE {
        let left = Rect {
            width: area.width * 3 / 5,
            ..area
        };
        let right = Rect {
            x: area.x + left.width,
            width: area.width - left.width,
            ..area
        };
        put(frame, left, 0, legend((mark, style), &days, theme));
        stacked(frame, under(left, 1), (&days, overview), theme);
        return running(frame, right, (&days, overview), theme);
    }
    let costs = days.costs();
    let bars = DrawnSeries {
        days: &costs,
        fill: FILLS[0],
        style: if page.focus == 0 {
            theme.accent
        } else {
            theme.gauge
        },
    };
    let bars = (days.month.from, vec![bars], (Arrangement::Stacked, false));
    if theme.glyphs == Glyphs::Plain {
        put(frame, area, 0, plain(mark, style));
        return columns(frame, under(area, 1), bars, overview, theme);
    }
    columns(frame, area, bars, overview, theme);
    // The names of the days leave the columns of the scale free.
    let below = under(area, area.height.saturating_sub(1));
    let corner = Rect {
        width: u16::try_from(SCALE_WIDTH)
            .unwrap_or_default()
            .min(below.width),
        ..below
    };
    put(frame, corner, 0, plain(mark, style));
}

/// Draws columns with a round scale.
fn columns(
    frame: &mut Frame<'_>,
    area: Rect,
    (first, series, (arrangement, running)): (NaiveDate, Vec<DrawnSeries<'_>>, (Arrangement, bool)),
    overview: &Overview,
    theme: &Theme,
) {
    let chart = DayChart {
        first,
        series,
        arrangement,
        running,
        cursor: None,
        written: &|amount| overview.shown(amount),
    };
    chart.draw(frame, area, theme);
}

/// Names the stacked services beside their fills.
fn legend((mark, style): (&str, Style), days: &CurrencyDays, theme: &Theme) -> Line<'static> {
    let mut spans = vec![Span::styled(format!("{mark}  "), style)];
    let services = days.services.iter().map(|service| service.name.as_str());
    let others = (!days.services.is_empty()).then(|| ("others", rest_look(theme)));
    for (name, (fill, look)) in services.zip(named_looks(theme)).chain(others) {
        spans.push(Span::styled(fill, look));
        spans.push(Span::raw(format!(" {}   ", text::fit(name, NAMED))));
    }
    Line::from(spans)
}

fn stacked(
    frame: &mut Frame<'_>,
    area: Rect,
    (days, overview): (&CurrencyDays, &Overview),
    theme: &Theme,
) {
    let services = days.services.iter().zip(named_looks(theme));
    let mut series: Vec<DrawnSeries<'_>> = services
        .map(|(service, (fill, style))| DrawnSeries {
            days: &service.costs,
            fill,
            style,
        })
        .collect();
    let rest = days.rest();
    let (fill, style) = if series.is_empty() {
        (FILLS[0], theme.gauge)
    } else {
        rest_look(theme)
    };
    series.push(DrawnSeries {
        days: &rest,
        fill,
        style,
    });
    let stack = (Arrangement::Stacked, false);
    columns(
        frame,
        area,
        (days.month.from, series, stack),
        overview,
        theme,
    );
}

/// Draws the running total, beside that of the month before if it is known.
fn running(
    frame: &mut Frame<'_>,
    area: Rect,
    (days, overview): (&CurrencyDays, &Overview),
    theme: &Theme,
) {
    let [(light, soft), (full, strong)] = beside_looks(theme);
    let (own, before) = days.running();
    let sum = |days: &[Amount]| overview.shown(days.last().copied().unwrap_or_default());
    let mut spans = vec![
        Span::styled("   running total  ", theme.dim),
        Span::styled(full, strong),
        Span::raw(format!(" {}", sum(&own))),
    ];
    let own = DrawnSeries {
        days: &own,
        fill: full,
        style: strong,
    };
    let (series, arrangement) = match &before {
        Some(before) => {
            spans.push(Span::styled(format!("   {light}"), soft));
            // A longer month before goes on behind the last day.
            let days = overview.frame.before.as_ref();
            let days = days.and_then(|before| before.days);
            let all = days.map_or(0, |days| days.each_day().count());
            let part = if all > before.len() {
                format!(", to its day {}", before.len())
            } else {
                String::new()
            };
            spans.push(Span::raw(format!(
                " {} the month before{part}",
                sum(before)
            )));
            let earlier = DrawnSeries {
                days: before,
                fill: light,
                style: soft,
            };
            (vec![earlier, own], Arrangement::Beside)
        }
        None => (vec![own], Arrangement::Stacked),
    };
    put(frame, area, 0, Line::from(spans));
    let kind = (arrangement, true);
    columns(
        frame,
        under(area, 1),
        (days.month.from, series, kind),
        overview,
        theme,
    );
}
