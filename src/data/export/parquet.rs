//! Writes Parquet: amounts as `Decimal(38,18)`, days as dates, text in dictionaries.

use crate::data::columns::column_types::{ColumnKind, Filling, NO_AMOUNT, NO_DAY};
use crate::data::columns::text_column::{GrowingTexts, NONE};
use crate::data::dataset::description::Description;
use crate::data::engine::batches::{Batch, TextValues, Values};
use crate::data::error::DataError;
use crate::data::room;
use crate::data::table::writer::{Schema, Writer, encode_on};
use crate::data::threads::{on_threads, threads};
use crate::domain::money::Amount;
use crate::domain::table::text_table::{Heading, Holds};
use chrono::NaiveDate;
use std::io::Write;
use std::mem;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Rows in a row group, all of which are held until it is written: fewer where memory is tight.
fn group_rows() -> usize {
    if room::is_tight() { 25_000 } else { 100_000 }
}

/// A Parquet file being written.
pub struct ParquetSheet<W: Write> {
    schema: Schema,
    kinds: Vec<ColumnKind>,
    writer: Writer<W>,
    held: Vec<Mutex<Filling>>,
    rows: usize,
    /// Rows of a row group.
    most: usize,
    threads: usize,
    /// The description of the rows, if they are a table of costs.
    description: Option<Description>,
}

fn kind(holds: Holds) -> ColumnKind {
    match holds {
        Holds::Number => ColumnKind::Amount { must: false },
        Holds::Day => ColumnKind::Day { must: false },
        Holds::Text | Holds::Quantity => ColumnKind::Text,
    }
}

/// A column in the form that it is written in.
pub(crate) fn prepare(holds: Holds, values: Values) -> Result<Values, DataError> {
    match (kind(holds), values) {
        (ColumnKind::Amount { .. }, Values::Texts(column)) => amounts(&column).map(Values::Amounts),
        (ColumnKind::Text | ColumnKind::Day { .. }, values @ Values::Amounts(_)) => {
            Ok(Values::Texts(values.into_texts()))
        }
        (ColumnKind::Amount { .. }, values @ Values::Amounts(_))
        | (ColumnKind::Text | ColumnKind::Day { .. }, values @ Values::Texts(_)) => Ok(values),
    }
}

/// The amounts in a column of texts; each distinct text is parsed once.
fn amounts(column: &TextValues) -> Result<Vec<i128>, DataError> {
    let known: Vec<i128> = column.distinct().map(units).collect::<Result<_, _>>()?;
    let amount = |code: &u32| known.get(*code as usize).copied().unwrap_or(NO_AMOUNT);
    Ok(column.codes.iter().map(amount).collect())
}

fn units(text: &str) -> Result<i128, DataError> {
    let parsed = Amount::parse(text).map_err(|problem| DataError::Stored(problem.to_string()))?;
    Ok(parsed.amount.units())
}

fn day(text: &str) -> i32 {
    let day = text.parse::<NaiveDate>();
    day.map_or(NO_DAY, |day| day.to_epoch_days())
}

/// The names of columns and the forms that they are stored in.
fn columns(headings: &[Heading]) -> (Vec<String>, Vec<ColumnKind>) {
    let column = |heading: &Heading| (heading.name.clone(), kind(heading.holds));
    headings.iter().map(column).unzip()
}

fn empty(kinds: &[ColumnKind]) -> Vec<Mutex<Filling>> {
    let columns = kinds.iter().map(|kind| Mutex::new(Filling::new(*kind)));
    columns.collect()
}

impl<W: Write> ParquetSheet<W> {
    /// Starts a file with these columns.
    pub fn new(headings: &[Heading], target: W) -> Result<Self, DataError> {
        let (names, kinds) = columns(headings);
        Self::begin(Schema::plain(&names, &kinds)?, kinds, None, target)
    }

