//! The largest amount of a dataset, which bounds the size of sums.

use crate::data::columns::column_types::NO_AMOUNT;
use crate::data::dataset::Dataset;
use crate::data::error::DataError;

/// The largest absolute amount of any row, in units.
pub(crate) fn largest(data: &Dataset) -> Result<u128, DataError> {
    let found = crate::data::engine::scan::fold(
        data,
        || 0_u128,
        |largest, slice| {
            let units = slice.costs()?.iter().filter(|units| **units != NO_AMOUNT);
            *largest = units.fold(*largest, |most, units| most.max(units.unsigned_abs()));
            Ok(())
        },
    )?;
    Ok(found.into_iter().max().unwrap_or_default())
}
