//! Handles overlays: help, the manual, pickers, prompts and the quit question.

use super::{compare, pick, prompts, table, views};
use crate::domain::query::group_key::{GroupKey, KEY_NAMES};
use crate::ops::context::Opened;
use crate::ops::explore::quality_report;
use crate::ops::manual::PAGES;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::keymap::Context;
use crate::tui::layout;
use crate::tui::model::allows::LEAVES;
use crate::tui::model::{Model, Overlay, Purpose, Talk};
use crate::tui::part::cursor::{Cursor, Step};
use crate::tui::part::picker::{Choice, Picker};
use crate::tui::part::said::Said;
use crate::tui::part::width::broken;
use crate::tui::screen::compare::{CompareScreen, PairStep};
use crate::tui::screen::help;
use crate::tui::screen::table::Open;

/// The picker of group keys: the built-in keys, then the tags found, then the columns.
pub(super) fn group_picker(headers: &[String], tags: &[String], now: &[GroupKey]) -> Picker {
    let choice = |name: String, hint: &str| Choice::new(name, hint);
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

/// The contexts whose actions are in the palette.
fn nameable(model: &Model) -> [Context; 3] {
    [model.screen_context(), Context::Everywhere, Context::Always]
}

/// Every action of the screen by name, with its key. An unavailable action shows the reason.
fn palette(model: &Model) -> Picker {
    let mut choices: Vec<Choice> = Vec::new();
    for binding in model.keymap.of(&nameable(model)) {
        let name = binding.action.word();
        let moves = super::step_of(binding.action).is_some();
        if moves || binding.action == Action::Palette || choices.iter().any(|c| c.name == name) {
            continue;
        }
        let key = binding.keys.first().map(ToString::to_string);
        let key = key.unwrap_or_default();
        // The trailing space also separates the longest keys from the help.
        let key = format!("{key:<6} ");
        let choice = match model.allows(binding.action) {
            Ok(()) => Choice::new(name, format!("{key}{}", binding.help)),
            Err(why) => Choice {
                // The reason may name a scope.
                veiled: matches!(why, Said::Closed(_)).then(|| format!("{key}(not now)")),
                ..Choice::new(
                    name,
                    format!("{key}(not now: {})", model.keymap.spell(&why)),
                )
            },
        };
        choices.push(choice);
    }
    Picker::new("Actions", choices, Vec::new(), false)
}

/// Opens the palette in place of any other overlay.
pub(super) fn open_palette(model: &mut Model) {
    model.overlay = Overlay::None;
    let picker = palette(model);
    let purpose = Purpose::Palette;
    model.overlay = Overlay::Picker { picker, purpose };
}

/// The page with the full quality report of the opened data.
pub(super) fn trust(opened: &[&Opened]) -> Overlay {
    let lines: Vec<String> = opened
        .iter()
        .flat_map(|opened| quality_report::lines(opened))
        .collect();
    Overlay::Problem {
        title: "Can these numbers be trusted?".to_owned(),
        copy: lines.join("\n"),
        lines,
        cursor: Cursor::default(),
        command: None,
    }
}

/// Copies a page as text, or the command that prints it, unless the screen is masked.
fn copy_page(model: &mut Model, text: Option<String>) -> Vec<Effect> {
    let Some(text) = text else {
        model.talk = Talk::hint("no command prints this page");
        return Vec::new();
    };
    if model.masked {
        model.talk = Talk::error(LEAVES);
        return Vec::new();
    }
    model.talk = Talk::hint("copied (if the terminal allows it)");
    vec![Effect::Copy(text)]
}

/// Turns to the next or previous page of the manual. The key help is the first page; the last page has no next one.
fn turn(model: &mut Model, action: Action) {
    let next = match (&model.overlay, action) {
        (Overlay::Manual(page, _), Action::Right) => (page + 1).min(PAGES.len() - 1),
        (Overlay::Manual(0, _), _) => {
            model.overlay = Overlay::Help(Cursor::default());
            return;
        }
        (Overlay::Manual(page, _), _) => page - 1,
        (_, Action::Right) => 0,
        _ => return,
    };
    if !matches!(model.overlay, Overlay::Manual(page, _) if page == next) {
        model.overlay = Overlay::Manual(next, Cursor::default());
    }
}

/// Scrolls a page by its wrapped lines.
fn scroll(model: &mut Model, step: Step) {
    let (columns, height) = model.size;
    let inside = usize::from(columns.saturating_sub(2));
    let long = match &model.overlay {
        Overlay::Help(_) => help::lines(model.keymap, model.screen_context(), inside).len(),
        Overlay::Manual(page, _) => help::manual(*page, inside).len(),
        Overlay::Problem { lines, .. } => {
            let width = inside.saturating_sub(2).max(1);
            lines.iter().map(|line| broken(line, width).len()).sum()
        }
        _ => return,
    };
    let (cursor, frame) = match &mut model.overlay {
        Overlay::Help(cursor) | Overlay::Manual(_, cursor) => (cursor, 2),
        // Its box also has a line of keys.
        Overlay::Problem { cursor, .. } => (cursor, 3),
        _ => return,
    };
    let visible = layout::list_height(height, frame);
    cursor.go(step, long.saturating_sub(visible) + 1, visible);
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let height = model.list_height();
    let step = super::step_of(action);
    match (&mut model.overlay, action) {
        (Overlay::Help(_) | Overlay::Manual(..) | Overlay::Problem { .. }, _) if step.is_some() => {
            if let Some(step) = step {
                scroll(model, step);
            }
        }
        (Overlay::Manual(page, _), Action::CopyCommand) => {
            let name = PAGES.get(*page).map(|page| page.name);
            return copy_page(model, name.map(|name| format!("costscope help {name}")));
        }
        (Overlay::Help(_) | Overlay::Manual(..), Action::Left | Action::Right) => {
            turn(model, action);
        }
        (Overlay::Problem { copy, command, .. }, Action::Copy | Action::CopyCommand) => {
            let page = (action == Action::Copy).then(|| copy.clone());
            let text = page.or_else(|| command.clone());
            return copy_page(model, text);
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
        (Overlay::Picker { .. }, Action::Drop) => return dropped(model),
        (Overlay::Prompt { .. }, Action::Enter) => {
            let overlay = std::mem::replace(&mut model.overlay, Overlay::None);
            if let Overlay::Prompt { field, purpose, .. } = overlay {
                return prompts::prompted(model, purpose, field.text());
            }
        }
        (Overlay::Quit, Action::Enter) => return vec![Effect::Quit],
        (_, Action::Close) => {
            if let Overlay::Picker {
                purpose: Purpose::Which(sources),
                ..
            } = &model.overlay
            {
                model.talk = Talk::hint(format!(
                    "nothing is open: start again with `costscope open {}`, or with one of them and ⟦table.compare⟧",
                    sources.join(" ")
                ));
            }
            model.overlay = Overlay::None;
        }
        _ => {}
    }
    Vec::new()
}

/// Applies a picker: the ticked entries, or the entry under the cursor if no tick was changed.
fn picked(model: &mut Model) -> Vec<Effect> {
    let Overlay::Picker { picker, purpose } = std::mem::replace(&mut model.overlay, Overlay::None)
    else {
        return Vec::new();
    };
    let typed = picker.search.text().trim().to_owned();
    let under = picker.selected().map(|choice| choice.name);
    // Typed text that is valid by itself wins over any entry that matches it.
    if pick::reads(&purpose, &typed) {
        return pick::picked(model, purpose, &[], &typed);
    }
    let Some(names) = names(&picker, under, &purpose, model) else {
        if pick::is_free(&purpose) && !typed.is_empty() {
            // The picker stays open so that the text can be corrected.
            model.talk = Talk::error(pick::unread(&purpose, &typed));
            model.overlay = Overlay::Picker { picker, purpose };
            return Vec::new();
        }
        model.talk = Talk::hint("no match, nothing changed");
        return Vec::new();
    };
    match purpose {
        Purpose::GroupCompare => {
            if let CompareScreen::Pair(pair) = &mut model.compare {
                let keys = names.iter().filter_map(|name| GroupKey::parse(name));
                let keys: Vec<GroupKey> = keys.collect();
                if keys.is_empty() {
                    model.talk = Talk::error("a comparison needs at least one key");
                    return Vec::new();
                }
                let step = pair.step();
                let mut fresh = PairStep::new(step.label.clone(), step.filter.clone(), keys);
                fresh.within.clone_from(&step.within);
                *pair.step_mut() = fresh;
                pair.forget();
            }
            compare::ask_compare(model)
        }
        Purpose::SortCompare => compare::sorted(model, names.first().map_or("", String::as_str)),
        Purpose::Side(others) => {
            compare::sides::side_picked(model, others, names.first().map_or("", String::as_str))
        }
        Purpose::Which(sources) => {
            compare::sides::which_picked(model, &sources, names.first().map_or("", String::as_str))
        }
        Purpose::Palette => {
            let name = names.first().cloned().unwrap_or_default();
            let action = model
                .keymap
                .of(&nameable(model))
                .find(|binding| binding.action.word() == name);
            action.map_or_else(Vec::new, |binding| super::allowed(model, binding.action))
        }
        purpose => pick::picked(model, purpose, &names, &typed),
    }
}

/// Excludes the ticked values or the one under the cursor, or deletes the selected saved view.
fn dropped(model: &mut Model) -> Vec<Effect> {
    let Overlay::Picker { picker, purpose } = &model.overlay else {
        return Vec::new();
    };
    if let Purpose::Views(_, kept) = purpose {
        let name = picker.selected().map(|choice| choice.name);
        let ours = name.as_ref().is_some_and(|name| views::is_ours(kept, name));
        model.overlay = Overlay::None;
        if ours {
            model.talk = Talk::hint("a built-in statement cannot be deleted");
            return Vec::new();
        }
        return name.map(Effect::RemoveView).into_iter().collect();
    }
    let Purpose::Facets(key, _) = purpose.clone() else {
        return Vec::new();
    };
    let under = picker.selected().map(|choice| choice.name);
    let names = names(picker, under, purpose, model).unwrap_or_default();
    model.overlay = Overlay::None;
    if let Open::Data(data) = &mut model.table.open {
        pick::keep(data, key, &names, false);
    }
    table::ask(model)
}

/// The picked names: the ticks if they were changed, even to an empty list, else the entry under the cursor.
fn names(
    picker: &Picker,
    under: Option<String>,
    purpose: &Purpose,
    model: &Model,
) -> Option<Vec<String>> {
    let before: Vec<String> = match (purpose, &model.table.open, &model.compare) {
        (Purpose::GroupTable, Open::Data(data), _) => {
            data.step().group_by.iter().map(GroupKey::name).collect()
        }
        (Purpose::SortTable, Open::Data(data), _) => {
            data.step().sort.iter().map(ToString::to_string).collect()
        }
        (Purpose::Columns, Open::Data(data), _) => {
            data.columns().into_iter().map(|col| col.name).collect()
        }
        (Purpose::GroupCompare, _, CompareScreen::Pair(pair)) => {
            pair.step().group_by.iter().map(GroupKey::name).collect()
        }
        _ => Vec::new(),
    };
    if picker.several && picker.ticked != before {
        return Some(picker.ticked.clone());
    }
    under.map(|name| vec![name])
}
