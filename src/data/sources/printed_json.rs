//! Reads JSON that `show` and `export` wrote back into the table that was printed.

use super::csv_errors::csv_io;
use super::json_text::{JsonError, JsonText, Value};
use super::usage::pages;
use crate::data::error::DataError;
use crate::data::progress::{Progress, Stoppable};
use crate::data::table::file_cursor::SharedFile;
use crate::domain::metric::Metric;
use crate::domain::money::{Amount, Money, listed};
use crate::domain::text::escape::Csv;
use crate::domain::text::{counted, grouped};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

/// A table as it was printed, apart from its lines.
pub(crate) struct Printed {
    columns: Vec<String>,
    lines: PrintedLines,
    pub(crate) metric: Option<Metric>,
    /// A message about rows that were not printed.
    pub(crate) left: Option<String>,
}

/// The lines of a table.
enum PrintedLines {
    Records,
    /// Groups, and the names of their values besides cost and rows.
    Groups(Vec<String>),
}

/// A line of rows.
type PrintedRow = BTreeMap<String, Option<String>>;

#[derive(Deserialize)]
struct RecordRows {
    columns: Vec<String>,
    /// The lines are read one by one.
    #[serde(rename = "records")]
    _records: Vec<IgnoredAny>,
    limited: Option<String>,
    shown: u64,
    of: u64,
}

#[derive(Deserialize)]
// The contract prescribes the names.
#[allow(clippy::struct_field_names)]
struct Groups {
    metric: String,
    group_by: Vec<String>,
    #[serde(rename = "groups")]
    _groups: Vec<IgnoredAny>,
    others: Option<OtherTotals>,
    limited: Option<String>,
    shown: u64,
    of: u64,
}

#[derive(Deserialize)]
struct PrintedGroup {
    keys: Vec<Option<String>>,
    currency: Option<String>,
    cost: Amount,
    rows: u64,
    /// Other printed values, such as the quantity.
    #[serde(flatten)]
    more: BTreeMap<String, Option<String>>,
}

#[derive(Deserialize)]
struct OtherTotals {
    totals: Vec<Money>,
}

/// Fields of output that is not a table with one cost column.
#[derive(Deserialize)]
struct Other {
    currencies: Option<IgnoredAny>,
    pivot: Option<IgnoredAny>,
}

/// The form of the lines of a table.
struct LineLayout {
    are_records: bool,
    are_groups: bool,
    /// The names of other values of groups, in order.
    names: Vec<String>,
}

impl LineLayout {
    fn see(&mut self, list: &str, line: &Value<'_>) {
        if list == RECORDS {
            self.are_records &= line.read::<PrintedRow>().is_ok();
            return;
        }
        let Ok(group) = line.read::<PrintedGroup>() else {
            self.are_groups = false;
            return;
        };
        for name in group.more.into_keys() {
            if !self.names.contains(&name) {
                self.names.push(name);
            }
        }
    }
}

const RECORDS: &str = "records";
const GROUPS: &str = "groups";

/// Whether a member has the lines of a table.
fn has_lines(name: &str) -> bool {
    [RECORDS, GROUPS].contains(&name)
}

fn open<'a>(file: &Arc<File>, progress: &'a Progress) -> io::Result<JsonText<'a>> {
    JsonText::new(Box::new(Stoppable::new(SharedFile::new(file), progress)))
}

/// Reads a table that costscope printed, apart from its lines; `None` for any other text.
pub(crate) fn read(
    file: &Arc<File>,
    name: &str,
    progress: &Progress,
) -> Result<Option<Printed>, DataError> {
    let failed = DataError::io(name);
    let mut text = open(file, progress).map_err(failed)?;
    if !is_ours(text.rest()) {
        return Ok(None);
    }
    let mut seen = LineLayout {
        are_records: true,
        are_groups: true,
        names: Vec::new(),
    };
    let read = text.object(has_lines, |list, line| {
        seen.see(list, &line);
        Ok(())
    });
    let outline = match read.and_then(|outline| text.end().map(|()| outline)) {
        Ok(outline) => outline.text,
        Err(JsonError::Io(error)) => return Err(failed(error)),
        Err(JsonError::Taker(error)) => return Err(error),
        // The reader of rows tells where.
        Err(JsonError::Broken { .. }) => return Ok(None),
    };
    if seen.are_records
        && let Ok(rows) = serde_json::from_str::<RecordRows>(&outline)
    {
        return Ok(Some(of_rows(rows, name)));
    }
    if seen.are_groups
        && let Ok(groups) = serde_json::from_str::<Groups>(&outline)
    {
        return Ok(Some(of_groups(groups, seen.names, name)));
    }
    let kind = match serde_json::from_str::<Other>(&outline) {
        Ok(Other {
            currencies: Some(_),
            ..
        }) => "an answer of compare or change, which has two costs in each line",
        Ok(Other { pivot: Some(_), .. }) => "a pivot, which has a cost in each of its columns",
        _ => return Ok(None),
    };
    Err(DataError::NotCsv {
        file: name.to_owned(),
        kind: format!("JSON, {kind}; open the sources that it names").into(),
    })
}

/// Fails unless the JSON has costs: rows of Usage Details, or a printed table.
pub(crate) fn check(file: &Arc<File>, name: &str, progress: &Progress) -> Result<(), DataError> {
    match read(file, name, progress)? {
        Some(_) => Ok(()),
        None => pages::form_of(file, name, progress).map(drop),
    }
}

/// Whether costscope wrote the text. Only its documents begin with their sources.
fn is_ours(text: &[u8]) -> bool {
    let inside = text.trim_ascii_start().strip_prefix(b"{");
    inside.is_some_and(|inside| inside.trim_ascii_start().starts_with(b"\"sources\""))
}

