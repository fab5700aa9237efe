//! Sums by group: rows are aggregated per row group, then per thread, then for the whole table.

pub(crate) mod accumulator;
pub(crate) mod aggregation;
pub(crate) mod grouped;
pub(crate) mod hash_agg;
pub(crate) mod linked_sums;
pub(crate) mod measures;
pub(crate) mod partial_agg;
pub(crate) mod share;
pub(crate) mod shared_keys;
