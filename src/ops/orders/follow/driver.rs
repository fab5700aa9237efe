//! Drives one operation: sends, waits, polls, downloads, fetches pages and commits, as [`Operation`] decides.
//!
//! The intent is on disk before the POST and has the polling link from the first 202 on. However this process ends, the
//! next run polls the report and does not order it twice. The intent is removed only when the report is stored or
//! empty, or when the server itself has said that there will be none.

use super::download_progress;
use super::download_progress::DownloadProgress;
use super::order_journal::OrderJournal;
use super::time_limit::TimeLimit;
use crate::azure::client::Client;
use crate::azure::error::AzureError;
use crate::azure::reports::access::Access;
use crate::azure::reports::blobs;
use crate::azure::reports::blobs::Fetched;
use crate::azure::reports::details;
use crate::azure::reports::exchange::Exchange;
use crate::azure::reports::watch::BlobError;
use crate::domain::report::history::{Call, CallKind, CallLog};
use crate::domain::report::manifest::{Blob, PartNote, ServerTimes};
use crate::domain::report::operation::states::{Operation, ReplyTime};
use crate::domain::report::quota::{Bucket, Remainder};
use crate::domain::report::reply::{CallIds, Failure, Next, Reply, Span, WaitReason};
use crate::domain::report::request::{ReportKey, ReportRequest};
use crate::domain::text::{counted, grouped};
use crate::ops::clock::Deadline;
use crate::ops::error::OpsError;
use crate::ops::orders::history;
use crate::ops::orders::history::Followed;
use crate::ops::orders::ingest::ReportIngest;
use crate::ops::orders::order_spec::OrderSpec;
use crate::ops::orders::outcome::{PartOutcome, Progress, failure_of};
use crate::ops::session::Session;
use crate::store::files;
use crate::store::folder::Folder;
use chrono::{DateTime, TimeDelta, Utc};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long a cancelled order waits for the response to its POST, which has the polling link.
const LAST_ANSWER: Duration = Duration::from_secs(8);
/// How long the response to a POST is waited for at least, even if the time limit is reached before.
const SOON: TimeDelta = TimeDelta::seconds(3);

/// The size limit of a resume note, which has a few lines.
const LARGEST_NOTE: u64 = 64 << 10;

pub(crate) struct Driver<'a, P> {
    pub(crate) session: &'a Session,
    pub(crate) order: &'a OrderSpec,
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
    /// The calls to the server in this run.
    pub(crate) log: Arc<CallLog>,
    /// The problem of the last request, if it failed.
    pub(crate) words: Option<String>,
}

impl<'a, P: FnMut(Progress) + Send> Driver<'a, P> {
    /// Drives the order to its end, and records how it ended.
    pub(crate) async fn run(&mut self) -> PartOutcome {
        let outcome = self.follow().await;
        let followed = Followed {
            request: self.request,
            api: self.following.intent.api,
            ordered_at: self.following.intent.ordered_at,
            replaces: self.following.replaces,
            resumed: self.following.resumed,
            log: &self.log,
        };
        history::record(self.session, &followed, &outcome);
        outcome
    }

