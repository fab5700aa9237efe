//! Draws the chart of days of a table: a line that names its series or reads the day under its cursor, and the
//! columns.

use crate::domain::money::Amount;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::value_names::{ABSENT, value_name};
use crate::domain::text::counted;
use crate::tui::draw::day_chart::{
    Arrangement, DayChart, DrawnSeries, FILLS, Look, beside_looks, named_looks, rest_look,
};
use crate::tui::draw::lines::{plain, put, under};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::parts;
use crate::tui::draw::text;
use crate::tui::theme::{Glyphs, Theme};
use crate::tui::views::table::state::charts::chart::{Charted, SeriesName, StackedGroup};
use crate::tui::views::table::state::explorer::Explorer;
use crate::tui::views::table::update::chart::{arrangement, days_per_column};
use chrono::{Datelike, NaiveDate, Weekday};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    data: &Explorer,
    mask: &ScreenMask<'_>,
    theme: &Theme,
) {
    let charted = match data.charted() {
        Ok(charted) => charted,
        Err(why) => return put(frame, area, 0, plain(format!("   {why}"), theme.dim)),
    };
    let looks = looks(&charted, theme);
    let cursor = data.chart.focus.then(|| data.charted_day(&charted));
    let width = usize::from(area.width);
    let each = days_per_column(&charted, width);
    let title = match cursor {
        Some(day) => reading(data, &charted, (day, each, width), mask),
        None if charted.series.len() > 1 => {
            // Text lists each day.
            let each = match theme.glyphs {
                Glyphs::Plain => 1,
                Glyphs::Unicode | Glyphs::Ascii => each,
            };
            legend(frame, area, (data, &charted, &looks, each), mask, theme);
            String::new()
        }
        None => text::worded(summary(data, &charted, mask), width),
    };
    if !title.is_empty() {
        put(
            frame,
            area,
            0,
            plain(text::shortened(&title, width), theme.strong),
        );
    }
    let currency = charted.currency.as_deref();
    let written = |amount: Amount| mask.amount(amount, currency);
    let series = charted.series.iter().zip(&looks);
    let chart = DayChart {
        first: charted.first,
        series: series
            .map(|((_, days), (fill, style))| DrawnSeries {
                days,
                fill,
                style: *style,
            })
            .collect(),
        arrangement: arrangement(&charted),
        running: charted.running,
        cursor,
        written: &written,
    };
    chart.draw(frame, under(area, 1), theme);
}

/// Draws one series of days below a title.
pub(super) fn single(
    frame: &mut Frame<'_>,
    area: Rect,
    (days, first): (&[Amount], NaiveDate),
    theme: &Theme,
) {
    let chart = DayChart {
        first,
        series: vec![DrawnSeries {
            days,
            fill: FILLS[0],
            style: theme.gauge,
        }],
        arrangement: Arrangement::Stacked,
        running: false,
        cursor: None,
        written: &Amount::display,
    };
    chart.draw(frame, under(area, 1), theme);
}

/// The look of each series.
fn looks(charted: &Charted, theme: &Theme) -> Vec<Look> {
    if charted.is_beside() {
        return beside_looks(theme).to_vec();
    }
    let mut named = named_looks(theme);
    let look = |(name, _): &(SeriesName, Vec<Amount>)| match name {
        SeriesName::Rest => rest_look(theme),
        SeriesName::Group(_) | SeriesName::Whole | SeriesName::Period(_) => {
            named.next().unwrap_or(rest_look(theme))
        }
    };
    charted.series.iter().map(look).collect()
}

/// Names the series next to their fills, and says how many days a column has.
fn legend(
    frame: &mut Frame<'_>,
    area: Rect,
    (data, charted, looks, each): (&Explorer, &Charted, &[Look], usize),
    mask: &ScreenMask<'_>,
    theme: &Theme,
) {
    let rhythm = if charted.running || each < 2 {
        rhythm(charted).to_owned()
    } else {
        format!("by {each} days")
    };
    let what = format!("{} {rhythm}", currency(charted));
    let count = charted.series.len();
    let room = usize::from(area.width).saturating_sub(3 + what.width() + 4 * count) / count;
    let mut spans = vec![Span::raw("   ")];
    for ((name, _), (fill, style)) in charted.series.iter().zip(looks) {
        spans.push(Span::styled(*fill, *style));
        let name = text::fit(&named(data, name, mask), room.min(28));
        spans.push(Span::styled(format!(" {name}  "), theme.strong));
    }
    spans.push(Span::styled(what, theme.dim));
    put(frame, area, 0, Line::from(spans));
}

