//! Writes rows to files that other programs calculate with, and as lines of text.

pub mod lines;
pub mod parquet;
pub mod xlsx;
