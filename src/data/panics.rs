//! Panics of Parquet decoders, which damaged files cause, as errors.

use super::error::DataError;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

/// Reads Parquet; the decoder panics on some damaged files, which then are refused like any other.
pub(crate) fn guarded<T>(read: impl FnOnce() -> Result<T, DataError>) -> Result<T, DataError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(DataError::Stored(
            "the Parquet data is damaged: its decoder gave up; fetch the file again".to_owned(),
        ))
    })
}
