//! The comparison of actual and amortized cost.

pub mod allows;
pub mod draw;
mod labels;
pub mod state;
pub mod update;
pub mod waterfall;
