//! Checks that the columns of a dataset can answer keys and filters.

use super::{filter, keys};
use crate::data::dataset::Dataset;
use crate::data::error::DataError;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;

/// Fails if a key or the filter refers to an unknown column.
pub fn check(data: &Dataset, keys: &[GroupKey], filter: Option<&Filter>) -> Result<(), DataError> {
    for key in keys {
        keys::check(data.headers(), key)?;
    }
    filter.map_or(Ok(()), |filter| filter::check(data, filter))
}
