//! Copies a cell, a line, a column or the whole answer. Text too large for the terminal's clipboard goes to a file.

use crate::domain::analysis::change::Effects;
use crate::domain::table::Body;
use crate::domain::table::text_table::currency_key;
use crate::domain::text::escape;
use crate::tui::effect::{CopyForm, Effect};
use crate::tui::model::allows::LEAVES;
use crate::tui::model::{Model, Talk};
use crate::tui::part::picker::{Choice, Picker};
use crate::tui::screen::table::Open;
use crate::tui::screen::table::columns;
use crate::tui::screen::table::columns::{Col, What};
use crate::tui::screen::table::explorer::Explorer;

/// The largest text in bytes that is sent to the terminal's clipboard. Some terminals do not accept more.
const CLIPBOARD: usize = 74_000;

/// The picker of things to copy.
pub(super) fn picker() -> Picker {
    let choices = [
        ("cell", "the value under the cursor, exact"),
        ("row", "line under the cursor, tab-separated"),
        ("column", "every value of the column"),
        ("view as TSV", "for spreadsheets"),
        ("view as Markdown", "for tickets"),
        ("view as JSON", "as `--format json` prints it"),
    ];
    let choices = choices.map(|(name, hint)| Choice::new(name, hint));
    Picker::new("Copy", choices.into(), Vec::new(), false)
}

/// Copies what was picked.
pub(super) fn copy(model: &mut Model, what: &str) -> Vec<Effect> {
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    if data.answer.is_some() {
        return super::answer::copied(model, what);
    }
    if what == "cell" || what == "row" {
        let text = if what == "cell" {
            cell_text(data)
        } else {
            row_text(data)
        };
        let Some(text) = text else {
            model.talk = Talk::error("there is nothing under the cursor");
            return Vec::new();
        };
        return copied(model, &text);
    }
    let mut query = data.whole_query();
    let form = match what {
        "column" => {
            let Some(at) = sheet_column(data) else {
                model.talk = Talk::error("this column cannot be copied; ← → move to another");
                return Vec::new();
            };
            if query.group_by.is_empty() {
                query.columns = data.column().into_iter().map(|col| col.name).collect();
                CopyForm::Column(0)
            } else {
                CopyForm::Column(at)
            }
        }
        "view as TSV" => CopyForm::Tsv,
        "view as Markdown" => CopyForm::Markdown,
        _ => CopyForm::Json,
    };
    vec![Effect::Render {
        opened: Box::new(data.loaded.opened.clone()),
        query: Box::new(query),
        form,
    }]
}

/// The index of the column under the cursor in the whole answer: keys, cost, currency, then the rest.
fn sheet_column(data: &Explorer) -> Option<usize> {
    let keys = data.step().group_by.len();
    let query = data.query();
    let currency = currency_key(&query);
    let rest = keys + 1 + usize::from(currency.is_none());
    match data.column()?.what {
        What::Key(at) => Some(at),
        What::Header(_) => Some(0),
        What::Cost => Some(keys),
        What::Currency if query.change.is_some() => currency.or(Some(keys)),
        What::Currency => currency.or(Some(keys + 1)),
        What::Rows if query.pivot.is_none() => Some(rest),
        What::Effect(name) => {
            let at = Effects::NAMES.iter().position(|known| *known == name)?;
            Some(keys + usize::from(currency.is_none()) + at)
        }
        What::Cell(at) => Some(rest + at),
        What::Measure(measure) => {
            let at = query.measures.iter().position(|known| *known == measure)?;
            Some(rest + 1 + at)
        }
        _ => None,
    }
}

/// The exact values of the line under the cursor, one per shown column.
fn exact_cells(data: &Explorer) -> Option<Vec<String>> {
    let shown = data.fresh()?;
    if let Some(twig) = data.twig() {
        // A child row is treated as a table with one line.
        let body = Body::Groups {
            groups: vec![twig.group()?.clone()],
            others: None,
        };
        let text = |col: Col| columns::exact(&body, 0, &col.what);
        return Some(data.columns().into_iter().map(text).collect());
    }
    let at = data.selected_place()?;
    let text = |col: Col| columns::exact(&shown.table.body, at, &col.what);
    Some(data.columns().into_iter().map(text).collect())
}

fn cell_text(data: &Explorer) -> Option<String> {
    let cells = exact_cells(data)?;
    let at = data.step().column.min(cells.len().checked_sub(1)?);
    cells.get(at).map(|cell| escape::one_line(cell))
}

fn row_text(data: &Explorer) -> Option<String> {
    let cells = exact_cells(data)?;
    let cell = |cell: &String| escape::harmless(&escape::one_line(cell)).into_owned();
    let cells: Vec<String> = cells.iter().map(cell).collect();
    Some(cells.join("\t"))
}

/// Copies a text to the clipboard, or saves it to a file if it is too large.
pub(super) fn copied(model: &mut Model, text: &str) -> Vec<Effect> {
    // An answer may come after the screen was masked.
    if model.masked {
        model.talk = Talk::error(LEAVES);
        return Vec::new();
    }
    let text = escape::for_clipboard(text);
    if text.len() > CLIPBOARD {
        return vec![Effect::SaveCopy(text)];
    }
    let first: String = text
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(300)
        .collect();
    let more = text.lines().count().saturating_sub(1);
    let rest = if more > 0 {
        format!(" and {more} more lines")
    } else {
        String::new()
    };
    model.talk = Talk::hint(format!("copied (if the terminal allows it): {first}{rest}"));
    vec![Effect::Copy(text)]
}
