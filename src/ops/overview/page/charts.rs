//! The pictures of a currency: its days stacked by the largest services, and its running total.

use super::axis::{Axis, tick_text};
use super::days::{bar, ends};
use super::svg::{Anchor, Svg};
use crate::domain::analysis::overview::days::CurrencyDays;
use crate::domain::analysis::overview::{CurrencyTotal, Overview};
use crate::domain::money::Amount;
use crate::domain::text::counted;
use chrono::{Datelike, NaiveDate, Weekday};

/// Sizes in tenths of a pixel.
pub(super) const WIDTH: i64 = 7_600;
const LEFT: i64 = 800;
const PLOT: i64 = WIDTH - LEFT - 100;
const DAYS_HIGH: i64 = 1_800;
const RUNNING_HIGH: i64 = 1_100;
/// The space above a plot for its caption, and below it for the days and the legend.
const ABOVE: i64 = 260;
const BELOW: i64 = 480;

/// The colours of the series, told apart without red and green (Okabe and Ito). The last one is for all others.
const COLORS: [&str; 5] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#8c8c8c"];
const OWN: &str = "#0072b2";
const INK: &str = "#222222";
const GRID: &str = "#dddddd";
const WEEKEND: &str = "#f2f2f2";
const EARLIER: &str = "#8c8c8c";

/// A picture and its height.
pub(super) struct DrawnChart {
    pub(super) svg: Svg,
    pub(super) height: i64,
}

/// A plot: its days from left to right, its amounts from top to bottom.
struct Plot<'a> {
    overview: &'a Overview,
    days: &'a CurrencyDays,
    axis: Axis,
    height: i64,
}

/// The colour of a series; the one after the last stands for all others.
fn color(series: usize, count: usize) -> &'static str {
    let at = if series < count {
        series
    } else {
        COLORS.len() - 1
    };
    COLORS.get(at).copied().unwrap_or(INK)
}

impl Plot<'_> {
    fn width_of_day(&self) -> i64 {
        PLOT / self.days.month.days().max(1)
    }

    /// The left edge of a day.
    fn x(&self, day: NaiveDate) -> i64 {
        LEFT + i64::from(day.day0()) * self.width_of_day()
    }

    fn y(&self, amount: Amount) -> i64 {
        ABOVE + self.axis.down(amount, self.height)
    }

    /// Weekends, lines of the axis with their amounts, and the numbers of the days.
    fn ground(&self, svg: &mut Svg, caption: &str) {
        svg.styled((0, 120), Anchor::Start, 12, "fill=\"#222222\"", caption);
        let width = self.width_of_day();
        let bottom = ABOVE + self.height;
        for day in self.days.month.each_day() {
            if matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
                svg.rect((self.x(day), ABOVE), (width, self.height), WEEKEND, "");
            }
            let number = day.day();
            if number == 1 || number.is_multiple_of(7) {
                let middle = self.x(day) + width / 2;
                svg.text(
                    (middle, bottom + 150),
                    Anchor::Middle,
                    10,
                    &number.to_string(),
                );
            }
        }
        for tick in self.axis.ticks() {
            let y = self.y(tick);
            let ink = if tick == Amount::ZERO { INK } else { GRID };
            svg.line(&[(LEFT, y), (LEFT + PLOT, y)], ink, "");
            svg.text((LEFT - 60, y + 35), Anchor::End, 10, &tick_text(tick));
        }
    }

    /// A bar for each day.
    fn bars(&self, svg: &mut Svg) {
        let count = self.days.services.len();
        let width = self.width_of_day();
        for day in self.days.held.each_day() {
            let cost = self.overview.shown(self.days.cost(day));
            for part in bar(self.days, day) {
                let (one, other) = (self.y(part.from), self.y(part.to));
                let (top, high) = (one.min(other), (one - other).abs());
                let series = self.days.services.get(part.series);
                let name = series.map_or("others", |series| series.name.as_str());
                let amount = self.overview.shown(part.to.saturating_sub(part.from));
                let about = format!("{day}: {name} {amount} of {cost}");
                let place = (self.x(day) + width / 10, top);
                let size = (width * 8 / 10, high.max(1));
                svg.rect(place, size, color(part.series, count), &about);
            }
        }
    }

    /// A line through the middle of the days with rows.
    fn running_line(&self, svg: &mut Svg, sums: &[Amount], stroke: &str, dashes: &str) {
        let days = self.days.month.each_day().zip(sums);
        let days = days.filter(|(day, _)| self.days.held.contains(*day));
        let middle = self.width_of_day() / 2;
        let points: Vec<(i64, i64)> = days
            .map(|(day, sum)| (self.x(day) + middle, self.y(*sum)))
            .collect();
        svg.line(&points, stroke, dashes);
    }
}

