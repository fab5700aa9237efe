//! From the bytes of a cost file to checked row groups, in one pass and bounded memory.
//!
//! A reading thread cuts the text into blocks at record ends, workers turn each block into columns and encode them, the
//! caller's thread writes them in order. Nothing is dropped in silence: a row is kept, or the file is refused with the
//! line that made it so. No Parquet is known here; see [`super::stored`].

pub(crate) mod blocks;
mod closing;
pub(crate) mod columns;
pub(crate) mod converting;
pub(crate) mod date_evidence;
pub(crate) mod head;
pub(crate) mod outcome;
pub(crate) mod pass;
pub(crate) mod record;
mod row_dates;
pub(crate) mod rows;
pub(crate) mod text;
pub(crate) mod texts;
mod two_layouts;
