//! Runs one plan and receives its result part by part, until the server says that it is complete.

use super::client::Client;
use super::error::{SparkError, Trouble};
use super::messages::{
    ExecutePlan, ExecuteResponse, Metrics, Plan, ReattachExecute, ReattachOptions, RequestOption,
    plan,
};
use super::patience::{Take, client_type, new_id};
use crate::domain::text::counted;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tonic::{Code, Status, Streaming};

/// How often cancellation is checked.
const LOOK: Duration = Duration::from_millis(20);
/// How often a broken stream is resumed without receiving a part in between.
const AGAIN: usize = 3;

/// A running plan.
pub(super) struct Running<'a> {
    pub(super) client: &'a Client,
    pub(super) operation: &'a str,
    pub(super) wanted: &'a (dyn Fn() -> bool + Sync),
    /// The id of the last part received.
    pub(super) last: Option<String>,
    pub(super) rows: i64,
    pub(super) scanned: Option<u64>,
    /// The reason the stream broke off, until another part arrives.
    pub(super) cut: Option<SparkError>,
}

impl Running<'_> {
    fn error(&self, trouble: Trouble, text: impl Into<String>) -> SparkError {
        SparkError::new(&self.client.place, trouble, text)
    }

    /// Waits for the server until the caller cancels.
    async fn heard<T>(
        &self,
        work: impl Future<Output = Result<T, Status>>,
    ) -> Result<Result<T, Status>, SparkError> {
        let mut work = std::pin::pin!(work);
        let since = Instant::now();
        loop {
            tokio::select! {
                done = &mut work => return Ok(done),
                () = sleep(LOOK) => {}
            }
            if !(self.wanted)() {
                return Err(self.error(Trouble::Stopped, "stopped"));
            }
            if since.elapsed() > self.client.patience.silence {
                let minutes = self.client.patience.silence.as_secs().div_ceil(60);
                let text = format!("no response for {minutes} min; try again, or ask for less");
                return Err(self.error(Trouble::Silence, text));
            }
        }
    }

    pub(super) async fn run(
        &mut self,
        message: ExecutePlan,
        take: Take<'_>,
    ) -> Result<(), SparkError> {
        let client = self.client;
        let started = self.heard(client.stream("ExecutePlan", message)).await?;
        let mut stream =
            started.map_err(|status| self.broken(Some(&status), is_of_connection(&status)))?;
        let mut broken = 0;
        loop {
            let ended = match self.heard(stream.message()).await? {
                Ok(Some(part)) => {
                    broken = 0;
                    self.cut = None;
                    if self.part(part, take)? {
                        return Ok(());
                    }
                    continue;
                }
                Ok(None) => None,
                Err(status) => Some(status),
            };
            broken += 1;
            stream = self.again(ended, broken).await?;
        }
    }

    /// The error of a stream that broke off.
    fn broken(&self, ended: Option<&Status>, is_lost: bool) -> SparkError {
        match ended {
            None => self.error(
                Trouble::Failed,
                "the result ended before it was complete and is not used: the server stopped it or went away; try again",
            ),
            Some(status) if is_lost && (self.last.is_some() || status.code() != Code::Unavailable) => self.error(
                Trouble::Failed,
                "the connection broke before the result was complete, and no part of it is used; try again",
            ),
            Some(status) => SparkError::of(&self.client.place, status),
        }
    }

    /// Resumes the stream where it broke off, or fails.
    async fn again(
        &mut self,
        ended: Option<Status>,
        broken: usize,
    ) -> Result<Streaming<ExecuteResponse>, SparkError> {
        let client = self.client;
        // An error that the server reports is not retried.
        let is_lost = ended.as_ref().is_none_or(is_of_connection);
        // A server that cannot resume says so; the error to report is that the stream broke off.
        let is_unknown = ended.as_ref().is_some_and(|status| {
            matches!(
                status.code(),
                Code::Unimplemented | Code::NotFound | Code::InvalidArgument
            )
        });
        let first = self.cut.take().filter(|_| is_lost || is_unknown);
        let cut = first.unwrap_or_else(|| self.broken(ended.as_ref(), is_lost));
        if !is_lost || broken > AGAIN || self.last.is_none() {
            return Err(cut);
        }
        self.cut = Some(cut.clone());
        let message = ReattachExecute {
            session_id: client.session.clone(),
            user_context: Some(client.context()),
            operation_id: self.operation.to_owned(),
            client_type: Some(client_type()),
            last_response_id: self.last.clone(),
        };
        let stream = self
            .heard(client.stream("ReattachExecute", message))
            .await?;
        stream.map_err(|_| cut)
    }

    /// Handles one part; returns whether it was the last.
    fn part(&mut self, part: ExecuteResponse, take: Take<'_>) -> Result<bool, SparkError> {
        if !part.response_id.is_empty() {
            self.last = Some(part.response_id);
        }
        if let Some(metrics) = &part.metrics {
            self.scanned = rows_scanned(metrics).or(self.scanned);
        }
        if let Some(batch) = part.arrow_batch {
            if batch.start_offset.is_some_and(|start| start != self.rows) {
                return Err(self.error(
                    Trouble::Failed,
                    "a part of the result is missing, so it is not used. Try again",
                ));
            }
            let taken = take(&batch.data);
            let taken = taken.map_err(|text| self.error(Trouble::Failed, text))?;
            let rows = taken.map_or(batch.row_count, |rows| {
                i64::try_from(rows).unwrap_or(i64::MAX)
            });
            if rows != batch.row_count {
                return Err(self.error(
                    Trouble::Failed,
                    format!(
                        "a part of the result has {} but declares {}, so it is not used. Try again",
                        counted(rows.unsigned_abs(), "row"),
                        batch.row_count
                    ),
                ));
            }
            self.rows = self.rows.saturating_add(rows);
        }
        Ok(part.result_complete.is_some())
    }
}

