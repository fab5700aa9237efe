//! Handles overlays: help, the manual, pickers, prompts and the quit question.

use super::{Model, help_page, palette};
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::Sort;
use crate::ops::manual::PAGES;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::layout;
use crate::tui::shell::copy::copied;
use crate::tui::shell::help;
use crate::tui::shell::help::HelpPage;
use crate::tui::shell::overlay::{Overlay, PickerKind, PromptKind};
use crate::tui::shell::status::StatusLine;
use crate::tui::state::cursor::{Cursor, CursorStep};
use crate::tui::state::field::TextField;
use crate::tui::state::picker::Picker;
use crate::tui::state::width::broken;
use crate::tui::views::compare::state::CompareScreen;
use crate::tui::views::compare::state::columns::PairColumn;
use crate::tui::views::compare::update as compare;
use crate::tui::views::jobs::cancel;
use crate::tui::views::overview::update as overview;
use crate::tui::views::scopes::update as scopes;
use crate::tui::views::scopes::{creating, exports};
use crate::tui::views::table::state::Open;
use crate::tui::views::table::update::ask::ask;
use crate::tui::views::table::update::opening::sides;
use crate::tui::views::table::update::{level_search, pick, prompts, saved_views};

/// Copies a page as text, or the command that prints it, unless the screen is masked.
fn copy_page(model: &mut Model, text: Option<String>) -> Vec<Effect> {
    let Some(text) = text else {
        model.shell.status = StatusLine::hint("no command prints this page");
        return Vec::new();
    };
    copied(&mut model.shell, &text)
}

/// Turns to the next or previous page of the manual. The key help is the first page; the last page has no next one.
fn turn(model: &mut Model, action: Action) {
    let next = match (&model.shell.overlay, action) {
        (Overlay::Manual(page, _), Action::Right) => (page + 1).min(PAGES.len() - 1),
        (Overlay::Manual(0, _), _) => {
            model.shell.overlay = Overlay::Help(HelpPage::default());
            return;
        }
        (Overlay::Manual(page, _), _) => page - 1,
        (_, Action::Right) => 0,
        _ => return,
    };
    if !matches!(model.shell.overlay, Overlay::Manual(page, _) if page == next) {
        model.shell.overlay = Overlay::Manual(next, Cursor::default());
    }
}

/// Scrolls a page by its wrapped lines.
fn scroll(model: &mut Model, step: CursorStep) {
    let inside = usize::from(model.shell.size.0.saturating_sub(2));
    // The box of a page of text also has a line of keys.
    let [manual, page] = [2, 3].map(|others| model.shell.list_height(others));
    let (lines, cursor, visible) = match &mut model.shell.overlay {
        Overlay::Manual(page, cursor) => (help::manual(*page, inside).len(), cursor, manual),
        Overlay::Problem { lines, cursor, .. } => {
            let width = inside.saturating_sub(2).max(1);
            let wrapped = lines.iter().map(|line| broken(line, width).len()).sum();
            (wrapped, cursor, page)
        }
        Overlay::None
        | Overlay::Help(_)
        | Overlay::Picker { .. }
        | Overlay::Prompt { .. }
        | Overlay::Quit
        | Overlay::Cancel(_) => return,
    };
    cursor.go(step, lines.saturating_sub(visible) + 1, visible);
}

/// Moves in a list, scrolls a page, or brings the last search back.
fn step_in(model: &mut Model, step: CursorStep) {
    let height = model.shell.list_height(layout::PICKER_OTHERS);
    let searched = match &model.table.open {
        Open::Data(data) => data.search.last.as_str(),
        Open::Nothing | Open::Opening { .. } => "",
    };
    match &mut model.shell.overlay {
        Overlay::Picker { picker, .. } => picker.go(step, height),
        Overlay::Prompt {
            field,
            kind: PromptKind::Search,
            ..
        } if step == CursorStep::Up && !searched.is_empty() => *field = TextField::with(searched),
        Overlay::Help(_) => help_page::go(model, step),
        Overlay::None
        | Overlay::Manual(..)
        | Overlay::Prompt { .. }
        | Overlay::Quit
        | Overlay::Cancel(_)
        | Overlay::Problem { .. } => scroll(model, step),
    }
}

