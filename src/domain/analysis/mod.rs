//! Results of comparisons: the bridge, changes, commitments, findings, the overview of a month, and rows without a
//! counterpart. A mask hides their names and amounts.

pub mod change;
pub mod commitments;
pub mod comparison;
pub mod cost_mask;
pub mod differences;
pub mod findings;
pub mod overview;
pub mod pair_facts;
pub mod reconciliation;
