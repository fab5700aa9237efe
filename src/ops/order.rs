//! Drives one operation: sends, waits, polls, downloads and deposits what [`Operation`] decides.
//!
//! The intent is on disk before the POST and carries the polling link from the first 202 on, so that whatever ends
//! this process, the report is asked about and not ordered twice. It goes away only when the report is stored or
//! empty, or when the server itself has said that there will be none.

use super::deposition::{self, Deposition};
use super::error::OpsError;
use super::following::{Beginning, Following};
use super::report::{self, Order, Outcome, Progress};
use super::session::Session;
use super::watch::DownloadWatch;
use crate::azure::blobs::{self, BlobError, Fetched};
use crate::azure::details::{self, Exchange};
use crate::domain::operation::{Anew, Moment, Operation};
use crate::domain::reply::{Failure, Next, Reply};
use crate::domain::request::ReportRequest;
use crate::domain::secret::Secret;
use crate::store::files;
use chrono::{DateTime, TimeDelta, Utc};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long a cancelled order waits for the answer to its POST: that answer names the link.
const LAST_ANSWER: Duration = Duration::from_secs(8);

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
    match start(session, order, request) {
        Ok(Start::Stored(entry)) => Outcome::Ready {
            entry,
            from_ledger: true,
        },
        Ok(Start::Follow {
            following,
            beginning,
            downloads,
        }) => {
            let now = session.clock.now();
            let wait = TimeDelta::from_std(order.max_wait).unwrap_or(TimeDelta::MAX);
            let mut driver = Driver {
                session,
                order,
                request,
                stop,
                progress,
                following,
                state: beginning.0,
                next: beginning.1,
                deadline: now
                    .checked_add_signed(wait)
                    .unwrap_or(DateTime::<Utc>::MAX_UTC),
                downloads,
                fetched: Vec::new(),
                request_id: None,
                words: None,
            };
            driver.run().await
        }
        Err(error) => Outcome::Failed(failure_of(&error)),
    }
}

enum Start {
    /// Another process stored it while this one waited for its turn.
    Stored(Box<crate::store::ledger::Entry>),
    Follow {
        following: Box<Following>,
        beginning: Box<Beginning>,
        downloads: PathBuf,
    },
}

fn start(session: &Session, order: &Order, request: &ReportRequest) -> Result<Start, OpsError> {
    session.client()?;
    if let Some(out) = &order.out {
        deposition::check_out(out)?;
    }
    let key = request.key(&session.origin);
    let claim = session.pending.claim(&key)?;
    if let Some(entry) = report::reusable(session, order, request)? {
        return Ok(Start::Stored(Box::new(entry)));
    }
    let (following, beginning) = Following::begin(session, order, request, claim)?;
    let downloads = session.data_dir.join("downloads").join(key.as_str());
    // Whatever an earlier run downloaded halfway is of no use: its checksums are gone.
    let _ = std::fs::remove_dir_all(&downloads);
    files::private_folder(&downloads)?;
    Ok(Start::Follow {
        following: Box::new(following),
        beginning: Box::new(beginning),
        downloads,
    })
}

fn failure_of(error: &OpsError) -> Failure {
    let message = error.to_string();
    match error {
        OpsError::Azure(error) => error.failure(),
        OpsError::Report(failure) => failure.clone(),
        other if other.exit_code() == 6 => Failure::Damaged { message },
        _ => Failure::Local { message },
    }
}

struct Driver<'a, P> {
    session: &'a Session,
    order: &'a Order,
    request: &'a ReportRequest,
    stop: &'a CancellationToken,
    progress: P,
    following: Box<Following>,
    state: Operation,
    next: Next,
    deadline: DateTime<Utc>,
    downloads: PathBuf,
    fetched: Vec<(PathBuf, Fetched)>,
    request_id: Option<String>,
    /// What the server said when it last refused.
    words: Option<String>,
}

