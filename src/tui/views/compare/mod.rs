//! The comparison of actual and amortized cost.

pub mod allows;
pub mod draw;
pub mod state;
pub mod update;
pub mod waterfall;
