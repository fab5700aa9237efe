//! Opens pickers over open data and applies the picks.

use super::ask::{ask, values_of};
use super::{change, copy, level_search, saved_views};
use crate::domain::analysis::change::{Effects, period_titles};
use crate::domain::money::Money;
use crate::domain::period::DateRange;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::{Sort, SortBy};
use crate::domain::table::pivot::column_name;
use crate::domain::table::text_table::Holds;
use crate::domain::table::value_names::{value_name, value_of_name};
use crate::domain::table::{Body, Table};
use crate::domain::text::{grouped, percent};
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::keymap::Keymap;
use crate::tui::question::{TableQuestion, ValuesFor};
use crate::tui::said::Said;
use crate::tui::shell::Shell;
use crate::tui::shell::overlay::{Overlay, PickerKind};
use crate::tui::shell::pickers::group_picker;
use crate::tui::shell::view_picker;
use crate::tui::state::direction;
use crate::tui::state::picker::{Caption, Choice, Picker};
use crate::tui::views::table::state::column::ColumnContent;
use crate::tui::views::table::state::explorer::Explorer;
use crate::tui::views::table::state::{Open, TableScreen, columns};
use chrono::TimeDelta;

/// Opens the picker of an action.
pub(crate) fn open(screen: &mut TableScreen, shell: &mut Shell, action: Action) -> Vec<Effect> {
    let ticket = shell.ticket();
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    let list = match action {
        Action::GroupBy => {
            let step = data.step();
            let headers = data.loaded.opened.data.headers();
            let tags = &data.loaded.tag_keys;
            let picker = group_picker(headers, tags, &step.group_by);
            (picker, PickerKind::GroupTable)
        }
        Action::SortBy => (sort_picker(data), PickerKind::SortTable),
        Action::Columns => (columns_picker(data, shell.keymap), PickerKind::Columns),
        Action::Steps => (steps_picker(data), PickerKind::Steps),
        Action::Days => (days_picker(data), PickerKind::Days),
        Action::Change => {
            match change::overlay(screen) {
                Ok(overlay) => shell.overlay = overlay,
                Err(why) => return shell.refuse(why),
            }
            return Vec::new();
        }
        Action::Pivot => (change::pivots(data), PickerKind::PivotTable),
        Action::Top => (top_picker(), PickerKind::Top),
        Action::Copy => (copy::picker(), PickerKind::Copy),
        Action::Views => return view_picker::open(shell, PickerKind::Views),
        Action::Facets => {
            let key = match data.key_here() {
                Ok(key) => key,
                Err(why) => return shell.refuse(why),
            };
            let mut query = values_of(key.clone());
            query.filter.clone_from(&data.step().filter);
            let set = data.loaded.opened.data.clone();
            shell.open_facets(&key, PickerKind::Facets(key.clone(), Some(ticket)));
            let question = TableQuestion::Values {
                data: set,
                query,
                used: ValuesFor::Facets,
            };
            return vec![shell.ask_under(ticket, question)];
        }
        _ => return Vec::new(),
    };
    let (picker, kind) = list;
    shell.overlay = Overlay::Picker { picker, kind };
    Vec::new()
}

/// The values with their costs. A value with several currencies is one entry that lists all of them.
pub(super) fn values(of: &GroupKey, table: &Table) -> Vec<Choice> {
    let Body::Groups { groups, .. } = &table.body else {
        return Vec::new();
    };
    let mut out: Vec<Choice> = Vec::new();
    let money = |money: &Money| format!("{} {}", money.amount.display(), money.code());
    for group in groups {
        let key = group.keys.first().cloned().flatten();
        let name = value_name(key.as_deref());
        let share = group.share.map(percent).unwrap_or_default();
        let hint = format!(
            "{:>16} {share:>6}% {:>8}",
            money(&group.cost),
            grouped(group.rows)
        );
        let masked = format!("{share:>6}%");
        if let Some(known) = out.iter_mut().find(|choice| choice.name == name) {
            known.masked = Some(format!("{}  {}", known.masked(), masked.trim_start()));
            known.hint = format!("{}  {}", known.hint, hint.trim_start());
            continue;
        }
        let text = group.labels.first().cloned().flatten();
        out.push(Choice {
            caption: Caption::of(of, text.unwrap_or_else(|| name.clone())),
            name,
            hint,
            masked: Some(masked),
        });
    }
    out
}

