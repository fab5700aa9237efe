//! Drives one operation: sends, waits, polls, downloads, fetches pages and commits, as [`Operation`] decides.
//!
//! The intent is on disk before the POST and has the polling link from the first 202 on. However this process ends, the
//! next run polls the report and does not order it twice. The intent is removed only when the report is stored or
//! empty, or when the server itself has said that there will be none.

use super::download_progress::DownloadProgress;
use super::ingest::ReportIngest;
use super::order_journal::OrderJournal;
use super::order_spec::Order;
use super::outcome::{Outcome, Progress, failure_of};
use crate::azure::client::Client;
use crate::azure::reports::blobs;
use crate::azure::reports::blobs::{BlobError, Fetched};
use crate::azure::reports::details;
use crate::azure::reports::exchange::Exchange;
use crate::domain::report::manifest::{PartNote, ServerTimes};
use crate::domain::report::operation::states::{Moment, Operation};
use crate::domain::report::quota::{Bucket, Remainder};
use crate::domain::report::reply::{CallIds, Failure, Next, Reply, Span, Wait, WaitReason};
use crate::domain::report::request::{ReportKey, ReportRequest};
use crate::domain::text::secret::Secret;
use crate::domain::text::{counted, grouped};
use crate::ops::error::OpsError;
use crate::ops::session::Session;
use crate::store::folder::Folder;
use chrono::{DateTime, Utc};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long a cancelled order waits for the response to its POST, which has the polling link.
const LAST_ANSWER: Duration = Duration::from_secs(8);

/// The size limit of a resume note, which has a few lines.
const LARGEST_NOTE: u64 = 64 << 10;

pub(crate) struct Driver<'a, P> {
    pub(crate) session: &'a Session,
    pub(crate) order: &'a Order,
    pub(crate) request: &'a ReportRequest,
    pub(crate) stop: &'a CancellationToken,
    pub(crate) progress: P,
    pub(crate) key: ReportKey,
    pub(crate) following: OrderJournal,
    pub(crate) state: Operation,
    pub(crate) next: Next,
    pub(crate) downloads: Folder,
    pub(crate) fetched: Vec<(PathBuf, Fetched)>,
    /// The server's times for the report.
    pub(crate) times: Option<ServerTimes>,
    pub(crate) ids: CallIds,
    pub(crate) remainders: Vec<Remainder>,
    /// The server's message of its last refusal.
    pub(crate) words: Option<String>,
}

impl<'a, P: FnMut(Progress) + Send> Driver<'a, P> {
    pub(crate) async fn run(&mut self) -> Outcome {
        let news = self.following.news.map(ToOwned::to_owned);
        self.tell(news);
        loop {
            let reply = match self.next.clone() {
                Next::Stop => break,
                Next::Commit => return self.finish().await,
                Next::Send { not_before } => self.send(not_before).await,
                Next::Poll { url, not_before } => self.poll(&url, not_before).await,
                Next::Fetch { blob } => Ok(self.fetch(blob).await),
                Next::Page {
                    span,
                    link,
                    not_before,
                } => self.page(span, link.as_deref(), not_before).await,
            };
            let (Ok(reply) | Err(reply)) = reply;
            self.advance(reply);
        }
        self.end()
    }

    fn news(&self, note: Option<String>) -> Progress {
        Progress {
            operation: self.state.clone(),
            now: self.session.clock.now(),
            ids: self.ids.clone(),
            remainders: self.remainders.clone(),
            limit: self.session.throttle.limit(&self.key),
            note,
        }
    }

    fn tell(&mut self, note: Option<String>) {
        let news = self.news(note);
        (self.progress)(news);
    }

