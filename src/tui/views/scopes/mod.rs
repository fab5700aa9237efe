//! The scope tree.

mod agreements;
pub mod allows;
pub(crate) mod creating;
pub mod draw;
pub(crate) mod exports;
pub mod heads;
pub mod sorting;
pub mod state;
pub mod update;
