//! Opens the pickers that shape a comparison, and applies their picks.

use super::ask::ask_compare;
use super::saved_views;
use crate::domain::analysis::comparison::{Sort, SortBy};
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::said::Said;
use crate::tui::shell::Shell;
use crate::tui::shell::overlay::{Overlay, PickerKind};
use crate::tui::shell::pickers::{DIFFERENCES, OFF, group_picker, pivot_picker};
use crate::tui::shell::status::StatusLine;
use crate::tui::shell::view_picker;
use crate::tui::state::direction;
use crate::tui::state::picker::{Choice, Picker};
use crate::tui::views::compare::state::columns::PairColumn;
use crate::tui::views::compare::state::step::PairStep;
use crate::tui::views::compare::state::{CompareScreen, Pair};

/// Opens the picker or the prompt of an action.
pub(super) fn open(pair: &Pair, shell: &mut Shell, action: Action) -> Vec<Effect> {
    let (picker, kind) = match action {
        Action::Views => return view_picker::open(shell, PickerKind::ViewsPair),
        Action::SaveView => {
            shell.overlay = saved_views::prompt(pair);
            return Vec::new();
        }
        Action::Pivot => (pivots(pair), PickerKind::PivotPair),
        Action::Columns => (columns_picker(pair), PickerKind::ColumnsPair),
        Action::SortBy => (sort_picker(pair), PickerKind::SortCompare),
        _ => {
            let headers = pair.actual.opened.data.headers();
            let tags = &pair.actual.tag_keys;
            let picker = group_picker(headers, tags, &pair.step().group_by);
            (picker, PickerKind::GroupCompare)
        }
    };
    shell.overlay = Overlay::Picker { picker, kind };
    Vec::new()
}

/// The direction of an order as its column shows it. Keys begin with the smallest, all else with the largest.
fn ascends(order: Sort) -> bool {
    matches!(order.by, SortBy::Key(_)) != order.reversed
}

/// Whether two sorts are the same entry of the list, which has one for all keys.
fn same_entry(one: SortBy, other: SortBy) -> bool {
    one == other || matches!((one, other), (SortBy::Key(_), SortBy::Key(_)))
}

/// The sorts, with the current one and its direction marked and under the cursor.
fn sort_picker(pair: &Pair) -> Picker {
    let by_cell = pair.cell_order();
    let is_now = |by: SortBy| by_cell.is_none() && same_entry(by, pair.order.by);
    let choices = SortBy::ALL.map(|(word, by)| {
        let usual = Sort {
            by,
            reversed: false,
        };
        let hint = if is_now(by) {
            let way = direction::words_of(ascends(pair.order), by.is_by_size());
            format!("{way} · now; pick again to reverse")
        } else {
            direction::words_of(ascends(usual), by.is_by_size())
        };
        Choice::new(word, hint)
    });
    let title = by_cell.map_or_else(
        || "Sort by".to_owned(),
        |order| {
            let way = direction::words(order.smallest);
            format!("Sort by (now: a column of the pivot, {way})")
        },
    );
    let mut picker = Picker::one(Said::open(title), choices.into());
    let now = SortBy::ALL.iter().position(|(_, by)| is_now(*by));
    picker.cursor.selected = now.unwrap_or_default();
    picker
}

/// The columns after the keys, with those that are shown ticked.
fn columns_picker(pair: &Pair) -> Picker {
    let choices = PairColumn::CHOICES.map(|column| Choice::new(column.name(), column.hint()));
    let title = "Columns after the keys, in the order ticked";
    Picker::several(title, choices.into(), PairColumn::names(&pair.parts()))
}

/// Shows the picked columns.
pub(crate) fn columns_picked(
    screen: &mut CompareScreen,
    shell: &mut Shell,
    names: &[String],
) -> Vec<Effect> {
    if let CompareScreen::Pair(pair) = screen {
        let columns = names.iter().filter_map(|name| PairColumn::named(name));
        pair.choose_columns(columns.collect());
        if names.is_empty() {
            shell.status = StatusLine::hint("the usual columns");
        }
    }
    Vec::new()
}

/// The keys to pivot by: months, days and charge types first.
fn pivots(pair: &Pair) -> Picker {
    let first = [
        GroupKey::Month,
        GroupKey::Role(Role::Date),
        GroupKey::Role(Role::ChargeType),
        GroupKey::Role(Role::PricingModel),
    ];
    let columns = (
        pair.actual.opened.data.headers(),
        pair.actual.tag_keys.as_slice(),
    );
    let is_on = pair.pivot_key().is_some();
    let off = is_on.then_some("both sides of each group again");
    let group_by = &pair.step().group_by;
    pivot_picker(DIFFERENCES, columns, (group_by, &first), off)
}

/// Pivots by the picked key, or not at all.
pub(crate) fn pivoted(screen: &mut CompareScreen, shell: &mut Shell, name: &str) -> Vec<Effect> {
    let CompareScreen::Pair(pair) = screen else {
        return Vec::new();
    };
    let by = GroupKey::parse(name).filter(|_| name != OFF);
    pair.set_pivot(by);
    ask_compare(screen, shell)
}

/// Groups by the picked keys.
pub(crate) fn grouped(
    screen: &mut CompareScreen,
    shell: &mut Shell,
    names: &[String],
) -> Vec<Effect> {
    if let CompareScreen::Pair(pair) = screen {
        let keys = names.iter().filter_map(|name| GroupKey::parse(name));
        let keys: Vec<GroupKey> = keys.collect();
        if keys.is_empty() {
            return shell.refuse("a comparison needs at least one key");
        }
        let step = pair.step();
        let mut fresh = PairStep::new(step.label.clone(), step.filter.clone(), keys);
        fresh.within.clone_from(&step.within);
        pair.note();
        *pair.step_mut() = fresh;
        pair.forget();
    }
    ask_compare(screen, shell)
}

/// Sorts by the picked order; the current one is turned.
pub(crate) fn sorted(screen: &mut CompareScreen, word: &str) -> Vec<Effect> {
    if let CompareScreen::Pair(pair) = screen {
        let found = SortBy::ALL.iter().find(|(known, _)| *known == word);
        let by = found.map_or_else(SortBy::default, |(_, by)| *by);
        let now = pair.order;
        let turns = pair.cell_order().is_none() && same_entry(by, now.by);
        pair.set_order(if turns {
            Sort {
                reversed: !now.reversed,
                ..now
            }
        } else {
            Sort {
                by,
                reversed: false,
            }
        });
    }
    Vec::new()
}
