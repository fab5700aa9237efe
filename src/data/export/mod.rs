//! Writes rows to files that other programs calculate with: workbooks and Parquet.

pub mod parquet;
pub mod xlsx;