    fn advance(&mut self, reply: Reply) {
        let at = Moment {
            now: self.session.clock.now(),
            jitter: self.session.clock.jitter(),
        };
        let before = self.state.reorders();
        let was_ordered = matches!(self.state, Operation::Ordered(_));
        let state = std::mem::replace(&mut self.state, Operation::Cancelled);
        (self.state, self.next) = state.advance(reply, at);
        let mut note = None;
        if let Operation::Downloading(downloading) = &self.state {
            self.times = downloading.manifest.times.known();
        }
        match &self.state {
            Operation::Ordered(_) if self.state.reorders() > before => {
                let words = "the links of the finished report have expired: it is ordered again";
                note = Some(words.to_owned());
                self.fetched.clear();
            }
            Operation::Paging(_) if was_ordered => {
                self.session.learned.has_no_reports(&self.request.scope);
                let said = self.words.as_deref().unwrap_or("422");
                note = Some(format!(
                    "this account has no cost reports; using Usage Details instead (the server said: {said})"
                ));
            }
            Operation::Paging(paging) if paging.halved => {
                let days = match paging.pages.span() {
                    Some(Span::Days(range)) => range.days(),
                    _ => 0,
                };
                note = Some(format!(
                    "the server timed out (504): the period is halved to {days} days at a time"
                ));
            }
            Operation::Ordered(_)
            | Operation::Generating(_)
            | Operation::Downloading(_)
            | Operation::Paging(_)
            | Operation::Fetched
            | Operation::Ready { .. }
            | Operation::Empty { .. }
            | Operation::Failed(_)
            | Operation::Cancelled => {}
        }
        if let Err(error) = self.following.note(&self.state, &self.next) {
            let words = format!(
                "the order could not be recorded on disk: {error}. If this run ends now, the order is lost"
            );
            tracing::warn!(%error, "the order could not be recorded on disk");
            note = Some(note.map_or(words.clone(), |note| format!("{note}; {words}")));
        }
        self.tell(note);
    }