    /// Starts a file for rows. If they are a table of costs, the file opens like a stored one as long as it is not changed.
    pub(crate) fn of_rows(headings: &[Heading], target: W) -> Result<Self, DataError> {
        let (names, kinds) = columns(headings);
        let description = Description::of(&names, &kinds).filter(|_| !room::is_tight());
        let schema = match description {
            Some(_) => Schema::new(&names, &kinds)?,
            None => Schema::plain(&names, &kinds)?,
        };
        Self::begin(schema, kinds, description, target)
    }

    fn begin(
        schema: Schema,
        kinds: Vec<ColumnKind>,
        description: Option<Description>,
        target: W,
    ) -> Result<Self, DataError> {
        let writer = Writer::new(target, &schema)?;
        Ok(Self {
            held: empty(&kinds),
            schema,
            kinds,
            writer,
            rows: 0,
            most: group_rows(),
            threads: threads(),
            description,
        })
    }

    /// Appends rows.
    pub fn take(&mut self, rows: &[Vec<Option<String>>]) -> Result<(), DataError> {
        for row in rows {
            for (filling, value) in self.held.iter_mut().zip(row) {
                let filling = filling.get_mut().unwrap_or_else(PoisonError::into_inner);
                push(filling, value.as_deref())?;
            }
            self.rows += 1;
            if self.rows >= self.most {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Appends columns that are prepared.
    pub(crate) fn take_batch(&mut self, batch: &Batch<Values>) -> Result<(), DataError> {
        let mut start = 0;
        while start < batch.rows {
            let end = batch.rows.min(start + self.most - self.rows);
            let held = &self.held;
            on_threads(
                self.threads,
                held.len(),
                || (),
                |(), at| {
                    if let (Some(filling), Some(values)) = (held.get(at), batch.columns.get(at)) {
                        let mut filling = filling.lock().unwrap_or_else(PoisonError::into_inner);
                        push_all(&mut filling, values, start..end);
                    }
                    Ok(())
                },
            )?;
            self.rows += end - start;
            start = end;
            if self.rows >= self.most {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), DataError> {
        let held = mem::replace(&mut self.held, empty(&self.kinds)).into_iter();
        let held = held.map(|filling| filling.into_inner().unwrap_or_else(PoisonError::into_inner));
        let rows = mem::take(&mut self.rows);
        let group = match &mut self.description {
            Some(description) => {
                let (columns, tags) = description.add(held.collect(), rows);
                encode_on(self.threads, &self.schema, columns, rows)?
                    .numbered(&self.schema, tags)?
            }
            None => encode_on(self.threads, &self.schema, held.collect(), rows)?,
        };
        self.writer.write(&group)
    }

    /// Writes the remaining rows and the footer.
    pub fn finish(mut self) -> Result<W, DataError> {
        if self.rows > 0 {
            self.flush()?;
        }
        let Some(description) = self.description else {
            return self.writer.end();
        };
        let table = description.finish(&self.writer.sealer);
        self.writer.finish_export(table.as_ref())
    }
}

fn push(filling: &mut Filling, value: Option<&str>) -> Result<(), DataError> {
    match filling {
        Filling::Text(texts) => texts.push_value(value.map(str::as_bytes)),
        Filling::Amount(all) => all.push(value.map_or(Ok(NO_AMOUNT), units)?),
        Filling::Day(days) => days.values.push(value.map_or(NO_DAY, day)),
    }
    Ok(())
}

/// Appends some rows of a prepared column; each distinct text is looked up once.
fn push_all(filling: &mut Filling, values: &Values, rows: Range<usize>) {
    match (filling, values) {
        (Filling::Text(texts), Values::Texts(column)) => push_texts(texts, column, rows),
        (Filling::Day(days), Values::Texts(column)) => {
            let known: Vec<i32> = column.distinct().map(day).collect();
            let codes = column.codes.get(rows).unwrap_or_default();
            let day = |code: &u32| known.get(*code as usize).copied().unwrap_or(NO_DAY);
            days.values.extend(codes.iter().map(day));
        }
        (Filling::Amount(all), Values::Amounts(units)) => {
            all.extend_from_slice(units.get(rows).unwrap_or_default());
        }
        // `prepare` makes no such columns.
        (Filling::Amount(_), Values::Texts(_))
        | (Filling::Text(_) | Filling::Day(_), Values::Amounts(_)) => {}
    }
}

fn push_texts(texts: &mut GrowingTexts, column: &TextValues, rows: Range<usize>) {
    /// Not looked up yet.
    const NEW: u32 = NONE - 1;
    let mut known = vec![NEW; column.texts.len()];
    for code in column.codes.get(rows).unwrap_or_default() {
        match known.get_mut(*code as usize) {
            None => texts.push_value(None),
            Some(own) if *own == NEW => {
                texts.push_value(column.texts.get(*code).map(str::as_bytes));
                *own = texts.codes().last().copied().unwrap_or(NONE);
            }
            Some(own) => texts.push_code(*own),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::data::columns::column_types::NO_AMOUNT;
    use crate::data::engine::batches::{Batch, TextValues, Values};
    use crate::data::export::parquet::{ParquetSheet, prepare};
    use crate::domain::money::Amount;
    use crate::domain::table::text_table::{Heading, Holds};

    fn headings() -> Vec<Heading> {
        let holds = [
            Holds::Text,
            Holds::Number,
            Holds::Day,
            Holds::Number,
            Holds::Text,
        ];
        let named = holds.into_iter().enumerate();
        let heading = |(at, holds)| Heading {
            name: format!("column {at}"),
            holds,
        };
        named.map(heading).collect()
    }

    fn row(at: usize) -> Vec<Option<String>> {
        vec![
            (!at.is_multiple_of(7)).then(|| ["b", "", "a", " "][at % 4].to_owned()),
            (!at.is_multiple_of(5)).then(|| Amount::from_whole(at as u64).to_string()),
            (at % 3 < 2).then(|| format!("2026-10-{:02}", at % 28 + 1)),
            Some(format!("{}.5", at % 11)),
            Some(format!("text {at}")),
        ]
    }

    fn texts(rows: &[Vec<Option<String>>], column: usize) -> Values {
        let mut all = TextValues::default();
        for row in rows {
            let code = row[column].as_ref().map(|text| all.texts.number(text));
            all.codes.push(code.unwrap_or(u32::MAX));
        }
        Values::Texts(all)
    }

    fn amounts(rows: &[Vec<Option<String>>], column: usize) -> Values {
        let units = |text: &String| Amount::parse(text).unwrap().amount.units();
        let units = |row: &Vec<Option<String>>| row[column].as_ref().map_or(NO_AMOUNT, units);
        Values::Amounts(rows.iter().map(units).collect())
    }

    #[test]
    fn columns_give_the_same_file_as_rows() {
        let rows: Vec<_> = (0..2_500).map(row).collect();
        let headings = headings();
        let started = || {
            let mut sheet = ParquetSheet::new(&headings, Vec::<u8>::new()).unwrap();
            sheet.most = 1_000;
            sheet
        };
        let mut by_rows = started();
        by_rows.take(&rows).unwrap();
        let expected = by_rows.finish().unwrap();
        for together in [300, 1_000, 2_500] {
            let mut by_columns = started();
            for rows in rows.chunks(together) {
                // The fourth column is one of amounts, and holds texts here.
                let columns = [
                    texts(rows, 0),
                    amounts(rows, 1),
                    texts(rows, 2),
                    texts(rows, 3),
                    texts(rows, 4),
                ];
                let columns = columns.into_iter().zip(&headings);
                let columns =
                    columns.map(|(values, heading)| prepare(heading.holds, values).unwrap());
                let batch = Batch {
                    rows: rows.len(),
                    columns: columns.collect(),
                };
                by_columns.take_batch(&batch).unwrap();
            }
            assert!(by_columns.finish().unwrap() == expected, "{together}");
        }
    }

    #[test]
    fn a_text_in_a_column_of_amounts_is_refused() {
        let rows = [vec![Some("1".to_owned())], vec![Some("one".to_owned())]];
        let refused = prepare(Holds::Number, texts(&rows, 0))
            .map(drop)
            .unwrap_err();
        assert_eq!(refused.to_string(), "`one` is not a number");
    }
}
