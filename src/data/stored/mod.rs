//! Cost tables as Parquet: how columns are written, what is said about them, how single columns are read back.
//!
//! Text stands in dictionaries where values repeat, amounts are `Decimal(38,18)`, days are dates; `costscope.tags` has
//! the number of each row's tag set. Any Parquet reader takes these files; only this folder knows the format.

pub(crate) mod file;
pub(crate) mod foreign;
pub(crate) mod info;
pub(crate) mod write;
