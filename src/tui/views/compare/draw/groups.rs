//! Draws the groups of a comparison: both sides, their difference with a bar, the share, and the main cause.

use super::columns::{CAUSE, Drawn, VisibleGroups, columns};
use super::pivot;
use crate::domain::analysis::comparison::{Comparison, Delta};
use crate::domain::money::Amount;
use crate::domain::text::{counted, grouped, percent, signed_percent};
use crate::tui::draw::differences::{LargestDifferences, signed};
use crate::tui::draw::grid::Grid;
use crate::tui::draw::lines::{cell_at, list_area, mark, place_in_list, plain, put};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::text;
use crate::tui::shell::Shell;
use crate::tui::theme::Theme;
use crate::tui::views::compare::state::Pair;
use crate::tui::views::compare::state::columns::PairColumn;
use crate::tui::views::compare::waterfall::{key_name, reason, short_reason};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;
use ratatui::widgets::Clear;
use std::cmp::Ordering;
use unicode_width::UnicodeWidthStr;

/// The row of the heads in the body.
pub(crate) const HEADS: u16 = 10;

pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    shell: &Shell,
    (pair, compared): (&Pair, &Comparison),
    mask: &ScreenMask<'_>,
    theme: &Theme,
) {
    let cursor = pair.step().cursor;
    let visible = shell.list_height(pair.other_lines());
    let shown = visible_groups(pair, visible);
    let width = usize::from(area.width);
    let seen = VisibleGroups {
        pair,
        compared,
        shown: &shown,
        mask,
    };
    let (drawn, columns, sight) = laid_out(&seen, width);
    let at = |wanted: PairColumn| drawn.iter().position(|column| *column == wanted);
    let (bars, causes) = (at(PairColumn::Bar), at(PairColumn::Cause));
    let here = at(pair.here());
    let grid = Grid::new(columns, width);
    let causes = causes.and_then(|at| grid.place(at));
    let top = HEADS;
    let mut heading = grid.heading_at(here, theme.heading, theme.column);
    if !sight.is_empty() {
        let room = width.saturating_sub(heading.width());
        heading.push_span(Span::styled(text::cell(&sight, room, true), theme.dim));
    }
    put(frame, area, top, heading);
    let pen = GroupRenderer {
        pair,
        compared,
        drawn: &drawn,
        largest: largest(compared),
        short: causes.is_some_and(|(_, wide)| wide < CAUSE),
        mask,
        theme,
    };
    for (row, (at, group)) in (top + 1..).zip(shown.iter().copied()) {
        let selected = (at == cursor.selected).then_some(theme.selected);
        let cell = here.map(|at| (at, theme.cell));
        let line = grid.line_at(&pen.cells(group), selected, cell);
        put(frame, area, row, line);
        if let Some((x, wide)) = bars.and_then(|at| grid.place(at)) {
            let (bar, style) = pen.bar(group, wide);
            let place = cell_at(area, row, (x, wide));
            // Reversed, a bar looks like the rest of the bar.
            frame.render_widget(Clear, place);
            frame.render_widget(plain(bar, style), place);
        }
    }
    if !mask.is_on() {
        let list = list_area(area, top, visible).intersection(area);
        mark(frame, list, &pair.search.text, theme.found);
    }
    let place = place_in_list(cursor.selected, pair.groups().len(), visible);
    let Some(found) = &pair.pivoted else {
        return totals(frame, area, (pair, compared, &place), mask, theme);
    };
    let lines = u16::try_from(pair.total_lines()).unwrap_or(1);
    let first = area.height.saturating_sub(lines);
    for (row, cells) in (first..).zip(pivot::totals(&seen, (found, &drawn), theme)) {
        put(frame, area, row, grid.line(&cells, None));
    }
}

/// The groups that are visible in a list of this height, with their places.
pub(super) fn visible_groups(pair: &Pair, height: usize) -> Vec<(usize, &Delta)> {
    let groups = pair.groups().iter().enumerate();
    groups.skip(pair.step().cursor.top).take(height).collect()
}

/// The columns that fit a width.
pub(super) fn laid_out(seen: &VisibleGroups<'_>, width: usize) -> Drawn {
    match &seen.pair.pivoted {
        Some(found) => pivot::columns(seen, found, width),
        None => columns(seen, width),
    }
}

/// Draws the number of groups, and both totals of each currency with their difference.
fn totals(
    frame: &mut Frame<'_>,
    area: Rect,
    (pair, compared, place): (&Pair, &Comparison, &str),
    mask: &ScreenMask<'_>,
    theme: &Theme,
) {
    let lines = pair.total_lines();
    let first = area
        .height
        .saturating_sub(u16::try_from(lines).unwrap_or(1));
    let of = compared.of as u64;
    let long = format!("   Σ {}", counted(of, "group"));
    let sums = pair.currencies().iter();
    let widest = sums.map(|total| difference(total, mask).width() + 3).max();
    // The sums matter more than the word before them.
    let fits = long.width() + widest.unwrap_or_default() <= usize::from(area.width);
    let count = if fits {
        long
    } else {
        format!("   Σ {}", grouped(of))
    };
    let wide = count.width();
    put(frame, area, first, plain(count.clone(), theme.strong));
    let sight = pair.totals_in_sight();
    let shown = pair.currencies().get(pair.shown_totals());
    let shown = shown.unwrap_or_default().iter().enumerate();
    for (row, (at, total)) in (first..).zip(shown) {
        let start = if at == 0 {
            count.clone()
        } else {
            " ".repeat(wide)
        };
        let sight = match &sight {
            Some(sight) if at + 1 == lines => format!("   {sight} currencies"),
            Some(_) | None => String::new(),
        };
        let sum = difference(total, mask);
        let line = format!("{start}   {sum}{sight}");
        let room = usize::from(area.width).saturating_sub(line.width() + 2);
        put(frame, area, row, plain(line, theme.strong));
        if at == 0 && place.width() <= room {
            let wide = place.width();
            let start = usize::from(area.width) - wide;
            let cell = cell_at(area, row, (start, wide));
            frame.render_widget(plain(place.to_owned(), theme.dim), cell);
        }
    }
}

