//! `costscope show`: prints all sources as one table, grouped or as rows.

mod parts;
mod rows;

use crate::cli::args::local::{PrintSql, ShowArgs, ShowCommand};
use crate::cli::output;
use crate::cli::output::{CliError, Format};
use crate::cli::print;
use crate::cli::progress_line::{Work, while_shown};
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::Sort;
use crate::domain::query::{Having, Measure, Query, filter_text};
use crate::domain::sql::dialect::SqlDialect;
use crate::domain::table::Table;
use crate::domain::table::json::Document;
use crate::domain::table::text_table::Sheet;
use crate::domain::text::{counted, grouped};
use crate::ops::Dataset;
use crate::ops::context::{OpenContext, OpenDataset};
use crate::ops::error::OpsError;
use crate::ops::explore::{open, sql, verify};
use parts::PrintedAnswer;
use std::io::Write;

/// The number of rows printed by default.
const ROWS: usize = 20;

/// Runs the command.
pub fn run(
    context: &OpenContext<'_>,
    command: &ShowCommand,
    format: Format,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let (dialect, source) = printed(&command.printed)?;
    let mut args = command.what.clone();
    args.sources.splice(0..0, source);
    let args = &args;
    let query = read_query(args, Some(ROWS))?;
    let opened = if dialect.is_none() && !command.printed.verify {
        open_for(context, args, &query)?
    } else {
        open(context, args, &query)?
    };
    if let Some(dialect) = dialect {
        let statement = sql::statement(&opened, &query, dialect)
            .map_err(|error| CliError::of_query(&error, args.filter.as_deref()))?;
        tell_money(&opened.data);
        return Ok(writeln!(out, "{statement}")?);
    }
    if command.printed.verify {
        let agreed = verify::verify(&opened, &query, || !context.progress.is_cancelled())
            .map_err(|error| CliError::of_query(&error, args.filter.as_deref()))?;
        crate::cli::progress::say(&agreed);
    }
    if query.group_by.is_empty() && query.limit.is_none() {
        match format {
            Format::Csv(form) => {
                let count = rows::csv(&opened, &query, args, (form, out))?;
                return filter_notes(&opened.data, &query, count);
            }
            // A server, or another engine, is asked once.
            Format::Json if opened.data.engine().is_none() => {
                let head = head(&opened, &query, args)?;
                return rows::json(&opened, &query, args, (&head, out));
            }
            Format::Table | Format::Json | Format::Md => {}
        }
    }
    let of_query = |error: OpsError| CliError::of_query(&error, args.filter.as_deref());
    let table = while_shown(Work::Answering, || open::if_it_fits(&opened.data, &query));
    let Some(table) = table.map_err(of_query)? else {
        return in_parts(&opened, &query, args, (format, out));
    };
    crate::cli::progress::worked(&opened.data);
    filter_notes(&opened.data, &query, table.rows)?;
    match format {
        Format::Json => {
            let limits = opened.limits();
            let subject = opened.subject(args.filter.as_deref(), limits.as_deref());
            output::json(out, &Document::of(subject, &query, &table))
        }
        other => {
            if matches!(other, Format::Csv(_)) && args.top.is_none() && table.shown() < table.of {
                let all = counted(table.of as u64, "row");
                crate::cli::progress::say(&format!(
                    "{} of {all}; --top 0 prints all of them",
                    grouped(table.shown() as u64)
                ));
            }
            let mut sheet = Sheet::of(&query, &table);
            sheet.footer.extend(opened.limits());
            print::sheet(out, &sheet, other)
        }
    }
}

