//! Cells of two compared periods: their amounts, the difference in percent and as a bar.

use crate::domain::analysis::change::{Change, Changed, Effects, period_titles};
use crate::domain::money::Amount;
use crate::domain::period::DateRange;
use crate::domain::table::Body;
use crate::domain::text::signed_percent;
use crate::tui::draw::differences::{LargestDifferences, coloured, signed};
use crate::tui::draw::grid;
use crate::tui::draw::grid::{Column, Gives};
use crate::tui::draw::mask::ScreenMask;
use crate::tui::theme::Theme;
use crate::tui::views::table::state::column::{Col, ColumnContent};
use ratatui::style::Style;
use std::cmp::Ordering;

/// The greatest width of a bar.
pub(super) const BAR: usize = 40;
/// The width of a bar where there is little room.
const LEAST_BAR: usize = 4;

/// The largest difference of each currency, which has the longest bar.
pub(super) fn largest(change: &Change) -> LargestDifferences<'_> {
    let groups = change.groups.iter();
    LargestDifferences::of(
        groups.map(|changed| (changed.currency.as_deref(), changed.effects.difference())),
    )
}

/// The column of bars, no wider than a bar.
pub(super) fn bars() -> Column {
    Column {
        most: BAR,
        ..Column::growing("", LEAST_BAR).giving(Gives::Bar)
    }
}

/// The difference relative to the largest one of its currency, in thousandths; below zero for less cost.
pub(super) fn bar(changed: &Changed, largest: &LargestDifferences<'_>) -> Option<i64> {
    let difference = changed.effects.difference();
    let size = largest.size(changed.currency.as_deref(), difference)?;
    Some(match difference.cmp(&Amount::ZERO) {
        Ordering::Less => -size.max(1),
        Ordering::Equal | Ordering::Greater => size,
    })
}

/// When a column gives way in a narrow terminal. Columns of zeros go first, unless the columns were chosen.
pub(super) fn gives(body: &Body, what: &ColumnContent, chosen: bool) -> Gives {
    if let (Body::Change(change), false) = (body, chosen)
        && is_zero(change, what)
    {
        return Gives::Empty;
    }
    match what {
        ColumnContent::Effect("before" | "after" | "difference") => Gives::Kept,
        // The parts of a difference are on a page of their own, and in the totals.
        ColumnContent::Effect(_) => Gives::Share,
        ColumnContent::Cause => Gives::Id,
        _ => Gives::Other,
    }
}

/// Whether no group has an amount in this column.
fn is_zero(change: &Change, what: &ColumnContent) -> bool {
    let ColumnContent::Effect(name) = what else {
        return false;
    };
    let amount = |effects: &Effects| effects.named(name).unwrap_or_default();
    let mut groups = change.groups.iter();
    groups.all(|changed| amount(&changed.effects) == Amount::ZERO)
}

/// The title and width of a column, given the visible values. The periods have the titles of their amounts.
pub(super) fn spec<'a>(
    column: &Col,
    periods: Option<(DateRange, DateRange)>,
    values: impl Iterator<Item = &'a (String, Style)>,
) -> Column {
    let values = values.map(|(value, _)| value.as_str());
    let titles = || period_titles(periods.map_or([None; 2], |(was, is)| [Some(was), Some(is)]));
    match &column.what {
        ColumnContent::Effect("before") => {
            let [before, _] = titles();
            Column::number(&before, grid::wanted(&before, values, 8, 24))
        }
        ColumnContent::Effect("after") => {
            let [_, after] = titles();
            Column::number(&after, grid::wanted(&after, values, 8, 24))
        }
        ColumnContent::Effect(name) => Column::number(name, grid::wanted(name, values, 8, 20)),
        ColumnContent::Percent => Column::number("%", grid::wanted("%", values, 6, 10)),
        _ => Column::text(&column.name, grid::wanted(&column.name, values, 5, 9)),
    }
}

/// A cell that only the groups of two periods have. A stale answer is dim.
pub(super) fn cell(
    changed: &Changed,
    what: &ColumnContent,
    (mask, theme): (&ScreenMask<'_>, &Theme),
    (plain, stale): (Style, bool),
) -> (String, Style) {
    let currency = changed.currency.as_deref();
    let effects = &changed.effects;
    match what {
        ColumnContent::Effect(name) => {
            let amount = effects.named(name).unwrap_or_default();
            if matches!(*name, "before" | "after") {
                return (mask.amount(amount, currency), plain);
            }
            (
                signed(amount, currency, mask),
                coloured(amount, stale, theme),
            )
        }
        ColumnContent::Percent => {
            let percent = signed_percent(effects.percent());
            (percent, coloured(effects.difference(), stale, theme))
        }
        ColumnContent::Cause => (effects.main_cause().to_owned(), theme.dim),
        ColumnContent::Key(_)
        | ColumnContent::Cost
        | ColumnContent::Currency
        | ColumnContent::Rows
        | ColumnContent::Measure(_)
        | ColumnContent::Picture
        | ColumnContent::Cell(_)
        | ColumnContent::Header(_) => (String::new(), plain),
    }
}
