//! Draws costs by day as columns: stacked, or two months beside each other, with a round scale, the days below it, and
//! weekends marked. Each series has its own fill, so that it can be told apart without colour.

mod numbers;
mod scale;
#[cfg(test)]
mod tests;

use crate::domain::money::Amount;
use crate::domain::period::days_after;
use crate::tui::draw::text;
use crate::tui::theme::{Glyphs, Theme};
use chrono::{Datelike, NaiveDate, Weekday};
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use scale::{EIGHTHS, Scale, short};

/// The fills of the series of a stack, the largest series first. The last one is for what is left.
pub(crate) const FILLS: [&str; 4] = ["█", "▓", "▒", "░"];
/// The series of a stack that have a fill of their own; the others are one series.
pub(crate) const STACKED: usize = FILLS.len() - 1;
/// The columns of the scale: its labels and the tick behind them.
pub(crate) const SCALE_WIDTH: usize = 10;
const STEPS: [&str; 7] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇"];

/// How the series of a chart stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrangement {
    /// On top of each other.
    Stacked,
    /// Beside each other, day by day.
    Beside,
}

/// The fill and the style of a series.
pub(crate) type Look = (&'static str, Style);

/// The looks of the named series of a stack, the largest first.
pub(crate) fn named_looks(theme: &Theme) -> impl Iterator<Item = Look> {
    FILLS.into_iter().zip(theme.series).take(STACKED)
}

/// The look of what is left of a stack: always the lightest.
pub(crate) fn rest_look(theme: &Theme) -> Look {
    let ([.., fill], [.., style]) = (FILLS, theme.series);
    (fill, style)
}

/// The looks of two series beside each other; the second is what the chart is about.
pub(crate) fn beside_looks(theme: &Theme) -> [Look; 2] {
    let ([fill, ..], [style, ..]) = (FILLS, theme.series);
    [rest_look(theme), (fill, style)]
}

/// A series: its days, its fill and its style.
#[derive(Debug, Clone)]
pub(crate) struct DrawnSeries<'a> {
    pub(crate) days: &'a [Amount],
    pub(crate) fill: &'static str,
    pub(crate) style: Style,
}

/// A chart of days.
pub(crate) struct DayChart<'a> {
    /// The day of the first value of each series.
    pub(crate) first: NaiveDate,
    pub(crate) series: Vec<DrawnSeries<'a>>,
    pub(crate) arrangement: Arrangement,
    /// Whether a value is the sum of all days up to its own. The days of one column are then not added up.
    pub(crate) running: bool,
    /// The day under the cursor.
    pub(crate) cursor: Option<usize>,
    /// Writes an amount as the rest of the screen does: a plain chart and a masked one show it so.
    pub(crate) written: &'a dyn Fn(Amount) -> String,
}

/// The columns of a chart on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DayColumns {
    /// Days that a column stands for.
    pub(crate) days: usize,
    /// Screen columns of a bar.
    wide: usize,
    /// Screen columns from one bar to the next.
    step: usize,
}

impl DayColumns {
    /// The columns for this many days in this many screen columns.
    pub(crate) fn of(days: usize, width: usize, arrangement: Arrangement) -> Self {
        let bars = match arrangement {
            Arrangement::Stacked => 1,
            Arrangement::Beside => 2,
        };
        let room = width.saturating_sub(SCALE_WIDTH).max(bars);
        let each = days.div_ceil(room / bars).max(1);
        let columns = days.div_ceil(each).max(1);
        let step = (room / columns).clamp(bars, 4 * bars);
        let gap = usize::from(step > bars);
        let wide = ((step - gap) / bars).max(1);
        Self {
            days: each,
            wide,
            step,
        }
    }
}

/// The span of a column of a chart: a day, several days, or all days up to its own.
pub(crate) fn rhythm(columns: DayColumns, running: bool) -> String {
    match columns.days {
        _ if running => "running total".to_owned(),
        0 | 1 => "by day".to_owned(),
        days => format!("by {days} days"),
    }
}

