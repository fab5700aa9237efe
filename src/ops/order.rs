//! Drives one operation: sends, waits, polls, downloads and deposits what [`Operation`] decides.
//!
//! The intent is on disk before the POST and carries the polling link from the first 202 on, so that whatever ends
//! this process, the report is asked about and not ordered twice.

use super::deposition::Deposition;
use super::error::OpsError;
use super::report::{Order, Outcome, Progress};
use super::session::Session;
use crate::azure::blobs::{self, BlobError, Fetched};
use crate::azure::details::{self, Exchange};
use crate::domain::operation::{Moment, Operation};
use crate::domain::reply::{Failure, Next, Reply};
use crate::domain::request::ReportRequest;
use crate::store::files;
use crate::store::pending::{Claim, Intent};
use chrono::{DateTime, TimeDelta, Utc};
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// Fetches one report from the server into the ledger.
pub(super) async fn drive(
    session: &Session,
    order: &Order,
    request: &ReportRequest,
    stop: &CancellationToken,
    progress: impl FnMut(Progress) + Send,
) -> Outcome {
    let slot = tokio::select! {
        slot = session.slots.acquire() => slot,
        () = stop.cancelled() => return Outcome::Cancelled,
    };
    let Ok(_slot) = slot else {
        return Outcome::Cancelled;
    };
    match Driver::start(session, order, request, stop, progress) {
        Ok(mut driver) => driver.run().await,
        Err(error) => Outcome::Failed(failure_of(&error)),
    }
}

fn failure_of(error: &OpsError) -> Failure {
    match error {
        OpsError::Azure(error) => error.failure(),
        OpsError::Report(failure) => failure.clone(),
        other if other.exit_code() == 6 => Failure::Damaged {
            message: other.to_string(),
        },
        other => Failure::Local {
            message: other.to_string(),
        },
    }
}

struct Driver<'a, P> {
    session: &'a Session,
    order: &'a Order,
    request: &'a ReportRequest,
    stop: &'a CancellationToken,
    progress: P,
    claim: Claim,
    intent: Intent,
    state: Operation,
    next: Next,
    deadline: DateTime<Utc>,
    downloads: PathBuf,
    fetched: Vec<(PathBuf, Fetched)>,
    request_id: Option<String>,
}

impl<'a, P: FnMut(Progress) + Send> Driver<'a, P> {
    fn start(
        session: &'a Session,
        order: &'a Order,
        request: &'a ReportRequest,
        stop: &'a CancellationToken,
        progress: P,
    ) -> Result<Self, OpsError> {
        session.client()?;
        let key = request.key(&session.origin);
        let claim = session.pending.claim(&key)?;
        let downloads = session.data_dir.join("downloads").join(key.as_str());
        // Whatever an earlier run downloaded halfway is of no use: its checksums are gone.
        let _ = std::fs::remove_dir_all(&downloads);
        files::private_folder(&downloads)?;
        let now = session.clock.now();
        let (intent, state, next) = begin(session, order, request, &claim, now)?;
        let wait = TimeDelta::from_std(order.max_wait).unwrap_or(TimeDelta::MAX);
        let deadline = now
            .checked_add_signed(wait)
            .unwrap_or(DateTime::<Utc>::MAX_UTC);
        let (fetched, request_id) = (Vec::new(), None);
        Ok(Self {
            session,
            order,
            request,
            stop,
            progress,
            claim,
            intent,
            state,
            next,
            deadline,
            downloads,
            fetched,
            request_id,
        })
    }

    async fn run(&mut self) -> Outcome {
        self.tell(None);
        loop {
            let reply = match self.next.clone() {
                Next::Stop => break,
                Next::Deposit => return self.finish().await,
                Next::Send { not_before } => self.send(not_before).await,
                Next::Poll { url, not_before } => self.poll(&url, not_before).await,
                Next::Fetch { blob } => self.fetch(blob).await,
            };
            self.advance(reply);
        }
        self.end()
    }

    fn tell(&mut self, note: Option<String>) {
        let progress = Progress {
            operation: self.state.clone(),
            now: self.session.clock.now(),
            request_id: self.request_id.clone(),
            note,
        };
        (self.progress)(progress);
    }

    fn advance(&mut self, reply: Reply) {
        let at = Moment {
            now: self.session.clock.now(),
            jitter: self.session.clock.jitter(),
        };
        let reordered = self.state.was_reordered();
        let state = std::mem::replace(&mut self.state, Operation::Cancelled);
        (self.state, self.next) = state.advance(reply, at);
        let anew = matches!(self.state, Operation::Ordered { reorders, .. } if reorders > 0);
        let note = (anew
            && matches!(self.next, Next::Send { .. })
            && (!reordered || !self.fetched.is_empty()))
        .then(|| "the links of the finished report no longer work: it is ordered anew".to_owned());
        if anew {
            self.fetched.clear();
        }
        if let Err(error) = self.keep_intent() {
            tracing::warn!(%error, "the order could not be noted on disk");
        }
        self.tell(note);
    }

