//! The surroundings of a fetch: the clients, the folder, the clock, and the wish of the user to stop.

use super::consent::Agree;
use super::signatures;
use super::source::{RemoteSource, SourceLook, needs_sas};
use super::waits::Waits;
use crate::azure::cloud::{Cloud, Target};
use crate::azure::credential::credential_chain::SignIn;
use crate::azure::net::Network;
use crate::azure::storage::address::{Address, Allowed, Host, StandIn};
use crate::azure::storage::client::{Settings, StorageClient};
use crate::data::progress::Progress;
use crate::domain::report::reply::Failure;
use crate::ops::clock::{Clock, time_of};
use crate::ops::error::OpsError;
use crate::store::fetched;
use crate::store::fetched::{Cleared, FetchedBlobs};
use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;

/// How often a source is listed again because it changed while it was read.
const RELISTS: u32 = 2;
/// How often the user's wish to stop is looked at.
pub(super) const LOOK: Duration = Duration::from_millis(100);

/// Removes everything that was fetched and that no other process reads.
pub fn clear(data_dir: &Path) -> Result<Cleared, OpsError> {
    Ok(fetched::clear(data_dir)?)
}

/// Where fetched blobs are kept, and whether they may be fetched.
pub struct Fetches {
    pub data_dir: PathBuf,
    pub offline: bool,
    /// Asks the user before much is fetched; `None` refuses.
    pub agree: Option<Agree>,
    /// The server that stands in for the cloud.
    pub stand_in: Option<StandIn>,
    /// The start of the ledger keys of what comes from the cloud, or from the server that stands in for it.
    pub origin: String,
    /// How long a list or a part waits for a storage that is busy or away; `None` is ten minutes.
    pub max_wait: Option<Duration>,
}

/// The surroundings of a fetch from blob storage.
pub struct RemoteSources {
    pub(super) settings: Settings,
    pub(super) allowed: Allowed,
    pub(super) fetches: Fetches,
    pub(super) clock: Arc<dyn Clock>,
    /// One client for each kind of host, so that tokens are shared.
    pub(super) clients: Mutex<BTreeMap<Host, StorageClient>>,
}

impl std::fmt::Debug for RemoteSources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RemoteSources").finish_non_exhaustive()
    }
}

impl RemoteSources {
    /// Prepares; nothing is sent yet.
    pub fn new(
        fetches: Fetches,
        (cloud, sign_in, network): (Cloud, SignIn, Network),
        clock: Arc<dyn Clock>,
    ) -> Self {
        let allowed = Allowed {
            cloud,
            own_ca: network.ca_file.is_some(),
        };
        Self {
            settings: Settings {
                cloud,
                sign_in,
                network,
                time: time_of(&clock),
            },
            allowed,
            fetches,
            clock,
            clients: Mutex::default(),
        }
    }

    /// Reads the address of a source, with the SAS that was given for it, and finds the start of its ledger keys.
    pub(super) fn address(&self, source: &str) -> Result<(Address, String), OpsError> {
        let source = signatures::keep_signatures(source);
        let mut address = Address::read(&source, self.allowed).map_err(OpsError::Usage)?;
        address.sas = signatures::of_source(&address.shown);
        if let Some(server) = &self.fetches.stand_in
            && address.host == Host::Cloud
        {
            // The SAS of the environment is for Azure, not for the server that stands in.
            return Ok((address.on(server), self.fetches.origin.clone()));
        }
        if address.sas.is_none() {
            address.sas = signatures::of_environment().map_err(OpsError::Usage)?;
        }
        let origin = match address.host {
            Host::Cloud => self.allowed.cloud.word().to_owned(),
            Host::Loopback | Host::LoopbackTls => {
                Target::Loopback(address.container_url().clone()).origin()
            }
        };
        Ok((address, origin))
    }

    fn client(&self, host: Host) -> Result<StorageClient, OpsError> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&host) {
            return Ok(client.clone());
        }
        let client = StorageClient::new(host, &self.settings)?;
        clients.insert(host, client.clone());
        Ok(client)
    }

    /// Reads an address and opens what was fetched of it.
    pub(super) fn source<'a>(
        &self,
        name: &str,
        (scratch, progress): (&'a Path, &'a Progress),
    ) -> Result<RemoteSource<'a>, OpsError> {
        let (address, origin) = self.address(name)?;
        if !self.fetches.offline {
            self.check_sas(&address)?;
        }
        let Ok(runtime) = Handle::try_current() else {
            let text = "no async runtime for a connection";
            return Err(OpsError::Failed(text.to_owned()));
        };
        let kept = FetchedBlobs::open(&self.fetches.data_dir, address.container_url().as_str())?;
        let client = if self.fetches.offline {
            None
        } else {
            Some(self.client(address.host)?)
        };
        Ok(RemoteSource {
            address,
            origin,
            kept,
            client,
            scratch,
            progress,
            runtime,
            waits: Waits::new(Arc::clone(&self.clock), self.fetches.max_wait),
        })
    }

    /// Refuses a SAS that is of no use before anything is sent.
    fn check_sas(&self, address: &Address) -> Result<(), OpsError> {
        let now = self.clock.now();
        let Some(sas) = &address.sas else {
            return Ok(());
        };
        let Some(problem) = sas.problem(now) else {
            return Ok(());
        };
        let message = format!("{}: {problem}", address.shown);
        Err(if sas.has_expired(now) {
            needs_sas(&address.shown, &message)
        } else {
            OpsError::Report(Failure::NotAllowed { message })
        })
    }

    /// Looks at a source, and again if it changes meanwhile.
    pub(super) fn settled<'a, T>(
        source: &RemoteSource<'a>,
        look: impl Fn(&RemoteSource<'a>) -> Result<SourceLook<T>, OpsError>,
    ) -> Result<T, OpsError> {
        let mut changed = None;
        for _ in 0..=RELISTS {
            match look(source)? {
                SourceLook::Ready(found) => {
                    source.progress.say(None);
                    return Ok(found);
                }
                SourceLook::Changed(failure) => changed = Some(failure),
            }
        }
        Err(changed.map_or(OpsError::Interrupted, OpsError::Report))
    }

    /// Waits for storage, shows sign-in prompts and how long waits still are, and gives up when the user stops the work.
    pub(super) async fn heard<T, E: From<OpsError>>(
        source: &RemoteSource<'_>,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let mut prompts = source
            .client
            .as_ref()
            .map(|client| client.client().tokens().prompts());
        let progress = source.progress;
        let stopped = async {
            while !progress.is_cancelled() {
                let prompt = prompts.as_mut().and_then(|prompts| {
                    let is_new = prompts.has_changed().unwrap_or(false);
                    is_new.then(|| prompts.borrow_and_update().clone())
                });
                if let Some(prompt) = prompt {
                    if let Some(text) = &prompt {
                        progress.prompt(text.clone());
                    }
                    source.waits.prompt(progress, prompt);
                }
                source.waits.count_down(progress);
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::select! {
            biased;
            done = work => done,
            () = stopped => Err(OpsError::Interrupted.into()),
        }
    }
}
