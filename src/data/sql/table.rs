//! Provides the cost table to polars, with only the columns and rows that a statement needs.

use super::names::{ColumnSource, CostTableColumn, Holds, Names};
use crate::data::columns::column_types::{NO_AMOUNT, NO_DAY};
use crate::data::columns::text_column::NONE;
use crate::data::dataset::Dataset;
use crate::data::engine::dictionary::DictColumn;
use crate::data::engine::keys;
use crate::data::engine::scan;
use crate::data::engine::scan::RowGroup;
use crate::data::error::DataError;
use crate::data::query::bridge_class;
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use polars::prelude::{
    AnonymousScan, AnonymousScanArgs, Column as Series, DataFrame, DataType, IdxCa, Int32Chunked,
    Int128Chunked, IntoColumn, IntoSeries, NewChunkedArray, PlSmallStr, PolarsError, PolarsResult,
    Schema, SchemaRef, StringChunked, UInt32Chunked,
};
use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The digits of an amount, and how many of them are decimal places.
pub(super) const PRECISION: usize = 38;
pub(super) const SCALE: usize = 18;

/// The cost table of a dataset.
pub(super) struct Costs {
    data: Dataset,
    columns: Vec<CostTableColumn>,
    schema: SchemaRef,
    stop: Arc<AtomicBool>,
    /// The number of the first tag set of each part.
    sets: Vec<u32>,
}

impl Costs {
    /// The table with all columns and the tags that a statement names.
    pub(super) fn new<'a>(
        data: &Dataset,
        names: &Names,
        tags: impl Iterator<Item = &'a String>,
        stop: Arc<AtomicBool>,
    ) -> Result<Self, DataError> {
        let mut columns = names.columns().to_vec();
        columns.extend(tags.map(|tag| Names::tag_column(tag)));
        let fields = columns
            .iter()
            .map(|column| (PlSmallStr::from_str(&column.name), dtype(column.holds)));
        Ok(Self {
            data: data.clone(),
            schema: Arc::new(fields.collect::<Schema>()),
            columns,
            stop,
            sets: first_sets(data)?,
        })
    }

    pub(super) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn frame(
        &self,
        wanted: &[&CostTableColumn],
        most: Option<usize>,
    ) -> Result<DataFrame, DataError> {
        let blocks = scan::fold(&self.data, Vec::new, |blocks, slice| {
            // Row groups after the last wanted row are not read.
            let behind = most.is_some_and(|most| slice.first >= most as u64);
            if self.stop.load(Ordering::Relaxed) {
                return Err(DataError::Cancelled);
            }
            if !behind {
                let columns = wanted.iter().map(|column| self.values(slice, column));
                let columns = columns.collect::<Result<Vec<Series>, DataError>>()?;
                blocks.push((slice.first, slice.rows, columns));
            }
            Ok(())
        })?;
        let mut blocks: Vec<_> = blocks.into_iter().flatten().collect();
        blocks.sort_by_key(|(first, ..)| *first);
        let mut frame = empty(wanted);
        for (_, rows, columns) in blocks {
            frame.vstack_mut_owned(DataFrame::new(rows, columns)?)?;
        }
        Ok(match most {
            Some(most) => frame.head(Some(most)),
            None => frame,
        })
    }
}

/// An empty frame with these columns.
fn empty(wanted: &[&CostTableColumn]) -> DataFrame {
    let columns = wanted
        .iter()
        .map(|column| Series::new_empty(PlSmallStr::from_str(&column.name), &dtype(column.holds)));
    DataFrame::new(0, columns.collect()).unwrap_or_default()
}

fn dtype(holds: Holds) -> DataType {
    match holds {
        Holds::Decimal => DataType::Decimal(PRECISION, SCALE),
        Holds::Date => DataType::Date,
        Holds::Text => DataType::String,
        Holds::Number => DataType::UInt32,
    }
}

impl AnonymousScan for Costs {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn scan(&self, args: AnonymousScanArgs) -> PolarsResult<DataFrame> {
        let wanted: Vec<&CostTableColumn> = match &args.with_columns {
            Some(names) => names
                .iter()
                .filter_map(|name| {
                    let mut columns = self.columns.iter();
                    columns.find(|column| column.name == name.as_str())
                })
                .collect(),
            None => self.columns.iter().collect(),
        };
        self.frame(&wanted, args.n_rows)
            .map_err(|error| PolarsError::ComputeError(error.to_string().into()))
    }

    fn allows_projection_pushdown(&self) -> bool {
        true
    }
}

