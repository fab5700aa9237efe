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
    /// The same error with what follows from it.
    #[must_use]
    pub fn saying(self, words: &str) -> Self {
        let said = |text: String| format!("{}; {words}", text.trim_end_matches('.'));
        match self {
            Self::Endpoint(text) => Self::Endpoint(said(text)),
            Self::SignIn(text) => Self::SignIn(said(text)),
            Self::Unauthorized(text) => Self::Unauthorized(said(text)),
            Self::Forbidden(text) => Self::Forbidden(said(text)),
            Self::Throttled(text) => Self::Throttled(said(text)),
            Self::Service(text) => Self::Service(said(text)),
            Self::Transport(text) => Self::Transport(said(text)),
            Self::TimedOut(text) => Self::TimedOut(said(text)),
            Self::NotConnected(text) => Self::NotConnected(said(text)),
            Self::Unreadable(text) => Self::Unreadable(said(text)),
            Self::ForeignLink(text) => Self::ForeignLink(said(text)),
            Self::Mismatch(text) => Self::Mismatch(said(text)),
            Self::Incomplete(text) => Self::Incomplete(said(text)),
        }
    }

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
