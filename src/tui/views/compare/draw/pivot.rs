//! Draws the pivot of a comparison: as many of its columns as fit, around the cursor, and the totals of each.

use super::columns::{Drawn, KEY, VisibleGroups, column, gives};
use crate::domain::analysis::differences::DifferencePivot;
use crate::domain::money::Amount;
use crate::domain::text::{counted, grouped, signed_percent};
use crate::tui::draw::differences::signed;
use crate::tui::draw::grid::{Column, GAP, spare, wanted};
use crate::tui::state::direction;
use crate::tui::theme::Theme;
use crate::tui::views::compare::state::columns::PairColumn;
use ratatui::style::Style;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;
use unicode_width::UnicodeWidthStr;

/// The least and the greatest width of a column of the pivot.
const CELL: (usize, usize) = (6, 32);

/// The columns that fit, and which part of the pivot they are if it is not all of it.
pub(super) fn columns(seen: &VisibleGroups<'_>, found: &DifferencePivot, width: usize) -> Drawn {
    let all = seen.pair.columns();
    let is_cell = |one: &PairColumn| matches!(one, PairColumn::Cell(_));
    let mut drawn: Vec<PairColumn> = all.into_iter().filter(|one| !is_cell(one)).collect();
    let mut columns: Vec<Column> = drawn.iter().map(|one| column(seen, *one)).collect();
    let keys = seen.compared.group_by.len();
    let label = label(seen).width();
    widen(&mut columns, keys, |at, column| {
        // The totals begin in the first column, and are never cut.
        let least = if at == 0 { label } else { 0 };
        seen.key_width(at, &column.title, KEY.1).max(least)
    });
    let mut cells = PivotCells::of(seen, found);
    let of = found.titles.len();
    let here = if let PairColumn::Cell(at) = seen.pair.here() {
        at
    } else {
        0
    };
    let mut fitting = |room: usize| window(of, here, room, |at| cells.width(at) + GAP);
    let count = grouped(of as u64);
    let mut part = fitting(spare(&columns, width));
    let mut sight = String::new();
    if part.len() < of {
        let place = |part: &Range<usize>| format!(" {}-{} of {count} ", part.start + 1, part.end);
        let most = of..of;
        let room = spare(&columns, width).saturating_sub(place(&most).width());
        part = fitting(room);
        if part.is_empty() {
            // Names give way to the first amount.
            for (at, column) in columns.iter_mut().take(keys).enumerate() {
                column.width = if at == 0 { label.max(KEY.0) } else { KEY.0 };
            }
            part = fitting(spare(&columns, width));
        }
        while part.is_empty() && give_way(&mut drawn, &mut columns) {
            part = fitting(spare(&columns, width));
        }
        sight = place(&part);
    }
    for at in part {
        drawn.push(PairColumn::Cell(at));
        columns.push(cells.column(at));
    }
    let mut left = spare(&columns, width).saturating_sub(sight.width());
    widen(&mut columns, keys, |at, column| {
        let more = seen.key_width(at, &column.title, KEY.2);
        let more = more.saturating_sub(column.width).min(left);
        left -= more;
        column.width + more
    });
    (drawn, columns, sight)
}

/// Drops the least important of the chosen columns, unless it is the last one. Returns whether there was one.
fn give_way(drawn: &mut Vec<PairColumn>, columns: &mut Vec<Column>) -> bool {
    let fixed = |one: &PairColumn| {
        matches!(
            one,
            PairColumn::Key(_) | PairColumn::Currency | PairColumn::Cell(_)
        )
    };
    let chosen = drawn.iter().enumerate().filter(|(_, one)| !fixed(one));
    let least = chosen.min_by_key(|(at, one)| (gives(**one), Reverse(*at)));
    let Some((at, _)) = least else {
        return false;
    };
    let several = drawn.iter().filter(|one| !fixed(one)).count() > 1;
    if several {
        drawn.remove(at);
        columns.remove(at);
    }
    several
}

/// Gives each key column a width, if it is a larger one.
fn widen(columns: &mut [Column], keys: usize, mut wide: impl FnMut(usize, &Column) -> usize) {
    for (at, column) in columns.iter_mut().take(keys).enumerate() {
        column.width = column.width.max(wide(at, column));
    }
}

/// The columns that fit a room, with the one under the cursor among them: the first ones, or else those before it. Only
/// columns up to the first that does not fit are measured.
fn window(
    of: usize,
    here: usize,
    room: usize,
    mut width: impl FnMut(usize) -> usize,
) -> Range<usize> {
    let mut fitting = |places: &mut dyn Iterator<Item = usize>| {
        let mut used = 0;
        places
            .take_while(|at| {
                used += width(*at);
                used <= room
            })
            .count()
    };
    let first = fitting(&mut (0..of));
    if here < first {
        return 0..first;
    }
    let upto = of.min(here + 1);
    let before = fitting(&mut (0..upto).rev());
    upto - before..upto
}

/// Differences in a currency, one for each column.
type DifferenceLine<'a> = (Option<&'a str>, &'a [Option<Amount>]);