    /// Waits, unless the wait exceeds the limit or the user cancels. The limit may change meanwhile.
    async fn wait(&self, until: DateTime<Utc>) -> Result<(), Reply> {
        if until > self.session.throttle.limit(&self.key) {
            return Err(Reply::Failed(self.gave_up(until)));
        }
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Reply::Cancelled),
            () = self.session.clock.sleep_until(until) => Ok(()),
        }
    }

    /// Waits the same way, but also for quotas that other jobs have used up.
    pub(crate) async fn wait_for_turn(&mut self, until: DateTime<Utc>) -> Result<(), Reply> {
        self.wait(until).await?;
        let scope = self.request.scope.clone();
        loop {
            let now = self.session.clock.now();
            let Some((bucket, until)) = self.session.throttle.closed_until(&scope, now) else {
                return Ok(());
            };
            let why = WaitReason::Closed { bucket };
            let wait = Wait {
                since: now,
                until,
                why,
            };
            let news = Progress {
                operation: self.state.clone().held(wait),
                ..self.news(None)
            };
            (self.progress)(news);
            self.wait(until).await?;
        }
    }

    fn gave_up(&self, until: DateTime<Utc>) -> Failure {
        let limit = crate::domain::text::clock(
            i64::try_from(self.order.max_wait.as_secs()).unwrap_or(i64::MAX),
        );
        let words = self
            .words
            .as_ref()
            .map(|words| format!(" The server said: {words}."))
            .unwrap_or_default();
        let then = match &self.state {
            Operation::Ordered(_) => "The server has not accepted the order yet: order again later",
            Operation::Paging(_) => {
                "The pages so far are kept, and the next run resumes after them"
            }
            Operation::Generating(_)
            | Operation::Downloading(_)
            | Operation::Fetched
            | Operation::Ready { .. }
            | Operation::Empty { .. }
            | Operation::Failed(_)
            | Operation::Cancelled => "The order is kept, and the next run resumes it",
        };
        let at = until.format("%Y-%m-%d %H:%M:%S");
        let message = format!(
            "timed out: the next try would be at {at} UTC, beyond --max-wait ({limit}).{words} {then}"
        );
        Failure::GaveUp { message }
    }

    async fn send(&mut self, not_before: DateTime<Utc>) -> Result<Reply, Reply> {
        self.wait_for_turn(not_before).await?;
        let ordered = self.order_once().await;
        ordered.map_err(|error| Reply::Failed(failure_of(&error)))
    }

    async fn order_once(&mut self) -> Result<Reply, OpsError> {
        let client = self.session.client()?;
        // Sign-in errors must surface before the intent is written.
        tokio::select! {
            biased;
            () = self.stop.cancelled() => return Ok(Reply::Cancelled),
            signed_in = client.sign_in() => signed_in?,
        }
        if self.stop.is_cancelled() {
            return Ok(Reply::Cancelled);
        }
        // Remaining downloads belong to an earlier operation.
        self.session.drop_downloads(&self.key)?;
        self.downloads = self.session.downloads(&self.key)?;
        self.following.about_to_send(self.session.clock.now())?;
        let api = self.following.intent.api;
        let mut answer = std::pin::pin!(details::order(client, self.request, api));
        let exchange = tokio::select! {
            exchange = &mut answer => exchange,
            // A response in flight must be read, or the report would be ordered twice.
            () = self.stop.cancelled() => match tokio::time::timeout(LAST_ANSWER, answer).await {
                Ok(exchange) => exchange,
                Err(_) => return Ok(Reply::Cancelled),
            },
        };
        if !exchange.taken {
            self.following.take_back()?;
        }
        Ok(self.read(exchange))
    }

    async fn poll(&mut self, url: &str, not_before: DateTime<Utc>) -> Result<Reply, Reply> {
        self.wait(not_before).await?;
        let client = self.client().map_err(Reply::Failed)?;
        let exchange = tokio::select! {
            exchange = details::poll(client, self.request, url) => exchange,
            () = self.stop.cancelled() => return Err(Reply::Cancelled),
        };
        Ok(self.read(exchange))
    }

    pub(crate) fn read(&mut self, exchange: Exchange) -> Reply {
        self.ids = exchange.ids.or(std::mem::take(&mut self.ids));
        if !exchange.remainders.is_empty() {
            self.remainders = exchange.remainders;
        }
        let now = self.session.clock.now();
        for named in &exchange.waits {
            let until = now.checked_add_signed(named.wait);
            let until = until.unwrap_or(DateTime::<Utc>::MAX_UTC);
            let bucket = Bucket::of_wait(&named.header);
            self.session
                .throttle
                .close(bucket, &self.request.scope, until);
        }
        self.words = exchange.words;
        exchange.reply
    }

    /// The client, or the reason there is none.
    pub(crate) fn client(&self) -> Result<&'a Client, Failure> {
        self.session.client().map_err(|error| failure_of(&error))
    }

    async fn fetch(&mut self, blob: usize) -> Reply {
        let Operation::Downloading(downloading) = &self.state else {
            return Reply::Cancelled;
        };
        let Some(file) = downloading.manifest.blobs.get(blob).cloned() else {
            let message = "the report has no such file".to_owned();
            return Reply::Failed(Failure::Unreadable { message });
        };
        if let (0, Some(bytes)) = (blob, downloading.manifest.bytes()) {
            // A full disk is reported before the first byte, not when the space runs out.
            if let Err(failure) = super::download_progress::fits(self.downloads.path(), bytes) {
                return Reply::Failed(failure);
            }
        }
        self.fetched.truncate(blob);
        let (path, note) = (
            self.downloads.item(&format!("blob-{blob}.csv.part")),
            format!("blob-{blob}.csv.json"),
        );
        match self.download(&file.link, (&path, &note)).await {
            Ok(Some(fetched)) => {
                let bytes = fetched.bytes;
                if let Some(named) = file.bytes.filter(|named| *named != bytes) {
                    let text = format!(
                        "the manifest says {} for file {}, but {} arrived",
                        counted(named, "byte"),
                        blob + 1,
                        grouped(bytes)
                    );
                    // Without length and checksum, only the manifest can show that the file is complete.
                    if bytes < named && !fetched.checked {
                        let message = format!(
                            "{text}, and the storage announced neither length nor checksum: the file may be truncated; order it again with --refresh"
                        );
                        return Reply::Failed(Failure::Damaged { message });
                    }
                    self.tell(Some(if fetched.checked {
                        format!("{text} and were checked")
                    } else {
                        text
                    }));
                }
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
        link: &Secret,
        (path, note): (&Path, &str),
    ) -> Result<Option<Fetched>, BlobError> {
        let client = self.client().map_err(BlobError::Failed)?;
        let noted = self.downloads.read(note, LARGEST_NOTE).ok().flatten();
        let earlier = noted.and_then(|text| serde_json::from_slice::<PartNote>(&text).ok());
        let mut watch = DownloadProgress {
            clock: self.session.clock.as_ref(),
            folder: &self.downloads,
            note,
            limit: &|| self.session.throttle.limit(&self.key),
            news: self.news(None),
            told: self.session.clock.now(),
            tell: &mut self.progress,
        };
        tokio::select! {
            done = blobs::download(client, link, path, earlier, &mut watch) => done.map(Some),
            () = self.stop.cancelled() => Ok(None),
        }
    }

    /// Commits the complete report to the ledger, off the async threads.
    async fn finish(&mut self) -> Outcome {
        let received = self.received();
        self.state = Operation::Fetched;
        self.tell(None);
        let job = ReportIngest {
            session: self.session.clone(),
            request: self.request.clone(),
            api: self.following.intent.api,
            times: self.times,
            ordered_at: self.following.intent.ordered_at,
            received,
            out: self.order.out.clone(),
        };
        let done = tokio::task::spawn_blocking(move || job.run()).await;
        let broken = |error| {
            Err(OpsError::Failed(format!(
                "storing the report failed: {error}"
            )))
        };
        match done.unwrap_or_else(broken) {
            Ok(entry) if entry.rows == 0 => {
                let why = "the report has a header but no rows: there is no cost at this scope for these days";
                self.state = Operation::Empty {
                    why: why.to_owned(),
                };
                self.end()
            }
            Ok(entry) => {
                self.state = Operation::Ready { rows: entry.rows };
                self.tell(None);
                self.end();
                Outcome::Ready {
                    entry: Box::new(entry),
                    from_ledger: false,
                }
            }
            Err(error) => {
                // Unreadable pages stay unreadable, so they are fetched again.
                let damaged = matches!(error, OpsError::Report(Failure::Damaged { .. }));
                if (damaged || matches!(error, OpsError::Data(_)))
                    && self.following.intent.pages.is_some()
                {
                    let _ = self.following.forget();
                }
                self.state = Operation::Failed(failure_of(&error));
                self.end()
            }
        }
    }

    fn end(&mut self) -> Outcome {
        let (scope, metric) = (self.request.scope.path(), self.request.metric);
        tracing::info!(scope, %metric, ids = %self.ids, "a report has ended");
        let goes_on = matches!(
            self.state,
            Operation::Cancelled
                | Operation::Failed(
                    Failure::GaveUp { .. }
                        | Failure::Unreachable { .. }
                        | Failure::NotAllowed { .. }
                )
        );
        let pages = self.following.intent.pages.is_some();
        match self.following.ended(&self.state) {
            // The downloads are kept, and the next run resumes from them.
            Ok(false) if goes_on || pages => {}
            Ok(_) => {
                let _ = self.session.drop_downloads(&self.key);
            }
            Err(error) => {
                tracing::warn!(%error, "the record of the finished order could not be removed");
            }
        }
        if let Operation::Failed(Failure::Gone { message }) = &mut self.state
            && let Some(id) = self
                .ids
                .request
                .as_ref()
                .filter(|id| !message.contains(*id))
        {
            *message = format!("{message} (request id {id})");
        }
        match self.state.clone() {
            Operation::Empty { why } => {
                let why = match &self.request.subset.filter {
                    Some(filter) => format!(
                        "no row of this scope and these days matches the filter of the order ({filter}). Without it there may \
                         be some; the server may compare values case-sensitively"
                    ),
                    None => why,
                };
                self.tell(None);
                Outcome::Empty { why }
            }
            Operation::Failed(failure) => {
                self.tell(None);
                Outcome::Failed(failure)
            }
            Operation::Ordered(_)
            | Operation::Generating(_)
            | Operation::Downloading(_)
            | Operation::Paging(_)
            | Operation::Fetched
            | Operation::Ready { .. }
            | Operation::Cancelled => Outcome::Cancelled,
        }
    }
}
