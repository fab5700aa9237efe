//! Answers of the report APIs as the state machine takes them.

use crate::azure::answer::FullResponse;
use crate::azure::error::AzureError;
use crate::azure::error_catalog::Problem;
use crate::azure::net;
use crate::domain::report::quota::Remainder;
use crate::domain::report::reply::{CallIds, NamedWait, Reply};
use chrono::{DateTime, Utc};

/// The newest version that clients are known to work with.
pub(crate) const API_VERSION: &str = "2024-08-01";

/// A response in the form the state machine takes, with its other facts.
#[derive(Debug)]
pub struct Exchange {
    pub reply: Reply,
    /// The ids to give to Microsoft support.
    pub ids: CallIds,
    /// The remaining quotas.
    pub remainders: Vec<Remainder>,
    /// Every wait that a 429 named: several quotas may be used up.
    pub waits: Vec<NamedWait>,
    /// Whether the server may have acted on the request: it was sent, and not refused.
    pub taken: bool,
    /// The problem, if any: the server's refusal, or the reason there is no answer.
    pub words: Option<String>,
}

/// A response and its meaning.
pub(super) fn answered(
    reply: Reply,
    answer: &FullResponse,
    now: DateTime<Utc>,
    taken: bool,
) -> Exchange {
    Exchange {
        reply,
        ids: answer.ids(),
        remainders: answer.remainders(),
        waits: answer.quota_waits(now),
        taken,
        words: (answer.status >= 300)
            .then(|| format!("the server said: {}", Problem::of(answer).said())),
    }
}

/// No response. The request may still have arrived, unless there was no connection.
pub(crate) fn unanswered(error: AzureError) -> Exchange {
    let taken = matches!(error, AzureError::Transport(_) | AzureError::TimedOut(_));
    let words = Some(error.to_string());
    let reply = match error {
        // Waiting makes no certificate trusted.
        AzureError::NotConnected(message) if !net::is_untrusted(&message) => {
            Reply::NotSent { message }
        }
        AzureError::Transport(message)
        | AzureError::TimedOut(message)
        | AzureError::NotConnected(message) => Reply::Unreachable { message },
        other => Reply::Failed(other.failure()),
    };
    Exchange {
        reply,
        ids: CallIds::default(),
        remainders: Vec::new(),
        waits: Vec::new(),
        taken,
        words,
    }
}
