//! The table: the ledger while nothing is open, then the data.

pub mod allows;
pub mod draw;
pub mod kept_months;
mod labels;
pub mod ledger;
pub mod state;
pub mod update;
