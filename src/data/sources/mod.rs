//! Finds and plans the sources to read: files, folders, archives and export runs, and which are read, replaced or left
//! out.
//!
//! [`gather`] makes a flat list of candidates, and [`plan`] decides about each without reading a row.

pub(crate) mod archive;
pub mod candidate;
pub(crate) mod content;
pub mod csv_errors;
pub mod delta;
pub(crate) mod file_kinds;
pub(crate) mod file_ranges;
pub(crate) mod folder_items;
pub mod gather;
pub(crate) mod index;
pub(crate) mod json_text;
pub mod manifest;
pub mod names;
pub mod page_rows;
pub mod plan;
pub(crate) mod printed_json;
pub(crate) mod tally;
pub mod usage;
pub(crate) mod utf_16;
