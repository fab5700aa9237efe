//! Reads JSON that `show` and `export` wrote back into the table that was printed.

use super::csv_errors::csv_io;
use super::{usage_json, usage_pages};
use crate::data::error::DataError;
use crate::domain::metric::Metric;
use crate::domain::money::{Amount, Money, listed};
use crate::domain::text::escape::Csv;
use crate::domain::text::{counted, grouped};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// A table as it was printed.
pub(crate) struct Printed {
    columns: Vec<String>,
    rows: Vec<Vec<Option<String>>>,
    pub(crate) metric: Option<Metric>,
    /// A message about rows that were not printed.
    pub(crate) left: Option<String>,
}

#[derive(Deserialize)]
struct Rows {
    columns: Vec<String>,
    records: Vec<BTreeMap<String, Option<String>>>,
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
    groups: Vec<Group>,
    others: Option<Others>,
    limited: Option<String>,
    shown: u64,
    of: u64,
}

#[derive(Deserialize)]
struct Group {
    keys: Vec<Option<String>>,
    currency: Option<String>,
    cost: Amount,
    rows: u64,
    /// Other printed values, such as the quantity.
    #[serde(flatten)]
    more: BTreeMap<String, Option<String>>,
}

#[derive(Deserialize)]
struct Others {
    totals: Vec<Money>,
}

/// Fields of output that is not a table with one cost column.
#[derive(Deserialize)]
struct Other {
    currencies: Option<IgnoredAny>,
    pivot: Option<IgnoredAny>,
}

/// Reads a table that costscope printed; `None` for any other text.
pub(crate) fn read(text: &[u8], name: &str) -> Result<Option<Printed>, DataError> {
    if !is_ours(text) {
        return Ok(None);
    }
    if let Ok(rows) = serde_json::from_slice::<Rows>(text) {
        return Ok(Some(of_rows(rows, name)));
    }
    if let Ok(groups) = serde_json::from_slice::<Groups>(text) {
        return Ok(Some(of_groups(groups, name)));
    }
    let kind = match serde_json::from_slice::<Other>(text) {
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
pub(crate) fn check(bytes: &[u8], name: &str) -> Result<(), DataError> {
    match read(&usage_json::text_of(bytes), name)? {
        Some(_) => Ok(()),
        None => usage_pages::goes_on(bytes, name).map(|_| ()),
    }
}

/// Whether costscope wrote the text. Only its documents begin with their sources.
fn is_ours(text: &[u8]) -> bool {
    let inside = text.trim_ascii_start().strip_prefix(b"{");
    inside.is_some_and(|inside| inside.trim_ascii_start().starts_with(b"\"sources\""))
}

fn of_rows(printed: Rows, name: &str) -> Printed {
    let row = |mut record: BTreeMap<String, Option<String>>| {
        let cells = printed.columns.iter();
        cells.map(|name| record.remove(name).flatten()).collect()
    };
    Printed {
        rows: printed.records.into_iter().map(row).collect(),
        metric: None,
        left: left(name, printed.limited, (printed.shown, printed.of), "row"),
        columns: printed.columns,
    }
}

fn of_groups(printed: Groups, name: &str) -> Printed {
    let mut names: Vec<String> = Vec::new();
    for group in &printed.groups {
        let new = group.more.keys().filter(|name| !names.contains(name));
        names.extend(new.cloned().collect::<Vec<_>>());
    }
    let row = |mut group: Group| {
        let more = names.iter().map(|name| group.more.remove(name).flatten());
        let more: Vec<Option<String>> = more.collect();
        let sums = [
            Some(group.cost.to_string()),
            group.currency,
            Some(group.rows.to_string()),
        ];
        group.keys.into_iter().chain(sums).chain(more).collect()
    };
    let rows = printed.groups.into_iter().map(row).collect();
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
        rows,
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
    pub(crate) fn write(&self, out: impl Write) -> io::Result<()> {
        let mut writer = csv::WriterBuilder::new()
            .quote_style(csv::QuoteStyle::Never)
            .from_writer(out);
        let mut field = String::new();
        let head: Vec<Option<String>> = self.columns.iter().cloned().map(Some).collect();
        for row in std::iter::once(&head).chain(&self.rows) {
            for value in row {
                Csv::Raw.field(value.as_deref(), &mut field);
                writer.write_field(&field).map_err(csv_io)?;
            }
            writer.write_record(None::<&[u8]>).map_err(csv_io)?;
        }
        writer.flush()
    }
}