impl Costs {
    /// The values of a column in a row group.
    fn values(&self, slice: &RowGroup<'_>, column: &CostTableColumn) -> Result<Series, DataError> {
        let name = PlSmallStr::from_str(&column.name);
        match (&column.what, column.holds) {
            (ColumnSource::Key(GroupKey::Role(Role::Cost)), _) => amounts(name, slice.costs()?),
            (ColumnSource::Key(GroupKey::Role(Role::Date)), _) => Ok(days(name, &slice.days()?)),
            (ColumnSource::Key(key), _) => texts(name, &keys::of(slice, key)?, slice.rows),
            (ColumnSource::TagSet, _) => self.tag_sets(name, slice),
            (ColumnSource::Part, _) => {
                let parts = bridge_class::parts(slice)?;
                let parts = parts.iter().map(|part| Some(u32::from(*part)));
                Ok(numbers(name, parts))
            }
            (ColumnSource::Row, _) => {
                let rows = (slice.first..).take(slice.rows);
                Ok(numbers(name, rows.map(|row| u32::try_from(row).ok())))
            }
            (ColumnSource::Role(role), holds) => header(name, slice, slice.role(*role), holds),
            (ColumnSource::Header(wanted), holds) => {
                header(name, slice, slice.header(wanted), holds)
            }
        }
    }

    fn tag_sets(&self, name: PlSmallStr, slice: &RowGroup<'_>) -> Result<Series, DataError> {
        let mut parts = self.data.parts().iter();
        let place = parts.position(|part| std::ptr::eq(part, slice.part));
        let first = place.and_then(|at| self.sets.get(at)).copied();
        let sets = slice.part.stored.tag_sets(slice.group)?;
        let numbers = sets.iter().map(|set| {
            let own = (*set != NONE).then_some(*set)?;
            own.checked_add(first?)
        });
        Ok(self::numbers(name, numbers))
    }
}

fn numbers(name: PlSmallStr, values: impl Iterator<Item = Option<u32>>) -> Series {
    let numbers = UInt32Chunked::from_iter_options(name, values);
    numbers.into_series().into_column()
}

/// The first tag set number of each part; numbers continue from file to file.
pub(super) fn first_sets(data: &Dataset) -> Result<Vec<u32>, DataError> {
    let mut first = 0_u32;
    let parts = data.parts().iter();
    parts
        .map(|part| {
            let before = first;
            let count = u32::try_from(part.stored.sets()?.pairs.len()).unwrap_or(u32::MAX);
            first = first.saturating_add(count);
            Ok(before)
        })
        .collect()
}

fn header(
    name: PlSmallStr,
    slice: &RowGroup<'_>,
    header: Option<&str>,
    holds: Holds,
) -> Result<Series, DataError> {
    let Some(header) = header else {
        return Ok(Series::full_null(name, slice.rows, &dtype(holds)));
    };
    match holds {
        Holds::Decimal => amounts(name, &slice.amounts(header)?),
        Holds::Date => Ok(days(
            name,
            &slice.part.stored.days(slice.group, header, None)?,
        )),
        Holds::Text | Holds::Number => {
            let key = GroupKey::Column(header.to_owned());
            texts(name, &keys::of(slice, &key)?, slice.rows)
        }
    }
}

fn amounts(name: PlSmallStr, units: &[i128]) -> Result<Series, DataError> {
    let values = units
        .iter()
        .map(|units| (*units != NO_AMOUNT).then_some(*units));
    let column = Int128Chunked::from_iter_options(name, values);
    let decimals = column.into_decimal(PRECISION, SCALE)?;
    Ok(decimals.into_series().into_column())
}

fn days(name: PlSmallStr, days: &[i32]) -> Series {
    let values = days.iter().map(|day| (*day != NO_DAY).then_some(*day));
    let column = Int32Chunked::from_iter_options(name, values);
    column.into_date().into_series().into_column()
}

/// Converts each distinct text once, then gathers by code.
fn texts(name: PlSmallStr, key: &DictColumn, rows: usize) -> Result<Series, DataError> {
    let words = u32::try_from(key.words.len()).unwrap_or(NONE);
    let words =
        StringChunked::from_iter_options(name.clone(), (0..words).map(|code| key.words.get(code)));
    if words.is_empty() {
        return Ok(Series::full_null(name, rows, &DataType::String));
    }
    let codes = key
        .codes
        .get()
        .iter()
        .map(|code| (*code != NONE).then_some(*code));
    let places = IdxCa::from_iter_options(PlSmallStr::EMPTY, codes);
    let values = words.into_series().take(&places)?;
    Ok(values.into_column())
}
