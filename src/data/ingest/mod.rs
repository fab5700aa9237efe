//! From the bytes of a cost file to checked row groups, in one pass and bounded memory.
//!
//! A reading thread cuts the text into blocks at record ends, workers turn each block into columns and encode them, the
//! caller's thread writes them in order. No row is dropped silently: it is kept, or the file is refused with the line
//! number. Columns of Parquet come from [`super::table`] and keep their types.

pub(crate) mod block_end;
pub(crate) mod block_parser;
pub(crate) mod blocks;
pub(crate) mod checksums;
pub(crate) mod date_evidence;
pub(crate) mod decisions;
pub(crate) mod findings;
pub(crate) mod halt;
pub(crate) mod head;
#[cfg(test)]
mod head_tests;
pub(crate) mod pipeline;
pub(crate) mod projection;
pub(crate) mod records;
pub(crate) mod rows;
pub(crate) mod structure;
pub(crate) mod tag_collector;
pub(crate) mod two_layouts;
pub(crate) mod typed;
pub(crate) mod windows_1252;

/// Version of the rules for reading a file. Raise it with every change of what a file is read as: its columns, types, rows,
/// amounts, repairs and notes. Tables that were made by other rules are made anew.
pub const READING_RULES: u32 = 4;
