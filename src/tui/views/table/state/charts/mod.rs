//! The charts of the table screen: what is drawn, its series, and its days.

pub mod chart;
pub mod charted;
pub mod days;
