//! Draws the days: a bar for each day, stacked by the largest services where there is room, and the running total.

use super::room::{WIDE, under};
use crate::domain::analysis::overview::{CostTrend, CurrencyTotal, Overview};
use crate::domain::money::Amount;
use crate::domain::period::DateRange;
use crate::domain::table::text_table::value_name;
use crate::tui::draw::lines::{plain, put};
use crate::tui::draw::text;
use crate::tui::theme::Theme;
use crate::tui::views::overview::state::OverviewPage;
use chrono::{Datelike, NaiveDate};
use ratatui::Frame;
use ratatui::layout::Rect;
use std::collections::BTreeMap;

/// The width of the amounts on the left.
const LABEL: usize = 12;
/// Services that are stacked; the rest of a day has the last fill.
const STACKED: usize = 3;
/// The fills of the services, and of all others.
const FILLS: [char; STACKED + 1] = ['█', '▓', '▒', '░'];
/// The eighths of a cell, lowest first.
const EIGHTHS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The costs of the days of one currency.
struct Bars<'a> {
    month: DateRange,
    /// The days with rows.
    held: DateRange,
    costs: BTreeMap<NaiveDate, Amount>,
    /// The largest services, with their names.
    services: Vec<(String, BTreeMap<NaiveDate, Amount>)>,
    overview: &'a Overview,
}

/// Draws the days, and in a wide area the legend and the running total; returns the height.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    (page, overview): (&OverviewPage, &Overview),
    total: &CurrencyTotal,
    theme: &Theme,
) -> u16 {
    let wide = area.width >= WIDE;
    let Some(bars) = Bars::of(overview, total, wide) else {
        put(frame, area, 0, plain("   no dated rows", theme.dim));
        return 2;
    };
    let height = match area.height {
        ..=18 => 4,
        19..=30 => 6,
        _ => 10,
    };
    let each = bars.width_of_day(usize::from(area.width));
    let style = if page.focus == 0 {
        theme.accent
    } else {
        theme.gauge
    };
    for row in 0..height {
        let label = if row == 0 {
            bars.overview.shown(bars.most())
        } else {
            String::new()
        };
        let level = i64::from(height - 1 - row);
        let cells: String = bars
            .month
            .each_day()
            .map(|day| bars.cell(day, level, i64::from(height), each))
            .collect();
        let label = text::cell(&label, LABEL - 2, true);
        put(frame, area, row, plain(format!("{label}  {cells}"), style));
    }
    let mark = if page.focus == 0 {
        " › days"
    } else {
        "   days"
    };
    let axis = format!("{}{}", text::cell(mark, LABEL, false), bars.axis(each));
    put(frame, area, height, plain(axis, theme.dim));
    if !wide {
        return height + 1;
    }
    let rest = under(area, height + 1);
    put(frame, rest, 0, plain(bars.legend(), theme.plain));
    height + 2 + bars.running(frame, under(rest, 1), total, each, theme)
}

impl<'a> Bars<'a> {
    /// `None` if the rows have no dates.
    fn of(overview: &'a Overview, total: &CurrencyTotal, stacked: bool) -> Option<Self> {
        let span = overview.frame.span.as_ref()?;
        let days = overview.frame.days.iter();
        let days = days.filter(|day| day.currency == total.currency);
        let stacks = overview.stacks.iter();
        let stacks = stacks.filter(|stack| stacked && stack.currency == total.currency);
        let services = stacks.take(STACKED).map(|stack| {
            let name = value_name(stack.value.as_deref());
            (name, stack.days.iter().copied().collect())
        });
        Some(Self {
            month: span.month.range(),
            held: span.days,
            costs: days.map(|day| (day.date, day.trend.cost)).collect(),
            services: services.collect(),
            overview,
        })
    }

    /// The columns of a day.
    fn width_of_day(&self, width: usize) -> usize {
        let days = usize::try_from(self.month.days()).unwrap_or(1).max(1);
        (width.saturating_sub(LABEL + 1) / days).clamp(1, 4)
    }

    fn most(&self) -> Amount {
        let costs = self.costs.values().copied();
        costs.max().unwrap_or_default().max(Amount::ZERO)
    }