/// What groups are sorted by besides their cost and their keys, and whether it is an amount or a count. A pivot has the first.
const MEASURES: [(&str, bool); 4] = [
    ("rows", true),
    ("quantity", true),
    ("first-day", false),
    ("last-day", false),
];

/// Both directions of a sort key: amounts and counts begin with the largest, all else with the smallest.
fn both_ways(by: &SortBy, is_amount: bool) -> [Choice; 2] {
    [!is_amount, is_amount].map(|ascending| {
        let by = by.clone();
        Choice::new(Sort { by, ascending }.choice(), direction::words(ascending))
    })
}

/// The sort keys of the view.
fn sort_choices(data: &Explorer) -> Vec<Choice> {
    let step = data.step();
    let named = |(name, is_amount): (&str, bool)| {
        let sort = Sort::parse(name);
        sort.map(|sort| both_ways(&sort.by, is_amount))
    };
    let mut choices = Vec::new();
    if step.change.is_some() {
        let effects = Effects::NAMES.into_iter().chain(["percent"]);
        choices.extend(effects.filter_map(|name| named((name, true))).flatten());
    } else {
        choices.extend(both_ways(&SortBy::Cost, true));
        let sized = "↓ largest size first, refunds like costs";
        choices.push(Choice::new(Sort::BY_SIZE.choice(), sized));
        let known = match (step.group_by.is_empty(), step.pivot.is_some()) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => MEASURES.len(),
        };
        let measures = MEASURES.into_iter().take(known);
        choices.extend(measures.filter_map(named).flatten());
    }
    let keys = step.group_by.iter().cloned().map(SortBy::Key);
    choices.extend(keys.flat_map(|by| both_ways(&by, false)));
    let set = &data.loaded.opened.data;
    let headers = set.headers().iter().filter(|_| step.group_by.is_empty());
    for header in headers {
        // A header named like a built-in sort, such as `cost`, would sort by that instead.
        let sort = Sort::parse(header).filter(|sort| matches!(sort.by, SortBy::Key(_)));
        let is_amount = matches!(set.holds(header), Holds::Number | Holds::Quantity);
        choices.extend(sort.iter().flat_map(|sort| both_ways(&sort.by, is_amount)));
    }
    choices.extend(column_choices(data));
    choices
}

/// The columns of a pivot as sort keys.
fn column_choices(data: &Explorer) -> Vec<Choice> {
    let Some(Body::Pivot(pivot)) = data.fresh().map(|shown| &shown.table.body) else {
        return Vec::new();
    };
    let both = |value: &Option<String>| {
        let name = column_name(&pivot.by, value.as_deref());
        // As with the other amounts, the largest comes first.
        [("-", false), ("", true)].map(|(sign, up)| {
            let name = format!("{sign}{name}");
            Choice {
                caption: Caption::of_column(&pivot.by, name.clone()),
                ..Choice::new(name, direction::words(up))
            }
        })
    };
    pivot.columns.iter().flat_map(both).collect()
}

/// The sort keys of the view, with the current ones marked. Several can be ticked, in order of priority.
fn sort_picker(data: &Explorer) -> Picker {
    let (step, mut choices) = (data.step(), sort_choices(data));
    let now: Vec<String> = step.sort.iter().map(Sort::choice).collect();
    // Without a choice, the usual order has no tick.
    let usual = step
        .sorts()
        .first()
        .map_or_else(|| "cost".to_owned(), Sort::choice);
    let usual = (now.is_empty() && step.change.is_none()).then_some(usual);
    for choice in &mut choices {
        if now.contains(&choice.name) || usual.as_ref() == Some(&choice.name) {
            choice.hint.push_str(" · now");
        }
    }
    let by_cell = step.differences().and_then(|pivot| pivot.order.as_ref());
    let title = match by_cell {
        Some(order) => {
            let way = direction::words(order.smallest);
            format!("Sort by (now: a column of the pivot, {way})")
        }
        None if now.is_empty() && step.change.is_some() => {
            "Sort by (now: largest difference first)".to_owned()
        }
        None => "Sort by".to_owned(),
    };
    let place = choices
        .iter()
        .position(|choice| choice.hint.ends_with(" · now"));
    let mut picker = Picker::several(Said::open(title), choices, now);
    picker.cursor.selected = place.unwrap_or_default();
    picker
}

