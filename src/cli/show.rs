//! `costscope show`: one table over all sources, grouped or as rows.

use super::args::ShowArgs;
use super::output::{self, Format, Stop};
use super::print::{self, Heading, Sheet};
use crate::domain::filter::Filter;
use crate::domain::filter_text;
use crate::domain::money::Money;
use crate::domain::query::{self, GroupKey, Query, Sort};
use crate::domain::table::{Body, Cell, Group, Table};
use crate::ops::Ledger;
use crate::ops::explore::{self, Opened};
use serde::Serialize;
use serde::ser::SerializeMap;
use std::io::Write;

/// Rows printed when nothing says how many.
const ROWS: usize = 20;

/// Runs the command.
pub fn run(
    ledger: Option<&Ledger>,
    args: &ShowArgs,
    format: Format,
    out: &mut dyn Write,
) -> Result<(), Stop> {
    let query = read_query(args)?;
    let opened = explore::open(ledger, &args.sources)?;
    for source in opened.data.sources() {
        super::progress::repairs(&source.name, &source.repairs);
    }
    super::progress::broken_tags(&opened.data, &query)?;
    let table = explore::show(&opened.data, &query)
        .map_err(|error| Stop::of_query(&error, args.filter.as_deref()))?;
    match format {
        Format::Json => print_json(out, args, &opened, &query, &table),
        other => print::sheet(out, &sheet(&query, &table), other),
    }
}

fn read_query(args: &ShowArgs) -> Result<Query, Stop> {
    let filter = read_filter(args.filter.as_deref())?;
    let group_by = read_keys(args.group_by.as_deref())?;
    let sort = match args.sort.as_deref() {
        Some(text) => Sort::parse(text).ok_or_else(|| {
            Stop::new(
                2,
                format!("`{text}` cannot be sorted by; use cost, -cost, rows or a key"),
            )
        })?,
        None => Sort::default(),
    };
    let limit = match args.top {
        Some(0) => None,
        Some(top) => Some(top),
        None if group_by.is_empty() => Some(ROWS),
        None => None,
    };
    let columns = columns(args.columns.as_deref())?;
    Ok(Query {
        filter,
        group_by,
        sort,
        offset: 0,
        limit,
        columns,
    })
}

/// Column names between commas, in double quotes where a name holds one.
fn columns(text: Option<&str>) -> Result<Vec<String>, Stop> {
    Ok(keys(text)?.iter().map(GroupKey::name).collect())
}

fn keys(text: Option<&str>) -> Result<Vec<GroupKey>, Stop> {
    let read = text.map(query::parse_keys).transpose();
    Ok(read
        .map_err(|error| Stop::new(2, error.to_string()))?
        .unwrap_or_default())
}

/// Reads `--filter`; a wrong one is exit 2 with a caret.
pub(super) fn read_filter(text: Option<&str>) -> Result<Option<Filter>, Stop> {
    text.map(filter_text::parse)
        .transpose()
        .map_err(|error| Stop::new(2, error.to_string()))
}

/// Reads `--group-by`; keys that cannot group are exit 2.
pub(super) fn read_keys(text: Option<&str>) -> Result<Vec<GroupKey>, Stop> {
    let keys = keys(text)?;
    match keys.iter().find(|key| !key.groups()) {
        Some(key) => {
            let text = format!("`{key}` is summed, not grouped by; pick another key");
            Err(Stop::new(2, text))
        }
        None => Ok(keys),
    }
}

#[derive(Serialize)]
struct Grouped<'a> {
    sources: &'a [String],
    metric: &'a str,
    rows: u64,
    filter: Option<String>,
    group_by: Vec<String>,
    totals: &'a [Money],
    groups: Vec<GroupJson<'a>>,
    shown: usize,
    of: usize,
}

#[derive(Serialize)]
struct GroupJson<'a> {
    keys: &'a [Option<String>],
    currency: Option<&'a str>,
    cost: crate::domain::money::Amount,
    rows: u64,
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

fn group_json(group: &Group) -> GroupJson<'_> {
    GroupJson {
        keys: &group.keys,
        currency: group.cost.currency.as_deref(),
        cost: group.cost.amount,
        rows: group.rows,
    }
}

fn print_json(
    out: &mut dyn Write,
    args: &ShowArgs,
    opened: &Opened,
    query: &Query,
    table: &Table,
) -> Result<(), Stop> {
    match &table.body {
        Body::Groups(groups) => {
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
                groups: groups.iter().map(group_json).collect(),
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

fn sheet(query: &Query, table: &Table) -> Sheet {
    match &table.body {
        Body::Groups(groups) => {
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
            let rows = groups.iter().map(|group| {
                let mut row = group.keys.clone();
                let currency = group.cost.currency.clone();
                row.extend([
                    Some(group.cost.amount.to_string()),
                    currency,
                    Some(group.rows.to_string()),
                ]);
                row
            });
            Sheet {
                headings,
                rows: rows.collect(),
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
