//! The resources that every operation needs: the client, the ledger, the clock.

use super::agreement_cache::AgreementCache;
use super::clock::{Clock, time_of};
use super::conversion_cache::{ConversionCache, Limits};
use super::engine::Engine;
use super::error::OpsError;
use super::remote_sources::{Agree, Fetches, RemoteSources};
use super::repeated_flags::RepeatedFlags;
use super::throttle::Throttle;
use crate::azure::client::Client;
use crate::azure::cloud::{Cloud, Target};
use crate::azure::credential::credential_chain::SignIn;
use crate::azure::credential::{Identity, TokenCache};
use crate::azure::error::AzureError;
use crate::azure::net::Network;
use crate::azure::storage::address::StandIn;
use crate::data::columns::dates::DayOrder;
use crate::domain::analysis::findings::thresholds::Thresholds;
use crate::domain::query::money_column::MoneyColumn;
use crate::domain::report::request::ReportKey;
use crate::store::error::StoreError;
use crate::store::folder::Folder;
use crate::store::ledger::Ledger;
use crate::store::leftovers::DOWNLOADS;
use crate::store::orders::export_runs::ExportRuns;
use crate::store::orders::history::History;
use crate::store::orders::intents::Intents;
use crate::store::orders::queue::Queue;
use crate::store::pinned_scopes::PinnedScopesFile;
use crate::store::views::ViewFolder;
use chrono::TimeDelta;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

/// The settings of a session.
#[derive(Debug, Clone)]
pub struct Setup {
    pub data_dir: PathBuf,
    pub cloud: Cloud,
    pub endpoint: Option<String>,
    pub sign_in: SignIn,
    pub network: Network,
    /// Never use the network.
    pub offline: bool,
    /// The prefix of ledger keys, if it is not the cloud or endpoint (the demo's port changes every time).
    pub origin: Option<String>,
    /// The order of day and month in dates, if the user has set it.
    pub dates: Option<DayOrder>,
    /// The engine that runs queries.
    pub engine: Engine,
    /// The money that counts as cost.
    pub money: MoneyColumn,
    /// The thresholds of findings.
    pub thresholds: Thresholds,
    /// The limits of the cache of converted tables; `None` neither uses nor keeps any.
    pub cache: Option<Limits>,
    /// Fetch from storage without asking, however much it is.
    pub yes: bool,
    /// How long a list or a part waits for a storage that is busy or away, if the user has said so.
    pub max_wait: Option<Duration>,
    /// The flags of this run that commands on screens must repeat.
    pub repeated: RepeatedFlags,
}

impl Setup {
    /// Defaults in a data folder.
    pub fn new(data_dir: PathBuf) -> Self {
        Self {
            data_dir,
            cloud: Cloud::Public,
            endpoint: None,
            sign_in: SignIn::default(),
            network: Network::default(),
            offline: false,
            origin: None,
            dates: None,
            engine: Engine::Own,
            money: MoneyColumn::Billing,
            thresholds: Thresholds::default(),
            cache: Some(Limits::default()),
            yes: false,
            max_wait: None,
            repeated: RepeatedFlags::default(),
        }
    }

    /// The prefix of ledger keys.
    fn key_origin(&self) -> String {
        let target = Target::read(self.cloud, self.endpoint.as_deref());
        let own = || target.map_or_else(|_| self.cloud.word().to_owned(), |target| target.origin());
        self.origin.clone().unwrap_or_else(own)
    }

    /// The client for sources in blob storage. `agree` asks the user before much is fetched.
    pub fn remote_sources(&self, clock: Arc<dyn Clock>, agree: Option<Agree>) -> RemoteSources {
        let always: Agree = Arc::new(|_: &str| true);
        let fetches = Fetches {
            data_dir: self.data_dir.clone(),
            offline: self.offline,
            agree: if self.yes { Some(always) } else { agree },
            stand_in: self.endpoint.as_deref().and_then(StandIn::read),
            origin: self.key_origin(),
            max_wait: self.max_wait,
        };
        let sign_in = (self.cloud, self.sign_in.clone(), self.network.clone());
        RemoteSources::new(fetches, sign_in, clock)
    }
}

/// The client, or the reason there is none: local work needs no client.
#[derive(Debug, Clone)]
enum Connection {
    Offline,
    Broken(AzureError),
    Open(Client),
}

/// A session with its client, ledger and clock. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Session {
    client: Connection,
    pub(crate) ledger: Ledger,
    pub(crate) pending: Intents,
    pub(crate) queue: Queue,
    pub(crate) history: History,
    pub(crate) export_runs: ExportRuns,
    pub(crate) marks: PinnedScopesFile,
    pub(crate) views: ViewFolder,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) origin: String,
    pub(crate) data: Folder,
    pub(crate) throttle: Arc<Throttle>,
    /// Orders between their POST and the record of its answer on disk.
    pub(crate) sending: TaskTracker,
    pub(crate) learned: Arc<AgreementCache>,
    pub(crate) dates: Option<DayOrder>,
    pub(crate) engine: Engine,
    pub(crate) money: MoneyColumn,
    pub(crate) network: Network,
    pub(crate) offline: bool,
    pub(crate) cache: Option<Arc<ConversionCache>>,
    pub(crate) remote: Arc<RemoteSources>,
    thresholds: Thresholds,
    repeated: RepeatedFlags,
}

