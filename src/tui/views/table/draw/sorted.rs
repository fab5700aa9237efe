//! Says how the lines are sorted: beside the head of the column, and in words above the table.

use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::Sort;
use crate::tui::state::direction;
use crate::tui::views::table::state::column::{Col, What};
use crate::tui::views::table::state::step::Step;

/// The sign behind the title of the column that counts first, if it is this one. Without a sort, it is the cost.
pub(super) fn sign(
    step: &Step,
    keys: &[GroupKey],
    column: &Col,
    title: &str,
) -> Option<&'static str> {
    let sorts = step.sorts();
    let (name, ascending) = match sorts.first() {
        Some(sort) => (sort.name(), sort.ascending),
        None if step.change.is_some() => return None,
        None => ("cost".to_owned(), false),
    };
    let own = match &column.what {
        What::Cost => name == "cost" || name == "|cost|",
        What::Rows => name == "rows",
        What::Currency => name == "currency",
        What::Key(at) => keys.get(*at).is_some_and(|key| key.name() == name),
        What::Measure(_) | What::Cell(_) | What::Effect(_) | What::Percent => column.name == name,
        What::Header(_) => column.name == name || title == name,
        What::Picture | What::Cause => false,
    };
    own.then(|| direction::arrow(ascending))
}

/// A sort in words.
pub(super) fn way(sort: &Sort) -> String {
    format!("{} {}", sort.name(), direction::words(sort.ascending))
}
