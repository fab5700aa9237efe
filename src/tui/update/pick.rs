//! Opens pickers over open data and applies the picks.

use super::{copy, filter, overlay, table, views};
use crate::domain::analysis::change::Effects;
use crate::domain::money::Money;
use crate::domain::period::DateRange;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::{Sort, SortBy};
use crate::domain::table::text_table::{value_name, value_of_name};
use crate::domain::table::{Body, Table};
use crate::domain::text::{grouped, percent};
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::message::{Problem, Ticket};
use crate::tui::model::{Model, Overlay, Purpose, Talk};
use crate::tui::part::picker::{Choice, Picker};
use crate::tui::part::said::Said;
use crate::tui::screen::table::columns;
use crate::tui::screen::table::columns::What;
use crate::tui::screen::table::explorer::Explorer;
use crate::tui::screen::table::{Changing, Open};
use chrono::TimeDelta;

/// Opens the picker of an action.
pub(super) fn open(model: &mut Model, action: Action) -> Vec<Effect> {
    let ticket = model.ticket();
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    let list = match action {
        Action::GroupBy => {
            let step = data.step();
            let headers = data.loaded.opened.data.headers();
            let tags = &data.loaded.tag_keys;
            let picker = overlay::group_picker(headers, tags, &step.group_by);
            (picker, Purpose::GroupTable)
        }
        Action::SortBy => (sort_picker(data), Purpose::SortTable),
        Action::Columns => (columns_picker(data), Purpose::Columns),
        Action::Steps => (steps_picker(data), Purpose::Steps),
        Action::Days => (days_picker(data), Purpose::Days),
        Action::Change => match change_picker(model) {
            Ok(picker) => (picker, Purpose::Change),
            Err(why) => {
                model.talk = Talk::error(why);
                return Vec::new();
            }
        },
        Action::Top => (top_picker(), Purpose::Top),
        Action::Copy => (copy::picker(), Purpose::Copy),
        Action::Views => return views::open(model),
        Action::Facets => {
            let key = match data.key_here() {
                Ok(key) => key,
                Err(why) => {
                    model.talk = Talk::error(why);
                    return Vec::new();
                }
            };
            let title = format!("{key}: tick values; enter keeps, ctrl-x drops");
            let picker = Picker::new(Said::open(title), Vec::new(), Vec::new(), true);
            let mut query = filter::values_of(key.clone());
            query.filter.clone_from(&data.step().filter);
            let set = data.loaded.opened.data.clone();
            let purpose = Purpose::Facets(key, Some(ticket));
            model.overlay = Overlay::Picker { picker, purpose };
            return vec![Effect::Values {
                ticket,
                data: set,
                query: Box::new(query),
            }];
        }
        _ => return Vec::new(),
    };
    let (picker, purpose) = list;
    model.overlay = Overlay::Picker { picker, purpose };
    Vec::new()
}

/// Fills the picker that waits for the values of a column. Returns the result if no picker asked for it.
pub(super) fn facets(
    model: &mut Model,
    ticket: Ticket,
    result: Result<Table, Problem>,
) -> Option<Result<Table, Problem>> {
    let Overlay::Picker {
        picker,
        purpose: Purpose::Facets(_, asked),
    } = &mut model.overlay
    else {
        return Some(result);
    };
    if *asked != Some(ticket) {
        return Some(result);
    }
    *asked = None;
    match result {
        Ok(table) => picker.choices = values(&table),
        Err(problem) => {
            model.overlay = Overlay::None;
            model.talk = Talk::error(problem.text);
        }
    }
    None
}

/// The values with their costs. A value with several currencies is one entry that lists all of them.
fn values(table: &Table) -> Vec<Choice> {
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
        let veiled = format!("{share:>6}%");
        if let Some(known) = out.iter_mut().find(|choice| choice.name == name) {
            known.veiled = Some(format!("{}  {}", known.veiled(), veiled.trim_start()));
            known.hint = format!("{}  {}", known.hint, hint.trim_start());
            continue;
        }
        out.push(Choice {
            name,
            hint,
            shown: group.labels.first().cloned().flatten(),
            veiled: Some(veiled),
        });
    }
    out
}

