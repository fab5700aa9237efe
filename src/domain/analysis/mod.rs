//! Results of comparisons: the bridge, changes, commitments and rows without a counterpart.

pub mod change;
pub mod commitments;
pub mod comparison;
pub mod reconciliation;
