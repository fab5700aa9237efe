//! Checksums of the rows of one side of a pair.

use super::line_items::{charged, places};
use crate::data::columns::charge_class::ChargeClass;
use crate::data::columns::column_types::units;
use crate::data::dataset::Dataset;
use crate::data::engine::filter;
use crate::data::engine::scan::fold;
use crate::data::error::DataError;
use crate::data::ingest::checksums::line_item_hash::with_cost;
use crate::data::ingest::checksums::row_checksums::RowChecksums;
use crate::data::query::bridge_class::parts;
use crate::domain::query::filter::Filter;

/// The row checksums of a dataset. The filter applies only to rows without a benefit: the counterpart of a covered row may be
/// any row.
pub(crate) fn of(data: &Dataset, filter: Option<&Filter>) -> Result<RowChecksums, DataError> {
    let states = fold(data, RowChecksums::default, |checksums, slice| {
        let mask = filter::kept(slice, filter)?;
        let (parts, places, costs) = (parts(slice)?, places(slice)?, slice.costs()?);
        let charged = charged(&places, slice)?;
        let numbers = places.into_iter().zip(charged).zip(costs.iter());
        for (row, (part, ((place, charged), cost))) in parts.iter().zip(numbers).enumerate() {
            if ChargeClass::at(*part) == ChargeClass::NoBenefit
                && !filter::keeps(mask.as_deref(), row)
            {
                continue;
            }
            checksums.add(*part, place, || with_cost(charged, units(*cost)));
        }
        Ok(())
    })?;
    Ok(states
        .into_iter()
        .fold(RowChecksums::default(), RowChecksums::plus))
}
