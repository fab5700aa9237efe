//! The columns of a comparison and their widths.

use crate::domain::analysis::comparison::{Comparison, Delta};
use crate::domain::query::group_key::GroupKey;
use crate::domain::text::signed_percent;
use crate::tui::draw::grid::{Column, GAP, Gives, spare, wanted};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::state::direction;
use crate::tui::views::compare::state::Pair;
use crate::tui::views::compare::state::columns::PairColumn;
use crate::tui::views::compare::waterfall::{key_name, reason};

/// The groups on the screen.
pub(super) struct VisibleGroups<'a> {
    pub(super) pair: &'a Pair,
    pub(super) compared: &'a Comparison,
    pub(super) shown: &'a [(usize, &'a Delta)],
    pub(super) mask: &'a ScreenMask<'a>,
}

impl VisibleGroups<'_> {
    /// The width of a key column for the visible names.
    pub(super) fn key_width(&self, at: usize, title: &str, most: usize) -> usize {
        let names = self.shown.iter().map(|(_, group)| key_name(group, at));
        wanted(title, names, KEY.0, most)
    }

    /// A column of amounts, as wide as the visible values.
    fn amount(&self, column: PairColumn) -> Column {
        let title = sorted(self.pair, column, column.name());
        let values: Vec<String> = self
            .shown
            .iter()
            .map(|(_, group)| {
                let amount = column.of(&group.bridge);
                let amount = self.mask.amount(amount, group.currency.as_deref());
                // Differences are shown with their sign.
                let plus = match column {
                    PairColumn::Difference | PairColumn::Residual => "+",
                    _ => "",
                };
                format!("{plus}{amount}")
            })
            .collect();
        let wide = wanted(&title, values.iter().map(String::as_str), 9, 32);
        Column::number(&title, wide)
    }

    /// The column of percents, as wide as the visible values.
    fn percents(&self) -> Column {
        let groups = self.shown.iter();
        let values: Vec<String> = groups
            .map(|(_, group)| signed_percent(group.bridge.percent()))
            .collect();
        let title = sorted(self.pair, PairColumn::Percent, PERCENTS);
        let wide = wanted(&title, values.iter().map(String::as_str), 6, 12);
        Column::number(&title, wide)
    }
}

/// The column of bars has no title.
const BARS: &str = "";
const CAUSES: &str = "cause";
const PERCENTS: &str = "%";
/// The least, the usual and the greatest width of a key column.
pub(super) const KEY: (usize, usize, usize) = (8, 16, 60);
/// The least, the usual and the greatest width of the bars.
const BAR: (usize, usize, usize) = (4, 8, 20);
/// The width of the longest short cause, and of the longest cause of a group that is on both sides.
const SHORT: usize = 8;
pub(super) const CAUSE: usize = 19;

/// Columns with what they hold, and a note on those that are out of sight.
pub(super) type Drawn = (Vec<PairColumn>, Vec<Column>, String);

/// The cause is dropped first, because it has a page of its own, then the bars, the share and the percents before a name
/// is cut.
pub(super) fn columns(seen: &VisibleGroups<'_>, width: usize) -> Drawn {
    let mut drawn = seen.pair.columns();
    let cause = drawn.iter().position(|column| *column == PairColumn::Cause);
    if let Some(at) = cause {
        drawn.remove(at);
    }
    let mut columns: Vec<Column> = drawn.iter().map(|one| column(seen, *one)).collect();
    for (column, one) in columns.iter_mut().zip(&drawn) {
        column.gives = gives(*one);
    }
    let keys = seen.compared.group_by.len();
    let names = columns.iter().take(keys).enumerate();
    let names = names.map(|(at, column)| seen.key_width(at, &column.title, KEY.1) - KEY.0);
    let names: usize = names.sum();
    for gives_way in [PairColumn::Bar, PairColumn::Share, PairColumn::Percent] {
        let at = drawn.iter().position(|column| *column == gives_way);
        if let Some(at) = at.filter(|_| spare(&columns, width) < names) {
            drawn.remove(at);
            columns.remove(at);
        }
    }
    let bar = drawn.iter().position(|column| *column == PairColumn::Bar);
    let mut spare = spare(&columns, width);
    let mut take = |most: usize| {
        let taken = most.min(spare);
        spare -= taken;
        taken
    };
    for (at, column) in columns.iter_mut().take(keys).enumerate() {
        column.width += take(seen.key_width(at, &column.title, KEY.1) - KEY.0);
    }
    let mut causes = cause.map_or(0, |_| take(SHORT + GAP).saturating_sub(GAP));
    let mut bars = bar.map_or(0, |_| BAR.0 + take(BAR.1 - BAR.0));
    let has_cause = causes == SHORT;
    if has_cause {
        let reasons: Vec<String> = seen.shown.iter().map(|(_, group)| reason(group)).collect();
        let most = wanted(CAUSES, reasons.iter().map(String::as_str), CAUSE, 34);
        causes += take(most - SHORT);
    }
    if bar.is_some() {
        bars += take(BAR.2 - bars);
    }
    // Long names are shown in full if they fit; short ones stay next to their amounts.
    for (at, column) in columns.iter_mut().take(keys).enumerate() {
        column.width += take(seen.key_width(at, &column.title, KEY.2) - column.width);
    }
    if let Some(column) = bar.and_then(|at| columns.get_mut(at)) {
        column.width = bars;
    }
    if let Some(at) = cause.filter(|_| has_cause) {
        drawn.insert(at, PairColumn::Cause);
        columns.insert(at, Column::text(CAUSES, causes));
    }
    (drawn, columns, String::new())
}

/// When a column gives way in a narrow terminal, wherever it was put.
pub(super) fn gives(column: PairColumn) -> Gives {
    match column {
        PairColumn::Bar => Gives::Bar,
        PairColumn::Share | PairColumn::Percent | PairColumn::Cause => Gives::Share,
        PairColumn::Actual | PairColumn::Amortized | PairColumn::Residual => Gives::Other,
        PairColumn::Key(_) => Gives::Name,
        PairColumn::Difference | PairColumn::Currency | PairColumn::Cell(_) => Gives::Kept,
    }
}

/// A column at its least width; amounts are as wide as their values.
pub(super) fn column(seen: &VisibleGroups<'_>, column: PairColumn) -> Column {
    match column {
        PairColumn::Key(at) => {
            let key = seen.compared.group_by.get(at);
            let name = key.map(GroupKey::name).unwrap_or_default();
            Column::text(&sorted(seen.pair, column, &name), KEY.0)
        }
        PairColumn::Actual
        | PairColumn::Amortized
        | PairColumn::Difference
        | PairColumn::Residual => seen.amount(column),
        PairColumn::Percent => seen.percents(),
        PairColumn::Currency => Column::text("", 4),
        PairColumn::Bar => Column::text(BARS, BAR.0),
        PairColumn::Share => Column::number("share", 6),
        PairColumn::Cause => Column::text(CAUSES, SHORT),
        PairColumn::Cell(_) => Column::number("", 6),
    }
}

/// The head of a column of amounts or percents, with the direction of the sort by it.
fn sorted(pair: &Pair, column: PairColumn, name: &str) -> String {
    match pair.sorted_by(column) {
        Some(smallest) => format!("{name} {}", direction::arrow(smallest)),
        None => name.to_owned(),
    }
}
