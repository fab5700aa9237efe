//! One bearer token for everybody: asked for once, kept until shortly before it expires.
//!
//! [`ways`] says which sources are tried; the first that works stays for the session, and what the others said is
//! kept for the screen and for `doctor`.

pub mod certificate;
pub mod cli;
pub mod credential_chain;
pub mod device;
pub mod entra_errors;
pub mod transport;

use super::client::Time;
use super::cloud::{Cloud, Target};
use super::error::AzureError;
use super::net::Network;
use crate::domain::text::secret::Secret;
use azure_core::credentials::TokenCredential;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use credential_chain::{SignIn, Way};
use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Mutex, watch};

/// A token is renewed this long before it expires.
const MARGIN_MINUTES: i64 = 5;
/// Tokens that are remembered to be struck out.
const PAST: usize = 8;
/// What stands for a token on loopback.
const LOOPBACK_TOKEN: &str = "costscope-loopback";

/// Who is signed in, as far as the token says, and how that came about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// The source in a word: `az`, `secret`, `managed identity`, ...
    pub source: &'static str,
    /// The tenant's id.
    pub tenant: Option<String>,
    /// The user, or the application's id.
    pub who: Option<String>,
    /// What the sources said that were tried before and did not work.
    pub failed: Vec<Attempt>,
}

/// A source that did not work, and what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub source: &'static str,
    pub said: String,
}

/// Where tokens come from.
#[derive(Debug)]
pub struct TokenCache {
    source: Source,
    /// The names of the ways, in the order they are tried.
    names: Vec<&'static str>,
    kept: Mutex<State>,
    identity: RwLock<Identity>,
    prompt: watch::Receiver<Option<String>>,
    loopback: Secret,
}

enum Source {
    Loopback,
    Ways {
        scope: String,
        /// Makes the ways anew: some keep tokens of their own, even those that a server has refused.
        rebuild: Box<dyn Fn() -> Vec<Way> + Send + Sync>,
    },
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Loopback => "Loopback",
            Self::Ways { .. } => "Ways",
        })
    }
}

#[derive(Debug, Default)]
struct State {
    ways: Vec<Way>,
    kept: Option<Kept>,
    /// The way that has worked in this session.
    chosen: Option<usize>,
    /// The last tokens: a late answer may repeat one that was replaced.
    past: VecDeque<Secret>,
}

#[derive(Debug, Clone)]
struct Kept {
    token: Secret,
    expires: DateTime<Utc>,
}

impl TokenCache {
    /// The word for loopback; for Azure what the settings say.
    pub fn new(
        target: &Target,
        sign_in: &SignIn,
        network: &Network,
        time: &Time,
    ) -> Result<Self, AzureError> {
        let (prompt, heard) = watch::channel(None);
        match target {
            Target::Loopback(_) => Ok(Self::of(Source::Loopback, Vec::new(), heard)),
            Target::Cloud(cloud) => {
                let cloud = *cloud;
                let ways = credential_chain::build(sign_in, cloud, network, time, prompt.clone())?;
                let (sign_in, network, time) = (sign_in.clone(), network.clone(), time.clone());
                let rebuild = Box::new(move || {
                    let ways =
                        credential_chain::build(&sign_in, cloud, &network, &time, prompt.clone());
                    ways.unwrap_or_default()
                });
                let scope = cloud.token_scope();
                Ok(Self::of(Source::Ways { scope, rebuild }, ways, heard))
            }
        }
    }

    /// A cache in front of any credential.
    pub fn with_credential(credential: Arc<dyn TokenCredential>, cloud: Cloud) -> Self {
        let way = Way::of("given", credential, Duration::from_secs(60));
        let source = Source::Ways {
            scope: cloud.token_scope(),
            rebuild: Box::new(Vec::new),
        };
        let (_, heard) = watch::channel(None);
        Self::of(source, vec![way], heard)
    }

