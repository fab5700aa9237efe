//! Draws the groups of a comparison: both sides, their difference with a bar, the share, and the main cause.

use crate::domain::analysis::comparison::{Bridge, Comparison, Delta, SortBy};
use crate::domain::money::Amount;
use crate::domain::text::{counted, percent, signed_percent};
use crate::tui::draw::grid::{Column, GAP, Grid, spare, wanted};
use crate::tui::draw::lines::{cell_at, list_area, mark, plain, put};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::draw::text;
use crate::tui::shell::Shell;
use crate::tui::state::direction;
use crate::tui::theme::Theme;
use crate::tui::views::compare::state::Pair;
use crate::tui::views::compare::waterfall::{key_name, reason, short_reason};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Clear;
use unicode_width::UnicodeWidthStr;

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
    let shown = pair.groups().iter().enumerate();
    let shown: Vec<(usize, &Delta)> = shown.skip(cursor.top).take(visible).collect();
    let width = usize::from(area.width);
    let columns = columns(pair, compared, &shown, mask, width);
    let at = |name: &str| columns.iter().rposition(|column| column.title == name);
    let (bars, causes) = (at(BARS), at(CAUSES));
    let grid = Grid::new(columns, width);
    let causes = causes.and_then(|at| grid.place(at));
    let top = 10;
    let here = Some(pair.column());
    let heading = grid.heading_at(here, theme.heading, theme.column);
    put(frame, area, top, heading);
    let pen = GroupRenderer {
        compared,
        largest: largest(compared),
        short: causes.is_some_and(|(_, wide)| wide < CAUSE),
        mask,
        theme,
    };
    for (row, (at, group)) in (top + 1..).zip(shown) {
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
    totals(frame, area, (pair, compared), mask, theme);
}

/// Draws the number of groups, and both totals of each currency with their difference.
fn totals(
    frame: &mut Frame<'_>,
    area: Rect,
    (pair, compared): (&Pair, &Comparison),
    mask: &ScreenMask<'_>,
    theme: &Theme,
) {
    let lines = pair.total_lines();
    let first = area
        .height
        .saturating_sub(u16::try_from(lines).unwrap_or(1));
    let count = format!("   Σ {}", counted(compared.of as u64, "group"));
    let wide = count.width();
    put(frame, area, first, plain(count.clone(), theme.strong));
    let more = pair.currencies().len().saturating_sub(lines);
    for (row, (at, total)) in (first..).zip(pair.currencies().iter().take(lines).enumerate()) {
        let start = if at == 0 {
            count.clone()
        } else {
            " ".repeat(wide)
        };
        let more = match more {
            1 if at + 1 == lines => "   and 1 more currency".to_owned(),
            2.. if at + 1 == lines => format!("   and {more} more currencies"),
            _ => String::new(),
        };
        let sum = difference(total, mask);
        let line = format!("{start}   {sum}{more}");
        put(frame, area, row, plain(line, theme.strong));
    }
}

/// Both sides of a currency, their difference and its percent.
fn difference(total: &Delta, mask: &ScreenMask<'_>) -> String {
    let currency = total.currency.as_deref();
    let amount = |amount| mask.amount(amount, currency);
    let bridge = &total.bridge;
    let difference = bridge.difference();
    let plus = if difference > Amount::ZERO { "+" } else { "" };
    format!(
        "{} → {} {}, {plus}{} ({})",
        amount(bridge.actual),
        amount(bridge.amortized),
        currency.unwrap_or("-"),
        amount(difference),
        signed_percent(bridge.percent()),
    )
}

