//! The order form.

pub mod draw;
pub mod state;
pub mod update;
pub mod window;
mod words;