pub(crate) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if let Some(step) = action.step() {
        step_in(model, step);
        return Vec::new();
    }
    match (&mut model.shell.overlay, action) {
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
        (Overlay::Picker { picker, .. }, Action::Toggle) if picker.several => {
            picker.toggle();
            picker.search = TextField::default();
        }
        (Overlay::Picker { .. }, Action::Enter) => return picked(model),
        (Overlay::Help(_), Action::Enter) => return help_page::run(model),
        (Overlay::Picker { .. }, Action::Drop) => return dropped(model),
        (Overlay::Prompt { .. }, Action::NextField) => return goes_on(model),
        (Overlay::Prompt { .. }, Action::Enter) => {
            let overlay = std::mem::replace(&mut model.shell.overlay, Overlay::None);
            return entered(model, overlay);
        }
        (Overlay::Quit, Action::Enter) => return vec![Effect::Quit],
        (Overlay::Cancel(question), Action::Enter) => {
            let question = question.clone();
            model.shell.overlay = Overlay::None;
            return cancel::confirmed(&model.jobs, &mut model.shell, question);
        }
        (_, Action::Close) => {
            if let Overlay::Picker {
                kind: PickerKind::Which(sources),
                ..
            } = &model.shell.overlay
            {
                model.shell.status = StatusLine::hint(format!(
                    "nothing is open: start again with `costscope open {}`, or with one of them and ⟦table.compare⟧",
                    sources.join(" ")
                ));
            }
            model.shell.overlay = Overlay::None;
        }
        _ => {}
    }
    Vec::new()
}

/// Completes the path in a prompt, or searches its text in all levels.
fn goes_on(model: &mut Model) -> Vec<Effect> {
    let Overlay::Prompt { field, kind, .. } = &model.shell.overlay else {
        return Vec::new();
    };
    let text = field.text().to_owned();
    if kind.takes_paths() {
        return vec![Effect::CompletePath(text)];
    }
    match kind {
        PromptKind::Search => level_search::begin(&mut model.table, &mut model.shell, &text),
        PromptKind::SearchPair => {
            compare::explore::search_levels(&mut model.compare, &mut model.shell, &text)
        }
        _ => Vec::new(),
    }
}

/// Applies the text of a prompt. A text that is refused stays in its prompt.
fn entered(model: &mut Model, prompt: Overlay) -> Vec<Effect> {
    let Overlay::Prompt { field, kind, .. } = &prompt else {
        return Vec::new();
    };
    let (table, shell) = (&mut model.table, &mut model.shell);
    let done = match kind {
        PromptKind::SearchPair => {
            return compare::explore::searched(&mut model.compare, shell, field.text());
        }
        PromptKind::ExportPair => {
            return compare::output::export(&model.compare, shell, field.text());
        }
        PromptKind::ExportPage => {
            return overview::export(&mut model.overview, shell, field.text());
        }
        PromptKind::SaveViewPair => compare::saved_views::save(&model.compare, field.text()),
        PromptKind::NewExport => creating::entered(&mut model.scopes, shell, field.text()),
        PromptKind::Search
        | PromptKind::ExportTo
        | PromptKind::SaveView
        | PromptKind::OtherSide
        | PromptKind::Sas
        | PromptKind::EarlierMonth
        | PromptKind::Open => prompts::prompted(table, shell, *kind, field.text()),
    };
    match done {
        Ok(effects) => effects,
        Err(why) => {
            shell.overlay = prompt;
            shell.refuse(why)
        }
    }
}

