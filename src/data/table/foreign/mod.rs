//! Parquet files of other programs: their row groups, their columns, and both as text.

pub(crate) mod binary;
pub(crate) mod blocks;
pub(crate) mod byte_share;
pub(crate) mod codes;
pub(crate) mod columns;
pub(crate) mod decimals;
pub(crate) mod groups;
pub(crate) mod kinds;
pub(crate) mod nested;
pub(crate) mod parquet_as_csv;
pub(crate) mod plain_texts;
pub(crate) mod plan;
pub(crate) mod texts;
