//! The scope tree.

pub mod draw;
pub mod state;
pub mod update;
