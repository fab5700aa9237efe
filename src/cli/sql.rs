//! `costscope sql`: any question, answered by polars.

use super::args::SqlArgs;
use super::output::{self, Format, Stop};
use super::{print, progress};
use crate::domain::escape::Csv;
use crate::domain::statement::{Answer, Value};
use crate::ops::explore::{Desk, Opened, STDIN};
use crate::ops::export::{self, Form};
use crate::ops::sql;
use serde::Serialize;
use std::io::{Read, Write};

/// Rows printed when nothing says how many.
const ROWS: usize = 20;
/// No statement is longer.
const LONGEST: u64 = 1 << 20;

/// Runs the command.
pub fn run(
    desk: &Desk<'_>,
    args: &SqlArgs,
    (format, csv): (Format, Csv),
    out: &mut dyn Write,
) -> Result<(), Stop> {
    let statement = statement(args)?;
    let form = args.to.as_deref().map(Form::of).transpose()?;
    let opened = progress::open(desk, &args.sources)?;
    progress::notes(&opened.notes);
    progress::all_repairs(&opened);
    let wanted = || !desk.progress.is_cancelled();
    if args.explain {
        let plan = sql::plan(&opened, &statement, wanted)?;
        for line in plan.lines() {
            writeln!(out, "{}", output::printable(line))?;
        }
        return Ok(());
    }
    // What goes into a file, or into another program's table, is whole.
    let whole = form.is_some() || matches!(format, Format::Csv(_));
    let most = match args.top {
        Some(0) => None,
        None if !whole => Some(ROWS),
        top => top,
    };
    let answer = sql::answer(&opened, &statement, most, wanted)?;
    progress::notes(&answer.notes);
    let mut sheet = sql::sheet(&answer);
    sheet.footer.extend(opened.limits());
    if let (Some(form), Some(to)) = (form, &args.to) {
        let form = match form {
            Form::Csv(_) if csv == Csv::Raw => Form::Csv(csv),
            other => other,
        };
        if form == Form::Json {
            let text = serde_json::to_string_pretty(&document(&opened, &answer))
                .map_err(|error| Stop::unexpected("the answer could not be written", error))?;
            export::write_text(&format!("{text}\n"), &opened, to)?;
        } else {
            export::write_sheet(&sheet, &opened, form, to)?;
        }
        progress::say(&format!("{} lines, in {}", answer.rows.len(), to.display()));
        return Ok(());
    }
    match format {
        Format::Json => output::json(out, &document(&opened, &answer)),
        other => print::sheet(out, &sheet, other),
    }
}

/// The statement, typed or from standard input.
fn statement(args: &SqlArgs) -> Result<String, Stop> {
    if args.statement != STDIN {
        return Ok(args.statement.clone());
    }
    if args.sources.iter().any(|source| source == STDIN) {
        let words =
            "standard input can be read once only: keep the statement or the source in a file";
        return Err(Stop::new(2, words));
    }
    let mut text = String::new();
    std::io::stdin()
        .take(LONGEST)
        .read_to_string(&mut text)
        .map_err(|error| Stop::new(2, format!("the statement on standard input: {error}")))?;
    Ok(text)
}

#[derive(Serialize)]
struct Document<'a> {
    sources: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    limited: Option<String>,
    columns: Vec<Column<'a>>,
    rows: Vec<Vec<serde_json::Value>>,
    shown: usize,
    of: usize,
}

#[derive(Serialize)]
struct Column<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
}

fn document<'a>(opened: &'a Opened, answer: &'a Answer) -> Document<'a> {
    let rows = answer.rows.iter();
    Document {
        sources: &opened.names,
        limited: opened.limits(),
        columns: answer
            .columns
            .iter()
            .map(|(name, kind)| Column {
                name,
                kind: kind.word(),
            })
            .collect(),
        rows: rows.map(|row| row.iter().map(json).collect()).collect(),
        shown: answer.rows.len(),
        of: answer.of,
    }
}

/// Amounts are text, as everywhere; counts are numbers where JSON has them exact.
fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Missing => serde_json::Value::Null,
        Value::Integer(number) => match i64::try_from(*number) {
            Ok(number) => number.into(),
            Err(_) => number.to_string().into(),
        },
        Value::Double(number) => (*number).into(),
        Value::Boolean(yes) => (*yes).into(),
        Value::Decimal(_) | Value::Text(_) => value.text().into(),
    }
}
