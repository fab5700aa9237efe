//! Which step failed, for whom, and what to do next; each error knows the exit code of the contract.

use crate::azure::error::AzureError;
use crate::data::error::DataError;
use crate::domain::report::reply::Failure;
use crate::domain::text::redaction;
use crate::store::error::StoreError;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum OpsError {
    #[error("{}", said(.0))]
    Usage(String),
    #[error("{}", said(.0))]
    Data(DataError),
    #[error("{}", said(.0))]
    Store(#[from] StoreError),
    #[error("{}", said(.0))]
    Azure(#[from] AzureError),
    #[error("{}", said(&.0.message()))]
    Report(Failure),
    #[error("{}", said(.0))]
    Failed(String),
    /// Sources of both metrics, by their places among those that were named.
    #[error("{}", said(text))]
    TwoMetrics {
        text: String,
        actual: Vec<usize>,
        amortized: Vec<usize>,
    },
    /// Sources with rows in common, which would count twice.
    #[error("{}", said(.0))]
    Twice(String),
    /// Two engines with different answers.
    #[error("{}", said(.0))]
    Differs(String),
    #[error("interrupted")]
    Interrupted,
}

/// The words of an error. Sources are named by links that may be signed, and servers repeat what they were sent.
fn said(error: &impl ToString) -> String {
    redaction::without_secrets(&error.to_string())
}

impl From<DataError> for OpsError {
    fn from(error: DataError) -> Self {
        Self::Data(error)
    }
}

impl OpsError {
    /// The exit code of the contract, section 4.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Data(error) if error.is_usage() => 2,
            Self::Data(DataError::SumMismatch { .. } | DataError::Damaged(_))
            | Self::Differs(_)
            | Self::Store(StoreError::Broken { .. } | StoreError::Journal { .. }) => 6,
            Self::Data(DataError::Server { exit, .. }) => *exit,
            Self::Data(_)
            | Self::Store(_)
            | Self::Failed(_)
            | Self::Twice(_)
            | Self::TwoMetrics { .. } => 1,
            Self::Azure(error) => error.failure().exit_code(),
            Self::Report(failure) => failure.exit_code(),
            Self::Interrupted => 130,
        }
    }

    /// Where in a filter an unknown column was named, in characters.
    pub fn filter_position(&self) -> Option<usize> {
        match self {
            Self::Data(DataError::UnknownColumn { at, .. }) => *at,
            _ => None,
        }
    }

    /// Where in a statement of one line the trouble is, in characters, and what it is, for whoever has the statement in
    /// sight.
    pub fn statement_position(&self) -> Option<(usize, String)> {
        let Self::Data(DataError::Place(error)) = self else {
            return None;
        };
        let at = error.at.filter(|_| error.line.is_none())?;
        let fits = format!("; here would fit: {}", error.expected);
        let fits = if error.expected.is_empty() { "" } else { &fits };
        Some((at, format!("{}{fits}", error.wrong)))
    }
}