/// The sort keys of the view. Several can be ticked, in order of priority.
fn sort_picker(data: &Explorer) -> Picker {
    let step = data.step();
    let mut choices = vec![
        Choice::new("cost", "largest first"),
        Choice::new("-cost", "smallest first"),
    ];
    let both = |choices: &mut Vec<Choice>, name: &str, hint: &str, back: &str| {
        choices.push(Choice::new(name, hint));
        choices.push(Choice::new(format!("-{name}"), back));
    };
    if step.change.is_some() {
        choices.clear();
        for name in Effects::NAMES {
            both(
                &mut choices,
                &format!("-{name}"),
                "largest first",
                "smallest first",
            );
        }
    } else if !step.group_by.is_empty() {
        both(&mut choices, "rows", "most first", "fewest first");
        for name in ["quantity", "first-day", "last-day"] {
            if step.pivot.is_none() {
                both(&mut choices, name, "in order", "backwards");
            }
        }
    }
    let names = step.group_by.iter().map(GroupKey::name);
    let headers = data.loaded.opened.data.headers().iter().cloned();
    // A header named like a built-in sort, such as `cost`, would sort by that instead.
    let own =
        |name: &String| Sort::parse(name).is_some_and(|sort| matches!(sort.by, SortBy::Key(_)));
    let headers = headers.filter(|name| step.group_by.is_empty() && own(name));
    for name in names.chain(headers) {
        both(&mut choices, &name, "in order", "backwards");
    }
    for choice in &mut choices {
        if let Some(plain) = choice.name.strip_prefix("--") {
            choice.name = plain.to_owned();
        }
    }
    let now = step.sort.iter().map(ToString::to_string).collect();
    Picker::new("Sort by", choices, now, true)
}

fn columns_picker(data: &Explorer) -> Picker {
    let now: Vec<String> = data.columns().into_iter().map(|col| col.name).collect();
    let all = data.shown.as_ref().map(|shown| {
        let (all, _) = columns::all(data.step(), &shown.group_by, &shown.table);
        all
    });
    let choices = all.unwrap_or_default().into_iter().map(|col| {
        let hint = match col.what {
            What::Key(_) => "key",
            What::Header(_) => "column",
            What::Picture => "bar, days or heat strip; v switches",
            _ => "calculated",
        };
        Choice::new(col.name, hint)
    });
    Picker::new("Columns, in the order ticked", choices.collect(), now, true)
}

fn steps_picker(data: &Explorer) -> Picker {
    let crumbs = data.crumbs();
    let last = crumbs.len().saturating_sub(1);
    let choices = crumbs.iter().enumerate().map(|(at, label)| Choice {
        name: at.to_string(),
        hint: if at == last { "here" } else { "" }.to_owned(),
        shown: Some((*label).to_owned()),
        veiled: None,
    });
    let mut picker = Picker::new("Back to", choices.collect(), Vec::new(), false);
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
                name: range.code(),
                hint: range.code(),
                shown: Some(format!("last {days} days of the data")),
                veiled: None,
            });
        }
    }
    let months = data.months().into_iter();
    choices.extend(months.map(|month| Choice::new(month.to_string(), "month")));
    Picker::new(
        "Days (or type 2026-10, 2026-10-03, 2026-10-03..2026-10-09)",
        choices,
        Vec::new(),
        false,
    )
}

/// Pairs of adjacent months. The month before the data is offered if the ledger has it.
fn change_picker(model: &Model) -> Result<Picker, String> {
    let Open::Data(data) = &model.table.open else {
        return Err("nothing is open".to_owned());
    };
    if data.step().group_by.is_empty() {
        return Err("these are the rows themselves; ⟦table.group-by⟧ groups them".to_owned());
    }
    let months = data.months();
    let mut choices = Vec::new();
    if data.step().change.is_some() {
        choices.push(Choice::new("off", "a single table"));
    }
    let pairs = months.iter().zip(months.iter().skip(1));
    choices.extend(pairs.map(|(after, before)| {
        Choice::new(
            format!("{before} {after}"),
            "this month against the previous one",
        )
    }));
    if let (Some(month), Some(_)) = (months.last(), before_in_ledger(model)) {
        let pair = format!("{} {month}", month.back(1));
        choices.push(Choice::new(
            pair,
            "also opens the month before from the ledger",
        ));
    }
    if choices.is_empty() {
        let month = months.first().map(ToString::to_string).unwrap_or_default();
        return Err(format!(
            "only {month} is open, and the ledger has no month before it; open two months (`costscope open A B`, or ⟦ledger.all-months⟧ in the ledger)"
        ));
    }
    let title = "Compare two periods (or type 2026-09 2026-10)";
    Ok(Picker::new(title, choices, Vec::new(), false))
}