impl Session {
    /// Opens the data folder and prepares the client; nothing is sent yet.
    pub fn open(setup: &Setup, clock: Arc<dyn Clock>) -> Result<Self, OpsError> {
        let target = Target::read(setup.cloud, setup.endpoint.as_deref())
            .map_err(|error| OpsError::Usage(error.to_string()))?;
        let origin = setup.key_origin();
        let client = if setup.offline {
            Connection::Offline
        } else {
            let time = time_of(&clock);
            let tokens = TokenCache::new(&target, &setup.sign_in, &setup.network, &time);
            let client =
                tokens.and_then(|tokens| Client::new(target, tokens, &setup.network, time));
            client.map_or_else(Connection::Broken, Connection::Open)
        };
        let data = Folder::private(&setup.data_dir)?;
        let ledger = Ledger::open(&setup.data_dir)?;
        let pending = Intents::open(&setup.data_dir)?;
        let queue = Queue::open(&setup.data_dir)?;
        let cache = setup.cache.map(|limits| {
            let clock = Arc::clone(&clock);
            Arc::new(ConversionCache::keeping(&setup.data_dir, limits, clock))
        });
        let remote = Arc::new(setup.remote_sources(Arc::clone(&clock), None));
        Ok(Self {
            client,
            ledger,
            pending,
            queue,
            history: History::new(&setup.data_dir),
            export_runs: ExportRuns::open(&setup.data_dir)?,
            marks: PinnedScopesFile::new(&setup.data_dir),
            views: ViewFolder::new(&setup.data_dir),
            clock,
            origin,
            data,
            throttle: Arc::new(Throttle::new()),
            sending: TaskTracker::new(),
            learned: Arc::default(),
            dates: setup.dates,
            engine: setup.engine,
            money: setup.money,
            network: setup.network.clone(),
            offline: setup.offline,
            cache,
            remote,
            thresholds: setup.thresholds.clone(),
            repeated: setup.repeated.clone(),
        })
    }

    /// The client, or the reason there is none.
    pub(crate) fn client(&self) -> Result<&Client, OpsError> {
        match &self.client {
            Connection::Open(client) => Ok(client),
            Connection::Broken(error) => Err(OpsError::Azure(error.clone())),
            Connection::Offline => Err(OpsError::Failed(
                "--offline: nothing is fetched; only reports in the ledger are available"
                    .to_owned(),
            )),
        }
    }

    /// The store of finished reports.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Resolves when no order waits for the answer to its POST any more.
    pub async fn settled(&self) {
        self.sending.close();
        self.sending.wait().await;
    }

    /// The cache of converted tables, if it is used.
    pub fn cache(&self) -> Option<&ConversionCache> {
        self.cache.as_deref()
    }

    /// The clock of this session.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The data folder.
    pub fn data_dir(&self) -> &Path {
        self.data.path()
    }

    /// The thresholds of findings.
    pub fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }

    /// The flags of this run that commands on screens must repeat.
    pub fn repeated(&self) -> &RepeatedFlags {
        &self.repeated
    }

    /// The prefix of this session's ledger keys.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The signed-in identity and its source.
    pub fn identity(&self) -> Identity {
        let none = |source| Identity {
            source,
            ..Identity::default()
        };
        match &self.client {
            Connection::Open(client) => client.tokens().identity(),
            Connection::Broken(_) => none("no connection"),
            Connection::Offline => none("offline"),
        }
    }

    /// The prompt for the user to sign in, if there is one (device code).
    pub fn prompts(&self) -> Option<watch::Receiver<Option<String>>> {
        match &self.client {
            Connection::Open(client) => Some(client.tokens().prompts()),
            Connection::Offline | Connection::Broken(_) => None,
        }
    }

    /// The folder that a report is downloaded to, created if needed.
    pub(crate) fn downloads(&self, key: &ReportKey) -> Result<Folder, StoreError> {
        self.data.child(DOWNLOADS)?.child(key.as_str())
    }

    /// Removes the downloads of a report.
    pub(crate) fn drop_downloads(&self, key: &ReportKey) -> Result<(), StoreError> {
        self.data.child(DOWNLOADS)?.remove(key.as_str())
    }

    /// Extends the time limit of a running job.
    pub fn extend(&self, key: &ReportKey, by: TimeDelta) {
        self.throttle.extend(key, by);
    }
}