/// The columns of the pivot, which are measured where they may be seen.
struct PivotCells<'a> {
    seen: &'a VisibleGroups<'a>,
    found: &'a DifferencePivot,
    /// The visible groups and the totals.
    lines: Vec<DifferenceLine<'a>>,
    /// The place of the column that is sorted by, and whether the smallest is first.
    sorted: Option<(usize, bool)>,
    measured: HashMap<usize, Column>,
}

impl<'a> PivotCells<'a> {
    fn of(seen: &'a VisibleGroups<'a>, found: &'a DifferencePivot) -> Self {
        let groups = seen.shown.iter();
        let groups = groups.map(|(_, group)| (group.currency.as_deref(), found.cells(group.id())));
        let totals = seen.pair.currencies().iter().map(|total| {
            let currency = total.currency.as_deref();
            (currency, found.totals(currency))
        });
        let order = seen.pair.pivot.order.as_ref();
        let sorted = order.and_then(|order| Some((found.place(order)?, order.smallest)));
        Self {
            seen,
            found,
            lines: groups.chain(totals).collect(),
            sorted,
            measured: HashMap::new(),
        }
    }

    fn width(&mut self, at: usize) -> usize {
        if let Some(known) = self.measured.get(&at) {
            return known.width;
        }
        let column = self.measure(at);
        let width = column.width;
        self.measured.insert(at, column);
        width
    }

    fn column(&mut self, at: usize) -> Column {
        let known = self.measured.remove(&at);
        known.unwrap_or_else(|| self.measure(at))
    }

    /// A column as wide as its visible values and its totals.
    fn measure(&self, at: usize) -> Column {
        let title = self.found.titles.get(at).map_or("", String::as_str);
        let mut title = self.seen.mask.key(self.found.by(), title);
        if let Some((_, smallest)) = self.sorted.filter(|(sorted, _)| *sorted == at) {
            title = format!("{title} {}", direction::arrow(smallest));
        }
        let values = self.lines.iter().filter_map(|(currency, cells)| {
            let amount = cells.get(at).copied().flatten()?;
            Some(signed(amount, *currency, self.seen.mask))
        });
        let values: Vec<String> = values.collect();
        let wide = wanted(&title, values.iter().map(String::as_str), CELL.0, CELL.1);
        Column::number(&title, wide)
    }
}

/// The number of groups before the totals.
fn label(seen: &VisibleGroups<'_>) -> String {
    format!("Σ {}", counted(seen.compared.of as u64, "group"))
}

/// The totals of every column, one line per currency. Where there are many, they follow the cursor.
pub(super) fn totals(
    seen: &VisibleGroups<'_>,
    (found, drawn): (&DifferencePivot, &[PairColumn]),
    theme: &Theme,
) -> Vec<Vec<(String, Style)>> {
    let lines = seen.pair.total_lines();
    let currencies = seen.pair.currencies();
    let sight = seen.pair.totals_in_sight();
    let name = |at: usize| match &sight {
        _ if at == 0 => label(seen),
        Some(sight) if at + 1 == lines => sight.clone(),
        Some(_) | None => String::new(),
    };
    if currencies.is_empty() {
        return vec![vec![(name(0), theme.strong)]];
    }
    let shown = currencies.get(seen.pair.shown_totals());
    let shown = shown.unwrap_or_default().iter().enumerate();
    shown
        .map(|(at, total)| {
            let currency = total.currency.as_deref();
            let amount = |amount: Amount| signed(amount, currency, seen.mask);
            let cells = drawn.iter().map(|column| match column {
                PairColumn::Key(0) => name(at),
                PairColumn::Actual | PairColumn::Amortized => {
                    seen.mask.amount(column.of(&total.bridge), currency)
                }
                PairColumn::Difference | PairColumn::Residual => amount(column.of(&total.bridge)),
                PairColumn::Percent => signed_percent(total.bridge.percent()),
                PairColumn::Currency => currency.unwrap_or("-").to_owned(),
                PairColumn::Cell(at) => {
                    let sum = found.totals(currency).get(*at).copied().flatten();
                    sum.map(amount).unwrap_or_default()
                }
                PairColumn::Key(_) | PairColumn::Bar | PairColumn::Share | PairColumn::Cause => {
                    String::new()
                }
            });
            cells.map(|text| (text, theme.strong)).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::tui::views::compare::draw::pivot::window;

    #[test]
    fn the_column_under_the_cursor_is_in_the_window() {
        let widths = [4, 6, 4, 6];
        let cases = [
            (0, 100, 0..4),
            (3, 100, 0..4),
            (0, 14, 0..3),
            (2, 14, 0..3),
            (3, 14, 2..4),
            (3, 16, 1..4),
            (1, 6, 1..2),
            (1, 5, 2..2),
            (0, 0, 1..1),
        ];
        for (here, room, shown) in cases {
            let found = window(widths.len(), here, room, |at| widths[at]);
            assert_eq!(found, shown, "{here} in {room}");
        }
        assert_eq!(window(0, 0, 10, |_| 1), 0..0);
    }

    #[test]
    fn columns_out_of_sight_are_not_measured() {
        let cases = [(0, 0..10, 11), (9, 0..10, 11), (500, 491..501, 22)];
        for (here, shown, most) in cases {
            let mut measured = 0;
            let found = window(1_000, here, 100, |_| {
                measured += 1;
                10
            });
            assert_eq!(found, shown);
            assert!(measured <= most, "{here}: {measured}");
        }
    }
}