    async fn follow(&mut self) -> PartOutcome {
        let news = self.following.news.map(ToOwned::to_owned);
        self.tell(news);
        loop {
            let next = self.next.clone();
            // Held until the answer is on disk: with the polling link in it, the report is not ordered twice.
            let _sending = matches!(next, Next::Send { .. }).then(|| self.session.sending.token());
            let reply = match next {
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

    pub(crate) fn news(&self, note: Option<String>) -> Progress {
        Progress {
            operation: self.state.clone(),
            now: self.session.clock.now(),
            ids: self.ids.clone(),
            remainders: self.remainders.clone(),
            log: Arc::clone(&self.log),
            limit: self.limit().at(),
            note,
        }
    }

    fn tell(&mut self, note: Option<String>) {
        let news = self.news(note);
        (self.progress)(news);
    }

    fn advance(&mut self, reply: Reply) {
        let at = ReplyTime {
            now: self.session.clock.now(),
            jitter: self.session.clock.jitter(),
        };
        let before = self.state.reorders();
        let was_ordered = self.state.ordered().is_some();
        let state = std::mem::replace(&mut self.state, Operation::Cancelled);
        (self.state, self.next) = state.advance(reply, at);
        if let Some(downloading) = self.state.downloading() {
            self.times = downloading.manifest.times.known();
        }
        let mut note = None;
        if self.state.reorders() > before {
            let words = "the links of the finished report have expired: it is ordered again";
            note = Some(words.to_owned());
            self.fetched.clear();
        } else if let Some(paging) = self.state.paging() {
            if was_ordered {
                self.session.learned.has_no_reports(&self.request.scope);
                let words = self.words.as_deref().unwrap_or("the server said: 422");
                note = Some(format!(
                    "this account has no cost reports; using Usage Details instead ({words})"
                ));
            } else if paging.halved {
                let days = match paging.pages.span() {
                    Some(Span::Days(range)) => range.days(),
                    _ => 0,
                };
                note = Some(format!(
                    "the server timed out (504): the period is halved to {days} days at a time"
                ));
            }
        }
        note = note.or_else(|| self.trouble());
        if let Err(error) = self.following.note(&self.state, &self.next) {
            let words = format!(
                "the order could not be recorded on disk: {error}. If this run ends now, the order is lost"
            );
            tracing::warn!(%error, "the order could not be recorded on disk");
            note = Some(note.map_or(words.clone(), |note| format!("{note}; {words}")));
        }
        self.tell(note);
    }

    /// Reports why the server cannot be reached, or why its answer is unusable; once, not with every try.
    fn trouble(&self) -> Option<String> {
        let why = self.state.wait().map(|wait| &wait.why);
        let lost = matches!(why, Some(WaitReason::Unreachable | WaitReason::Incomplete));
        let words = self.words.as_ref()?;
        (lost && self.state.tries() == 1)
            .then(|| format!("{words}; trying again until --max-wait is over"))
    }

    async fn send(&mut self, not_before: DateTime<Utc>) -> Result<Reply, Reply> {
        self.wait_for_turn(not_before).await?;
        let ordered = self.order_once().await;
        ordered.map_err(|error| Reply::Failed(failure_of(&error)))
    }

    async fn order_once(&mut self) -> Result<Reply, OpsError> {
        let client = self.session.client()?;
        // Sign-in errors must surface before the intent is written.
        match self.hold("signing in", client.sign_in()).await {
            Ok(Ok(())) => {}
            Ok(Err(AzureError::NotConnected(message))) => {
                self.words = Some(message.clone());
                return Ok(Reply::NotSent { message });
            }
            Ok(Err(error)) => return Err(error.into()),
            Err(reply) => return Ok(reply),
        }
        if self.stop.is_cancelled() {
            return Ok(Reply::Cancelled);
        }
        // Remaining downloads belong to an earlier operation.
        self.session.drop_downloads(&self.key)?;
        self.downloads = self.session.downloads(&self.key)?;
        let now = self.session.clock.now();
        self.following.about_to_send(now)?;
        let api = self.following.intent.api;
        // Once it is sent, its answer is waited for a moment in any case.
        let until = self.limit().at().max(now + SOON);
        let mut answer = std::pin::pin!(details::order(client, self.request, api, until));
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
        let reply = self.read(exchange);
        let lost = matches!(reply, Reply::Unreachable { .. });
        if lost && self.limit().at() <= self.session.clock.now() {
            let words = self.words.as_deref().unwrap_or_default();
            let doing = format!("waiting for the answer to the order ({words})");
            let then = "The server may have accepted it: look for the report later, and order it again with --refresh";
            return Ok(Reply::Failed(self.limit().missed(&doing, then)));
        }
        Ok(reply)
    }

    async fn poll(&mut self, url: &str, not_before: DateTime<Utc>) -> Result<Reply, Reply> {
        self.wait(not_before).await?;
        let client = self.client().map_err(Reply::Failed)?;
        let asked = details::poll(client, self.request, url);
        let exchange = self.hold("the report was being polled", asked).await?;
        Ok(self.read(exchange))
    }

    pub(crate) fn read(&mut self, exchange: Exchange) -> Reply {
        let known = (&exchange.ids, exchange.remainders.as_slice());
        let call = Call::of(
            self.asks(),
            self.session.clock.now(),
            &exchange.reply,
            known,
        );
        Arc::make_mut(&mut self.log).add(call);
        self.ids = exchange.ids.or(std::mem::take(&mut self.ids));
        if !exchange.remainders.is_empty() {
            self.remainders = exchange.remainders;
        }
        for named in &exchange.waits {
            let until = Deadline::after(named.wait, self.session.clock.as_ref());
            let bucket = Bucket::of_wait(&named.header);
            self.session
                .throttle
                .close(bucket, &self.request.scope, until);
        }
        self.words = if let Reply::Incomplete { message } = &exchange.reply {
            Some(message.clone())
        } else {
            exchange.words
        };
        exchange.reply
    }

    /// The purpose of a request in this state.
    fn asks(&self) -> CallKind {
        if self.state.ordered().is_some() {
            CallKind::Order
        } else if self.state.paging().is_some() {
            CallKind::Page
        } else {
            CallKind::Poll
        }
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
            if let Err(failure) = download_progress::fits_all(self.downloads.path(), bytes) {
                return Reply::Failed(failure);
            }
        }
        self.fetched.truncate(blob);
        let (name, note) = (
            format!("blob-{blob}.csv.part"),
            format!("blob-{blob}.csv.json"),
        );
        let path = self.downloads.item(&name);
        let downloaded = self.download(&file, (&path, &note)).await;
        let noted = || self.downloads.read(&note, LARGEST_NOTE).ok().flatten();
        if !matches!(downloaded, Ok(Some(_))) && noted().is_none() {
            // Without a note, no run can resume it.
            let _ = self.downloads.remove_file(&name);
        }
        match downloaded {
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
                let call = Call::file(self.session.clock.now(), bytes);
                Arc::make_mut(&mut self.log).add(call);
                self.fetched.push((path, fetched));
                Reply::Fetched { bytes }
            }
            Ok(None) => Reply::Cancelled,
            Err(BlobError::Expired) => Reply::LinkExpired,
            Err(
                BlobError::Signature(failure)
                | BlobError::Changed(failure)
                | BlobError::Failed(failure),
            ) => Reply::Failed(with_next_step(failure)),
        }
    }

    async fn download(
        &mut self,
        file: &Blob,
        (path, note): (&Path, &str),
    ) -> Result<Option<Fetched>, BlobError> {
        let client = self.client().map_err(BlobError::Failed)?;
        let noted = self.downloads.read(note, LARGEST_NOTE).ok().flatten();
        let earlier = noted.and_then(|text| serde_json::from_slice::<PartNote>(&text).ok());
        let news = self.news(None);
        let limit = TimeLimit {
            session: self.session,
            key: &self.key,
            max_wait: self.order.max_wait,
        };
        let mut watch = DownloadProgress {
            limit,
            folder: &self.downloads,
            least_room: files::least_room(self.downloads.path()),
            note,
            news,
            told: self.session.clock.steady(),
            tell: &mut self.progress,
        };
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Ok(None),
            done = blobs::download(Access::Link(client, file), path, earlier, &mut watch) => done.map(Some),
            () = limit.reached() => {
                let then = "The partial file and the order are kept; the next run resumes them";
                Err(BlobError::Failed(limit.missed("a file was being downloaded", then)))
            }
        }
    }

    /// Commits the complete report to the ledger, off the async threads.
    async fn finish(&mut self) -> PartOutcome {
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
                PartOutcome::Ready {
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

    fn end(&mut self) -> PartOutcome {
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
        if let Operation::Empty { why } = &self.state {
            let why = match &self.request.subset.filter {
                Some(filter) => format!(
                    "no row of this scope and these days matches the filter of the order ({filter}). Without it there may \
                     be some; the server may compare values case-sensitively"
                ),
                None => why.clone(),
            };
            self.tell(None);
            return PartOutcome::Empty { why };
        }
        let Some(failure) = self.state.failure().cloned() else {
            return PartOutcome::Cancelled;
        };
        self.tell(None);
        PartOutcome::Failed(failure)
    }
}

/// The download of a damaged report is removed when the order ends, so only a new order leads to its rows.
fn with_next_step(failure: Failure) -> Failure {
    let Failure::Damaged { message } = failure else {
        return failure;
    };
    let message = format!("{message}; order it again with --refresh");
    Failure::Damaged { message }
}
