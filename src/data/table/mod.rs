//! Cost tables as Parquet: how columns are written, what is said about them, how single columns are read back.
//!
//! Text stands in dictionaries where values repeat, amounts are `Decimal(38,18)`, days are dates; `costscope.tags` has
//! the number of each row's tag set. Any Parquet reader takes these files; only this folder knows the format.

pub(crate) mod bytes;
pub(crate) mod checksum;
pub(crate) mod file_cursor;
pub mod footer;
pub(crate) mod foreign_groups;
pub(crate) mod foreign_texts;
pub(crate) mod nested;
pub(crate) mod parquet_as_csv;
pub(crate) mod row_checksums;
pub(crate) mod size_claims;
pub(crate) mod stored;
pub(crate) mod totals;
pub(crate) mod writer;
