//! Draws the days of the month: a bar for each day, stacked by the largest services where there is room, and beside them
//! the running total and that of the month before.

use super::room::WIDE;
use crate::domain::analysis::overview::{CostTrend, CurrencyTotal, Overview};
use crate::domain::money::Amount;
use crate::domain::table::text_table::value_name;
use crate::tui::draw::day_chart::{Arrangement, DayChart, Drawn, FILLS, SCALE_WIDTH, short};
use crate::tui::draw::lines::{plain, put, under};
use crate::tui::draw::text;
use crate::tui::theme::{Glyphs, Theme};
use crate::tui::views::overview::state::OverviewPage;
use chrono::NaiveDate;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use std::collections::BTreeMap;

/// Services that are stacked; the rest of a day has the last fill.
const STACKED: usize = 3;
/// The longest name of a service in the legend.
const NAMED: usize = 20;

/// The days of one currency, one value for each day from the first of the month.
struct MonthDays {
    first: NaiveDate,
    /// Days without rows cost nothing.
    costs: Vec<Amount>,
    /// The largest services with their names, and all others; empty if no service is known.
    stack: Vec<(String, Vec<Amount>)>,
    /// The running total up to the last day with rows.
    running: Vec<Amount>,
    /// The running total of the same days of the month before, if it is known.
    before: Option<Vec<Amount>>,
}

impl MonthDays {
    /// `None` if the rows have no dates.
    fn of(overview: &Overview, total: &CurrencyTotal) -> Option<Self> {
        let span = overview.frame.span.as_ref()?;
        let month = span.month.range();
        let days = overview.frame.days.iter();
        let days = days.filter(|day| day.currency == total.currency);
        let trends: BTreeMap<NaiveDate, CostTrend> =
            days.map(|day| (day.date, day.trend)).collect();
        let trend = |day: NaiveDate| trends.get(&day).copied().unwrap_or_default();
        let running = |cost: &dyn Fn(CostTrend) -> Amount| -> Vec<Amount> {
            let held = month.each_day().take_while(|day| *day <= span.days.to);
            held.scan(Amount::ZERO, |sum, day| {
                *sum = sum.saturating_add(cost(trend(day)));
                Some(*sum)
            })
            .collect()
        };
        let before = total.trend.before;
        let before = before.map(|_| running(&|trend| trend.before.unwrap_or_default()));
        let costs: Vec<Amount> = month.each_day().map(|day| trend(day).cost).collect();
        Some(Self {
            first: month.from,
            stack: stack(overview, total, &costs),
            running: running(&|trend| trend.cost),
            before,
            costs,
        })
    }
}

/// The days of the largest services, and what is left of each day.
fn stack(
    overview: &Overview,
    total: &CurrencyTotal,
    costs: &[Amount],
) -> Vec<(String, Vec<Amount>)> {
    let Some(span) = &overview.frame.span else {
        return Vec::new();
    };
    let own = overview.stacks.iter();
    let own = own.filter(|stack| stack.currency == total.currency);
    let mut rest = costs.to_vec();
    let mut stack: Vec<(String, Vec<Amount>)> = Vec::new();
    for service in own.take(STACKED) {
        let known: BTreeMap<NaiveDate, Amount> = service.days.iter().copied().collect();
        let days = span.month.range().each_day();
        let days = days.map(|day| known.get(&day).copied().unwrap_or_default());
        let days: Vec<Amount> = days.collect();
        for (rest, part) in rest.iter_mut().zip(&days) {
            *rest = rest.saturating_sub(*part);
        }
        stack.push((value_name(service.value.as_deref()), days));
    }
    if !stack.is_empty() {
        stack.push(("others".to_owned(), rest));
    }
    stack
}

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
    let Some(days) = MonthDays::of(overview, total) else {
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
    let bars = Drawn {
        days: &days.costs,
        fill: FILLS[0],
        style: if page.focus == 0 {
            theme.accent
        } else {
            theme.gauge
        },
    };
    let one = (Arrangement::Stacked, false);
    if theme.glyphs == Glyphs::Plain {
        put(frame, area, 0, plain(mark, style));
        return columns(
            frame,
            under(area, 1),
            (days.first, vec![bars], one),
            overview,
            theme,
        );
    }
    columns(frame, area, (days.first, vec![bars], one), overview, theme);
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

/// Draws columns with a round scale; those of a masked overview and of a plain one are written as they are.
fn columns(
    frame: &mut Frame<'_>,
    area: Rect,
    (first, series, (arrangement, running)): (NaiveDate, Vec<Drawn<'_>>, (Arrangement, bool)),
    overview: &Overview,
    theme: &Theme,
) {
    let as_shown = overview.masked || theme.glyphs == Glyphs::Plain;
    let label = |amount: Amount| {
        if as_shown {
            overview.shown(amount)
        } else {
            short(amount)
        }
    };
    let chart = DayChart {
        first,
        series,
        arrangement,
        running,
        cursor: None,
        label: &label,
    };
    chart.draw(frame, area, theme);
}

/// The fills and styles of a stack. What is left of a day is always the lightest.
fn looks(count: usize, theme: &Theme) -> Vec<(&'static str, Style)> {
    let all = FILLS.into_iter().zip(theme.series);
    let named = all.clone().take(count.saturating_sub(1));
    named.chain(all.skip(STACKED)).collect()
}

/// Names the stacked services beside their fills.
fn legend((mark, style): (&str, Style), days: &MonthDays, theme: &Theme) -> Line<'static> {
    let mut spans = vec![Span::styled(format!("{mark}  "), style)];
    for ((name, _), (fill, look)) in days.stack.iter().zip(looks(days.stack.len(), theme)) {
        spans.push(Span::styled(fill, look));
        spans.push(Span::raw(format!(" {}   ", text::fit(name, NAMED))));
    }
    Line::from(spans)
}

fn stacked(
    frame: &mut Frame<'_>,
    area: Rect,
    (days, overview): (&MonthDays, &Overview),
    theme: &Theme,
) {
    let looks = looks(days.stack.len(), theme);
    let mut series: Vec<Drawn<'_>> = days
        .stack
        .iter()
        .zip(looks)
        .map(|((_, days), (fill, style))| Drawn { days, fill, style })
        .collect();
    if series.is_empty() {
        series.push(Drawn {
            days: &days.costs,
            fill: FILLS[0],
            style: theme.gauge,
        });
    }
    let stack = (Arrangement::Stacked, false);
    columns(frame, area, (days.first, series, stack), overview, theme);
}

/// Draws the running total, beside that of the month before if it is known.
fn running(
    frame: &mut Frame<'_>,
    area: Rect,
    (days, overview): (&MonthDays, &Overview),
    theme: &Theme,
) {
    let [first, _, _, last] = FILLS;
    let sum = |days: &[Amount]| overview.shown(days.last().copied().unwrap_or_default());
    let own = Drawn {
        days: &days.running,
        fill: first,
        style: theme.series[0],
    };
    let mut spans = vec![
        Span::styled("   running total  ", theme.dim),
        Span::styled(first, theme.series[0]),
        Span::raw(format!(" {}", sum(&days.running))),
    ];
    let (series, arrangement) = match &days.before {
        Some(before) => {
            spans.push(Span::styled(format!("   {last}"), theme.series[3]));
            spans.push(Span::raw(format!(" {} the month before", sum(before))));
            let earlier = Drawn {
                days: before,
                fill: last,
                style: theme.series[3],
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
        (days.first, series, kind),
        overview,
        theme,
    );
}
