//! Shows the line under the cursor in full.

mod row_in_full;

use crate::domain::analysis::change::{Change, Effects, period_titles};
use crate::domain::period::DateRange;
use crate::domain::query::Query;
use crate::domain::table::value_names::value_name;
use crate::domain::table::{Body, Table};
use crate::tui::effect::Effect;
use crate::tui::question::TableQuestion;
use crate::tui::shell::Shell;
use crate::tui::shell::status::StatusLine;
use crate::tui::ticket::{Problem, Ticket};
use crate::tui::views::table::state::explorer::Explorer;
use crate::tui::views::table::state::{Open, TableScreen};

/// Shows the line under the cursor in full. A row is first fetched with all of its columns.
pub(crate) fn show(screen: &mut TableScreen, shell: &mut Shell) -> Vec<Effect> {
    let ticket = shell.ticket();
    let Open::Data(data) = &mut screen.open else {
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
        shell.detail = Some(ticket);
        return vec![shell.ask_under(ticket, TableQuestion::Row { data, query })];
    }
    if let Some(lines) = group_lines(data) {
        shell.show_page("In full", lines);
    }
    Vec::new()
}

/// The group under the cursor with exact numbers.
fn group_lines(data: &Explorer) -> Option<Vec<String>> {
    let shown = data.fresh()?;
    let limits = data.loaded.opened.limits();
    if let Some(child_row) = data.child_row() {
        let group = child_row.group()?;
        let value = group.keys.first().cloned().flatten();
        let value = value_name(value.as_deref());
        let mut lines = vec![
            format!("{}: {value}", child_row.key),
            format!("cost: {} {}", group.cost.amount, group.cost.code()),
            format!("rows: {}", group.rows),
        ];
        lines.extend(limits);
        return Some(lines);
    }
    let (id, labels) = data.selected_keys()?;
    let mut lines = Vec::new();
    for ((key, value), label) in shown.group_by.iter().zip(&id.keys).zip(labels) {
        let value = value_name(value.as_deref());
        lines.push(format!("{key}: {value}"));
        if let Some(label) = label.filter(|label| *label != value) {
            lines.push(format!("    name: {label}"));
        }
    }
    let currency = id.currency.unwrap_or_else(|| "-".to_owned());
    let at = data.selected_place()?;
    let body = &shown.table.body;
    if let Some((cost, rows)) = body.group_line(at)?.sums {
        lines.push(format!("cost: {cost} {currency}"));
        if matches!(body, Body::Groups { .. }) {
            lines.push(format!("rows: {rows}"));
        }
    }
    match body {
        Body::Pivot(pivot) => {
            for (place, cell) in pivot.lines.get(at)?.cells.iter().enumerate() {
                let name = pivot.title(place).unwrap_or_default();
                let cell = cell.map_or_else(|| "no rows".to_owned(), |cell| cell.to_string());
                lines.push(format!("    {name}: {cell}"));
            }
        }
        Body::Change(change) => lines.extend(change_lines(change, at, (&currency, shown.change))?),
        Body::Groups { .. } | Body::Rows { .. } => {}
    }
    lines.extend(limits);
    Some(lines)
}

/// A group of two periods with exact amounts; the sides have the names of the periods.
fn change_lines(
    change: &Change,
    at: usize,
    (currency, periods): (&str, Option<(DateRange, DateRange)>),
) -> Option<Vec<String>> {
    let group = change.groups.get(at)?;
    let [was, is] = period_titles(periods.map_or([None; 2], |(a, b)| [Some(a), Some(b)]));
    let mut lines = Vec::new();
    let amounts = group.effects.amounts();
    for (place, (name, amount)) in Effects::NAMES.iter().zip(amounts).enumerate() {
        // The parts are indented under their sum.
        let indent = if place < 3 { "" } else { "    " };
        let name = match *name {
            "before" => &was,
            "after" => &is,
            name => name,
        };
        lines.push(format!("{indent}{name}: {amount} {currency}"));
    }
    if let Some(pivot) = &change.pivot {
        lines.push(format!("difference by {}:", pivot.by()));
        let cells = pivot.names.iter().zip(pivot.cells(group.id()));
        lines.extend(cells.map(|(name, cell)| {
            let cell = cell.map_or_else(|| "no rows".to_owned(), |cell| cell.to_string());
            format!("    {name}: {cell}")
        }));
    }
    Some(lines)
}

/// Shows the fetched row in full.
pub(crate) fn detailed(
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<Table, Problem>,
) -> Vec<Effect> {
    if shell.detail.take_if(|asked| *asked == ticket).is_none() {
        return Vec::new();
    }
    match result {
        Ok(table) => {
            if let Body::Rows { columns, rows } = &table.body
                && let Some(row) = rows.first()
            {
                let lines = row_in_full::lines(columns, row);
                shell.show_page("The row in full", lines);
            }
        }
        Err(problem) => shell.status = StatusLine::error(problem.text),
    }
    Vec::new()
}