/// One series in words that get shorter: its total and its highest day.
fn summary(data: &Explorer, charted: &Charted, mask: &ScreenMask<'_>) -> Vec<String> {
    let Some((name, days)) = charted.series.first() else {
        return Vec::new();
    };
    let amount = |amount| mask.amount(amount, charted.currency.as_deref());
    let name = named(data, name, mask);
    let (code, rhythm) = (currency(charted), rhythm(charted));
    let most = (0..).zip(days).max_by_key(|(_, day)| **day);
    let least = (0..).zip(days).min_by_key(|(_, day)| **day);
    let least = least.filter(|(_, day)| **day < Amount::ZERO);
    if charted.running {
        let total = days.last().copied().unwrap_or_default();
        let at_end = format!("{} at the end", amount(total));
        return vec![
            format!("   {name} {rhythm}, {code}: {at_end}"),
            format!("   {code} {rhythm}: {at_end}"),
        ];
    }
    let total = Amount::saturating_sum(days.iter().copied());
    let end = |word: &str, end: Option<(usize, &Amount)>| {
        end.map_or_else(String::new, |(at, day)| {
            let when = charted.day(at).format("%b %-d");
            format!(", {word} {} on {when}", amount(*day))
        })
    };
    let ends = end("most", most) + &end("lowest", least);
    let total = format!("total {}", amount(total));
    vec![
        format!("   {name} {rhythm}, {code}: {total}{ends}"),
        format!("   {code} {rhythm}: {total}{ends}"),
        format!("   {code} {rhythm}: {total}"),
    ]
}

/// The day under the cursor in words, with the amount of each series.
fn reading(
    data: &Explorer,
    charted: &Charted,
    (at, each, width): (usize, usize, usize),
    mask: &ScreenMask<'_>,
) -> String {
    let from = at - at % each.max(1);
    let to = (from + each.max(1)).min(charted.count());
    let amount = |amount| mask.amount(amount, charted.currency.as_deref());
    let value = |days: &[Amount]| {
        let days = days.get(from..to.min(days.len())).unwrap_or_default();
        if charted.running {
            return days.last().copied().unwrap_or_default();
        }
        Amount::saturating_sum(days.iter().copied())
    };
    let values = charted.series.iter();
    let values: Vec<(String, Amount)> = values
        .map(|(name, days)| (named(data, name, mask), value(days)))
        .collect();
    let when = when(charted, from, to);
    let so_far = if charted.running { ", so far" } else { "" };
    let sum = Amount::saturating_sum(values.iter().map(|(_, part)| *part));
    let (sum, code) = (amount(sum), currency(charted));
    if charted.is_beside() || values.len() == 1 {
        let head = format!("   {when}{so_far}, {code}: ");
        let parts = parts::joined(&values, width.saturating_sub(head.width()), &amount);
        let amounts = || {
            let amounts = values.iter().map(|(_, sum)| amount(*sum));
            amounts.collect::<Vec<_>>().join(" · ")
        };
        return format!("{head}{}", parts.unwrap_or_else(amounts));
    }
    let head = format!("   {when}{so_far}  {sum} {code}");
    let between = " = ";
    let room = width.saturating_sub(head.width() + between.width());
    match parts::folded(&values, room, &amount) {
        Some(parts) => format!("{head}{between}{parts}"),
        None => head,
    }
}

/// The day or the days of a column in words.
fn when(charted: &Charted, from: usize, to: usize) -> String {
    let day = |at| {
        let day: NaiveDate = charted.day(at);
        match day.weekday() {
            Weekday::Sat | Weekday::Sun => day.format("%a %b %-d, weekend").to_string(),
            Weekday::Mon | Weekday::Tue | Weekday::Wed | Weekday::Thu | Weekday::Fri => {
                day.format("%a %b %-d").to_string()
            }
        }
    };
    if charted.is_beside() && to - from > 1 {
        format!("days {} to {to}", from + 1)
    } else if charted.is_beside() {
        format!("day {to}")
    } else if to - from > 1 {
        format!("{} to {}", day(from), day(to - 1))
    } else {
        day(from)
    }
}

fn currency(charted: &Charted) -> &str {
    charted.currency.as_deref().unwrap_or("-")
}

fn rhythm(charted: &Charted) -> &'static str {
    if charted.running {
        "running total"
    } else {
        "by day"
    }
}

/// The name of a series on the screen.
fn named(data: &Explorer, name: &SeriesName, mask: &ScreenMask<'_>) -> String {
    match name {
        SeriesName::Group(group) => group_name(&data.step().group_by, group, mask),
        SeriesName::Rest => {
            // The groups of other currencies are not in this chart.
            let table = data.fresh().map(|shown| &shown.table);
            let groups = table.map_or(0, |table| table.of * usize::from(table.totals.len() == 1));
            match groups.saturating_sub(data.days.stack.len()) {
                0 => "others".to_owned(),
                others => counted(others as u64, "other"),
            }
        }
        SeriesName::Whole => {
            let crumbs = data.crumbs();
            crumbs
                .last()
                .map(|label| label.shown(mask))
                .unwrap_or_default()
        }
        SeriesName::Period(period) => period.to_string(),
    }
}

pub(super) fn group_name(keys: &[GroupKey], group: &StackedGroup, mask: &ScreenMask<'_>) -> String {
    let names = group.labels.iter().zip(&group.id.keys);
    let names: Vec<String> = names
        .zip(keys)
        .map(
            |((label, value), key)| match label.as_ref().or(value.as_ref()) {
                Some(name) => mask.key(key, &value_name(Some(name))),
                None => ABSENT.to_owned(),
            },
        )
        .collect();
    names.join(" · ")
}
