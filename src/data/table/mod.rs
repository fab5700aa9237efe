//! Stores cost tables as Parquet: writes columns and metadata, and reads single columns back.
//!
//! Text columns are dictionary-encoded if values repeat, amounts are `Decimal(38,18)`, days are dates, and
//! `costscope.tags` has the number of each row's tag set. Any Parquet reader can open these files; only this module
//! knows the format.

pub(crate) mod bytes;
pub(crate) mod checksum;
pub(crate) mod file_cursor;
pub mod footer;
pub(crate) mod foreign;
pub(crate) mod parquet_file;
pub(crate) mod row_checksums;
pub(crate) mod second_footer;
pub(crate) mod size_claims;
pub(crate) mod stored;
pub(crate) mod text_pages;
pub(crate) mod totals;
pub(crate) mod writer;
