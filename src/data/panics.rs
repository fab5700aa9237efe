//! Panics of Parquet decoders, which damaged files cause, as errors.

use super::error::DataError;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs the Parquet decoder, which panics on some damaged files; a panic becomes an error.
pub(crate) fn guarded<T>(read: impl FnOnce() -> Result<T, DataError>) -> Result<T, DataError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(DataError::Stored(
            "the Parquet data is damaged: it cannot be decoded; fetch the file again".to_owned(),
        ))
    })
}