fn of_rows(printed: RecordRows, name: &str) -> Printed {
    Printed {
        lines: PrintedLines::Records,
        metric: None,
        left: left(name, printed.limited, (printed.shown, printed.of), "row"),
        columns: printed.columns,
    }
}

fn of_groups(printed: Groups, names: Vec<String>, name: &str) -> Printed {
    let sums = ["cost", "currency", "rows"].map(ToOwned::to_owned);
    let spelled = names.iter().map(|name| name.replace('_', "-"));
    let mut metrics = [Metric::Actual, Metric::Amortized, Metric::Usage].into_iter();
    let left = left(name, printed.limited, (printed.shown, printed.of), "group");
    Printed {
        columns: printed
            .group_by
            .into_iter()
            .chain(sums)
            .chain(spelled)
            .collect(),
        lines: PrintedLines::Groups(names),
        metric: metrics.find(|metric| metric.word() == printed.metric),
        left: left.map(|left| match printed.others {
            Some(others) => format!("{left}; the others come to {}", listed(&others.totals)),
            None => left,
        }),
    }
}

/// The message about output that was cut, or that is only a part.
fn left(
    name: &str,
    limited: Option<String>,
    (shown, of): (u64, u64),
    what: &str,
) -> Option<String> {
    let cut = (shown < of).then(|| {
        format!(
            "only {} of {} were printed; `--top 0` prints all",
            grouped(shown),
            counted(of, what)
        )
    });
    let said: Vec<String> = limited.into_iter().chain(cut).collect();
    (!said.is_empty()).then(|| format!("{name}: {}", said.join("; ")))
}

impl Printed {
    /// Writes the table as CSV. Missing and empty values differ.
    pub(crate) fn write(
        &self,
        (file, name): (&Arc<File>, &str),
        out: impl Write,
        progress: &Progress,
    ) -> Result<(), DataError> {
        let failed = DataError::io(name);
        let mut writer = csv::WriterBuilder::new()
            .quote_style(csv::QuoteStyle::Never)
            .from_writer(out);
        let mut line = |values: &[Option<String>]| -> io::Result<()> {
            let mut field = String::new();
            for value in values {
                Csv::Raw.field(value.as_deref(), &mut field);
                writer.write_field(&field).map_err(csv_io)?;
            }
            writer.write_record(None::<&[u8]>).map_err(csv_io)
        };
        let head: Vec<Option<String>> = self.columns.iter().cloned().map(Some).collect();
        line(&head).map_err(failed)?;
        let mut text = open(file, progress).map_err(failed)?;
        let read = text.object(has_lines, |list, value| {
            let cells = match &self.lines {
                PrintedLines::Records if list == RECORDS => self.record(value.read()?),
                PrintedLines::Groups(names) if list == GROUPS => group_line(value.read()?, names),
                PrintedLines::Records | PrintedLines::Groups(_) => return Ok(()),
            };
            Ok(line(&cells)?)
        });
        read.map_err(|error| match error {
            JsonError::Io(error) => failed(error),
            JsonError::Taker(error) => error,
            JsonError::Broken { line, problem } => DataError::Line {
                file: name.to_owned(),
                line,
                problem: format!("invalid JSON ({problem})"),
            },
        })?;
        writer.flush().map_err(failed)
    }

    fn record(&self, mut record: PrintedRow) -> Vec<Option<String>> {
        let cells = self.columns.iter();
        cells.map(|name| record.remove(name).flatten()).collect()
    }
}

fn group_line(mut group: PrintedGroup, names: &[String]) -> Vec<Option<String>> {
    let sums = [
        Some(group.cost.to_string()),
        group.currency,
        Some(group.rows.to_string()),
    ];
    let more = names.iter().map(|name| group.more.remove(name).flatten());
    group.keys.into_iter().chain(sums).chain(more).collect()
}

#[cfg(test)]
mod tests {
    use crate::data::error::DataError;
    use crate::data::progress::Progress;
    use crate::data::sources::printed_json::{check, read};
    use crate::data::sources::usage::pages::{form_of, sort_file};
    use std::fs::File;
    use std::io::Write;
    use std::path::Path;
    use std::sync::Arc;

    fn file(text: &str) -> Arc<File> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        Arc::new(file)
    }

    fn is_cancelled<T>(done: &Result<T, DataError>) -> bool {
        matches!(done, Err(DataError::Cancelled))
    }

    #[test]
    fn every_walk_through_a_file_can_be_cancelled() {
        let (goes_on, cancelled) = (Progress::default(), Progress::default());
        cancelled.cancel();
        let rows = "\"columns\":[\"cost\"],\"records\":[{\"cost\":\"1\"}],\"shown\":1,\"of\":1";
        let printed = file(&format!("{{\"sources\":[],{rows}}}"));
        let usage = file("[{\"date\":\"2026-10-01\",\"cost\":1.5}]");
        for file in [&printed, &usage] {
            check(file, "a.json", &goes_on).unwrap();
            assert!(is_cancelled(&check(file, "a.json", &cancelled)));
        }
        let table = read(&printed, "a.json", &goes_on).unwrap().unwrap();
        let write = |progress| table.write((&printed, "a.json"), Vec::new(), progress);
        write(&goes_on).unwrap();
        assert!(is_cancelled(&write(&cancelled)));
        let form = form_of(&usage, "a.json", &goes_on).unwrap();
        assert!(is_cancelled(&form_of(&usage, "a.json", &cancelled)));
        let sort = |progress| sort_file("a.json", (&usage, form), Path::new("/tmp"), progress);
        assert!(is_cancelled(&sort(&cancelled)));
    }
}
