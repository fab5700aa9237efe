//! The overview: where the money of the open data went, in panels that fill as they are ready.

pub mod allows;
pub mod draw;
pub mod found;
pub mod hideable;
mod listing;
pub mod state;
pub mod update;