/// Whether a status was created on this side because the connection broke. Servers give reasons of their own.
fn is_of_connection(status: &Status) -> bool {
    let said = status.message();
    std::error::Error::source(status).is_some()
        || [
            "h2 protocol error",
            "error reading a body",
            "transport error",
        ]
        .iter()
        .any(|start| said.starts_with(start))
}

/// The rows that the leaves of a plan produced.
fn rows_scanned(metrics: &Metrics) -> Option<u64> {
    let nodes = metrics.metrics.iter();
    let scans = nodes.filter(|node| node.name.to_lowercase().contains("scan"));
    let rows = scans.filter_map(|scan| {
        let rows = scan.execution_metrics.get("numOutputRows")?.value;
        u64::try_from(rows).ok()
    });
    rows.reduce(u64::saturating_add)
}

impl Client {
    /// Runs a plan to its end; returns the rows scanned, if the server says so.
    pub(super) async fn execute(
        &self,
        plan: plan::OpType,
        wanted: &(dyn Fn() -> bool + Sync),
        take: Take<'_>,
    ) -> Result<Option<u64>, SparkError> {
        let operation = new_id();
        let message = ExecutePlan {
            session_id: self.session.clone(),
            user_context: Some(self.context()),
            plan: Some(Plan {
                op_type: Some(plan),
            }),
            client_type: Some(client_type()),
            request_options: vec![RequestOption {
                reattach_options: Some(ReattachOptions { reattachable: true }),
            }],
            operation_id: Some(operation.clone()),
        };
        let mut running = Running {
            client: self,
            operation: &operation,
            wanted,
            last: None,
            rows: 0,
            scanned: None,
            cut: None,
        };
        let done = running.run(message, take).await;
        let scanned = running.scanned;
        match &done {
            Err(error) if error.trouble == Trouble::Stopped => self.interrupt(&operation).await,
            Ok(()) => self.release(operation),
            Err(_) => {}
        }
        done.map(|()| scanned)
    }
}
