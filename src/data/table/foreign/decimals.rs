//! Decimals of up to sixteen bytes that follow each other in a page.

use super::codes::{Filled, short};
use crate::data::columns::column_types::NO_AMOUNT;
use crate::data::error::DataError;
use polars_parquet::parquet::page::{DataPage, split_buffer};
use std::ops::Range;

/// The longest number, in bytes.
pub(super) const LONGEST: usize = size_of::<i128>();

/// Appends the numbers of some rows of an unpacked page; [`NO_AMOUNT`] for rows without a value. Tells whether no number is
/// that mark itself.
pub(super) fn read(
    page: &DataPage,
    rows: &Range<usize>,
    width: usize,
    out: &mut Vec<i128>,
) -> Result<bool, DataError> {
    let parts = split_buffer(page)?;
    let filled = Filled::of_page(page, parts.def, rows)?;
    let place = |value: usize| value.checked_mul(width).ok_or_else(short);
    let range = place(filled.before)?..place(filled.before + filled.count)?;
    let bytes = parts.values.get(range).ok_or_else(short)?;
    let start = out.len();
    let mut numbers = bytes.chunks_exact(width).map(number);
    if filled.count == rows.len() {
        out.extend(numbers);
    } else {
        let value = |is_filled: &bool| is_filled.then(|| numbers.next()).flatten();
        let values = filled.rows.iter().map(value);
        out.extend(values.map(|value| value.unwrap_or(NO_AMOUNT)));
    }
    let new = out.get(start..).unwrap_or_default();
    if new.len() != rows.len() {
        return Err(short());
    }
    let marks = new.iter().filter(|number| **number == NO_AMOUNT).count();
    Ok(marks == rows.len() - filled.count)
}

/// A number whose first byte is its highest.
fn number(bytes: &[u8]) -> i128 {
    if let Ok(bytes) = bytes.try_into() {
        return i128::from_be_bytes(bytes);
    }
    let is_negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
    let sign = if is_negative { -1 } else { 0 };
    bytes
        .iter()
        .fold(sign, |number, byte| number << 8 | i128::from(*byte))
}

#[cfg(test)]
mod tests {
    use crate::data::table::foreign::decimals::number;

    #[test]
    fn numbers_of_any_width_keep_their_sign() {
        for expected in [0, 1, -1, 127, -128, 255, -255, 1 << 40, -(1 << 40)] {
            for width in 7..=16 {
                let bytes = i128::to_be_bytes(expected);
                assert_eq!(number(&bytes[16 - width..]), expected, "{width} bytes");
            }
        }
        assert_eq!((number(&[0x80]), number(&[0x7f])), (-128, 127));
        assert_eq!(number(&i128::MIN.to_be_bytes()), i128::MIN);
    }
}
