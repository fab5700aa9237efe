//! Answers questions to stored tables: only the columns that a question needs are read, row group by row group, on all
//! threads. Sums are exact; what does not fit is an error.

mod answered;
pub(crate) mod broken_tags;
mod days;
pub(crate) mod delegate;
pub(crate) mod filter;
pub(crate) mod groups;
pub(crate) mod keys;
mod local;
mod measured;
mod places;
pub(crate) mod rows;
pub(crate) mod scan;
pub(crate) mod search;
mod sum;
pub(crate) mod sums;
pub(crate) mod totals;
pub(crate) mod words;
