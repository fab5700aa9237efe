//! The time limits of one request: for the whole of it, and for the silence of the server meanwhile.

use super::error::AzureError;
use super::net::transport;
use super::time::{Time, Waiting};
use chrono::TimeDelta;
use std::future::Future;

/// How long a call of ARM may take with its answer. The largest page takes seconds.
pub(super) const CALL: TimeDelta = TimeDelta::seconds(300);
/// How long one request for a file may take; the next one goes on where it stopped.
pub(super) const DOWNLOAD: TimeDelta = TimeDelta::seconds(3600);
/// How long an optional question may take, which the order itself answers, too.
pub(super) const QUESTION: TimeDelta = TimeDelta::seconds(30);
/// How long the server may send nothing: before its answer, and between two pieces of it.
const SILENCE: TimeDelta = TimeDelta::seconds(120);

/// The limits of a request that has begun.
pub(super) struct RequestLimits<'a> {
    time: &'a Time,
    whole: TimeDelta,
    over: Waiting,
}

impl<'a> RequestLimits<'a> {
    pub(super) fn begin(time: &'a Time, whole: TimeDelta) -> Self {
        let over = (time.alarm)(whole);
        Self { time, whole, over }
    }

    /// Waits for the next piece of the answer, as long as the limits allow.
    pub(super) async fn hold<T>(
        &mut self,
        piece: impl Future<Output = reqwest::Result<T>>,
        what: &str,
    ) -> Result<T, AzureError> {
        let silence = (self.time.alarm)(SILENCE);
        let problem = tokio::select! {
            biased;
            piece = piece => return piece.map_err(|error| transport(error, what)),
            () = &mut self.over => "the answer was not complete in time",
            () = silence => "the server sent nothing more",
        };
        Err(AzureError::TimedOut(format!(
            "{what}: {problem} (limits of a request: {} s in all, {} s of silence)",
            self.whole.num_seconds(),
            SILENCE.num_seconds()
        )))
    }
}
