//! Sort keys of single rows: one value or several, with ties broken by position in the file.

use super::dictionary::DictColumn;
use super::keys;
use super::scan::RowGroup;
use crate::data::columns::column_types::NO_AMOUNT;
use crate::data::dataset::Dataset;
use crate::data::error::DataError;
use crate::data::table::stored::Decoded;
use crate::domain::money::Amount;
use crate::domain::query::Query;
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::SortBy;
use std::cmp::Reverse;

/// A sort value; rows without a value come last in either direction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SortValue {
    Number(i128),
    Up(String),
    Down(Reverse<String>),
    Absent,
}

/// The sort key of a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RowPlace {
    pub(crate) value: SortValue,
    /// The values of further sort columns, which break ties.
    pub(crate) more: Vec<SortValue>,
    pub(crate) row: u64,
}

enum RowSort {
    Cost,
    /// The absolute cost.
    Size,
    Key(GroupKey),
}

/// The sort columns, each with whether it is descending; never empty.
pub(crate) struct Sorting {
    by: Vec<(RowSort, bool)>,
}

impl Sorting {
    pub(crate) fn of(data: &Dataset, query: &Query) -> Result<Self, DataError> {
        let mut all = Vec::new();
        for sort in query.sorts() {
            let by = match &sort.by {
                SortBy::Size => RowSort::Size,
                SortBy::Cost | SortBy::Rows | SortBy::Key(GroupKey::Role(Role::Cost)) => {
                    RowSort::Cost
                }
                SortBy::Key(key) => {
                    keys::check(data.headers(), key)?;
                    RowSort::Key(key.clone())
                }
            };
            all.push((by, !sort.ascending));
        }
        Ok(Self { by: all })
    }

    /// Whether the order is descending, if rows are sorted by cost alone.
    pub(crate) fn by_cost_alone(&self) -> Option<bool> {
        match self.by.as_slice() {
            [(RowSort::Cost, down)] => Some(*down),
            _ => None,
        }
    }

    /// Whether each sort column is descending.
    pub(crate) fn directions(&self) -> impl Iterator<Item = bool> {
        self.by.iter().map(|(_, down)| *down)
    }

    /// The sort columns of a row group.
    pub(crate) fn columns(&self, slice: &RowGroup<'_>) -> Result<Vec<SortKeyColumn>, DataError> {
        let all = self.by.iter();
        all.map(|(by, down)| column(slice, by, *down)).collect()
    }
}

/// One sort column.
pub(crate) struct SortKeyColumn {
    down: bool,
    /// Whether amounts are compared without their sign.
    size: bool,
    values: Values,
}

enum Values {
    Amounts(Decoded<i128>),
    DictColumn(DictColumn),
}

fn column(slice: &RowGroup<'_>, by: &RowSort, down: bool) -> Result<SortKeyColumn, DataError> {
    let values = match by {
        RowSort::Cost | RowSort::Size => Values::Amounts(slice.costs()?.clone()),
        RowSort::Key(key) => match keys::amount_header(slice, key) {
            Some(header) => Values::Amounts(slice.amounts(header)?),
            None => Values::DictColumn(keys::of(slice, key)?),
        },
    };
    Ok(SortKeyColumn {
        down,
        size: matches!(by, RowSort::Size),
        values,
    })
}

impl SortKeyColumn {
    /// The place of an amount among others.
    fn ranked(&self, units: i128) -> i128 {
        let units = if self.size {
            units.saturating_abs()
        } else {
            units
        };
        if self.down { -units } else { units }
    }

    fn value(&self, row: usize) -> SortValue {
        match &self.values {
            Values::Amounts(units) => match units.get(row) {
                None | Some(&NO_AMOUNT) => SortValue::Absent,
                Some(units) => SortValue::Number(self.ranked(*units)),
            },
            Values::DictColumn(coded) => {
                let code = coded.codes.get().get(row);
                let text = code.and_then(|code| coded.words.get(*code));
                text.map_or(SortValue::Absent, |text| text_value(text, self.down))
            }
        }
    }

    /// The key of a row as a number; `None` if it has no value. A text gets its key from `number`, which is asked once for each
    /// code and remembered in `known`.
    pub(crate) fn key(
        &self,
        row: usize,
        known: &mut Vec<Option<i128>>,
        number: impl Fn(&str) -> i128,
    ) -> Option<i128> {
        match &self.values {
            Values::Amounts(units) => {
                let units = units.get(row).filter(|units| **units != NO_AMOUNT)?;
                Some(self.ranked(*units))
            }
            Values::DictColumn(coded) => {
                let code = *coded.codes.get().get(row)?;
                let text = coded.words.get(code)?;
                let at = code as usize;
                if known.len() <= at {
                    known.resize(coded.words.len().max(at + 1), None);
                }
                Some(*known.get_mut(at)?.get_or_insert_with(|| number(text)))
            }
        }
    }
}

/// The sort value of a text: a number if it reads as one.
pub(crate) fn text_value(text: &str, down: bool) -> SortValue {
    match Amount::parse(text) {
        Ok(number) => {
            let units = number.amount.units();
            SortValue::Number(if down { -units } else { units })
        }
        Err(_) if down => SortValue::Down(Reverse(text.to_owned())),
        Err(_) => SortValue::Up(text.to_owned()),
    }
}

/// The sort key of a row; `at` is its number in the dataset.
pub(crate) fn place(columns: &[SortKeyColumn], row: usize, at: u64) -> RowPlace {
    let mut values = columns.iter().map(|column| column.value(row));
    RowPlace {
        value: values.next().unwrap_or(SortValue::Absent),
        more: values.collect(),
        row: at,
    }
}