/// The SQL dialect to print, if any. A value of the flag that is not a dialect is the first source.
pub(crate) fn printed(flag: &PrintSql) -> Result<(Option<SqlDialect>, Option<String>), CliError> {
    let Some(word) = &flag.print_sql else {
        return Ok((None, None));
    };
    let dialects = [SqlDialect::Polars, SqlDialect::Spark];
    let known = dialects
        .into_iter()
        .find(|dialect| dialect.word() == word.to_lowercase());
    match known {
        Some(dialect) => Ok((Some(dialect), None)),
        None if std::path::Path::new(word).exists() || word.contains(['/', '@']) => {
            Ok((Some(SqlDialect::Polars), Some(word.clone())))
        }
        None => Err(CliError::usage(format!(
            "`{word}` is not an SQL dialect; --print-sql takes polars or spark"
        ))),
    }
}

/// Like `printed`, for commands with comma-separated sources, where no source can follow the flag.
pub(crate) fn printed_alone(flag: &PrintSql) -> Result<Option<SqlDialect>, CliError> {
    match printed(flag)? {
        (dialect, None) => Ok(dialect),
        (_, Some(_)) => Err(CliError::usage(
            "put --print-sql after the sources, or give it polars or spark",
        )),
    }
}

/// Says which money a printed statement counts: the statement itself is the same for any.
pub(crate) fn tell_money(data: &Dataset) {
    if let Some(word) = data.money().given() {
        crate::cli::progress::say(&format!(
            "the statement counts in USD only if it is run with --money {word}"
        ));
    }
}

/// Warns about values that a filter left out because of their case, and suggests similar values if nothing matched or if a
/// pivot is sorted by a value that no row has.
pub(crate) fn filter_notes(data: &Dataset, query: &Query, rows: u64) -> Result<(), CliError> {
    if let Some(filter) = &query.filter {
        for note in crate::ops::explore::filter_notes::of(data, filter, rows)? {
            crate::cli::progress::warn(&note);
        }
    }
    for note in crate::ops::explore::filter_notes::of_order(data, query)? {
        crate::cli::progress::warn(&note);
    }
    Ok(())
}

/// Opens the sources, and reports what was left out, repaired or unreadable.
pub(crate) fn open(
    context: &OpenContext<'_>,
    args: &ShowArgs,
    query: &Query,
) -> Result<OpenDataset, CliError> {
    let opened = crate::cli::progress::open_aloud(context, &args.sources)?;
    notes(&opened, query)?;
    Ok(opened)
}

/// Like [`open`], but the columns may be only those that the query needs.
fn open_for(
    context: &OpenContext<'_>,
    args: &ShowArgs,
    query: &Query,
) -> Result<OpenDataset, CliError> {
    let opened = crate::cli::progress::open_for(context, &args.sources, query)?;
    notes(&opened, query)?;
    Ok(opened)
}

/// Reports unreadable tags and dates, where the query uses them.
fn notes(opened: &OpenDataset, query: &Query) -> Result<(), CliError> {
    crate::cli::progress::broken_tags(&opened.data, query);
    let fields = query.filter.iter().flat_map(Filter::fields);
    let keys = query.group_by.iter().chain(&query.pivot);
    let mut asked = keys.chain(fields.map(|field| &field.key));
    if asked.any(GroupKey::is_time) {
        crate::cli::progress::undated(&opened.data)?;
    }
    Ok(())
}

/// Prints an answer that is too large to be held.
fn in_parts(
    opened: &OpenDataset,
    query: &Query,
    args: &ShowArgs,
    (format, out): (Format, &mut dyn Write),
) -> Result<(), CliError> {
    let head = head(opened, query, args)?;
    let answer = PrintedAnswer {
        opened,
        query,
        filter: args.filter.as_deref(),
        head,
    };
    answer.print(format, out)
}

/// The answer without lines; its notes are printed.
fn head(opened: &OpenDataset, query: &Query, args: &ShowArgs) -> Result<Table, CliError> {
    let end = query
        .offset
        .saturating_add(query.limit.unwrap_or(usize::MAX));
    let none = Query {
        limit: Some(0),
        // The groups beyond the page stay the same.
        top: query.top.or(Some(end)),
        ..query.clone()
    };
    let head = open::show(&opened.data, &none);
    let head = head.map_err(|error| CliError::of_query(&error, args.filter.as_deref()))?;
    filter_notes(&opened.data, query, head.rows)?;
    Ok(head)
}

