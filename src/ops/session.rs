//! What every operation needs: the client, the ledger, the clock.

use super::clock::Clock;
use super::error::OpsError;
use crate::azure::client::{Client, Time};
use crate::azure::cloud::{Cloud, Target};
use crate::azure::credential::TokenCache;
use crate::store::ledger::Ledger;
use crate::store::pending::Pending;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Operations in flight at once: more only empties the tenant's quota faster.
const IN_FLIGHT: usize = 2;

/// How a session is set up.
#[derive(Debug, Clone)]
pub struct Setup {
    pub data_dir: PathBuf,
    pub cloud: Cloud,
    pub endpoint: Option<String>,
    pub tenant: Option<String>,
    /// Never use the network.
    pub offline: bool,
    /// The first word of ledger keys, where it is not the cloud or endpoint (the demo's port changes every time).
    pub origin: Option<String>,
}

/// A signed-in place to work from. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Session {
    client: Option<Client>,
    source_name: &'static str,
    pub(crate) ledger: Ledger,
    pub(crate) pending: Pending,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) origin: String,
    pub(crate) data_dir: PathBuf,
    pub(crate) slots: Arc<Semaphore>,
}

impl Session {
    /// Opens the data folder and prepares the client; nothing is sent yet.
    pub fn open(setup: &Setup, clock: Arc<dyn Clock>) -> Result<Self, OpsError> {
        let target = Target::read(setup.cloud, setup.endpoint.as_deref())
            .map_err(|error| OpsError::Usage(error.to_string()))?;
        let origin = setup.origin.clone().unwrap_or_else(|| target.origin());
        let (client, source_name) = if setup.offline {
            (None, "offline")
        } else {
            let tokens = TokenCache::new(&target, setup.tenant.as_deref())?;
            let name = tokens.source_name();
            (Some(Client::new(target, tokens, time_of(&clock))?), name)
        };
        let ledger = Ledger::open(&setup.data_dir)?;
        let pending = Pending::open(&setup.data_dir)?;
        let slots = Arc::new(Semaphore::new(IN_FLIGHT));
        Ok(Self {
            client,
            source_name,
            ledger,
            pending,
            clock,
            origin,
            data_dir: setup.data_dir.clone(),
            slots,
        })
    }

    /// The client, or the reason there is none.
    pub(crate) fn client(&self) -> Result<&Client, OpsError> {
        self.client.as_ref().ok_or_else(|| {
            OpsError::Failed(
                "--offline: nothing is fetched; the ledger does not have this".to_owned(),
            )
        })
    }

    /// The store of finished reports.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The time of this session.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The first word of this session's ledger keys.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// How sign-in works here.
    pub fn source_name(&self) -> &'static str {
        self.source_name
    }
}

/// The client's view of a clock.
fn time_of(clock: &Arc<dyn Clock>) -> Time {
    let (now, pause, jitter) = (Arc::clone(clock), Arc::clone(clock), Arc::clone(clock));
    Time {
        now: Arc::new(move || now.now()),
        pause: Arc::new(move |wait| {
            let clock = Arc::clone(&pause);
            Box::pin(async move { clock.sleep_until(clock.now() + wait).await })
        }),
        jitter: Arc::new(move || jitter.jitter()),
    }
}
