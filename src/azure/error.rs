//! The errors of calls to Azure, with messages for users.

use crate::domain::report::reply::Failure;
use crate::domain::text::redaction;

/// The reason a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", redaction::without_secrets(.0))]
pub enum AzureError {
    Endpoint(String),
    #[error("sign-in failed: {}", redaction::without_secrets(.0))]
    SignIn(String),
    /// The server refused the token.
    Unauthorized(String),
    Forbidden(String),
    Throttled(String),
    Service(String),
    /// The connection broke: the request may have arrived.
    Transport(String),
    /// The server did not respond within the time limit.
    TimedOut(String),
    /// No connection was made: nothing was sent.
    NotConnected(String),
    Unreadable(String),
    ForeignLink(String),
    /// The response belongs to another order.
    Mismatch(String),
    /// A list breaks off, loops or never ends.
    Incomplete(String),
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
            Self::Mismatch(_) | Self::Incomplete(_) => Failure::Damaged { message },
        }
    }
}