/// The query that the arguments describe; `rows` is the default limit for plain rows.
pub(crate) fn read_query(args: &ShowArgs, rows: Option<usize>) -> Result<Query, CliError> {
    let filter = read_filter(args.filter.as_deref())?;
    let group_by = read_keys(args.group_by.as_deref())?;
    let limit = match args.top {
        Some(0) => None,
        None if group_by.is_empty() => rows,
        top => top,
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
        sort: read_sort(args.sort.as_deref())?,
        top: None,
        offset: 0,
        limit,
        columns,
        measures,
        having,
        others: args.others,
        pivot: read_pivot(args.pivot.as_deref())?,
        change: None,
        change_pivot: None,
    })
}

/// Parses `--pivot`: one key.
fn read_pivot(text: Option<&str>) -> Result<Option<GroupKey>, CliError> {
    let found = read_keys(text)?;
    let mut keys = found.into_iter();
    match (keys.next(), keys.next()) {
        (key, None) => Ok(key),
        (_, Some(_)) => Err(CliError::usage(
            "a pivot has one key; put the others into --group-by, or a key with a comma into double quotes",
        )),
    }
}

/// Parses `--sort`.
pub(crate) fn read_sort(text: Option<&str>) -> Result<Vec<Sort>, CliError> {
    let Some(text) = text else {
        return Ok(Vec::new());
    };
    let read = Sort::parse_list(text).map_err(CliError::usage)?;
    read.ok_or_else(|| {
        CliError::usage(format!(
            "cannot sort by `{text}`; use cost, -cost, |cost|, rows or a key"
        ))
    })
}

/// The columns of groups besides cost and rows, which are always shown.
fn read_measures(names: &[String]) -> Result<Vec<Measure>, CliError> {
    let mut measures = Vec::new();
    for name in names {
        if ["cost", "rows", "currency"].contains(&name.to_lowercase().as_str()) {
            continue;
        }
        measures.push(Measure::parse(name).ok_or_else(|| {
            let words = Measure::ALL.map(|(word, _)| word).join(", ");
            CliError::usage(format!(
                "groups have no column `{name}`; besides cost and rows there are {words}"
            ))
        })?);
    }
    Ok(measures)
}

fn read_having(text: &str) -> Result<Having, CliError> {
    let wrong = || {
        let text = format!("`{text}` is not a test of groups; write 'cost > 100' or 'rows >= 10'");
        CliError::new(2, text)
    };
    Having::parse(text).ok_or_else(wrong)
}

/// Comma-separated column names; a name that contains a comma is in double quotes.
fn columns(text: Option<&str>) -> Result<Vec<String>, CliError> {
    Ok(keys(text)?.iter().map(GroupKey::name).collect())
}

fn keys(text: Option<&str>) -> Result<Vec<GroupKey>, CliError> {
    text.map_or(Ok(Vec::new()), group_key::parse_keys)
        .map_err(CliError::usage)
}

/// Parses `--filter`; an invalid filter is exit code 2, with a caret.
pub(crate) fn read_filter(text: Option<&str>) -> Result<Option<Filter>, CliError> {
    text.map(filter_text::parse)
        .transpose()
        .map_err(CliError::usage)
}

/// Parses `--group-by`; keys that cannot be grouped by are exit code 2.
pub(crate) fn read_keys(text: Option<&str>) -> Result<Vec<GroupKey>, CliError> {
    let keys = keys(text)?;
    match keys.iter().find(|key| !key.groups()) {
        Some(key) => Err(CliError::usage(format!(
            "`{key}` is summed and cannot be grouped by; use another key"
        ))),
        None => Ok(keys),
    }
}
