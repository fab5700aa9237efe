//! Writes Parquet: amounts as `Decimal(38,18)`, days as dates, text in dictionaries.

use crate::data::columns::column_types::{ColumnKind, Filling, NO_AMOUNT, NO_DAY};
use crate::data::error::DataError;
use crate::data::room;
use crate::data::table::writer::{Schema, Writer, encode_plain};
use crate::domain::money::Amount;
use crate::domain::table::text_table::{Heading, Holds};
use chrono::NaiveDate;
use std::io::Write;

/// Rows in a row group, all of which are held until it is written: fewer where memory is tight.
fn group_rows() -> usize {
    if room::is_tight() { 25_000 } else { 100_000 }
}

/// A Parquet file being written.
pub struct ParquetSheet<W: Write> {
    schema: Schema,
    kinds: Vec<ColumnKind>,
    writer: Writer<W>,
    held: Vec<Filling>,
    rows: usize,
    /// Rows of a row group.
    most: usize,
}

fn kind(holds: Holds) -> ColumnKind {
    match holds {
        Holds::Number => ColumnKind::Amount { must: false },
        Holds::Day => ColumnKind::Day { must: false },
        Holds::Text | Holds::Quantity => ColumnKind::Text,
    }
}

impl<W: Write> ParquetSheet<W> {
    /// Starts a file with these columns.
    pub fn new(headings: &[Heading], target: W) -> Result<Self, DataError> {
        let names: Vec<String> = headings
            .iter()
            .map(|heading| heading.name.clone())
            .collect();
        let kinds: Vec<ColumnKind> = headings.iter().map(|heading| kind(heading.holds)).collect();
        let schema = Schema::plain(&names, &kinds)?;
        let writer = Writer::new(target, &schema)?;
        Ok(Self {
            held: kinds.iter().map(|kind| Filling::new(*kind)).collect(),
            schema,
            kinds,
            writer,
            rows: 0,
            most: group_rows(),
        })
    }

    /// Appends rows.
    pub fn take(&mut self, rows: &[Vec<Option<String>>]) -> Result<(), DataError> {
        for row in rows {
            for (filling, value) in self.held.iter_mut().zip(row) {
                push(filling, value.as_deref())?;
            }
            self.rows += 1;
            if self.rows >= self.most {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), DataError> {
        let empty = self.kinds.iter().map(|kind| Filling::new(*kind)).collect();
        let held = std::mem::replace(&mut self.held, empty);
        let group = encode_plain(&self.schema, held, self.rows)?;
        self.rows = 0;
        self.writer.write(&group)
    }

    /// Writes the remaining rows and the footer.
    pub fn finish(mut self) -> Result<W, DataError> {
        if self.rows > 0 {
            self.flush()?;
        }
        self.writer.end()
    }
}

fn push(filling: &mut Filling, value: Option<&str>) -> Result<(), DataError> {
    match filling {
        Filling::Text(texts) => texts.push_value(value.map(str::as_bytes)),
        Filling::Amount(units) => units.push(match value {
            None => NO_AMOUNT,
            Some(text) => Amount::parse(text)
                .map_err(|problem| DataError::Stored(problem.to_string()))?
                .amount
                .units(),
        }),
        Filling::Day(days) => days.values.push(match value.map(str::parse::<NaiveDate>) {
            Some(Ok(day)) => day.to_epoch_days(),
            Some(Err(_)) | None => NO_DAY,
        }),
    }
    Ok(())
}
