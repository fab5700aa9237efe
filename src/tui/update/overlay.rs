//! Help, questions, and lists to pick from.

use super::table;
use crate::domain::query::{GroupKey, KEY_NAMES};
use crate::domain::sort::{Sort, SortBy};
use crate::ops::explore::Opened;
use crate::ops::trust;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::keymap;
use crate::tui::layout;
use crate::tui::model::{Model, Overlay, Purpose, Talk};
use crate::tui::part::cursor::Cursor;
use crate::tui::part::picker::{Choice, Picker};
use crate::tui::screen::compare::CompareScreen;
use crate::tui::screen::table::{Open, Step};

/// Keys to group by: those of the contract, the tags found, then the columns themselves.
pub(super) fn group_picker(headers: &[String], tags: &[String], now: &[GroupKey]) -> Picker {
    let choice = |name: String, hint: &str| Choice {
        name,
        hint: hint.to_owned(),
    };
    let known = KEY_NAMES
        .iter()
        .filter(|(_, key)| key.groups())
        .map(|(name, _)| choice((*name).to_owned(), "key"));
    let tags = tags.iter().map(|tag| choice(format!("tag:{tag}"), "tag"));
    let columns = headers
        .iter()
        .map(|header| choice(header.clone(), "column"));
    let choices = known.chain(tags).chain(columns).collect();
    Picker::new(
        "Group by",
        choices,
        now.iter().map(GroupKey::name).collect(),
        true,
    )
}

/// What a table can be sorted by.
pub(super) fn sort_picker(group_by: &[GroupKey], columns: &[String]) -> Picker {
    let choice = |name: String, hint: &str| Choice {
        name,
        hint: hint.to_owned(),
    };
    let mut choices = vec![
        choice("cost".to_owned(), "largest first"),
        choice("-cost".to_owned(), "smallest first"),
    ];
    if !group_by.is_empty() {
        choices.push(choice("rows".to_owned(), "most first"));
    }
    for name in group_by
        .iter()
        .map(GroupKey::name)
        .chain(columns.iter().cloned())
    {
        choices.push(choice(name.clone(), "in order"));
        choices.push(choice(format!("-{name}"), "backwards"));
    }
    Picker::new("Sort by", choices, Vec::new(), false)
}

/// What reading the data showed, in full.
pub(super) fn trust(opened: &[&Opened]) -> Overlay {
    let lines: Vec<String> = opened
        .iter()
        .flat_map(|opened| trust::lines(opened))
        .collect();
    Overlay::Problem {
        title: "Can these numbers be trusted?".to_owned(),
        copy: lines.join("\n"),
        lines,
        cursor: Cursor::default(),
    }
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let height = model.list_height();
    let step = super::step_of(action);
    match (&mut model.overlay, action) {
        (Overlay::Help(cursor), _) if step.is_some() => {
            if let Some(step) = step {
                let visible = layout::list_height(model.size.1, 2);
                let furthest = keymap::help_lines().saturating_sub(visible);
                cursor.go(step, furthest + 1, visible);
            }
        }
        (Overlay::Problem { lines, cursor, .. }, _) if step.is_some() => {
            if let Some(step) = step {
                let visible = layout::list_height(model.size.1, 2);
                cursor.go(step, lines.len().max(1), visible);
            }
        }
        (Overlay::Problem { copy, .. }, Action::Copy) => {
            let copy = copy.clone();
            model.talk = Talk::Hint("copied, where the terminal allows it".to_owned());
            return vec![Effect::Copy(copy)];
        }
        (Overlay::Picker { picker, .. }, _) if step.is_some() => {
            if let Some(step) = step {
                picker.go(step, height);
            }
        }
        (Overlay::Picker { picker, .. }, Action::Toggle) if picker.several => {
            picker.toggle();
            picker.search = crate::tui::part::field::Field::default();
        }
        (Overlay::Picker { .. }, Action::Enter) => return picked(model),
        (Overlay::Quit, Action::Enter) => return vec![Effect::Quit],
        (_, Action::Close) => model.overlay = Overlay::None,
        _ => {}
    }
    Vec::new()
}

/// What is ticked, or the entry under the cursor when nothing else was asked for.
fn picked(model: &mut Model) -> Vec<Effect> {
    let Overlay::Picker { picker, purpose } = std::mem::replace(&mut model.overlay, Overlay::None)
    else {
        return Vec::new();
    };
    let under = picker.selected().map(|choice| choice.name);
    let Some(names) = names(&picker, under, purpose, model) else {
        model.talk = Talk::Hint("nothing matched; things stay as they are".to_owned());
        return Vec::new();
    };
    let keys: Vec<GroupKey> = names
        .iter()
        .filter_map(|name| GroupKey::parse(name))
        .collect();
    match purpose {
        Purpose::GroupCompare => {
            if let CompareScreen::Pair(pair) = &mut model.compare {
                pair.group_by = keys;
                pair.cursor = Cursor::default();
            }
            table::ask_compare(model)
        }
        Purpose::GroupTable | Purpose::SortTable => {
            if let Open::Data(data) = &mut model.table.open {
                let step = data.step_mut();
                if purpose == Purpose::SortTable {
                    step.sort = names
                        .first()
                        .and_then(|name| Sort::parse(name))
                        .unwrap_or_default();
                } else {
                    step.group_by = keys;
                    keep_sort(step);
                }
                step.cursor = Cursor::default();
                data.forget();
            }
            table::ask(model)
        }
    }
}

/// A sort by a key that is grouped by no more falls back to cost.
fn keep_sort(step: &mut Step) {
    let gone = match &step.sort.by {
        SortBy::Key(key) => !step.group_by.contains(key),
        SortBy::Rows => step.group_by.is_empty(),
        SortBy::Cost => false,
    };
    if gone {
        step.sort = Sort::default();
    }
}

/// Ticks that were changed are taken, even none at all; else the entry under the cursor alone.
fn names(
    picker: &Picker,
    under: Option<String>,
    purpose: Purpose,
    model: &Model,
) -> Option<Vec<String>> {
    let before: Vec<String> = match (purpose, &model.table.open, &model.compare) {
        (Purpose::GroupTable, Open::Data(data), _) => {
            data.step().group_by.iter().map(GroupKey::name).collect()
        }
        (Purpose::GroupCompare, _, CompareScreen::Pair(pair)) => {
            pair.group_by.iter().map(GroupKey::name).collect()
        }
        _ => Vec::new(),
    };
    if picker.several && picker.ticked != before {
        return Some(picker.ticked.clone());
    }
    under.map(|name| vec![name])
}
