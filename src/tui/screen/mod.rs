//! The state of each screen. No drawing, no clock, no I/O.

pub mod bridge;
pub mod compare;
pub mod detail;
pub mod help;
pub mod jobs;
pub mod ledger;
pub mod order;
pub mod rows;
pub mod scopes;
pub mod table;
