//! Columns of files that store types, checked without text in between: each distinct value once, and every row by its
//! columns.
//!
//! The result is the same as that of the same rows as text. Values that need the care of single records, and errors, are
//! left to the text: the pass is then restarted with it.

pub(crate) mod amounts;
pub(crate) mod column;
pub(crate) mod columns_pass;
pub(crate) mod days;
pub(crate) mod doubles;
pub(crate) mod filled_pass;
pub(crate) mod rivals;
pub(crate) mod sums;
pub(crate) mod texts;
pub(crate) mod word_repairs;
pub(crate) mod written;

#[cfg(test)]
mod tests;
