//! The errors of operations: which step failed, for which scope, and what to do next. Each error has an exit
//! code.

use crate::azure::client::RefusedCall;
use crate::azure::error::AzureError;
use crate::data::error::DataError;
use crate::data::sources::plan::PlanRefusal;
use crate::domain::report::reply::Failure;
use crate::domain::text::redaction;
use crate::store::error::StoreError;

/// The reason an operation failed.
#[derive(Debug, thiserror::Error)]
pub enum OpsError {
    #[error("{}", said(.0))]
    Usage(String),
    #[error("{}", said(.0))]
    Data(#[from] DataError),
    #[error("{}", said(.0))]
    Store(#[from] StoreError),
    #[error("{}", said(.0))]
    Azure(#[from] AzureError),
    #[error("{}", said(&.0.message()))]
    Report(Failure),
    #[error("{}", said(.0))]
    Failed(String),
    /// Sources of several metrics, with the sources of actual and those of amortized cost where these are a pair.
    #[error("{}", said(text))]
    TwoMetrics {
        text: String,
        sides: Option<[Vec<String>; 2]>,
    },
    /// Sources with rows in common, which would count twice.
    #[error("{}", said(.0))]
    Twice(String),
    /// The SAS of a source has expired, or does not fit it. A new one lets the work go on.
    #[error("{}", said(text))]
    NeedsSas { place: String, text: String },
    /// The engines gave different results.
    #[error("{}", said(.0))]
    Differs(String),
    #[error("interrupted")]
    Interrupted,
}

/// The text of an error with secrets removed: sources may be signed links, and servers repeat what they were sent.
fn said(error: &impl ToString) -> String {
    redaction::without_secrets(&error.to_string())
}

impl From<PlanRefusal> for OpsError {
    fn from(refusal: PlanRefusal) -> Self {
        if refusal.twice {
            Self::Twice(refusal.text)
        } else {
            Self::Failed(refusal.text)
        }
    }
}

impl From<RefusedCall> for OpsError {
    fn from(refused: RefusedCall) -> Self {
        refused.error.into()
    }
}

impl OpsError {
    /// The exit code of the command.
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
            Self::NeedsSas { .. } => 4,
            Self::Azure(error) => error.failure().exit_code(),
            Self::Report(failure) => failure.exit_code(),
            Self::Interrupted => 130,
        }
    }

    /// Whether the error is of this machine, such as too many open files: it says nothing about the data.
    pub fn is_shortage(&self) -> bool {
        match self {
            Self::Data(error) => error.is_shortage(),
            Self::Store(error) => error.is_shortage(),
            Self::Usage(_)
            | Self::Azure(_)
            | Self::Report(_)
            | Self::Failed(_)
            | Self::TwoMetrics { .. }
            | Self::Twice(_)
            | Self::NeedsSas { .. }
            | Self::Differs(_)
            | Self::Interrupted => false,
        }
    }

    /// The position of an unknown column in a filter, in characters.
    pub fn filter_position(&self) -> Option<usize> {
        match self {
            Self::Data(DataError::UnknownColumn { at, .. }) => *at,
            _ => None,
        }
    }

    /// The position of an error in a one-line statement, in characters, and its message, for a caller that shows the
    /// statement.
    pub fn statement_position(&self) -> Option<(usize, String)> {
        let Self::Data(DataError::Place(error)) = self else {
            return None;
        };
        let at = error.at.filter(|_| error.line.is_none())?;
        let fits = format!("; expected {}", error.expected);
        let fits = if error.expected.is_empty() { "" } else { &fits };
        Some((at, format!("{}{fits}", error.wrong)))
    }
}
