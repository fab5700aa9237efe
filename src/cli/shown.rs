//! Answers to `costscope show` as JSON and as tables.

use super::args::ShowArgs;
use super::output::{self, Stop};
use super::print::{Heading, Sheet};
use crate::domain::money::{Amount, Money};
use crate::domain::query::{GroupKey, Measure, Query};
use crate::domain::table::{Body, Cell, Group, Others, Table};
use crate::domain::text::percent;
use crate::ops::explore::Opened;
use serde::Serialize;
use serde::ser::SerializeMap;
use std::collections::BTreeMap;
use std::io::Write;

#[derive(Serialize)]
struct Grouped<'a> {
    sources: &'a [String],
    metric: &'a str,
    rows: u64,
    filter: Option<String>,
    group_by: Vec<String>,
    totals: &'a [Money],
    groups: Vec<GroupJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    others: Option<OthersJson<'a>>,
    shown: usize,
    of: usize,
}

#[derive(Serialize)]
struct OthersJson<'a> {
    groups: usize,
    rows: u64,
    totals: &'a [Money],
}

#[derive(Serialize)]
struct GroupJson<'a> {
    keys: &'a [Option<String>],
    currency: Option<&'a str>,
    cost: Amount,
    rows: u64,
    #[serde(flatten)]
    more: BTreeMap<&'static str, Option<String>>,
}

#[derive(Serialize)]
struct RowsJson<'a> {
    sources: &'a [String],
    rows: u64,
    columns: &'a [String],
    records: Vec<Record<'a>>,
    shown: usize,
    of: usize,
}

/// A row as an object whose members keep the order of the columns.
struct Record<'a> {
    columns: &'a [String],
    cells: &'a [Cell],
}

impl Serialize for Record<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.columns.len()))?;
        for (column, cell) in self.columns.iter().zip(self.cells) {
            map.serialize_entry(column, &cell.exact())?;
        }
        map.end()
    }
}

/// A measure of a group as text; nothing where it is not known.
fn measured(group: &Group, measure: Measure) -> (&'static str, Option<String>) {
    match measure {
        Measure::Share => ("share", group.share.map(percent)),
        Measure::Quantity => {
            let text = |(amount, unit): &(Amount, String)| format!("{amount} {unit}");
            let quantity = group.quantity.as_ref().map(text);
            ("quantity", quantity.map(|text| text.trim_end().to_owned()))
        }
        Measure::FirstDay => ("first_day", group.days.map(|(first, _)| first.to_string())),
        Measure::LastDay => ("last_day", group.days.map(|(_, last)| last.to_string())),
    }
}

fn group_json<'a>(group: &'a Group, measures: &[Measure]) -> GroupJson<'a> {
    GroupJson {
        keys: &group.keys,
        currency: group.cost.currency.as_deref(),
        cost: group.cost.amount,
        rows: group.rows,
        more: measures
            .iter()
            .map(|measure| measured(group, *measure))
            .collect(),
    }
}

/// Prints an answer as JSON.
pub(super) fn json(
    out: &mut dyn Write,
    args: &ShowArgs,
    opened: &Opened,
    query: &Query,
    table: &Table,
) -> Result<(), Stop> {
    match &table.body {
        Body::Groups { groups, others } => {
            let others = others.as_ref().map(|others| OthersJson {
                groups: others.groups,
                rows: others.rows,
                totals: &others.costs,
            });
            let document = Grouped {
                sources: &opened.names,
                metric: opened
                    .data
                    .metric()
                    .map_or("unknown", crate::domain::metric::Metric::word),
                rows: table.rows,
                filter: args.filter.clone(),
                group_by: query.group_by.iter().map(GroupKey::name).collect(),
                totals: &table.totals,
                groups: groups
                    .iter()
                    .map(|group| group_json(group, &query.measures))
                    .collect(),
                others,
                shown: groups.len(),
                of: table.of,
            };
            output::json(out, &document)
        }
        Body::Rows { columns, rows } => {
            let records = rows.iter().map(|cells| Record { columns, cells }).collect();
            let document = RowsJson {
                sources: &opened.names,
                rows: table.rows,
                columns,
                records,
                shown: rows.len(),
                of: table.of,
            };
            output::json(out, &document)
        }
    }
}

/// An answer as a table.
pub(super) fn sheet(query: &Query, table: &Table) -> Sheet {
    match &table.body {
        Body::Groups { groups, others } => {
            let mut headings: Vec<Heading> = query
                .group_by
                .iter()
                .map(|key| Heading::text(key.name()))
                .collect();
            headings.extend([
                Heading::number("cost"),
                Heading::text("currency"),
                Heading::number("rows"),
            ]);
            let names = query.measures.iter().filter_map(|measure| {
                super::show::MEASURES
                    .iter()
                    .find(|(_, known)| known == measure)
                    .map(|(name, _)| Heading::number(*name))
            });
            headings.extend(names);
            let lines = groups.iter().map(|group| {
                let mut row = group.keys.clone();
                let currency = group.cost.currency.clone();
                row.extend([
                    Some(group.cost.amount.to_string()),
                    currency,
                    Some(group.rows.to_string()),
                ]);
                let measures = query.measures.iter();
                row.extend(measures.map(|measure| measured(group, *measure).1));
                row
            });
            let mut rows: Vec<Vec<Option<String>>> = lines.collect();
            rows.extend(others.iter().flat_map(|others| other_lines(query, others)));
            Sheet {
                headings,
                rows,
                footer: footer(table),
            }
        }
        Body::Rows { columns, rows } => {
            let right = |at: usize| {
                rows.iter()
                    .any(|row| matches!(row.get(at), Some(Cell::Amount(_))))
            };
            let headings = columns.iter().enumerate().map(|(at, name)| Heading {
                name: name.clone(),
                right: right(at),
            });
            let rows = rows
                .iter()
                .map(|row| row.iter().map(Cell::exact).collect())
                .collect();
            Sheet {
                headings: headings.collect(),
                rows,
                footer: footer(table),
            }
        }
    }
}

/// What is beyond the page, a line for each currency.
fn other_lines(query: &Query, others: &Others) -> Vec<Vec<Option<String>>> {
    let line = |money: &Money| {
        let mut row = vec![None; query.group_by.len()];
        if let Some(first) = row.first_mut() {
            *first = Some(format!("({} others)", others.groups));
        }
        let rows = (others.costs.len() == 1).then(|| others.rows.to_string());
        row.extend([Some(money.amount.to_string()), money.currency.clone(), rows]);
        row.resize(row.len() + query.measures.len(), None);
        row
    };
    others.costs.iter().map(line).collect()
}

fn footer(table: &Table) -> Vec<String> {
    let totals: Vec<String> = table
        .totals
        .iter()
        .map(|money| format!("{} {}", money.amount, money.code()))
        .collect();
    let totals = if totals.is_empty() {
        "no cost".to_owned()
    } else {
        totals.join("   ")
    };
    vec![format!(
        "total {totals}   {} of {} shown   {} rows",
        table.shown(),
        table.of,
        table.rows
    )]
}
