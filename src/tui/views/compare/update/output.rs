//! Copies and exports the groups of a comparison, exact.

use crate::domain::text::escape;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::question::OutputQuestion;
use crate::tui::shell::Shell;
use crate::tui::shell::copy::copied;
use crate::tui::shell::overlay::{Overlay, PickerKind, PromptKind};
use crate::tui::shell::request::Request;
use crate::tui::shell::status::StatusLine;
use crate::tui::state::field::TextField;
use crate::tui::state::picker::{Choice, Picker};
use crate::tui::views::compare::state::{CompareScreen, Pair};

/// The entry that stands for the command of the comparison.
const COMMAND: &str = "command";

/// Opens the picker of things to copy.
pub(super) fn pick(shell: &mut Shell) -> Vec<Effect> {
    let choices = [
        ("view as TSV", "every group, for spreadsheets"),
        ("view as Markdown", "every group, for tickets"),
        ("cell", "the value under the cursor, exact"),
        ("row", "this group, tab-separated"),
        ("column", "every value of the column"),
        (COMMAND, "prints the same in a shell"),
    ];
    let choices = choices.map(|(name, hint)| Choice::new(name, hint));
    let picker = Picker::one("Copy", choices.into());
    let kind = PickerKind::CopyPair;
    shell.overlay = Overlay::Picker { picker, kind };
    Vec::new()
}

/// Copies the picked part.
pub(crate) fn copy(screen: &CompareScreen, shell: &mut Shell, what: &str) -> Vec<Effect> {
    let CompareScreen::Pair(pair) = screen else {
        return Vec::new();
    };
    if what == COMMAND {
        shell.request(Request::Act(Action::CopyCommand));
        return Vec::new();
    }
    match text_of(pair, what) {
        Some(text) => copied(shell, &text),
        None => shell.refuse("there is nothing under the cursor"),
    }
}

/// The text to copy; `None` if there is nothing under the cursor.
fn text_of(pair: &Pair, what: &str) -> Option<String> {
    let sheet = pair.sheet();
    let harmless = |value: &Option<String>| {
        let line = escape::one_line(value.as_deref().unwrap_or_default());
        escape::harmless(&line).into_owned()
    };
    let lines = |cells: Vec<&Option<String>>| {
        let cells: Vec<String> = cells.into_iter().map(harmless).collect();
        cells.join("\n")
    };
    let percents = pair.percents_here();
    let selected = || sheet.rows.get(pair.sheet_row());
    match what {
        "view as TSV" => Some(sheet.tsv()),
        "view as Markdown" => Some(sheet.markdown()),
        "cell" if percents.is_some() => percents?.get(pair.sheet_row())?.clone(),
        "column" if percents.is_some() => Some(lines(percents?.iter().collect())),
        "cell" => {
            let value = selected()?.get(pair.sheet_column())?.as_deref();
            Some(escape::one_line(value.unwrap_or_default()))
        }
        "row" => {
            let cells: Vec<String> = selected()?.iter().map(harmless).collect();
            Some(cells.join("\t"))
        }
        _ => {
            let at = pair.sheet_column();
            let cells = sheet.rows.iter().filter_map(|row| row.get(at));
            Some(lines(cells.collect()))
        }
    }
}

/// Opens the prompt for the file to write.
pub(super) fn prompt(shell: &mut Shell) -> Vec<Effect> {
    let name = shell.export_name.clone();
    shell.overlay = Overlay::Prompt {
        title: "Export the comparison to".into(),
        hint: "end the name in .csv, .xlsx, .parquet, .json or .md; all groups are written".into(),
        field: TextField::with(&name.unwrap_or_else(|| "comparison.xlsx".to_owned())),
        kind: PromptKind::ExportPair,
    };
    Vec::new()
}

/// Writes the groups to a file.
pub(crate) fn export(screen: &CompareScreen, shell: &mut Shell, text: &str) -> Vec<Effect> {
    let path = text.trim().to_owned();
    let CompareScreen::Pair(pair) = screen else {
        return Vec::new();
    };
    if path.is_empty() {
        return Vec::new();
    }
    // Neither side is overwritten.
    let mut opened = pair.actual.opened.clone();
    let others = pair.amortized.opened.names.iter();
    let others: Vec<String> = others
        .filter(|name| !opened.names.contains(name))
        .cloned()
        .collect();
    opened.names.extend(others);
    shell.status = StatusLine::hint(format!("writing {path} …"));
    shell.export_name = Some(path.clone());
    let (_, effect) = shell.ask(OutputQuestion::ExportSheet {
        opened,
        sheet: pair.sheet(),
        path,
    });
    vec![effect]
}
