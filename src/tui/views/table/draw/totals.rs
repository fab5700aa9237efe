//! Draws the totals of a view below its lines, per currency. They are always in view.

use super::lines;
use crate::domain::analysis::change::Changed;
use crate::domain::money::{Amount, Money};
use crate::domain::table::Body;
use crate::domain::text::{grouped, signed_percent};
use crate::tui::draw::lines::{place_in_list, plain, put};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::parts;
use crate::tui::draw::text;
use crate::tui::theme::Theme;
use crate::tui::views::table::state::explorer::Explorer;
use crate::tui::views::table::state::shown::Shown;
use crate::tui::views::table::state::{parts_shown, total_lines, total_width, totals_per_line};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// The least width of the number of groups before the totals of two periods.
const CHANGED: usize = 10;

/// Draws the totals on a screen of a size, whose list has this many lines. `columns` are those of every column, which only a pivot has.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    (data, shown, size, seen): (&Explorer, &Shown, (u16, u16), usize),
    columns: Vec<Line<'static>>,
    (mask, theme): (&ScreenMask<'_>, &Theme),
) {
    let lines = total_lines(&shown.table, size);
    let width = usize::from(area.width);
    let first = area
        .height
        .saturating_sub(u16::try_from(lines).unwrap_or(1));
    if columns.len() == lines {
        for (row, line) in (first..).zip(columns) {
            put(frame, area, row, line);
        }
        // The totals take the whole line, so the place of the cursor is above them.
        let right = text::cell(&sight(data, seen, width), width, true);
        if let Some(row) = first.checked_sub(1) {
            put(frame, area, row, plain(right, theme.dim));
        }
        return;
    }
    let sums = sums(shown, mask, area.width);
    let count = sums.len();
    if count == 0 {
        put(frame, area, first, plain("   Σ  no cost", theme.strong));
        return;
    }
    let widest = sums.iter().take(lines).map(|sum| sum.width()).max();
    let room = width.saturating_sub(5 + widest.unwrap_or_default());
    let of = label(shown, data.loaded.opened.limits().is_some(), Some(room));
    let blank = " ".repeat(of.width());
    for (row, (at, sum)) in (first..).zip(sums.iter().take(lines).enumerate()) {
        let more = if at + 1 == lines && count > lines {
            format!("   and {} more", count - lines)
        } else {
            String::new()
        };
        let of = if at == 0 { &of } else { &blank };
        let left = format!("   {of}  {sum}{more}");
        let room = width.saturating_sub(left.width() + 2);
        let right = if at + 1 == lines {
            // A digit must not touch the amount.
            sight(data, seen, room.saturating_sub(2))
        } else {
            String::new()
        };
        let line = Line::from(vec![
            Span::styled(text::fit(&left, width), theme.strong),
            Span::styled(text::cell(&right, room, true), theme.dim),
        ]);
        put(frame, area, row, line);
    }
}

/// The number of lines of the answer and a word for them. In a limited room the word goes before a digit does; a part of a
/// report stays named as one.
pub(super) fn label(shown: &Shown, limited: bool, room: Option<usize>) -> String {
    let kind = match (&shown.table.body, shown.table.of) {
        _ if limited => "limited",
        (Body::Rows { .. }, 1) => "row",
        (Body::Rows { .. }, _) => "rows",
        (_, 1) => "group",
        _ => "groups",
    };
    let number = grouped(shown.table.of as u64);
    let whole = format!("Σ {number} {kind}");
    let Some(room) = room else {
        return whole;
    };
    let least = match shown.table.body {
        Body::Change(_) => CHANGED,
        Body::Groups { .. } | Body::Rows { .. } | Body::Pivot(_) => 12,
    };
    let of = if limited || whole.width() <= room.max(least) {
        whole
    } else {
        format!("Σ {number}")
    };
    let wide = of.width().max(least);
    text::cell(&of, wide, false)
}

/// The totals as lines: one per currency, or several beside each other if there are many.
fn sums(shown: &Shown, mask: &ScreenMask<'_>, width: u16) -> Vec<String> {
    let table = &shown.table;
    let beside = match &table.body {
        Body::Change(change) => {
            let with_parts = parts_shown(change);
            let room = usize::from(width).saturating_sub(5 + CHANGED);
            let lines = change.currencies.iter();
            let lines = lines.map(|total| changed(total, mask, room));
            return lines
                .flat_map(|[sides, effects]| [Some(sides), Some(effects).filter(|_| with_parts)])
                .flatten()
                .collect();
        }
        Body::Pivot(_) => 1,
        Body::Groups { .. } | Body::Rows { .. } => totals_per_line(table, width),
    };
    let wide = total_width(table);
    let total = |money: &Money| {
        let amount = mask.amount(money.amount, money.currency.as_deref());
        text::cell(&format!("{amount:>18} {}", money.code()), wide, false)
    };
    let lines = table.totals.chunks(beside);
    lines
        .map(|line| {
            let totals: Vec<String> = line.iter().map(total).collect();
            totals.join("  ").trim_end().to_owned()
        })
        .collect()
}

/// The total of a currency in two periods, and the parts of its difference. In a limited room the percentage goes, then the
/// difference, whose parts stay; the parts of zero go before the last parts are added up. No amount is cut.
fn changed(total: &Changed, mask: &ScreenMask<'_>, room: usize) -> [String; 2] {
    let amount = |amount| mask.amount(amount, total.currency.as_deref());
    let signed = |sum: Amount| {
        let plus = if sum > Amount::ZERO { "+" } else { "" };
        format!("{plus}{}", amount(sum))
    };
    let effects = &total.effects;
    let both = format!(
        "{} → {} {}",
        amount(effects.before),
        amount(effects.after),
        total.currency.as_deref().unwrap_or("-"),
    );
    let sides = format!("{both}, {}", signed(effects.difference()));
    let whole = format!("{sides} ({})", signed_percent(effects.percent()));
    let wordings = [whole, sides, both];
    let sides = text::worded(wordings, room);
    let causes = [
        ("new", effects.new),
        ("gone", effects.gone),
        ("quantity", effects.quantity),
        ("price", effects.price),
    ];
    let whole = causes.map(|(name, sum)| format!("{name} {}", signed(sum)));
    let whole = whole.join(" · ");
    if whole.width() <= room {
        return [sides, whole];
    }
    let causes = causes.into_iter().filter(|(_, sum)| *sum != Amount::ZERO);
    let causes = causes.map(|(name, sum)| (name.to_owned(), sum));
    let causes: Vec<(String, Amount)> = causes.collect();
    let short = parts::folded(&causes, room, &signed);
    [sides, short.unwrap_or(whole)]
}

/// Where the cursor is among the lines and the columns, as far as there is room; the line matters more.
fn sight(data: &Explorer, seen: usize, room: usize) -> String {
    let place = place_in_list(data.step().cursor.selected, data.count(), seen);
    let columns = lines::sight(data);
    let both = if place.is_empty() || columns.is_empty() {
        format!("{place}{columns}")
    } else {
        format!("{place}· {columns}")
    };
    let mut offered = [both, place].into_iter();
    offered
        .find(|text| text.width() <= room)
        .unwrap_or_default()
}
