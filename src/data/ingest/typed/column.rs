//! The decoded values of a column for the rows of a block.

use super::written::{day_text, decimal_text, time_text};
use crate::data::columns::column_types::{NO_AMOUNT, NO_DAY};
use crate::data::columns::text_column::NONE;
use crate::data::error::DataError;
use hashbrown::HashMap;
use std::hash::Hash;

/// The value of a row without a time.
pub(crate) const NO_TIME: i64 = i64::MIN;

/// The texts that codes stand for.
pub(crate) trait Words: Send {
    /// The number of texts.
    fn count(&self) -> usize;
    fn word(&self, code: u32) -> Option<&[u8]>;
}

impl Words for Vec<String> {
    fn count(&self) -> usize {
        self.len()
    }

    fn word(&self, code: u32) -> Option<&[u8]> {
        self.get(code as usize).map(String::as_bytes)
    }
}

/// Consecutive rows with texts from one list.
pub(crate) struct TextPart {
    /// The code of each row; [`NONE`] for rows without a value.
    pub(crate) codes: Vec<u32>,
    pub(crate) words: Box<dyn Words>,
    /// Whether several rows may have the same code.
    pub(crate) shared: bool,
}

impl TextPart {
    /// The text of each row.
    fn rows(&self) -> impl Iterator<Item = Option<&[u8]>> {
        self.codes.iter().map(|code| self.words.word(*code))
    }
}

/// The values of a column.
pub(crate) enum ColumnValues {
    /// No row has a value.
    Blank(usize),
    Texts(Vec<TextPart>),
    /// Whole numbers of ten to the minus `scale`; [`NO_AMOUNT`] for rows without a value.
    Decimals {
        values: Vec<i128>,
        scale: usize,
    },
    Doubles(Vec<Option<f64>>),
    /// Days since 1970-01-01; [`NO_DAY`] for rows without a value.
    Days(Vec<i32>),
    /// Seconds since 1970-01-01; [`NO_TIME`] for rows without a value.
    Times(Vec<i64>),
}

/// The rows of a block whose columns are decoded one at a time, so that memory holds one of them.
pub(crate) trait TypedRows {
    fn rows(&self) -> usize;
    fn column(&self, at: usize) -> Result<ColumnValues, DataError>;
}

impl ColumnValues {
    /// The number of rows.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Blank(rows) => *rows,
            Self::Texts(parts) => parts.iter().map(|part| part.codes.len()).sum(),
            Self::Decimals { values, .. } => values.len(),
            Self::Doubles(values) => values.len(),
            Self::Days(values) => values.len(),
            Self::Times(values) => values.len(),
        }
    }

    /// Appends the rows of another part of the same column.
    pub(crate) fn append(self, next: Self) -> Self {
        match (self, next) {
            (Self::Blank(0), next) => next,
            (Self::Blank(rows), Self::Blank(more)) => Self::Blank(rows + more),
            (
                Self::Decimals { mut values, scale },
                Self::Decimals {
                    values: more,
                    scale: other,
                },
            ) if scale == other => {
                values.extend(more);
                Self::Decimals { values, scale }
            }
            (Self::Doubles(mut values), Self::Doubles(more)) => {
                values.extend(more);
                Self::Doubles(values)
            }
            (Self::Days(mut values), Self::Days(more)) => {
                values.extend(more);
                Self::Days(values)
            }
            (Self::Times(mut values), Self::Times(more)) => {
                values.extend(more);
                Self::Times(values)
            }
            (one, other) => {
                let mut parts = one.into_texts();
                parts.extend(other.into_texts());
                Self::Texts(parts)
            }
        }
    }

    /// The values as CSV text.
    pub(crate) fn into_texts(self) -> Vec<TextPart> {
        match self {
            Self::Blank(rows) => vec![TextPart {
                codes: vec![NONE; rows],
                words: Box::new(Vec::new()),
                shared: true,
            }],
            Self::Texts(parts) => parts,
            Self::Decimals { values, scale } => {
                let there = |value: i128| (value != NO_AMOUNT).then_some(value);
                vec![coded(values.into_iter().map(there), |value| {
                    decimal_text(&value, scale)
                })]
            }
            Self::Doubles(values) => {
                let bits = values.into_iter().map(|value| value.map(f64::to_bits));
                vec![coded(bits, |bits| f64::from_bits(bits).to_string())]
            }
            Self::Days(values) => {
                let there = |value: i32| (value != NO_DAY).then_some(value);
                vec![coded(values.into_iter().map(there), day_text)]
            }
            Self::Times(values) => {
                let there = |value: i64| (value != NO_TIME).then_some(value);
                vec![coded(values.into_iter().map(there), time_text)]
            }
        }
    }
}

/// The text of each row.
pub(crate) fn rows_of(parts: &[TextPart]) -> impl Iterator<Item = Option<&[u8]>> {
    parts.iter().flat_map(TextPart::rows)
}

/// Texts of values, each distinct one written once.
fn coded<T: Copy + Eq + Hash>(
    values: impl Iterator<Item = Option<T>>,
    show: impl Fn(T) -> String,
) -> TextPart {
    let (mut known, mut words) = (HashMap::new(), Vec::new());
    let code = |value: Option<T>| {
        let Some(value) = value else { return NONE };
        *known.entry(value).or_insert_with(|| {
            words.push(show(value));
            u32::try_from(words.len() - 1).unwrap_or(NONE)
        })
    };
    let codes = values.map(code).collect();
    TextPart {
        codes,
        words: Box::new(words),
        shared: true,
    }
}