impl<P: FnMut(Progress) + Send> Driver<'_, P> {
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
        let before = self.state.reorders();
        let state = std::mem::replace(&mut self.state, Operation::Cancelled);
        (self.state, self.next) = state.advance(reply, at);
        let mut note = None;
        if let Operation::Ordered(ordered) = &self.state
            && self.state.reorders() > before
        {
            note = ordered.anew.map(|why| anew_words(why).to_owned());
            self.fetched.clear();
        }
        if let Err(error) = self.following.note(&self.state, &self.next) {
            tracing::warn!(%error, "the order could not be noted on disk");
        }
        self.tell(note);
    }

    /// Waits, unless the wait is over the limit or the user has had enough.
    async fn wait(&self, until: DateTime<Utc>) -> Result<(), Reply> {
        if until > self.deadline {
            return Err(Reply::Failed(self.gave_up(until)));
        }
        tokio::select! {
            () = self.session.clock.sleep_until(until) => Ok(()),
            () = self.stop.cancelled() => Err(Reply::Cancelled),
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
            Operation::Ordered(_) => "Nothing was accepted yet: order again later",
            _ => "The order stays noted and is asked about at the next run",
        };
        let at = until.format("%Y-%m-%d %H:%M:%S");
        let message = format!(
            "gave up: the next try would be at {at} UTC, beyond --max-wait ({limit}).{words} {then}"
        );
        Failure::GaveUp { message }
    }

    async fn send(&mut self, not_before: DateTime<Utc>) -> Reply {
        if let Err(reply) = self.wait(not_before).await {
            return reply;
        }
        match self.order_once().await {
            Ok(reply) => reply,
            Err(error) => Reply::Failed(failure_of(&error)),
        }
    }

    async fn order_once(&mut self) -> Result<Reply, OpsError> {
        let client = self.session.client()?;
        // What can go wrong with the sign-in goes wrong before the intent is written.
        client.sign_in().await?;
        self.following.about_to_send(self.session.clock.now())?;
        let mut answer = std::pin::pin!(details::order(client, self.request, self.order.api));
        let exchange = tokio::select! {
            exchange = &mut answer => exchange,
            // An answer that is on its way must be read, or the report would be ordered twice.
            () = self.stop.cancelled() => match tokio::time::timeout(LAST_ANSWER, answer).await {
                Ok(exchange) => exchange,
                Err(_) => return Ok(Reply::Cancelled),
            },
        };
        if !exchange.taken {
            self.following.forget()?;
        }
        Ok(self.read(exchange))
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
            exchange = details::poll(client, self.request, url) => exchange,
            () = self.stop.cancelled() => return Reply::Cancelled,
        };
        self.read(exchange)
    }

    fn read(&mut self, exchange: Exchange) -> Reply {
        self.request_id = exchange.request_id.or(self.request_id.take());
        self.words = exchange.words;
        exchange.reply
    }

    async fn fetch(&mut self, blob: usize) -> Reply {
        let Operation::Downloading(downloading) = &self.state else {
            return Reply::Cancelled;
        };
        let Some(file) = downloading.manifest.blobs.get(blob).cloned() else {
            let message = "the report lists no such file".to_owned();
            return Reply::Failed(Failure::Unreadable { message });
        };
        if let (0, Some(bytes)) = (blob, downloading.manifest.bytes()) {
            // Said before the first byte, not after the last one that fits.
            if let Err(failure) = super::watch::fits(&self.downloads, bytes) {
                return Reply::Failed(failure);
            }
        }
        self.fetched.truncate(blob);
        let path = self.downloads.join(format!("blob-{blob}.csv.part"));
        match self.download(&file.link, &path).await {
            Ok(Some(fetched)) => {
                let bytes = fetched.bytes;
                if let Some(named) = file.bytes.filter(|named| *named != bytes) {
                    self.tell(Some(format!("the manifest named {named} bytes for file {}, {bytes} came and were checked", blob + 1)));
                }
                self.fetched.push((path, fetched));
                Reply::Fetched { bytes }
            }
            Ok(None) => Reply::Cancelled,
            Err(BlobError::Expired) => Reply::LinkExpired,
            Err(BlobError::Failed(failure)) => Reply::Failed(failure),
        }
    }

    async fn download(&mut self, link: &Secret, path: &Path) -> Result<Option<Fetched>, BlobError> {
        let client = self
            .session
            .client()
            .map_err(|error| BlobError::Failed(failure_of(&error)))?;
        let mut watch = DownloadWatch {
            clock: self.session.clock.as_ref(),
            folder: &self.downloads,
            state: &self.state,
            deadline: self.deadline,
            request_id: self.request_id.clone(),
            told: self.session.clock.now(),
            tell: &mut self.progress,
        };
        tokio::select! {
            done = blobs::download(client, link, path, &mut watch) => done.map(Some),
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
        let broken = |error| {
            Err(OpsError::Failed(format!(
                "storing the report failed: {error}"
            )))
        };
        match done.unwrap_or_else(broken) {
            Ok(entry) if entry.rows == 0 => {
                let why = "the report holds a header and no rows: there is no cost at this scope for these days";
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
                self.state = Operation::Failed(failure_of(&error));
                self.end()
            }
        }
    }

    fn end(&mut self) -> Outcome {
        let (scope, metric) = (self.request.scope.path(), self.request.metric);
        tracing::info!(scope, %metric, request_id = ?self.request_id, "a report is over");
        // Half files are of no use to anybody.
        let _ = std::fs::remove_dir_all(&self.downloads);
        if let Err(error) = self.following.ended(&self.state) {
            tracing::warn!(%error, "the finished order could not be forgotten");
        }
        match self.state.clone() {
            Operation::Empty { why } => {
                self.tell(None);
                Outcome::Empty { why }
            }
            Operation::Failed(failure) => {
                self.tell(None);
                Outcome::Failed(failure)
            }
            _ => Outcome::Cancelled,
        }
    }
}

/// Why a report is ordered a second time, in words.
fn anew_words(why: Anew) -> &'static str {
    match why {
        Anew::LinksExpired => "the links of the finished report no longer work: it is ordered anew",
        Anew::Forgotten => {
            "the server no longer knows the order of an earlier run: it is ordered anew"
        }
    }
}
