//! The line under the cursor in full.

use crate::domain::query::Query;
use crate::domain::table::{Body, Table};
use crate::tui::effect::Effect;
use crate::tui::message::{Problem, Ticket};
use crate::tui::model::{Model, Overlay, Talk};
use crate::tui::part::cursor::Cursor;
use crate::tui::screen::detail;
use crate::tui::screen::table::{Explorer, Open};

/// The line under the cursor in full: a row is asked for with all of its columns.
pub(super) fn show(model: &mut Model) -> Vec<Effect> {
    let ticket = model.ticket();
    let Open::Data(data) = &mut model.table.open else {
        return Vec::new();
    };
    let step = data.step();
    if step.group_by.is_empty() {
        let query = Query {
            offset: step.cursor.selected,
            limit: Some(1),
            ..data.query()
        };
        let data = data.loaded.opened.data.clone();
        model.detail = Some(ticket);
        return vec![Effect::Detail {
            ticket,
            data,
            query: Box::new(query),
        }];
    }
    if let Some(lines) = group_lines(data) {
        show_page(model, "In full", lines);
    }
    Vec::new()
}

fn show_page(model: &mut Model, title: &str, lines: Vec<String>) {
    model.overlay = Overlay::Problem {
        title: title.to_owned(),
        copy: lines.join("\n"),
        lines,
        cursor: Cursor::default(),
    };
}

/// A group with every number, exact.
fn group_lines(data: &Explorer) -> Option<Vec<String>> {
    let shown = data.fresh()?;
    let (id, labels) = data.selected_keys()?;
    let mut lines = Vec::new();
    for ((key, value), label) in shown.group_by.iter().zip(&id.keys).zip(labels) {
        let value = value.clone().unwrap_or_else(|| "(none)".to_owned());
        lines.push(format!("{key}: {value}"));
        if let Some(label) = label.filter(|label| *label != value) {
            lines.push(format!("    name: {label}"));
        }
    }
    let currency = id.currency.unwrap_or_else(|| "-".to_owned());
    let at = data.step().cursor.selected.checked_sub(shown.offset)?;
    match &shown.table.body {
        Body::Groups { groups, .. } => {
            let group = groups.get(at)?;
            lines.push(format!("cost: {} {currency}", group.cost.amount));
            lines.push(format!("rows: {}", group.rows));
        }
        Body::Pivot(pivot) => {
            let line = pivot.lines.get(at)?;
            lines.push(format!("cost: {} {currency}", line.cost.amount));
            for (name, cell) in pivot.columns.iter().zip(&line.cells) {
                let name = name.as_deref().unwrap_or("(none)");
                let cell = cell.map_or_else(|| "no rows".to_owned(), |cell| cell.to_string());
                lines.push(format!("    {name}: {cell}"));
            }
        }
        Body::Change(change) => {
            let effects = change.groups.get(at)?.effects;
            let parts = [
                ("before", effects.before),
                ("after", effects.after),
                ("difference", effects.difference()),
                ("    new", effects.new),
                ("    gone", effects.gone),
                ("    quantity", effects.quantity),
                ("    price", effects.price),
            ];
            lines.extend(parts.map(|(name, amount)| format!("{name}: {amount} {currency}")));
        }
        Body::Rows { .. } => return None,
    }
    Some(lines)
}

/// Takes the row that was asked for in full.
pub(super) fn detailed(
    model: &mut Model,
    ticket: Ticket,
    result: Result<Table, Problem>,
) -> Vec<Effect> {
    if model.detail.take_if(|asked| *asked == ticket).is_none() {
        return Vec::new();
    }
    match result {
        Ok(table) => {
            if let Body::Rows { columns, rows } = &table.body
                && let Some(row) = rows.first()
            {
                let lines = detail::lines(columns, row);
                show_page(model, "The row in full", lines);
            }
        }
        Err(problem) => model.talk = Talk::Error(problem.text),
    }
    Vec::new()
}
