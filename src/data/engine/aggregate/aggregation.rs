//! The description of an aggregation: keys, measures and partitions.

use super::share::Share;
use crate::data::engine::scan::RowGroup;
use crate::data::error::DataError;
use std::sync::Arc;

use crate::domain::query::Measure;
use crate::domain::query::group_key::GroupKey;

/// An aggregation: its keys and measures.
#[derive(Default)]
pub(crate) struct Aggregation<'a> {
    pub(crate) keys: &'a [GroupKey],
    pub(crate) measures: &'a [Measure],
    /// Splits the groups further by a number for each row, below the given bound: its class in the bridge.
    pub(crate) mark: Option<(Marker<'a>, u32)>,
    /// Rows with this mark are left out.
    pub(crate) without: Option<u8>,
    /// The groups that are summed are those in all of these shares.
    pub(crate) shares: &'a [Share],
}

pub(crate) type Marker<'a> = &'a (dyn Fn(&RowGroup<'_>) -> Result<Arc<[u8]>, DataError> + Sync);
