//! Tickets of questions, ids of jobs, and errors for the screen.

use super::said::Said;
use crate::ops::error::OpsError;

/// Distinguishes a late answer from the current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// A job of this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// The reason a request failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub text: Said,
    /// The position of the error in the filter, in characters.
    pub at: Option<usize>,
}

impl Problem {
    /// The error of an operation, with its position in the typed text if it has one.
    pub fn of(error: &OpsError) -> Self {
        if let Some((at, text)) = error.statement_position() {
            return Self {
                text: text.into(),
                at: Some(at),
            };
        }
        Self {
            text: error.to_string().into(),
            at: error.filter_position(),
        }
    }
}
