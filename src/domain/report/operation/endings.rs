//! Final states: failures, unexpected replies and the limit of repeated orders.

use super::states::{Operation, Ordered, ReplyTime};
use crate::domain::report::reply::{Failure, Next, Reply};

pub(crate) fn fail(failure: Failure) -> (Operation, Next) {
    (Operation::Failed(failure), Next::Stop)
}

pub(crate) fn unexpected(state: &Operation, reply: &Reply) -> (Operation, Next) {
    let kind = match reply {
        Reply::NotFound => "404 not found",
        Reply::LinkExpired => "an expired link",
        Reply::Unsupported { message } | Reply::Doubtful { message } => {
            return fail(Failure::Unsupported {
                message: message.clone(),
            });
        }
        _ => "an unexpected reply",
    };
    let is_order = matches!(state, Operation::Ordered(_));
    let done = if is_order { "ordered" } else { "fetched" };
    let message = format!("the server gave {kind} while the report was {done}");
    fail(Failure::Unreadable { message })
}

/// How often a report is ordered again because its links expired, before failing.
const REORDERS: u32 = 2;

/// Orders a report again because its links have expired.
pub(crate) fn order_anew(reorders: u32, at: ReplyTime) -> (Operation, Next) {
    if reorders >= REORDERS {
        let message =
            "the download links kept expiring before the file could be read; try again later"
                .to_owned();
        return fail(Failure::Rejected { message });
    }
    let state = Ordered {
        anew: true,
        reorders: reorders + 1,
        ..Ordered::default()
    };
    (Operation::Ordered(state), Next::Send { not_before: at.now })
}
