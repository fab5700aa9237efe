//! What a call can end with, in words for people.

use super::net;
use crate::domain::report::reply::Failure;
use crate::domain::text::redaction;

/// Why a call gave no usable answer.
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
    /// The server stopped talking: what was sent may have arrived.
    #[error("{}", redaction::without_secrets(.0))]
    Transport(String),
    /// The server took longer than anybody waits.
    #[error("{}", redaction::without_secrets(.0))]
    TimedOut(String),
    /// Nobody was there: nothing was sent.
    #[error("{}", redaction::without_secrets(.0))]
    NotConnected(String),
    #[error("{}", redaction::without_secrets(.0))]
    Unreadable(String),
    #[error("{}", redaction::without_secrets(.0))]
    ForeignLink(String),
    /// The answer belongs to another order.
    #[error("{}", redaction::without_secrets(.0))]
    Mismatch(String),
}

impl AzureError {
    /// The same as the failure of a report.
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

/// The words of a transport error: never its URL, which may be a signed link.
pub(crate) fn transport(error: reqwest::Error, what: &str) -> AzureError {
    let bare = error.without_url();
    let text = net::words(&bare);
    let hint = net::hint(&text)
        .map(|hint| format!(". {hint}"))
        .unwrap_or_default();
    let words = format!("{what}: {text}{hint}");
    if bare.is_connect() {
        AzureError::NotConnected(words)
    } else if bare.is_timeout() {
        AzureError::TimedOut(words)
    } else {
        AzureError::Transport(words)
    }
}
