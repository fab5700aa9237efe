//! Totals of a stored table, per currency.

use crate::data::columns::column_types::NO_AMOUNT;
#[cfg(feature = "sql")]
use crate::data::dataset::Dataset;
use crate::data::error::DataError;

/// The largest absolute amount of any row, in units.
#[cfg(feature = "sql")]
pub(crate) fn largest(data: &Dataset) -> Result<u128, DataError> {
    let found = super::scan::fold(
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
