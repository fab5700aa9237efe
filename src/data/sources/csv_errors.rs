//! Errors of writing CSV.

use std::io;

/// The error of the system in an error of writing CSV; the library hides its kind.
pub fn csv_io(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
