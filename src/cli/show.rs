//! `costscope show`: one table over all sources, grouped or as rows.

use super::args::{PivotArg, ShowArgs};
use super::output::{Format, Stop};
use super::{pivot, print, shown};
use crate::domain::columns::Role;
use crate::domain::filter::Filter;
use crate::domain::filter_text;
use crate::domain::pivot::Pivot;
use crate::domain::query::{self, GroupKey, Having, Measure, Query, Sort};
use crate::domain::table::Body;
use crate::ops::Dataset;
use crate::ops::explore::{self, Desk};
use std::io::Write;

/// Rows printed when nothing says how many.
const ROWS: usize = 20;

/// Runs the command.
pub fn run(
    desk: &Desk<'_>,
    args: &ShowArgs,
    format: Format,
    out: &mut dyn Write,
) -> Result<(), Stop> {
    let mut query = read_query(args)?;
    // A pivot keeps lines by their sums, not the cells of a month.
    let having = args.pivot.and_then(|_| query.having.take());
    let opened = super::progress::open(desk, &args.sources)?;
    super::progress::notes(&opened.notes);
    for source in opened.data.sources() {
        super::progress::repairs(&source.name, &source.repairs);
    }
    super::progress::broken_tags(&opened.data, &query);
    if format == Format::Csv && query.group_by.is_empty() && query.limit.is_none() {
        return all_rows(&opened.data, &query, args, out);
    }
    let table = explore::show(&opened.data, &query)
        .map_err(|error| Stop::of_query(&error, args.filter.as_deref()))?;
    if let (Some(_), Body::Groups { groups, .. }) = (args.pivot, &table.body) {
        let too_large = || Stop::new(1, "a sum has more than 20 digits before the decimal point");
        let mut pivot = Pivot::of(groups).ok_or_else(too_large)?;
        if let Some(having) = having {
            pivot
                .lines
                .retain(|line| having.keeps(line.cost.amount, line.rows));
        }
        let answer = pivot::Answer {
            names: &opened.names,
            query: &query,
            filter: args.filter.clone(),
            table: &table,
            pivot: &pivot,
            shown: args.top.filter(|top| *top > 0),
        };
        return answer.print(out, format);
    }
    match format {
        Format::Json => shown::json(out, args, &opened, &query, &table),
        other => print::sheet(out, &shown::sheet(&query, &table), other),
    }
}

/// Writes all rows as CSV while they are fetched: a file of any size passes through little memory.
fn all_rows(
    data: &Dataset,
    query: &Query,
    args: &ShowArgs,
    out: &mut dyn Write,
) -> Result<(), Stop> {
    let mut lines = print::CsvLines::new(out);
    let (mut begun, mut broken) = (false, None);
    let done = explore::each_row(data, query, |names, rows| {
        let mut write = || {
            if !begun {
                begun = true;
                lines.line(names.iter())?;
            }
            rows.iter().try_for_each(|row| {
                lines.line(row.iter().map(|cell| cell.exact().unwrap_or_default()))
            })
        };
        write().map_err(|error| {
            let kind = error.kind();
            broken = Some(error);
            kind.into()
        })
    });
    match (done, broken) {
        (_, Some(error)) => Err(Stop::from(error)),
        (Err(error), None) => Err(Stop::of_query(&error, args.filter.as_deref())),
        (Ok(()), None) => Ok(lines.end()?),
    }
}

fn read_query(args: &ShowArgs) -> Result<Query, Stop> {
    let filter = read_filter(args.filter.as_deref())?;
    let mut group_by = read_keys(args.group_by.as_deref())?;
    group_by.extend(args.pivot.map(|pivot| match pivot {
        PivotArg::Month => GroupKey::Month,
        PivotArg::Date => GroupKey::Role(Role::Date),
    }));
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
        // The lines of a pivot are counted when they are made.
        Some(_) if args.pivot.is_some() => None,
        Some(top) => Some(top),
        None if group_by.is_empty() => Some(ROWS),
        None => None,
    };
    let names = columns(args.columns.as_deref())?;
    let (columns, measures) = if group_by.is_empty() {
        (names, Vec::new())
    } else {
        (Vec::new(), read_measures(&names)?)
    };
    let having = args.having.as_deref().map(read_having).transpose()?;
    Ok(Query {
        filter,
        group_by,
        sort,
        offset: 0,
        limit,
        columns,
        measures,
        having,
        others: args.others,
    })
}

/// What groups show beside cost and rows; these two are always shown.
fn read_measures(names: &[String]) -> Result<Vec<Measure>, Stop> {
    let known = |name: &String| match name.to_lowercase().as_str() {
        "cost" | "rows" | "currency" => Some(None),
        word => MEASURES
            .iter()
            .find(|(known, _)| *known == word)
            .map(|(_, measure)| Some(*measure)),
    };
    let mut measures = Vec::new();
    for name in names {
        let measure = known(name).ok_or_else(|| {
            let words: Vec<&str> = MEASURES.iter().map(|(word, _)| *word).collect();
            let words = words.join(", ");
            Stop::new(
                2,
                format!("groups have no column `{name}`; beside cost and rows there are {words}"),
            )
        })?;
        measures.extend(measure);
    }
    Ok(measures)
}

pub(super) const MEASURES: [(&str, Measure); 4] = [
    ("share", Measure::Share),
    ("quantity", Measure::Quantity),
    ("first-day", Measure::FirstDay),
    ("last-day", Measure::LastDay),
];

fn read_having(text: &str) -> Result<Having, Stop> {
    let wrong = || {
        let text = format!("`{text}` is no test of groups; write 'cost > 100' or 'rows >= 10'");
        Stop::new(2, text)
    };
    Having::parse(text).ok_or_else(wrong)
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
