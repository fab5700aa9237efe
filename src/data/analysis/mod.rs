//! Comparisons of two tables: the bridge, commitments, reconciliation, changes and overlaps; and findings in one.

pub mod change;
pub(crate) mod commitment_id;
pub mod commitments;
pub mod compare;
pub mod findings;
pub(crate) mod line_items;
pub(crate) mod list_prices;
pub(crate) mod marked_rows;
pub mod overlap;
pub mod reconcile;
pub(crate) mod row_identity;
pub(crate) mod shared_rows;
pub(crate) mod side_checksums;

#[cfg(test)]
mod tests;