/// Both sides of a currency, their difference and its percent.
fn difference(total: &Delta, mask: &ScreenMask<'_>) -> String {
    let currency = total.currency.as_deref();
    let amount = |amount| mask.amount(amount, currency);
    let bridge = &total.bridge;
    format!(
        "{} → {} {}, {} ({})",
        amount(bridge.actual),
        amount(bridge.amortized),
        currency.unwrap_or("-"),
        signed(bridge.difference(), currency, mask),
        signed_percent(bridge.percent()),
    )
}

/// The largest difference of each currency, which has the longest bar.
fn largest(compared: &Comparison) -> LargestDifferences<'_> {
    let groups = compared.groups.iter();
    LargestDifferences::of(
        groups.map(|group| (group.currency.as_deref(), group.bridge.difference())),
    )
}

/// Renders the lines of groups.
struct GroupRenderer<'a> {
    pair: &'a Pair,
    compared: &'a Comparison,
    drawn: &'a [PairColumn],
    largest: LargestDifferences<'a>,
    /// Whether only the short cause fits.
    short: bool,
    mask: &'a ScreenMask<'a>,
    theme: &'a Theme,
}

impl GroupRenderer<'_> {
    fn cells(&self, group: &Delta) -> Vec<(String, Style)> {
        let pivoted = self.pair.pivoted.as_ref();
        let pivoted = pivoted.map_or(&[][..], |found| found.cells(group.id()));
        let drawn = self.drawn.iter();
        drawn
            .map(|column| self.cell((group, pivoted), *column))
            .collect()
    }

    /// A cell of a group, whose columns of the pivot were looked up.
    fn cell(
        &self,
        (group, pivoted): (&Delta, &[Option<Amount>]),
        column: PairColumn,
    ) -> (String, Style) {
        let (theme, currency) = (self.theme, group.currency.as_deref());
        let (bridge, [actual, amortized]) = (&group.bridge, group.rows);
        match column {
            PairColumn::Key(at) => {
                let name = key_name(group, at);
                let value = group.keys.get(at).and_then(Option::as_ref);
                match (value, self.compared.group_by.get(at)) {
                    (Some(_), Some(key)) => (self.mask.key(key, name), theme.plain),
                    _ => (name.to_owned(), theme.dim),
                }
            }
            PairColumn::Actual => self.side(bridge.actual, actual, currency),
            PairColumn::Amortized => self.side(bridge.amortized, amortized, currency),
            PairColumn::Difference => self.signed(bridge.difference(), currency),
            PairColumn::Residual => self.signed(bridge.residual, currency),
            PairColumn::Percent => {
                let percent = signed_percent(bridge.percent());
                (percent, self.style(bridge.difference()))
            }
            PairColumn::Currency => (currency.unwrap_or_default().to_owned(), theme.plain),
            // The bar is drawn over this cell. Its gap has the style of the difference.
            PairColumn::Bar => (String::new(), self.style(bridge.difference())),
            PairColumn::Share => (self.share(group), theme.plain),
            PairColumn::Cause => {
                let cause = if self.short {
                    short_reason(group).to_owned()
                } else {
                    reason(group)
                };
                let style = if bridge.residual == Amount::ZERO {
                    theme.dim
                } else {
                    theme.warning
                };
                (cause, style)
            }
            PairColumn::Cell(at) => match pivoted.get(at).copied().flatten() {
                Some(amount) => self.signed(amount, currency),
                None => (String::new(), theme.dim),
            },
        }
    }

    /// The amount of a side. A side without rows differs from rows that add up to 0.
    fn side(&self, amount: Amount, rows: u64, currency: Option<&str>) -> (String, Style) {
        match rows {
            0 => ("-".to_owned(), self.theme.dim),
            _ => (self.mask.amount(amount, currency), self.theme.plain),
        }
    }

    /// A difference with its sign.
    fn signed(&self, difference: Amount, currency: Option<&str>) -> (String, Style) {
        let shown = signed(difference, currency, self.mask);
        (shown, self.style(difference))
    }

    fn style(&self, difference: Amount) -> Style {
        match difference.cmp(&Amount::ZERO) {
            Ordering::Greater => self.theme.grew,
            Ordering::Less => self.theme.shrank,
            Ordering::Equal => self.theme.dim,
        }
    }

    /// The share of the amortized total of its currency.
    fn share(&self, group: &Delta) -> String {
        let mut totals = self.compared.currencies.iter();
        let total = totals.find(|total| total.currency == group.currency);
        let amortized = group.bridge.amortized;
        let share = total.and_then(|total| amortized.per_mille(total.bridge.amortized));
        let share = share.map(|share| format!("{}%", percent(share)));
        share.unwrap_or_default()
    }

    /// The bar of a group's difference, relative to the largest.
    fn bar(&self, group: &Delta, wide: usize) -> (String, Style) {
        let difference = group.bridge.difference();
        let part = self.largest.size(group.currency.as_deref(), difference);
        let style = if difference < Amount::ZERO {
            self.theme.shrank
        } else {
            self.theme.grew
        };
        (text::fine_bar(part.unwrap_or_default(), wide), style)
    }
}
