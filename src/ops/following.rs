//! The note on disk about one order: written before the POST, kept as long as the server may be at work.

use super::error::OpsError;
use super::report::Order;
use super::session::Session;
use crate::domain::operation::Operation;
use crate::domain::reply::{Failure, Next};
use crate::domain::request::ReportRequest;
use crate::store::pending::{Claim, Intent};
use chrono::{DateTime, TimeDelta, Utc};

/// Where an operation starts: its state and first step.
pub(super) type Beginning = (Operation, Next);

/// The claim on an order and what is noted about it.
pub(super) struct Following {
    claim: Claim,
    intent: Intent,
    /// A link was handed out, or an answer may be on its way.
    taken: bool,
}

impl Following {
    /// Anew, or where an earlier run left off.
    pub(super) fn begin(
        session: &Session,
        order: &Order,
        request: &ReportRequest,
        claim: Claim,
    ) -> Result<(Self, Beginning), OpsError> {
        let now = session.clock.now();
        let fresh = Intent {
            request: request.clone(),
            ordered_at: now,
            poll_url: None,
            not_before: None,
            named_wait: None,
            refused: false,
        };
        // Ordering anew by hand settles whatever is noted, even what cannot be read.
        let noted = if order.refresh { None } else { claim.read()? };
        let (intent, taken, beginning) = match noted {
            None => (fresh, false, Operation::start(now)),
            Some(noted) => earlier(session, noted, fresh, now)?,
        };
        Ok((
            Self {
                claim,
                intent,
                taken,
            },
            beginning,
        ))
    }

    /// Notes that an order is about to be sent.
    pub(super) fn about_to_send(&mut self, now: DateTime<Utc>) -> Result<(), OpsError> {
        self.intent = Intent {
            request: self.intent.request.clone(),
            ordered_at: now,
            poll_url: None,
            not_before: None,
            named_wait: self.intent.named_wait,
            refused: false,
        };
        self.claim.write(&self.intent)?;
        self.taken = true;
        Ok(())
    }

    /// The server took nothing: there is nothing to ask about.
    pub(super) fn forget(&mut self) -> Result<(), OpsError> {
        self.taken = false;
        Ok(self.claim.clear()?)
    }

    /// Notes the polling link, or how long a refused order must wait.
    pub(super) fn note(&mut self, state: &Operation, next: &Next) -> Result<(), OpsError> {
        let named_wait = state.named_wait().map(|wait| wait.num_seconds());
        let (poll_url, not_before, refused) = match (state, next) {
            (Operation::Generating(generating), Next::Poll { not_before, .. }) => {
                (Some(generating.poll_url.clone()), *not_before, false)
            }
            (Operation::Ordered(ordered), Next::Send { not_before }) if ordered.wait.is_some() => {
                (None, *not_before, true)
            }
            _ => return Ok(()),
        };
        self.intent = Intent {
            request: self.intent.request.clone(),
            ordered_at: self.intent.ordered_at,
            poll_url,
            not_before: Some(not_before),
            named_wait,
            refused,
        };
        Ok(self.claim.write(&self.intent)?)
    }

    /// Forgets an order that is over: stored, empty, or refused by the server itself. What failed on our side, or may
    /// still be made, stays noted.
    pub(super) fn ended(&mut self, state: &Operation) -> Result<(), OpsError> {
        let over = match state {
            Operation::Ready { .. }
            | Operation::Empty { .. }
            | Operation::Failed(Failure::Rejected { .. } | Failure::Unsupported { .. }) => true,
            _ => !self.taken && !self.intent.refused,
        };
        if over { self.forget() } else { Ok(()) }
    }
}

/// What an earlier run left: a link to ask, a wait to keep, or an order of which nobody knows how it ended.
fn earlier(
    session: &Session,
    noted: Intent,
    fresh: Intent,
    now: DateTime<Utc>,
) -> Result<(Intent, bool, Beginning), OpsError> {
    let not_before = noted.not_before.unwrap_or(now);
    if noted.refused {
        return Ok((fresh, false, Operation::start_later(not_before, now)));
    }
    let Some(url) = noted.poll_url.clone() else {
        let at = noted.ordered_at.format("%Y-%m-%d %H:%M:%S");
        let message = format!(
            "an earlier run sent this order at {at} UTC and ended before a polling link was read: the \
             server may be making the report already. Order it anew with --refresh, or with r in Jobs"
        );
        return Err(OpsError::Report(Failure::Undecided { message }));
    };
    // A link of another server (a demo that was restarted) cannot be asked any more.
    let target = session.client()?.target();
    if target
        .base()
        .and_then(|base| target.poll_link(&base, &url))
        .is_err()
    {
        return Ok((fresh, false, Operation::start(now)));
    }
    let named = noted.named_wait.and_then(TimeDelta::try_seconds);
    Ok((noted, true, Operation::resume(url, not_before, named, now)))
}
