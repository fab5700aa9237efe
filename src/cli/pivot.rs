//! `costscope show --pivot`: a column for each month or day.

use super::output::{self, Format, Stop};
use super::print::{self, Heading, Sheet};
use crate::domain::money::{Amount, Money};
use crate::domain::pivot::{Line, Pivot};
use crate::domain::query::{GroupKey, Query};
use crate::domain::table::Table;
use serde::Serialize;
use std::io::Write;

/// A pivot and what it is the answer to.
pub(super) struct Answer<'a> {
    pub(super) names: &'a [String],
    pub(super) query: &'a Query,
    pub(super) filter: Option<String>,
    pub(super) table: &'a Table,
    pub(super) pivot: &'a Pivot,
    /// How many lines to show.
    pub(super) shown: Option<usize>,
}

#[derive(Serialize)]
struct Document<'a> {
    sources: &'a [String],
    rows: u64,
    filter: &'a Option<String>,
    group_by: Vec<String>,
    pivot: String,
    columns: &'a [Option<String>],
    totals: &'a [Money],
    groups: Vec<LineJson<'a>>,
    shown: usize,
    of: usize,
}

#[derive(Serialize)]
struct LineJson<'a> {
    keys: &'a [Option<String>],
    currency: Option<&'a str>,
    cost: Amount,
    rows: u64,
    cells: &'a [Option<Amount>],
}

impl Answer<'_> {
    pub(super) fn print(&self, out: &mut dyn Write, format: Format) -> Result<(), Stop> {
        match format {
            Format::Json => output::json(out, &self.document()),
            other => print::sheet(out, &self.sheet(), other),
        }
    }

    fn lines(&self) -> &[Line] {
        let all = self.pivot.lines.as_slice();
        let shown = self.shown.unwrap_or(usize::MAX).min(all.len());
        all.get(..shown).unwrap_or_default()
    }

    fn keys(&self) -> Vec<String> {
        self.query.group_by.iter().map(GroupKey::name).collect()
    }

    fn document(&self) -> Document<'_> {
        let mut group_by = self.keys();
        let pivot = group_by.pop().unwrap_or_default();
        let groups: Vec<LineJson<'_>> = self
            .lines()
            .iter()
            .map(|line| LineJson {
                keys: &line.keys,
                currency: line.cost.currency.as_deref(),
                cost: line.cost.amount,
                rows: line.rows,
                cells: &line.cells,
            })
            .collect();
        Document {
            sources: self.names,
            rows: self.table.rows,
            filter: &self.filter,
            group_by,
            pivot,
            columns: &self.pivot.columns,
            totals: &self.table.totals,
            shown: groups.len(),
            groups,
            of: self.pivot.lines.len(),
        }
    }

    fn sheet(&self) -> Sheet {
        let mut names = self.keys();
        names.pop();
        let mut headings: Vec<Heading> = names.into_iter().map(Heading::text).collect();
        headings.extend([Heading::number("cost"), Heading::text("currency")]);
        let column = |column: &Option<String>| {
            Heading::number(column.clone().unwrap_or_else(|| "(none)".to_owned()))
        };
        headings.extend(self.pivot.columns.iter().map(column));
        let row = |line: &Line| {
            let mut row = line.keys.clone();
            row.push(Some(line.cost.amount.to_string()));
            row.push(line.cost.currency.clone());
            row.extend(
                line.cells
                    .iter()
                    .map(|cell| cell.map(|cost| cost.to_string())),
            );
            row
        };
        let totals: Vec<String> = self
            .table
            .totals
            .iter()
            .map(|money| format!("{} {}", money.amount, money.code()))
            .collect();
        let lines = self.lines();
        Sheet {
            headings,
            rows: lines.iter().map(row).collect(),
            footer: vec![format!(
                "total {}   {} of {} shown   {} rows",
                totals.join("   "),
                lines.len(),
                self.pivot.lines.len(),
                self.table.rows
            )],
        }
    }
}