    /// Notes the polling link as soon as there is one.
    fn keep_intent(&mut self) -> Result<(), OpsError> {
        let (url, not_before) = match (&self.state, &self.next) {
            (Operation::Generating(generating), Next::Poll { not_before, .. }) => {
                (Some(generating.poll_url.clone()), Some(*not_before))
            }
            (Operation::Ordered { .. }, _) => (None, None),
            _ => return Ok(()),
        };
        if self.intent.poll_url != url || self.intent.not_before != not_before {
            (self.intent.poll_url, self.intent.not_before) = (url, not_before);
            if self.intent.poll_url.is_some() {
                self.claim.write(&self.intent)?;
            }
        }
        Ok(())
    }

    /// Waits, unless the wait is over the limit or the user has had enough.
    async fn wait(&self, until: DateTime<Utc>) -> Result<(), Reply> {
        if until > self.deadline {
            let minutes = self.order.max_wait.as_secs().div_ceil(60);
            let message = format!(
                "gave up: the next try would be at {}, after the {minutes} min that --max-wait allows. The order stays noted and is asked about at the next run",
                until.format("%H:%M:%S")
            );
            return Err(Reply::Failed(Failure::GaveUp { message }));
        }
        tokio::select! {
            () = self.session.clock.sleep_until(until) => Ok(()),
            () = self.stop.cancelled() => Err(Reply::Cancelled),
        }
    }

    async fn send(&mut self, not_before: DateTime<Utc>) -> Reply {
        if let Err(reply) = self.wait(not_before).await {
            return reply;
        }
        (self.intent.poll_url, self.intent.not_before) = (None, None);
        self.intent.ordered_at = self.session.clock.now();
        if let Err(error) = self.claim.write(&self.intent) {
            return Reply::Failed(Failure::Local {
                message: format!("the order was not sent, because it could not be noted: {error}"),
            });
        }
        let client = match self.session.client() {
            Ok(client) => client,
            Err(error) => return Reply::Failed(failure_of(&error)),
        };
        // Not interruptible: an answer that is on its way must be read, or the report would be ordered twice.
        let exchange = details::order(client, self.request, self.order.api).await;
        let reply = self.note(exchange);
        if !matches!(
            reply,
            Reply::Accepted { .. } | Reply::Finished(_) | Reply::Unreachable { .. }
        ) {
            // Nothing was accepted, so there is nothing to ask about later.
            if let Err(error) = self.claim.clear() {
                return Reply::Failed(Failure::Local {
                    message: error.to_string(),
                });
            }
        }
        reply
    }

    async fn poll(&mut self, url: &str, not_before: DateTime<Utc>) -> Reply {
        if let Err(reply) = self.wait(not_before).await {
            return reply;
        }
        let client = match self.session.client() {
            Ok(client) => client,
            Err(error) => return Reply::Failed(failure_of(&error)),
        };
        let exchange = tokio::select! {
            exchange = details::poll(client, url) => exchange,
            () = self.stop.cancelled() => return Reply::Cancelled,
        };
        self.note(exchange)
    }

    fn note(&mut self, exchange: Exchange) -> Reply {
        self.request_id = exchange.request_id.or(self.request_id.take());
        exchange.reply
    }

    async fn fetch(&mut self, blob: usize) -> Reply {
        let Operation::Downloading(downloading) = &self.state else {
            return Reply::Cancelled;
        };
        let Some(link) = downloading
            .manifest
            .blobs
            .get(blob)
            .map(|blob| blob.link.clone())
        else {
            return Reply::Failed(Failure::Unreadable {
                message: "the report lists no such file".to_owned(),
            });
        };
        self.fetched.truncate(blob);
        let path = self.downloads.join(format!("blob-{blob}.csv.part"));
        match self.download(&link, &path).await {
            Ok(Some(fetched)) => {
                let bytes = fetched.bytes;
                self.fetched.push((path, fetched));
                Reply::Fetched { bytes }
            }
            Ok(None) => Reply::Cancelled,
            Err(BlobError::Expired) => Reply::LinkExpired,
            Err(BlobError::Failed(failure)) => Reply::Failed(failure),
        }
    }