/// Applies a picker: the ticked entries, or the entry under the cursor if no tick was changed.
fn picked(model: &mut Model) -> Vec<Effect> {
    let Overlay::Picker { picker, kind } =
        std::mem::replace(&mut model.shell.overlay, Overlay::None)
    else {
        return Vec::new();
    };
    let typed = picker.search.text().trim().to_owned();
    let under = picker.selected().map(|choice| choice.name);
    // Typed text that is valid by itself wins over any entry that matches it.
    if pick::reads(&kind, &typed) {
        return pick::picked(&mut model.table, &mut model.shell, kind, (&[], &typed));
    }
    let Some(names) = names(&picker, under, &kind, model) else {
        if pick::is_free(&kind) && !typed.is_empty() {
            // The picker stays open so that the text can be corrected.
            model.shell.status = StatusLine::error(pick::unread(&kind, &typed));
            model.shell.overlay = Overlay::Picker { picker, kind };
            return Vec::new();
        }
        model.shell.status = StatusLine::hint("no match, nothing changed");
        return Vec::new();
    };
    let first = names.first().map_or("", String::as_str);
    let (table, shell) = (&mut model.table, &mut model.shell);
    match kind {
        PickerKind::GroupCompare => compare::pick::grouped(&mut model.compare, shell, &names),
        PickerKind::SortCompare => compare::pick::sorted(&mut model.compare, first),
        PickerKind::Subscriptions(group, found) => {
            scopes::picked(&mut model.scopes, shell, (*group, found), &names)
        }
        PickerKind::Exports(scope, found) => {
            exports::picked(&mut model.scopes, shell, scope, found, first)
        }
        PickerKind::CreateExport(draft) => creating::answered(shell, draft, first),

        PickerKind::OneExport(scope, export) => {
            exports::chosen(&mut model.scopes, shell, (&scope, &export), first)
        }
        PickerKind::FacetsPair(key, _) => {
            compare::facets::picked(&mut model.compare, shell, &key, (&names, true))
        }
        PickerKind::ColumnsPair => compare::pick::columns_picked(&mut model.compare, shell, &names),
        PickerKind::PivotPair => compare::pick::pivoted(&mut model.compare, shell, first),
        PickerKind::ViewsPair(_, kept) => {
            compare::saved_views::picked(&mut model.compare, shell, &kept, first)
        }
        PickerKind::LevelsPair(_, hits) => {
            compare::explore::hit_picked(&mut model.compare, shell, &hits, first)
        }
        PickerKind::CopyPair => compare::output::copy(&model.compare, shell, first),
        PickerKind::Side(others) => sides::side_picked(table, shell, others, first),
        PickerKind::Which(sources) => sides::which_picked(table, shell, &sources, first),
        PickerKind::Palette => palette::run(model, first),
        kind => pick::picked(table, shell, kind, (&names, &typed)),
    }
}

/// Excludes the ticked values or the one under the cursor, or deletes the selected saved view.
fn dropped(model: &mut Model) -> Vec<Effect> {
    let Overlay::Picker { picker, kind } = &model.shell.overlay else {
        return Vec::new();
    };
    if let PickerKind::Views(_, kept) | PickerKind::ViewsPair(_, kept) = kind {
        let name = picker.selected().map(|choice| choice.name);
        // A comparison lists no statement of our own.
        let with_ours = matches!(kind, PickerKind::Views(..));
        let ours = name
            .as_ref()
            .is_some_and(|name| with_ours && saved_views::is_ours(kept, name));
        model.shell.overlay = Overlay::None;
        if ours {
            model.shell.status = StatusLine::hint("a built-in statement cannot be deleted");
            return Vec::new();
        }
        return name.map(Effect::RemoveView).into_iter().collect();
    }
    let (key, pair) = match kind {
        PickerKind::Facets(key, _) => (key.clone(), false),
        PickerKind::FacetsPair(key, _) => (key.clone(), true),
        _ => return Vec::new(),
    };
    let under = picker.selected().map(|choice| choice.name);
    let names = names(picker, under, kind, model).unwrap_or_default();
    model.shell.overlay = Overlay::None;
    if pair {
        let picked = (names.as_slice(), false);
        return compare::facets::picked(&mut model.compare, &mut model.shell, &key, picked);
    }
    if let Open::Data(data) = &mut model.table.open {
        pick::keep(data, key, &names, false);
    }
    ask(&mut model.table, &mut model.shell)
}

/// The picked names: the ticks if they were changed, even to an empty list, else the entry under the cursor.
fn names(
    picker: &Picker,
    under: Option<String>,
    kind: &PickerKind,
    model: &Model,
) -> Option<Vec<String>> {
    let before: Vec<String> = match (kind, &model.table.open, &model.compare) {
        (PickerKind::GroupTable, Open::Data(data), _) => {
            data.step().group_by.iter().map(GroupKey::name).collect()
        }
        (PickerKind::SortTable, Open::Data(data), _) => {
            data.step().sort.iter().map(Sort::choice).collect()
        }
        (PickerKind::Columns, Open::Data(data), _) => {
            data.columns().into_iter().map(|col| col.name).collect()
        }
        (PickerKind::GroupCompare, _, CompareScreen::Pair(pair)) => {
            pair.step().group_by.iter().map(GroupKey::name).collect()
        }
        (PickerKind::ColumnsPair, _, CompareScreen::Pair(pair)) => PairColumn::names(&pair.parts()),
        _ => Vec::new(),
    };
    if picker.several && picker.ticked != before {
        return Some(picker.ticked.clone());
    }
    under.map(|name| vec![name])
}
