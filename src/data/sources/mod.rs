//! What was given: files, folders, archives, export runs; and which of it is read, replaced or left out.
//!
//! [`gather`] looks at everything and makes a flat list of candidates, [`plan`] decides about each without reading a row.

pub(crate) mod archive;
pub(crate) mod candidate;
pub(crate) mod content;
pub mod delta;
pub(crate) mod file_kinds;
pub(crate) mod folder_items;
pub mod gather;
pub(crate) mod index;
pub mod manifest;
pub mod names;
pub mod plan;
pub(crate) mod printed_json;
pub(crate) mod usage_json;
pub mod usage_pages;
pub(crate) mod utf_16;
