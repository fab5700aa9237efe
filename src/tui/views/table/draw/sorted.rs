//! Says how the lines are sorted: beside the head of the column, and in words above the table.

use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::Sort;
use crate::tui::draw::mask::ScreenMask;
use crate::tui::state::direction;
use crate::tui::views::table::state::column::{Col, ColumnContent};
use crate::tui::views::table::state::columns::cell_name;
use crate::tui::views::table::state::step::Step;

/// The sign behind the title of the column that counts first, if it is this one. Without a sort, it is the cost.
pub(super) fn sign(
    step: &Step,
    keys: &[GroupKey],
    column: &Col,
    title: &str,
) -> Option<&'static str> {
    let order = step.differences().and_then(|pivot| {
        let order = pivot.order.as_ref()?;
        Some((order, cell_name(&pivot.by, &order.column)))
    });
    if let Some((order, sorted)) = order {
        let own = column.what.cell().is_some() && column.name == sorted;
        return own.then(|| direction::arrow(order.smallest));
    }
    let sorts = step.sorts();
    let (name, ascending) = match sorts.first() {
        Some(sort) => (sort.name(), sort.ascending),
        None if step.change.is_some() => return None,
        None => ("cost".to_owned(), false),
    };
    let own = match &column.what {
        ColumnContent::Cost => name == "cost" || name == "|cost|",
        ColumnContent::Rows => name == "rows",
        ColumnContent::Currency => name == "currency",
        ColumnContent::Key(at) => keys.get(*at).is_some_and(|key| key.name() == name),
        ColumnContent::Measure(_)
        | ColumnContent::Cell(_)
        | ColumnContent::Effect(_)
        | ColumnContent::Percent => column.name == name,
        ColumnContent::Header(_) => column.name == name || title == name,
        ColumnContent::Picture | ColumnContent::Cause => false,
    };
    own.then(|| direction::arrow(ascending))
}

/// The sorts, with their directions in words or as signs. A column of the differences of two periods comes first; its name may be hidden.
pub(super) fn ways(
    step: &Step,
    mask: &ScreenMask<'_>,
    way: fn(bool) -> &'static str,
) -> Vec<String> {
    let of_cells = step.differences().and_then(|pivot| {
        let order = pivot.order.as_ref()?;
        let name = mask.key(&pivot.by, &order.column);
        Some(format!("{name} {}", way(order.smallest)))
    });
    let sorts = step.sorts();
    let named = |sort: &Sort| {
        let value = step.sorted_value(sort);
        value.map_or_else(
            || sort.name(),
            |(by, name)| format!("{by} = {}", mask.key(by, &name)),
        )
    };
    let sorted = |sort: &Sort| format!("{} {}", named(sort), way(sort.ascending));
    of_cells
        .into_iter()
        .chain(sorts.iter().map(sorted))
        .collect()
}
