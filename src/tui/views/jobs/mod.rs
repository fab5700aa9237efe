//! The jobs: reports being ordered, and those that are done.

pub mod allows;
pub mod cancel;
pub mod draw;
pub mod state;
pub mod update;