/// A column of amounts.
type Side = (&'static str, fn(&Bridge) -> Amount);

/// The column of bars has no title.
const BARS: &str = "";
const CAUSES: &str = "cause";
/// The least, the usual and the greatest width of a key column.
const KEY: (usize, usize, usize) = (8, 16, 60);
/// The least, the usual and the greatest width of the bars.
const BAR: (usize, usize, usize) = (4, 8, 20);
/// The width of the longest short cause, and of the longest cause of a group that is on both sides.
const SHORT: usize = 8;
const CAUSE: usize = 19;

/// Share and bars are shown at every width. The cause is dropped first, because it has a page of its own.
fn columns(
    pair: &Pair,
    compared: &Comparison,
    shown: &[(usize, &Delta)],
    mask: &ScreenMask<'_>,
    width: usize,
) -> Vec<Column> {
    let keys = compared.group_by.len();
    let mut columns: Vec<Column> = compared
        .group_by
        .iter()
        .map(|key| Column::text(&key.name(), KEY.0))
        .collect();
    columns.extend(amounts(pair, shown, mask));
    if compared.several_currencies() {
        columns.push(Column::text("", 4));
    }
    let bar = columns.len();
    columns.push(Column::text(BARS, BAR.0));
    columns.push(Column::number("share", 6));
    let mut spare = spare(&columns, width);
    let mut take = |most: usize| {
        let taken = most.min(spare);
        spare -= taken;
        taken
    };
    let wish = |at: usize, title: &str, most: usize| {
        let names = shown.iter().map(|(_, group)| key_name(group, at));
        wanted(title, names, KEY.0, most)
    };
    for (at, column) in columns.iter_mut().take(keys).enumerate() {
        column.width += take(wish(at, &column.title, KEY.1) - KEY.0);
    }
    let mut causes = take(SHORT + GAP).saturating_sub(GAP);
    let mut bars = BAR.0 + take(BAR.1 - BAR.0);
    if causes == SHORT {
        let reasons: Vec<String> = shown.iter().map(|(_, group)| reason(group)).collect();
        let most = wanted(CAUSES, reasons.iter().map(String::as_str), CAUSE, 34);
        causes += take(most - SHORT);
        columns.push(Column::text(CAUSES, causes));
    }
    bars += take(BAR.2 - bars);
    // Long names are shown in full if they fit; short ones stay next to their amounts.
    for (at, column) in columns.iter_mut().take(keys).enumerate() {
        column.width += take(wish(at, &column.title, KEY.2) - column.width);
    }
    if let Some(column) = columns.get_mut(bar) {
        column.width = bars;
    }
    columns
}

/// The three amount columns, as wide as the visible values.
fn amounts(pair: &Pair, shown: &[(usize, &Delta)], mask: &ScreenMask<'_>) -> [Column; 3] {
    let arrow = direction::arrow(pair.order.reversed);
    let sorted = |title: &str| match (pair.order.by, title) {
        (SortBy::Actual, "actual")
        | (SortBy::Amortized, "amortized")
        | (SortBy::Difference, "difference") => {
            format!("{title} {arrow}")
        }
        _ => title.to_owned(),
    };
    let sides: [Side; 3] = [
        ("actual", |bridge| bridge.actual),
        ("amortized", |bridge| bridge.amortized),
        ("difference", Bridge::difference),
    ];
    sides.map(|(title, of)| {
        let title = sorted(title);
        let values: Vec<String> = shown
            .iter()
            .map(|(_, group)| {
                let amount = mask.amount(of(&group.bridge), group.currency.as_deref());
                // The difference is shown with its sign.
                let plus = if title.starts_with("diff") { "+" } else { "" };
                format!("{plus}{amount}")
            })
            .collect();
        let wide = wanted(&title, values.iter().map(String::as_str), 9, 32);
        Column::number(&title, wide)
    })
}

/// The largest difference of each currency; bars of different currencies are not comparable.
fn largest(compared: &Comparison) -> Vec<(Option<&str>, Amount)> {
    let of = |total: &'_ Delta| {
        let same = compared
            .groups
            .iter()
            .filter(|group| group.currency == total.currency);
        same.map(|group| group.bridge.difference().abs()).max()
    };
    compared
        .currencies
        .iter()
        .map(|total| (total.currency.as_deref(), of(total).unwrap_or_default()))
        .collect()
}

/// Renders the lines of groups.
struct GroupRenderer<'a> {
    compared: &'a Comparison,
    largest: Vec<(Option<&'a str>, Amount)>,
    /// Whether only the short cause fits.
    short: bool,
    mask: &'a ScreenMask<'a>,
    theme: &'a Theme,
}

impl GroupRenderer<'_> {
    fn cells(&self, group: &Delta) -> Vec<(String, Style)> {
        let (theme, currency) = (self.theme, group.currency.as_deref());
        let named = group.keys.iter().zip(&self.compared.group_by);
        let mut cells: Vec<(String, Style)> = named
            .enumerate()
            .map(|(at, (value, key))| {
                let name = key_name(group, at);
                match value {
                    Some(_) => (self.mask.key(key, name), theme.plain),
                    None => (name.to_owned(), theme.dim),
                }
            })
            .collect();
        let difference = group.bridge.difference();
        let style = match difference.cmp(&Amount::ZERO) {
            std::cmp::Ordering::Greater => theme.grew,
            std::cmp::Ordering::Less => theme.shrank,
            std::cmp::Ordering::Equal => theme.dim,
        };
        let sides = [group.bridge.actual, group.bridge.amortized];
        cells.extend(
            sides
                .iter()
                .zip(group.rows)
                .map(|(amount, rows)| match rows {
                    // A side without rows differs from rows that add up to 0.
                    0 => ("-".to_owned(), theme.dim),
                    _ => (self.mask.amount(*amount, currency), theme.plain),
                }),
        );
        let plus = if difference > Amount::ZERO { "+" } else { "" };
        let shown = self.mask.amount(difference, currency);
        cells.push((format!("{plus}{shown}"), style));
        if self.compared.several_currencies() {
            cells.push((group.currency.clone().unwrap_or_default(), theme.plain));
        }
        // The bar is drawn over this cell.
        cells.push((String::new(), style));
        let total = self
            .compared
            .currencies
            .iter()
            .find(|total| total.currency == group.currency);
        let share =
            total.and_then(|total| group.bridge.amortized.per_mille(total.bridge.amortized));
        cells.push((
            share
                .map(|share| format!("{}%", percent(share)))
                .unwrap_or_default(),
            theme.plain,
        ));
        let cause = if self.short {
            short_reason(group).to_owned()
        } else {
            reason(group)
        };
        let style = if group.bridge.residual == Amount::ZERO {
            theme.dim
        } else {
            theme.warning
        };
        cells.push((cause, style));
        cells
    }

    /// The bar of a group's difference, relative to the largest.
    fn bar(&self, group: &Delta, wide: usize) -> (String, Style) {
        let difference = group.bridge.difference();
        let mut largest = self.largest.iter();
        let whole = largest.find(|(currency, _)| *currency == group.currency.as_deref());
        let part = whole.and_then(|(_, whole)| difference.abs().per_mille(*whole));
        let style = if difference < Amount::ZERO {
            self.theme.shrank
        } else {
            self.theme.grew
        };
        (text::fine_bar(part.unwrap_or_default(), wide), style)
    }
}