/// The reports of the month before the open data. Every scope must have one, or costs would seem to rise.
fn before_in_ledger(model: &Model) -> Option<Vec<String>> {
    let Open::Data(data) = &model.table.open else {
        return None;
    };
    let opened = &data.loaded.opened;
    if opened.entries.is_empty() || opened.entries.len() != opened.names.len() {
        return None;
    }
    let before = data.months().last()?.back(1).range();
    let mut keys: Vec<String> = Vec::new();
    for entry in &opened.entries {
        let months = model.table.ledger.months_of(entry);
        let mut months = months.iter();
        let found = months.find(|entry| entry.request.range() == Some(before))?;
        let key = found.key.as_str().to_owned();
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    Some(keys)
}

fn top_picker() -> Picker {
    let mut choices = vec![Choice::new("all", "every group")];
    choices.extend(
        [5, 10, 20, 50, 100]
            .map(|count: u32| Choice::new(count.to_string(), "largest, the rest in one line")),
    );
    Picker::new(
        "How many groups (or type a number)",
        choices,
        Vec::new(),
        false,
    )
}

/// Whether the picker accepts typed text that is not in its list.
pub(super) fn is_free(purpose: &Purpose) -> bool {
    matches!(purpose, Purpose::Days | Purpose::Change | Purpose::Top)
}

/// Whether the typed text is valid input by itself.
pub(super) fn reads(purpose: &Purpose, typed: &str) -> bool {
    match purpose {
        Purpose::Top => typed.parse::<usize>().is_ok(),
        Purpose::Days => DateRange::parse(typed).is_some(),
        Purpose::Change => two_periods(typed).is_some(),
        _ => false,
    }
}

/// The error for typed text that is not valid.
pub(super) fn unread(purpose: &Purpose, typed: &str) -> String {
    match purpose {
        Purpose::Days => {
            format!("`{typed}` is not a period; expected 2026-10 or 2026-10-03..2026-10-09")
        }
        Purpose::Change => format!("`{typed}` is not two periods; expected 2026-09 2026-10"),
        _ => format!("`{typed}` is not a number of groups"),
    }
}

/// Parses two periods separated by a space.
fn two_periods(text: &str) -> Option<(DateRange, DateRange)> {
    let (before, after) = text.split_once(' ')?;
    DateRange::parse(before).zip(DateRange::parse(after))
}

/// Applies a pick over open data: the names that are ticked or under the cursor, and the typed text.
pub(super) fn picked(
    model: &mut Model,
    purpose: Purpose,
    names: &[String],
    typed: &str,
) -> Vec<Effect> {
    let first = names.first().map(String::as_str);
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    match purpose {
        Purpose::GroupTable => {
            let keys = names
                .iter()
                .filter_map(|name| GroupKey::parse(name))
                .collect();
            data.requery(|step| step.regroup(keys));
        }
        Purpose::SortTable => {
            let sorts = names.iter().filter_map(|name| Sort::parse(name)).collect();
            data.requery(|step| step.sort = sorts);
        }
        Purpose::Columns => {
            data.note();
            let step = data.step_mut();
            step.columns.shown = Some(names.to_vec());
            step.column = 0;
            data.forget();
        }
        Purpose::Facets(key, _) => keep(data, key, names, true),
        Purpose::Steps => {
            let place = first.and_then(|name| name.parse().ok());
            if !place.is_some_and(|place| data.go_to(place)) {
                return Vec::new();
            }
        }
        Purpose::Top => {
            let word = first.unwrap_or(typed);
            let top = word.parse().ok().filter(|top| *top > 0);
            data.requery(|step| step.top = top);
        }
        Purpose::Days => {
            let word = first.unwrap_or(typed);
            if word == "all" {
                data.set_days(None);
            } else if let Some(days) = DateRange::parse(word) {
                data.set_days(Some(days));
            } else {
                model.talk = Talk::error(unread(&Purpose::Days, word));
                return Vec::new();
            }
        }
        Purpose::Change => return changed(model, first.unwrap_or(typed)),
        Purpose::Views(_, kept) => return views::picked(model, &kept, first.unwrap_or_default()),
        Purpose::Copy => return copy::copy(model, first.unwrap_or_default()),
        Purpose::GroupCompare
        | Purpose::SortCompare
        | Purpose::Side(_)
        | Purpose::Which(_)
        | Purpose::Palette => {
            return Vec::new();
        }
    }
    table::ask(model)
}

/// Keeps or drops the values that were picked.
pub(super) fn keep(data: &mut Explorer, key: GroupKey, names: &[String], keep: bool) {
    let values: Vec<Option<String>> = names.iter().map(|name| value_of_name(name)).collect();
    data.keep_or_drop_all(key, &values, keep);
}

fn changed(model: &mut Model, text: &str) -> Vec<Effect> {
    let periods = two_periods(text);
    let before = before_in_ledger(model);
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    if periods.is_none() && text != "off" {
        model.talk = Talk::error(unread(&Purpose::Change, text));
        return Vec::new();
    }
    let lacks = periods
        .zip(data.span())
        .is_some_and(|((before, _), span)| before.to < span.from);
    if let (true, Some(mut sources), Some((first, last))) = (lacks, before, periods) {
        sources.extend(data.loaded.opened.names.iter().cloned());
        let view = Some(data.step().saved());
        let name = data.loaded.opened.entries.first().cloned();
        let name = name.map_or_else(String::new, |entry| table::scope_name(model, &entry));
        let wanted = DateRange {
            from: first.from,
            to: last.to,
        };
        let changing = periods
            .zip(view)
            .map(|(periods, view)| Box::new(Changing { periods, view }));
        return table::open_changed(model, sources, name, Some(wanted), changing);
    }
    data.requery(|step| {
        step.reshape(None, periods);
        step.top = None;
    });
    table::ask(model)
}
