//! Rows as files that other programs calculate with: workbooks and Parquet.

mod parquet;
mod xlsx;

pub use parquet::ParquetSheet;
pub use xlsx::XlsxSheet;
