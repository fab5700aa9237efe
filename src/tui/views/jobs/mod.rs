//! The jobs: reports being ordered, runs of exports, and those that are done.

pub mod allows;
pub mod cancel;
pub mod draw;
pub mod runs;
pub mod state;
pub mod update;
pub mod watching;