fn columns_picker(data: &Explorer, keymap: Keymap) -> Picker {
    let now: Vec<String> = data.columns().into_iter().map(|col| col.name).collect();
    let money = data.loaded.opened.data.money();
    let all = data.shown.as_ref().map(|shown| {
        let (all, _) = columns::all(data.step(), &shown.group_by, &shown.table, money);
        all
    });
    let by = data.step().pivot_key();
    let periods = data.step().change;
    let [before, after] =
        period_titles(periods.map_or([None; 2], |(before, after)| [Some(before), Some(after)]));
    let choices = all.unwrap_or_default().into_iter().map(|col| {
        let hint = match col.what {
            ColumnContent::Effect("before") => before.clone(),
            ColumnContent::Effect("after") => after.clone(),
            ColumnContent::Key(_) => "key".to_owned(),
            ColumnContent::Header(_) => "column".to_owned(),
            ColumnContent::Picture => {
                keymap.spell("bar, days or heat strip; ⟦table.picture⟧ switches")
            }
            _ => "calculated".to_owned(),
        };
        let is_value = col.what.cell().is_some() && col.name != columns::OTHERS;
        let value_of = by.as_ref().filter(|_| is_value);
        Choice {
            caption: value_of.map_or(Caption::Name, |by| Caption::of_column(by, col.name.clone())),
            ..Choice::new(col.name, hint)
        }
    });
    Picker::several("Columns, in the order ticked", choices.collect(), now)
}

fn steps_picker(data: &Explorer) -> Picker {
    let crumbs = data.crumbs();
    let last = crumbs.len().saturating_sub(1);
    let choices = crumbs.iter().enumerate().map(|(at, label)| Choice {
        name: at.to_string(),
        hint: if at == last { "here" } else { "" }.to_owned(),
        caption: Caption::Masked((*label).clone()),
        masked: None,
    });
    let mut picker = Picker::one("Back to", choices.collect()).of_names(true);
    picker.cursor.selected = last;
    picker
}

fn days_picker(data: &Explorer) -> Picker {
    let mut choices = vec![Choice::new("all", "all days of the data")];
    if let Some(span) = data.span() {
        for days in [7, 30] {
            let from = (span.to - TimeDelta::days(days - 1)).max(span.from);
            let range = DateRange { from, to: span.to };
            choices.push(Choice {
                name: range.to_string(),
                hint: range.to_string(),
                caption: Caption::Open(format!("last {days} days of the data")),
                masked: None,
            });
        }
    }
    let months = data.months().into_iter();
    choices.extend(months.map(|month| Choice::new(month.to_string(), "month")));
    let title = "Days (or type 2026-10, 2026-10-03, 2026-10-03..2026-10-09)";
    Picker::one(title, choices)
}

fn top_picker() -> Picker {
    let mut choices = vec![Choice::new("all", "every group")];
    choices.extend(
        [5, 10, 20, 50, 100]
            .map(|count: u32| Choice::new(count.to_string(), "largest, the rest in one line")),
    );
    Picker::one("How many groups (or type a number)", choices)
}

/// Whether the picker accepts typed text that is not in its list.
pub(crate) fn is_free(kind: &PickerKind) -> bool {
    matches!(
        kind,
        PickerKind::Days | PickerKind::Change | PickerKind::Top
    )
}