/// Names in the colours or dashes of their series, in one line.
fn legend(svg: &mut Svg, y: i64, entries: &[(&str, &str, String)]) {
    // The width of a letter on average.
    const LETTER: i64 = 62;
    const NAMED: usize = 24;
    let mut x = LEFT;
    for (color, dashes, name) in entries {
        let name = shortened(name, NAMED);
        if dashes.is_empty() {
            svg.rect((x, y - 80), (100, 100), color, "");
        } else {
            svg.line(&[(x, y - 30), (x + 120, y - 30)], color, dashes);
        }
        svg.text((x + 150, y), Anchor::Start, 10, &name);
        let letters = i64::try_from(name.chars().count()).unwrap_or_default();
        x += 150 + letters * LETTER + 200;
    }
}

/// A text of at most this many characters.
pub(super) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let head: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{head}…")
}

/// The days, stacked by the largest services.
pub(super) fn by_day(overview: &Overview, days: &CurrencyDays) -> DrawnChart {
    let (low, high) = ends(days);
    let plot = Plot {
        overview,
        days,
        axis: Axis::of(low, high),
        height: DAYS_HIGH,
    };
    let mut svg = Svg::default();
    plot.ground(&mut svg, "Each day, by service");
    plot.bars(&mut svg);
    let count = days.services.len();
    let names = days.services.iter().map(|service| service.name.clone());
    let names = names.chain(std::iter::once("others".to_owned()));
    let entries: Vec<(&str, &str, String)> = names
        .enumerate()
        .map(|(at, name)| (color(at, count), "", name))
        .collect();
    legend(&mut svg, ABOVE + DAYS_HIGH + 330, &entries);
    DrawnChart {
        svg,
        height: ABOVE + DAYS_HIGH + BELOW,
    }
}

/// The running total of the month, of the month before, and the run-rate of an open month.
pub(super) fn running(
    overview: &Overview,
    (days, total): (&CurrencyDays, &CurrencyTotal),
) -> DrawnChart {
    let (own, before) = days.running();
    let all = || {
        own.iter()
            .chain(before.iter().flatten())
            .chain(&total.run_rate)
    };
    let low = all().min().copied().unwrap_or_default();
    let high = all().max().copied().unwrap_or_default();
    let plot = Plot {
        overview,
        days,
        axis: Axis::of(low, high),
        height: RUNNING_HIGH,
    };
    let mut svg = Svg::default();
    plot.ground(&mut svg, "Running total");
    let mut entries = vec![(OWN, "", "this month".to_owned())];
    if let Some(before) = &before {
        plot.running_line(&mut svg, before, EARLIER, "4 3");
        entries.push((EARLIER, "4 3", "same days of the month before".to_owned()));
    }
    plot.running_line(&mut svg, &own, OWN, "");
    if let (Some(rate), Some(last)) = (total.run_rate, own.last()) {
        let middle = plot.width_of_day() / 2;
        let points = [
            (plot.x(days.held.to) + middle, plot.y(*last)),
            (plot.x(days.month.to) + middle, plot.y(rate)),
        ];
        svg.line(&points, OWN, "1 3");
        let so_far = u64::try_from(days.held.days()).unwrap_or_default();
        let name = format!("run-rate: average of {}", counted(so_far, "day"));
        entries.push((OWN, "1 3", name));
    }
    legend(&mut svg, ABOVE + RUNNING_HIGH + 330, &entries);
    DrawnChart {
        svg,
        height: ABOVE + RUNNING_HIGH + BELOW,
    }
}
