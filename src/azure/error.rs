//! The errors of calls to Azure, with messages for users.

use crate::domain::report::reply::Failure;
use crate::domain::text::redaction;

/// The reason a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AzureError {
    #[error("{}", redaction::without_secrets(.0))]
    Endpoint(String),
    #[error("sign-in failed: {}", redaction::without_secrets(.0))]
    SignIn(String),
    /// The server refused the token.
    #[error("{}", redaction::without_secrets(.0))]
    Unauthorized(String),
    #[error("{}", redaction::without_secrets(.0))]
    Forbidden(String),
    #[error("{}", redaction::without_secrets(.0))]
    Throttled(String),
    #[error("{}", redaction::without_secrets(.0))]
    Service(String),
    /// The connection broke: the request may have arrived.
    #[error("{}", redaction::without_secrets(.0))]
    Transport(String),
    /// The server did not respond within the time limit.
    #[error("{}", redaction::without_secrets(.0))]
    TimedOut(String),
    /// No connection was made: nothing was sent.
    #[error("{}", redaction::without_secrets(.0))]
    NotConnected(String),
    #[error("{}", redaction::without_secrets(.0))]
    Unreadable(String),
    #[error("{}", redaction::without_secrets(.0))]
    ForeignLink(String),
    /// The response belongs to another order.
    #[error("{}", redaction::without_secrets(.0))]
    Mismatch(String),
}

impl AzureError {
    /// Converts the error into the failure of a report.
    pub fn failure(&self) -> Failure {
        let message = redaction::foreign(&self.to_string());
        match self {
            Self::SignIn(_) | Self::Unauthorized(_) | Self::Forbidden(_) => {
                Failure::NotAllowed { message }
            }
            Self::Throttled(_) => Failure::GaveUp { message },
            Self::Service(_) | Self::Endpoint(_) => Failure::Rejected { message },
            Self::Transport(_) | Self::TimedOut(_) | Self::NotConnected(_) => {
                Failure::Unreachable { message }
            }
            Self::Unreadable(_) => Failure::Unreadable { message },
            Self::ForeignLink(_) => Failure::ForeignLink { message },
            Self::Mismatch(_) => Failure::Damaged { message },
        }
    }
}
