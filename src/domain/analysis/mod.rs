//! Results of comparisons: the bridge, changes, commitments, rows without a counterpart, and the overview of
//! a month.

pub mod change;
pub mod commitments;
pub mod comparison;
pub mod overview;
pub mod reconciliation;