    async fn download(
        &mut self,
        link: &crate::domain::secret::Secret,
        path: &Path,
    ) -> Result<Option<Fetched>, BlobError> {
        let client = self
            .session
            .client()
            .map_err(|error| BlobError::Failed(failure_of(&error)))?;
        let clock = &self.session.clock;
        let folder = self.downloads.clone();
        // The Parquet copy stands beside the file until the deposit is done.
        let fits = |bytes: u64| {
            files::check_space(&folder, bytes.saturating_add(bytes / 2))
                .map_err(|error| error.to_string())
        };
        let (state, tell, request_id) = (&self.state, &mut self.progress, &self.request_id);
        let mut told = clock.now();
        let on_bytes = |bytes: u64, _total: Option<u64>| {
            let now = clock.now();
            // A few times a second is as much as anybody can read.
            if now.signed_duration_since(told) >= TimeDelta::milliseconds(250) {
                told = now;
                let (operation, _) = state.clone().advance(
                    Reply::Progress { bytes },
                    Moment {
                        now,
                        jitter: TimeDelta::zero(),
                    },
                );
                tell(Progress {
                    operation,
                    now,
                    request_id: request_id.clone(),
                    note: None,
                });
            }
        };
        tokio::select! {
            done = blobs::download(client, link, path, on_bytes, fits) => done.map(Some),
            () = self.stop.cancelled() => Ok(None),
        }
    }

    /// All files are here: into the ledger with them, off the async threads.
    async fn finish(&mut self) -> Outcome {
        let job = Deposition {
            session: self.session.clone(),
            request: self.request.clone(),
            files: std::mem::take(&mut self.fetched),
            out: self.order.out.clone(),
        };
        let done = tokio::task::spawn_blocking(move || job.run()).await;
        let result = done.unwrap_or_else(|error| {
            Err(OpsError::Failed(format!(
                "storing the report failed: {error}"
            )))
        });
        match result {
            Ok(entry) if entry.rows == 0 => {
                self.forget();
                let why = "the report holds a header and no rows: there is no cost at this scope for these days".to_owned();
                self.state = Operation::Empty { why: why.clone() };
                self.tell(None);
                Outcome::Empty { why }
            }
            Ok(entry) => {
                self.forget();
                self.state = Operation::Ready { rows: entry.rows };
                self.tell(None);
                Outcome::Ready {
                    entry: Box::new(entry),
                    from_ledger: false,
                }
            }
            Err(error) => {
                let failure = failure_of(&error);
                self.state = Operation::Failed(failure.clone());
                self.end()
            }
        }
    }

    /// The order is over: nothing is left to ask about, and half files are of no use.
    fn forget(&mut self) {
        if let Err(error) = self.claim.clear() {
            tracing::warn!(%error, "the finished order could not be forgotten");
        }
        let _ = std::fs::remove_dir_all(&self.downloads);
    }

    fn end(&mut self) -> Outcome {
        match self.state.clone() {
            Operation::Empty { why } => {
                self.forget();
                Outcome::Empty { why }
            }
            Operation::Failed(failure) => {
                // What may still be running on the server stays noted.
                let over = matches!(
                    failure,
                    Failure::Rejected { .. }
                        | Failure::Unsupported { .. }
                        | Failure::Unreadable { .. }
                );
                if over {
                    self.forget();
                } else {
                    let _ = std::fs::remove_dir_all(&self.downloads);
                }
                self.tell(None);
                Outcome::Failed(failure)
            }
            _ => {
                let _ = std::fs::remove_dir_all(&self.downloads);
                Outcome::Cancelled
            }
        }
    }
}

/// Anew, or where an earlier run left off.
fn begin(
    session: &Session,
    order: &Order,
    request: &ReportRequest,
    claim: &Claim,
    now: DateTime<Utc>,
) -> Result<(Intent, Operation, Next), OpsError> {
    let anew = || Intent {
        request: request.clone(),
        ordered_at: now,
        poll_url: None,
        not_before: None,
    };
    let start = |intent: Intent| {
        let (state, next) = Operation::start(now);
        Ok((intent, state, next))
    };
    let Some(intent) = claim.read()?.filter(|_| !order.refresh) else {
        return start(anew());
    };
    let Some(url) = intent.poll_url.clone() else {
        return Err(OpsError::Failed(format!(
            "an earlier run sent this order at {} and ended before the answer came: the server may be making the report already. \
             Order it anew with --refresh",
            intent.ordered_at.format("%Y-%m-%d %H:%M:%S")
        )));
    };
    // A link of another server (a demo that was restarted) cannot be asked any more.
    let target = session.client()?.target();
    if target
        .base()
        .and_then(|base| target.poll_link(&base, &url))
        .is_err()
    {
        return start(anew());
    }
    let (state, next) = Operation::resume(url, intent.not_before.unwrap_or(now), now);
    Ok((intent, state, next))
}
