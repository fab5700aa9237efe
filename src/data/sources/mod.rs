//! What was given: files, folders, archives, export runs; and which of it is read, replaced or left out.
//!
//! [`gather`] looks at everything and makes a flat list of candidates, [`plan`] decides about each without reading a row.

pub mod delta;
mod folder_items;
pub mod gather;
mod index;
pub mod manifest;
pub mod names;
pub mod plan;