    /// The part of a day's bar at a level, which counts from the bottom.
    fn cell(&self, day: NaiveDate, level: i64, height: i64, each: usize) -> String {
        let cost = self.costs.get(&day).copied().unwrap_or_default();
        let sign = if cost < Amount::ZERO && level == 0 {
            // A day below zero has a mark instead of a bar.
            '-'
        } else {
            self.fill(day, cost, level, height)
        };
        let drawn = each.saturating_sub(usize::from(each > 1)).max(1);
        let bar: String = std::iter::repeat_n(sign, drawn).collect();
        text::cell(&bar, each, false)
    }

    fn fill(&self, day: NaiveDate, cost: Amount, level: i64, height: i64) -> char {
        let share = cost.per_mille(self.most()).unwrap_or_default();
        let eighths = share * height * 8 / 1000 - level * 8;
        // A small cost is still visible.
        let eighths = if level == 0 && cost > Amount::ZERO {
            eighths.max(1)
        } else {
            eighths
        };
        if eighths <= 0 {
            return ' ';
        }
        if self.services.is_empty() {
            let at = usize::try_from(eighths.min(8) - 1).unwrap_or_default();
            return EIGHTHS.get(at).copied().unwrap_or(' ');
        }
        // The service at the middle of the cell.
        let middle = (level * 8 + 4) * 1000 / (height * 8);
        let mut top = Amount::ZERO;
        for ((_, days), fill) in self.services.iter().zip(FILLS) {
            let own = days.get(&day).copied().unwrap_or_default();
            top = top.saturating_add(own.max(Amount::ZERO));
            if top.per_mille(self.most()).unwrap_or_default() >= middle {
                return fill;
            }
        }
        FILLS.last().copied().unwrap_or(' ')
    }

    /// The numbers of the days, a week apart.
    fn axis(&self, each: usize) -> String {
        let days = self.month.each_day().step_by(7);
        let numbers = days.map(|day| text::cell(&day.day().to_string(), each * 7, false));
        numbers.collect::<String>().trim_end().to_owned()
    }

    fn legend(&self) -> String {
        let names = self.services.iter().zip(FILLS);
        let mut words: Vec<String> = names
            .map(|((name, _), fill)| format!("{fill} {}", text::fit(name, 24)))
            .collect();
        if !words.is_empty() {
            let last = FILLS.last().copied().unwrap_or(' ');
            words.push(format!("{last} others"));
        }
        format!("{}{}", " ".repeat(LABEL), words.join("   "))
    }

    /// Draws the running total of the month, and below it that of the month before; returns their height.
    fn running(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        total: &CurrencyTotal,
        each: usize,
        theme: &Theme,
    ) -> u16 {
        let days = self.overview.frame.days.iter();
        let days = days.filter(|day| day.currency == total.currency);
        let days: BTreeMap<NaiveDate, CostTrend> = days.map(|day| (day.date, day.trend)).collect();
        // Every day has a column, whether or not it has rows.
        let trend = |day: NaiveDate| days.get(&day).copied().unwrap_or_default();
        let sums = |cost: &dyn Fn(CostTrend) -> Amount| -> Vec<Amount> {
            let costs = self.held.each_day().map(|day| cost(trend(day)));
            costs
                .scan(Amount::ZERO, |sum, cost| {
                    *sum = sum.saturating_add(cost);
                    Some(*sum)
                })
                .collect()
        };
        let own = sums(&|trend| trend.cost);
        let was = sums(&|trend| trend.before.unwrap_or_default());
        let most = own.iter().chain(&was).copied().max().unwrap_or_default();
        let line = |sums: &[Amount]| -> String {
            let cell = |sum: &Amount| {
                let share = sum.per_mille(most).unwrap_or_default().clamp(0, 1000);
                let at = usize::try_from(share * 7 / 1000).unwrap_or_default();
                let sign = EIGHTHS.get(at).copied().unwrap_or(' ');
                std::iter::repeat_n(sign, each).collect::<String>()
            };
            let before = usize::try_from(self.held.from.day0()).unwrap_or_default();
            let cells: String = sums.iter().map(cell).collect();
            format!("{}{cells}", " ".repeat(before * each))
        };
        let last = |sums: &[Amount]| {
            let last = sums.last().copied().unwrap_or_default();
            self.overview.shown(last)
        };
        let label = |words: &str| text::cell(words, LABEL, false);
        let text = format!("{}{}  {}", label("   running"), line(&own), last(&own));
        put(frame, area, 0, plain(text, theme.gauge));
        if total.trend.before.is_none() {
            return 1;
        }
        let text = format!("{}{}  {}", label("   before"), line(&was), last(&was));
        put(frame, area, 1, plain(text, theme.dim));
        2
    }
}