impl DayChart<'_> {
    fn count(&self) -> usize {
        let counts = self.series.iter().map(|series| series.days.len());
        counts.max().unwrap_or_default()
    }

    /// The values of a series in columns.
    fn values(&self, series: &DrawnSeries<'_>, columns: DayColumns) -> Vec<Amount> {
        let chunks = series.days.chunks(columns.days.max(1));
        let value = |days: &[Amount]| {
            if self.running {
                return days.last().copied().unwrap_or_default();
            }
            Amount::saturating_sum(days.iter().copied())
        };
        chunks.map(value).collect()
    }

    /// Draws the columns, the scale and the days into an area of at least three rows.
    pub(crate) fn draw(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        if theme.glyphs == Glyphs::Plain {
            return self.numbers(frame, area, theme);
        }
        let rows = usize::from(area.height).saturating_sub(2);
        let columns = DayColumns::of(self.count(), usize::from(area.width), self.arrangement);
        let values: Vec<Vec<Amount>> = self
            .series
            .iter()
            .map(|series| self.values(series, columns))
            .collect();
        let (most, least) = self.ends(&values);
        let scale = Scale::around(most, least, rows);
        let buffer = frame.buffer_mut();
        self.scale(buffer, area, scale, theme);
        let count = values.iter().map(Vec::len).max().unwrap_or_default();
        for at in 0..count {
            let x = SCALE_WIDTH + at * columns.step;
            match self.arrangement {
                Arrangement::Stacked => {
                    let parts = values.iter().map(|values| values.get(at).copied());
                    let parts: Vec<Amount> = parts.map(Option::unwrap_or_default).collect();
                    self.column(buffer, area, scale, (x, columns.wide), &parts);
                }
                Arrangement::Beside => {
                    for (own, values) in values.iter().enumerate() {
                        let mut parts = vec![Amount::ZERO; self.series.len()];
                        let value = values.get(at).copied().unwrap_or_default();
                        if let Some(part) = parts.get_mut(own) {
                            *part = value;
                        }
                        let x = x + own * columns.wide;
                        self.column(buffer, area, scale, (x, columns.wide), &parts);
                    }
                }
            }
        }
        self.axis(buffer, area, scale, columns, count, theme);
    }

    /// The largest and the smallest height of a column.
    fn ends(&self, values: &[Vec<Amount>]) -> (Amount, Amount) {
        let mut ends = (Amount::ZERO, Amount::ZERO);
        let count = values.iter().map(Vec::len).max().unwrap_or_default();
        for at in 0..count {
            let parts = values.iter().filter_map(|values| values.get(at));
            let (mut up, mut down) = (Amount::ZERO, Amount::ZERO);
            for part in parts {
                match self.arrangement {
                    Arrangement::Stacked if *part > Amount::ZERO => up = up.saturating_add(*part),
                    Arrangement::Stacked => down = down.saturating_add(*part),
                    Arrangement::Beside => (up, down) = (up.max(*part), down.min(*part)),
                }
            }
            ends = (ends.0.max(up), ends.1.min(down));
        }
        ends
    }

    /// Draws one column. Parts above zero stand on each other, and parts below zero hang below each other.
    fn column(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        scale: Scale,
        (x, wide): (usize, usize),
        parts: &[Amount],
    ) {
        for above in [true, false] {
            let rows = if above { scale.above } else { scale.below };
            let mut sum = Amount::ZERO;
            let mut ends: Vec<usize> = Vec::with_capacity(parts.len());
            for part in parts {
                if (*part > Amount::ZERO) == above {
                    sum = sum.saturating_add(*part);
                }
                ends.push(scale.height(sum).unsigned_abs());
            }
            for row in 0..rows {
                let Some((symbol, series)) = self.cell(&ends, row, above) else {
                    continue;
                };
                let style = self.series.get(series).map(|series| series.style);
                let y = if above {
                    scale.above.saturating_sub(row + 1)
                } else {
                    scale.above + 1 + row
                };
                let text = symbol.repeat(wide);
                set(buffer, area, (x, y), &text, style.unwrap_or_default());
            }
        }
    }

    /// The symbol of a cell, by the series that covers its middle. Only the end of a column is finer than a cell.
    fn cell(&self, ends: &[usize], row: usize, above: bool) -> Option<(&'static str, usize)> {
        let (from, middle) = (row * EIGHTHS, row * EIGHTHS + EIGHTHS / 2);
        let end = ends.last().copied().unwrap_or_default();
        if end <= from {
            return None;
        }
        let part = (end - from).min(EIGHTHS);
        let owner = ends.iter().position(|own| *own > middle.min(end - 1))?;
        let fill = self.series.get(owner)?.fill;
        let symbol = match (part, above) {
            (EIGHTHS, _) => fill,
            (part, true) if fill == FILLS[0] => STEPS.get(part - 1).copied()?,
            (1..=2, false) => "▔",
            (3..=5, false) if fill == FILLS[0] => "▀",
            // A shade has no fine end: it is drawn from half a cell on. Less than that is a dot, where it is all there is.
            (part, _) if part >= EIGHTHS / 2 => fill,
            _ if row == 0 => "·",
            _ => return None,
        };
        Some((symbol, owner))
    }

    /// A number of the scale, in few characters unless names and amounts are hidden.
    fn label(&self, amount: Amount, theme: &Theme) -> String {
        if theme.hidden.is_some() {
            (self.written)(amount)
        } else {
            short(amount)
        }
    }

    /// Draws the numbers of the scale.
    fn scale(&self, buffer: &mut Buffer, area: Rect, scale: Scale, theme: &Theme) {
        let rows = scale.above + 1 + scale.below;
        let half = Amount::from_units(scale.top.units() / 2);
        let has_half = scale.above >= 4 && scale.above.is_multiple_of(2);
        for row in 0..rows {
            let (amount, tick) = match row {
                row if row == scale.above && scale.below > 0 => (Some(Amount::ZERO), "┼"),
                row if row == scale.above => (Some(Amount::ZERO), "└"),
                0 => (Some(scale.top), "┤"),
                row if has_half && row == scale.above / 2 => (Some(half), "┤"),
                row if row + 1 == rows => (Some(scale.bottom()), "┤"),
                _ => (None, "│"),
            };
            let text = amount.map_or_else(String::new, |amount| self.label(amount, theme));
            let text = text::cell(&text, SCALE_WIDTH - 3, true);
            set(
                buffer,
                area,
                (0, row),
                &format!(" {text} {tick}"),
                theme.dim,
            );
        }
    }

    /// Draws the zero line with weekends and the cursor, and the names of days below everything.
    fn axis(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        scale: Scale,
        columns: DayColumns,
        count: usize,
        theme: &Theme,
    ) {
        let names = usize::from(area.height).saturating_sub(1);
        let mut free = SCALE_WIDTH;
        for at in 0..count {
            let x = SCALE_WIDTH + at * columns.step;
            let day = self.day(at * columns.days);
            let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
            let line = if weekend && columns.days == 1 {
                "┄"
            } else {
                "─"
            };
            set(
                buffer,
                area,
                (x, scale.above),
                &line.repeat(columns.step),
                theme.dim,
            );
            let here = self.cursor.is_some_and(|day| day / columns.days == at);
            if here {
                let mark = "▲".repeat(columns.step.saturating_sub(1).max(1));
                set(buffer, area, (x, scale.above), &mark, theme.accent);
            }
            let name = self.name(at, columns.days);
            let Some(name) = name.filter(|_| x >= free) else {
                continue;
            };
            if x + name.len() <= usize::from(area.width) {
                set(buffer, area, (x, names), &name, theme.dim);
                free = x + name.len() + 2;
            }
        }
    }

    /// The name of a column: the month at its first day, else the day in steps of a week.
    fn name(&self, at: usize, each: usize) -> Option<String> {
        let first = self.day(at * each);
        let last = self.day(((at + 1) * each - 1).min(self.count().saturating_sub(1)));
        let begins = first.day() == 1 || last.month() != first.month();
        if at == 0 {
            return Some(first.format("%b %-d").to_string());
        }
        if begins {
            return Some(last.format("%b").to_string());
        }
        let named = each == 1 && matches!(first.day(), 8 | 15 | 22 | 29);
        named.then(|| first.day().to_string())
    }

    fn day(&self, at: usize) -> NaiveDate {
        days_after(self.first, at)
    }
}

/// Writes a text into an area; what lies outside is left out.
fn set(buffer: &mut Buffer, area: Rect, (x, y): (usize, usize), text: &str, style: Style) {
    let (Ok(x), Ok(y)) = (u16::try_from(x), u16::try_from(y)) else {
        return;
    };
    if x < area.width && y < area.height {
        let room = usize::from(area.width - x);
        buffer.set_stringn(area.x + x, area.y + y, text, room, style);
    }
}