    fn of(source: Source, ways: Vec<Way>, prompt: watch::Receiver<Option<String>>) -> Self {
        let names: Vec<&'static str> = match &source {
            Source::Loopback => vec!["loopback"],
            Source::Ways { .. } => ways.iter().map(|way| way.source).collect(),
        };
        let name = match names.as_slice() {
            [only] => *only,
            _ => "auto",
        };
        Self {
            source,
            names,
            kept: Mutex::new(State {
                ways,
                ..State::default()
            }),
            identity: RwLock::new(Identity {
                source: name,
                ..Identity::default()
            }),
            prompt,
            loopback: Secret::new(LOOPBACK_TOKEN),
        }
    }

    /// Who is signed in. Before the first token it names only the source, or `auto`.
    pub fn identity(&self) -> Identity {
        self.identity
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The sources in the order they are tried.
    pub fn sources(&self) -> Vec<&'static str> {
        self.names.clone()
    }

    /// What the user has to do to sign in, when there is something (device code).
    pub fn prompts(&self) -> watch::Receiver<Option<String>> {
        self.prompt.clone()
    }

    /// A token that is good at `now`; `rejected` is one the server has just refused.
    pub async fn token(
        &self,
        now: DateTime<Utc>,
        rejected: Option<&Secret>,
    ) -> Result<Secret, AzureError> {
        let Source::Ways { scope, rebuild } = &self.source else {
            return Ok(self.loopback.clone());
        };
        // Held while asking: many callers make one refresh.
        let mut state = self.kept.lock().await;
        if let Some(good) = state.kept.as_ref().filter(|k| {
            k.expires - TimeDelta::minutes(MARGIN_MINUTES) > now && Some(&k.token) != rejected
        }) {
            return Ok(good.token.clone());
        }
        let mut asked = self.ask(&state.ways, scope, state.chosen, now).await;
        if let Ok((at, kept)) = &asked
            && Some(&kept.token) == rejected
            && let Some(fresh) = rebuild().into_iter().nth(*at)
            && let Some(way) = state.ways.get_mut(*at)
        {
            *way = fresh;
            asked = self.ask(&state.ways, scope, Some(*at), now).await;
        }
        let (at, kept) = match (asked, &state.kept) {
            // A renewal that fails is tried again with the next call, as long as the old token is good.
            (Err(error), Some(old)) if old.expires > now && Some(&old.token) != rejected => {
                tracing::warn!(%error, "the token could not be renewed yet");
                return Ok(old.token.clone());
            }
            (asked, _) => asked?,
        };
        state.chosen = Some(at);
        let token = kept.token.clone();
        state.past.truncate(PAST - 1);
        state.past.push_front(token.clone());
        state.kept = Some(kept);
        Ok(token)
    }

    /// The way that has worked before, or each in its turn.
    async fn ask(
        &self,
        ways: &[Way],
        scope: &str,
        chosen: Option<usize>,
        now: DateTime<Utc>,
    ) -> Result<(usize, Kept), AzureError> {
        let mut failed = Vec::new();
        for (at, way) in ways.iter().enumerate() {
            if chosen.is_some_and(|chosen| chosen != at) {
                continue;
            }
            match way.token(scope).await {
                Ok(fresh) => {
                    let unix = fresh.expires_on.unix_timestamp();
                    let kept = Kept {
                        expires: DateTime::from_timestamp(unix, 0).unwrap_or(now),
                        token: Secret::new(fresh.token.secret()),
                    };
                    let (tenant, who) = claims(&kept.token);
                    tracing::info!(
                        source = way.source,
                        tenant = tenant.as_deref().unwrap_or("unknown"),
                        "signed in"
                    );
                    let mut identity = self
                        .identity
                        .write()
                        .unwrap_or_else(PoisonError::into_inner);
                    if chosen.is_none() {
                        identity.failed = failed;
                    }
                    identity.source = way.source;
                    (identity.tenant, identity.who) = (tenant, who);
                    return Ok((at, kept));
                }
                Err(said) => failed.push(Attempt {
                    source: way.source,
                    said,
                }),
            }
        }
        let error = entra_errors::nothing_worked(&failed, ways.len() > 1);
        if chosen.is_none() {
            let mut identity = self
                .identity
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            identity.failed = failed;
        }
        Err(AzureError::SignIn(error))
    }
}

/// Tenant and user of a token (Microsoft Learn, "Access token claims reference"), for the screen only: the server
/// decides what it is good for.
fn claims(token: &Secret) -> (Option<String>, Option<String>) {
    let payload = token.expose().split('.').nth(1).unwrap_or_default();
    let decoded = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('='));
    let Some(body) = decoded
        .ok()
        .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok())
    else {
        return (None, None);
    };
    let text = |name: &str| {
        let value = body.get(name).and_then(serde_json::Value::as_str);
        value.map(crate::domain::text::redaction::foreign)
    };
    let who = ["upn", "unique_name", "preferred_username", "appid", "azp"]
        .into_iter()
        .find_map(text);
    (text("tid"), who)
}
