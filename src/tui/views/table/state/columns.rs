//! The columns of an answer: all of them, the shown ones, and the one under the cursor.

use super::column::{Col, ColumnContent};
use super::explorer::Explorer;
use super::shown::Shown;
use super::step::{GroupGraphic, Step};
use crate::domain::analysis::change::{Change, Effects};
use crate::domain::query::Measure;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::money_column::MoneyColumn;
use crate::domain::table::pivot::column_name;
use crate::domain::table::text_table::measured;
use crate::domain::table::{Body, Table};
use crate::domain::text::percent;
use crate::tui::state::cursor::beside;
use crate::tui::state::rows;

/// Every column of an answer, and how many of them are shown by default.
pub fn all(
    step: &Step,
    group_by: &[GroupKey],
    table: &Table,
    money: MoneyColumn,
) -> (Vec<Col>, usize) {
    let mut out: Vec<Col> = Vec::new();
    let keys = group_by.iter().enumerate();
    out.extend(keys.map(|(at, key)| Col::new(key.name(), ColumnContent::Key(at))));
    let currency = || Col::new("currency", ColumnContent::Currency);
    let several = (table.totals.len() > 1).then(currency);
    match &table.body {
        Body::Groups { .. } => {
            out.push(Col::new("cost", ColumnContent::Cost));
            out.extend(several);
            out.push(Col::new("share", ColumnContent::Measure(Measure::Share)));
            out.push(Col::new("rows", ColumnContent::Rows));
            if step.picture != GroupGraphic::Nothing {
                out.push(Col::new("picture", ColumnContent::Picture));
            }
            let first = out.len();
            let more = Measure::ALL.iter().filter(|(_, m)| *m != Measure::Share);
            out.extend(more.map(|(name, m)| Col::new(*name, ColumnContent::Measure(*m))));
            (out, first)
        }
        Body::Pivot(pivot) => {
            out.push(Col::new("cost", ColumnContent::Cost));
            out.extend(several);
            let cells = pivot.columns.iter().enumerate();
            out.extend(cells.map(|(at, value)| {
                Col::new(
                    column_name(&pivot.by, value.as_deref()),
                    ColumnContent::Cell(at),
                )
            }));
            let others = Col::new(OTHERS, ColumnContent::Cell(pivot.columns.len()));
            out.extend((pivot.other_values > 0).then_some(others));
            let first = out.len();
            out.push(Col::new("rows", ColumnContent::Rows));
            (out, first)
        }
        Body::Change(change) => {
            out.extend((change.currencies.len() > 1).then(currency));
            let first = of_change(change, step.picture, &mut out);
            (out, first)
        }
        Body::Rows { columns, .. } => {
            let order = rows::display_order(columns, money);
            let named = order.into_iter().filter_map(|at| {
                let name = columns.get(at)?;
                Some(Col::new(name.clone(), ColumnContent::Header(at)))
            });
            out = named.collect();
            let first = out.len();
            (out, first)
        }
    }
}

/// The name of the column of the values that have no column of their own.
pub const OTHERS: &str = "(others)";

/// The name of a column of the pivot of two periods.
pub fn cell_name(by: &GroupKey, value: &str) -> String {
    format!("{by} = {value}")
}

/// Adds the columns of two periods; returns how many columns are shown by default. In a pivot, these are the whole
/// difference and its parts by the other key.
fn of_change(change: &Change, picture: GroupGraphic, out: &mut Vec<Col>) -> usize {
    let (sides, parts) = Effects::NAMES.split_at(3);
    let effect = |name: &&'static str| Col::new(*name, ColumnContent::Effect(name));
    let percent = || Col::new("percent", ColumnContent::Percent);
    let mut first = None;
    if let Some(pivot) = &change.pivot {
        out.push(Col::new("difference", ColumnContent::Effect("difference")));
        out.push(percent());
        // A value may have the name of another column.
        let names = pivot.names.iter().enumerate();
        out.extend(
            names.map(|(at, name)| Col::new(cell_name(pivot.by(), name), ColumnContent::Cell(at))),
        );
        first = Some(out.len());
        let two = sides.iter().filter(|name| **name != "difference");
        out.extend(two.map(effect));
    } else {
        out.extend(sides.iter().map(effect));
        out.push(percent());
    }
    out.push(Col::new("cause", ColumnContent::Cause));
    if picture != GroupGraphic::Nothing {
        out.push(Col::new("picture", ColumnContent::Picture));
    }
    out.extend(parts.iter().map(effect));
    first.unwrap_or(out.len())
}

impl Explorer {
    /// The columns that are shown, in their order.
    pub fn columns(&self) -> Vec<Col> {
        let shown = self.shown.as_ref();
        shown.map_or_else(Vec::new, |shown| self.columns_of(shown))
    }

    /// The columns of an answer that are shown, in their order.
    pub fn columns_of(&self, shown: &Shown) -> Vec<Col> {
        let step = self.step();
        let money = self.loaded.opened.data.money();
        let (all, first) = all(step, &shown.group_by, &shown.table, money);
        match &step.columns.shown {
            Some(names) => {
                let of = |name: &String| all.iter().find(|col| col.name == *name).cloned();
                let found: Vec<Col> = names.iter().filter_map(of).collect();
                if found.is_empty() { all } else { found }
            }
            None => all.into_iter().take(first).collect(),
        }
    }