/// Whether the typed text is valid input by itself.
pub(crate) fn reads(kind: &PickerKind, typed: &str) -> bool {
    match kind {
        PickerKind::Top => typed.parse::<usize>().is_ok(),
        PickerKind::Days => DateRange::parse(typed).is_some(),
        PickerKind::Change => change::two_periods(typed).is_some(),
        _ => false,
    }
}

/// The error for typed text that is not valid.
pub(crate) fn unread(kind: &PickerKind, typed: &str) -> String {
    match kind {
        PickerKind::Days => {
            format!("`{typed}` is not a period; expected 2026-10 or 2026-10-03..2026-10-09")
        }
        PickerKind::Change => change::unread(typed),
        _ => format!("`{typed}` is not a number of groups"),
    }
}

/// Applies a pick over open data: the names that are ticked or under the cursor, and the typed text.
pub(crate) fn picked(
    screen: &mut TableScreen,
    shell: &mut Shell,
    kind: PickerKind,
    (names, typed): (&[String], &str),
) -> Vec<Effect> {
    let first = names.first().map(String::as_str);
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    match kind {
        PickerKind::GroupTable => {
            let keys = names
                .iter()
                .filter_map(|name| GroupKey::parse(name))
                .collect();
            data.requery(|step| step.regroup(keys));
        }
        PickerKind::SortTable => sort(data, names),
        PickerKind::PivotTable => change::pivoted(data, shell, first.unwrap_or_default()),
        PickerKind::Columns => show_columns(data, names),
        PickerKind::Facets(key, _) => keep(data, key, names, true),
        PickerKind::Steps => {
            let place = first.and_then(|name| name.parse().ok());
            if !place.is_some_and(|place| data.go_to(place)) {
                return Vec::new();
            }
        }
        PickerKind::Top => {
            let top = first.unwrap_or(typed).parse().ok();
            data.requery(|step| step.top = top.filter(|top| *top > 0));
        }
        PickerKind::Days => {
            let word = first.unwrap_or(typed);
            let days = DateRange::parse(word);
            if days.is_none() && word != "all" {
                return shell.refuse(unread(&PickerKind::Days, word));
            }
            data.set_days(days);
        }
        PickerKind::Change => return change::picked(screen, shell, first.unwrap_or(typed)),
        PickerKind::Views(_, kept) => {
            return saved_views::picked(screen, shell, &kept, first.unwrap_or_default());
        }
        PickerKind::Levels(_, hits) => {
            return level_search::picked(screen, shell, &hits, first.unwrap_or_default());
        }
        PickerKind::Copy => return copy::copy(screen, shell, first.unwrap_or_default()),
        PickerKind::GroupCompare
        | PickerKind::SortCompare
        | PickerKind::Subscriptions(..)
        | PickerKind::Exports(..)
        | PickerKind::OneExport(..)
        | PickerKind::CreateExport(_)
        | PickerKind::CopyPair
        | PickerKind::FacetsPair(..)
        | PickerKind::ViewsPair(..)
        | PickerKind::LevelsPair(..)
        | PickerKind::PivotPair
        | PickerKind::ColumnsPair
        | PickerKind::Side(_)
        | PickerKind::Which(_)
        | PickerKind::Palette => return Vec::new(),
    }
    ask(screen, shell)
}

/// Sorts by the picked keys.
fn sort(data: &mut Explorer, names: &[String]) {
    let sorts = names.iter().filter_map(|name| Sort::parse(name)).collect();
    data.requery(|step| {
        step.unsort_cells();
        step.sort = sorts;
    });
}

/// Shows the picked columns.
fn show_columns(data: &mut Explorer, names: &[String]) {
    data.note();
    let step = data.step_mut();
    step.columns.shown = Some(names.to_vec());
    step.column = 0;
    data.forget();
}

/// Keeps or drops the values that were picked.
pub(crate) fn keep(data: &mut Explorer, key: GroupKey, names: &[String], keep: bool) {
    let values: Vec<Option<String>> = names.iter().map(|name| value_of_name(name)).collect();
    data.keep_or_drop_all(key, &values, keep);
}