    /// The number of columns that stay when the others are scrolled.
    pub fn pinned(&self) -> usize {
        let step = self.step();
        step.columns.pinned.unwrap_or(match step.group_by.len() {
            0 => rows::PINNED,
            // The totals of a pivot need their currency.
            keys => keys + usize::from(self.has_pivot_of_currencies()),
        })
    }

    /// Whether two periods in several currencies are pivoted, in the usual columns.
    fn has_pivot_of_currencies(&self) -> bool {
        let usual = self.step().columns.shown.is_none();
        let body = self.shown.as_ref().map(|shown| &shown.table.body);
        matches!(
            body,
            Some(Body::Change(change)) if usual && change.pivot.is_some() && change.currencies.len() > 1
        )
    }

    /// The column under the cursor.
    pub fn column(&self) -> Option<Col> {
        let columns = self.columns();
        let at = self.step().column.min(columns.len().saturating_sub(1));
        columns.into_iter().nth(at)
    }

    /// The key of the column under the cursor, or why it has none.
    pub fn key_here(&self) -> Result<GroupKey, String> {
        let column = self.column().ok_or("the table is being calculated")?;
        let shown = self.shown.as_ref();
        match column.what {
            ColumnContent::Key(at) => shown
                .and_then(|shown| shown.group_by.get(at).cloned())
                .ok_or_else(|| "the table is being calculated".to_owned()),
            ColumnContent::Header(_) => Ok(GroupKey::Column(column.name)),
            ColumnContent::Cell(_) => shown
                .and_then(|shown| shown.table.body.pivot())
                .map(|pivot| pivot.by.clone())
                .ok_or_else(|| "the table is being calculated".to_owned()),
            ColumnContent::Cost
            | ColumnContent::Currency
            | ColumnContent::Rows
            | ColumnContent::Measure(_)
            | ColumnContent::Picture
            | ColumnContent::Effect(_)
            | ColumnContent::Percent
            | ColumnContent::Cause => Err(format!(
                "{} is calculated, not a value of the rows; ⟦table.left⟧ ⟦table.right⟧ move to a column with values",
                column.name
            )),
        }
    }

    /// Moves the cursor one column left or right.
    pub fn sideways(&mut self, right: bool) {
        let count = self.columns().len();
        let step = self.step_mut();
        let at = step.column.min(count.saturating_sub(1));
        step.column = beside(at, count, right);
    }

    /// Moves the column under the cursor left or right.
    pub fn shift_column(&mut self, right: bool) {
        let mut names: Vec<String> = self.columns().into_iter().map(|col| col.name).collect();
        let at = self.step().column.min(names.len().saturating_sub(1));
        let to = if right { at + 1 } else { at.wrapping_sub(1) };
        if to >= names.len() {
            return;
        }
        names.swap(at, to);
        self.note();
        let step = self.step_mut();
        step.columns.shown = Some(names);
        step.column = to;
    }

    /// Hides the column under the cursor, unless it is the last one.
    pub fn hide_column(&mut self) -> Result<String, &'static str> {
        let mut names: Vec<String> = self.columns().into_iter().map(|col| col.name).collect();
        if names.len() < 2 {
            return Err("this is the last column");
        }
        let at = self.step().column.min(names.len() - 1);
        let name = names.remove(at);
        self.note();
        let step = self.step_mut();
        step.columns.shown = Some(names);
        Ok(name)
    }

    /// Pins the columns up to the one under the cursor, or unpins them. Returns the number of pinned columns.
    pub fn pin_columns(&mut self) -> usize {
        let upto = self.step().column + 1;
        let now = if self.pinned() == upto { 0 } else { upto };
        self.note();
        self.step_mut().columns.pinned = Some(now);
        now
    }
}

/// The exact value of one cell of an answer; empty if there is none.
pub fn exact(body: &Body, at: usize, what: &ColumnContent) -> String {
    exact_value(body, at, what).unwrap_or_default()
}

fn exact_value(body: &Body, at: usize, what: &ColumnContent) -> Option<String> {
    let line = body.group_line(at);
    let sums = line.and_then(|line| line.sums);
    match (what, body) {
        (ColumnContent::Key(key), _) => line?.keys.get(*key)?.clone(),
        (ColumnContent::Currency, _) => line?.currency.map(ToOwned::to_owned),
        (ColumnContent::Cost, _) => sums.map(|(cost, _)| cost.to_string()),
        (ColumnContent::Rows, _) => sums.map(|(_, rows)| rows.to_string()),
        (ColumnContent::Measure(measure), Body::Groups { groups, .. }) => {
            measured(groups.get(at)?, *measure)
        }
        (ColumnContent::Cell(cell), Body::Pivot(pivot)) => {
            let cells = &pivot.lines.get(at)?.cells;
            cells.get(*cell)?.map(|cell| cell.to_string())
        }
        (ColumnContent::Cell(cell), Body::Change(change)) => {
            let cells = change.pivot.as_ref()?.cells(change.groups.get(at)?.id());
            cells.get(*cell)?.map(|cell| cell.to_string())
        }
        (ColumnContent::Effect(name), Body::Change(change)) => {
            let amount = change.groups.get(at)?.effects.named(name);
            amount.map(|amount| amount.to_string())
        }
        (ColumnContent::Percent, Body::Change(change)) => {
            change.groups.get(at)?.effects.percent().map(percent)
        }
        (ColumnContent::Cause, Body::Change(change)) => {
            Some(change.groups.get(at)?.effects.main_cause().to_owned())
        }
        (ColumnContent::Header(column), Body::Rows { rows, .. }) => {
            rows.get(at)?.get(*column)?.exact()
        }
        _ => None,
    }
}
