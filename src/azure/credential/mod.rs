//! Gets and caches the bearer token that all calls share, and renews it shortly before it expires.
//!
//! [`credential_chain`] lists the sources to try. The first that works is used for the session; the errors of the others are kept
//! for the screen and for `doctor`.

pub mod attempt;
pub mod certificate;
pub mod cli;
pub mod credential_chain;
pub mod device;
pub mod entra_errors;
pub mod transport;

use super::cloud::{Cloud, Target};
use super::error::AzureError;
use super::net::Network;
use super::time::Time;
use crate::domain::text::secret::Secret;
use attempt::Attempt;
use azure_core::credentials::TokenCredential;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use credential_chain::{SignIn, SignInMethod};
use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Mutex, watch};

/// A token is renewed this long before it expires.
const MARGIN_MINUTES: i64 = 5;
/// The number of old tokens that are remembered for redaction.
const PAST: usize = 8;
/// The token that is sent on loopback.
const LOOPBACK_TOKEN: &str = "costscope-loopback";
/// The token that is sent to blob storage on loopback.
const LOOPBACK_STORAGE_TOKEN: &str = "costscope-loopback-storage";
/// The scope of storage tokens, in every cloud.
const STORAGE_SCOPE: &str = "https://storage.azure.com/.default";

/// The signed-in identity, as far as the token shows it, and its source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// The source: `az`, `secret`, `managed identity`, ...
    pub source: &'static str,
    /// The tenant's id.
    pub tenant: Option<String>,
    /// The user, or the application's id.
    pub who: Option<String>,
    /// The sources that were tried before and failed.
    pub failed: Vec<Attempt>,
}

/// The cache of tokens and their sources.
#[derive(Debug)]
pub struct TokenCache {
    source: TokenSource,
    /// The names of the sources, in the order they are tried.
    names: Vec<&'static str>,
    kept: Mutex<CacheState>,
    identity: RwLock<Identity>,
    prompt: watch::Receiver<Option<String>>,
}

enum TokenSource {
    /// A fixed token.
    Loopback(Secret),
    Ways {
        scope: String,
        /// Rebuilds the sources: some cache tokens themselves, even those that a server has refused.
        rebuild: Box<dyn Fn() -> Vec<SignInMethod> + Send + Sync>,
    },
}

impl std::fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Loopback(_) => "Loopback",
            Self::Ways { .. } => "Ways",
        })
    }
}

#[derive(Debug, Default)]
struct CacheState {
    ways: Vec<SignInMethod>,
    kept: Option<KeptToken>,
    /// The source that has worked in this session.
    chosen: Option<usize>,
    /// The last tokens: a late response may contain one that was replaced.
    past: VecDeque<Secret>,
}

#[derive(Debug, Clone)]
struct KeptToken {
    token: Secret,
    expires: DateTime<Utc>,
}

impl TokenCache {
    /// A fixed token for loopback; for Azure, the sources that the settings select.
    pub fn new(
        target: &Target,
        sign_in: &SignIn,
        network: &Network,
        time: &Time,
    ) -> Result<Self, AzureError> {
        match target {
            Target::Loopback(_) => Ok(Self::fixed(LOOPBACK_TOKEN)),
            Target::Cloud(cloud) => {
                Self::for_scope(cloud.token_scope(), *cloud, (sign_in, network, time))
            }
        }
    }

    /// Tokens for blob storage. They are good for nothing else, and ARM's are no good there.
    pub fn for_storage(
        cloud: Cloud,
        sign_in: &SignIn,
        network: &Network,
        time: &Time,
    ) -> Result<Self, AzureError> {
        Self::for_scope(STORAGE_SCOPE.to_owned(), cloud, (sign_in, network, time))
    }

    /// A fixed token for blob storage on loopback over http.
    pub fn for_loopback_storage() -> Self {
        Self::fixed(LOOPBACK_STORAGE_TOKEN)
    }

    fn fixed(token: &str) -> Self {
        let (_, heard) = watch::channel(None);
        let source = TokenSource::Loopback(Secret::new(token));
        Self::of(source, Vec::new(), heard)
    }

    /// The sources that the settings select, for tokens of one scope.
    fn for_scope(
        scope: String,
        cloud: Cloud,
        (sign_in, network, time): (&SignIn, &Network, &Time),
    ) -> Result<Self, AzureError> {
        let (prompt, heard) = watch::channel(None);
        let ways = credential_chain::build(sign_in, cloud, network, time, prompt.clone())?;
        let (sign_in, network, time) = (sign_in.clone(), network.clone(), time.clone());
        let rebuild = Box::new(move || {
            let ways = credential_chain::build(&sign_in, cloud, &network, &time, prompt.clone());
            ways.unwrap_or_default()
        });
        Ok(Self::of(TokenSource::Ways { scope, rebuild }, ways, heard))
    }

    /// A cache for any credential.
    pub fn with_credential(credential: Arc<dyn TokenCredential>, cloud: Cloud) -> Self {
        let way = SignInMethod::of("given", Ok(credential), Duration::from_secs(60));
        let source = TokenSource::Ways {
            scope: cloud.token_scope(),
            rebuild: Box::new(Vec::new),
        };
        let (_, heard) = watch::channel(None);
        Self::of(source, vec![way], heard)
    }

    fn of(
        source: TokenSource,
        ways: Vec<SignInMethod>,
        prompt: watch::Receiver<Option<String>>,
    ) -> Self {
        let names: Vec<&'static str> = match &source {
            TokenSource::Loopback(_) => vec!["loopback"],
            TokenSource::Ways { .. } => ways.iter().map(|way| way.source).collect(),
        };
        let name = match names.as_slice() {
            [only] => *only,
            _ => "auto",
        };
        Self {
            source,
            names,
            kept: Mutex::new(CacheState {
                ways,
                ..CacheState::default()
            }),
            identity: RwLock::new(Identity {
                source: name,
                ..Identity::default()
            }),
            prompt,
        }
    }

    /// The signed-in identity. Before the first token, it has only the source, or `auto`.
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

    /// The prompt for the user to sign in, if there is one (device code).
    pub fn prompts(&self) -> watch::Receiver<Option<String>> {
        self.prompt.clone()
    }

    /// A token that is valid at `now`; `rejected` is one that the server has just refused.
    pub async fn token(
        &self,
        now: DateTime<Utc>,
        rejected: Option<&Secret>,
    ) -> Result<Secret, AzureError> {
        let (scope, rebuild) = match &self.source {
            TokenSource::Loopback(token) => return Ok(token.clone()),
            TokenSource::Ways { scope, rebuild } => (scope, rebuild),
        };
        // The lock is held during the request, so that many callers cause one refresh.
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
            // While the old token is valid, a failed renewal is retried with the next call.
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

    /// Asks the source that has worked before, or each in turn.
    async fn ask(
        &self,
        ways: &[SignInMethod],
        scope: &str,
        chosen: Option<usize>,
        now: DateTime<Utc>,
    ) -> Result<(usize, KeptToken), AzureError> {
        let (mut failed, mut lost) = (Vec::new(), false);
        for (at, way) in ways.iter().enumerate() {
            if chosen.is_some_and(|chosen| chosen != at) {
                continue;
            }
            match way.token(scope).await {
                Ok(fresh) => {
                    let unix = fresh.expires_on.unix_timestamp();
                    let kept = KeptToken {
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
                Err(none) => {
                    lost = none.lost;
                    failed.push(Attempt {
                        source: way.source,
                        said: none.said,
                    });
                }
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
        // A source that has worked in this session will work again.
        if chosen.is_some() && lost {
            return Err(AzureError::NotConnected(format!("signing in: {error}")));
        }
        Err(AzureError::SignIn(error))
    }
}

/// Tenant and user of a token (Microsoft Learn, "Access token claims reference"), for display only: the server decides
/// what the token allows.
fn claims(token: &Secret) -> (Option<String>, Option<String>) {
    let payload = token.expose().split('.').nth(1).unwrap_or_default();
    let decoded = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('='));
    let decoded = decoded.unwrap_or_default();
    let body: serde_json::Value = serde_json::from_slice(&decoded).unwrap_or_default();
    let text = |name: &str| {
        let value = body.get(name).and_then(serde_json::Value::as_str);
        value.map(crate::domain::text::redaction::foreign)
    };
    let who = ["upn", "unique_name", "preferred_username", "appid", "azp"]
        .into_iter()
        .find_map(text);
    (text("tid"), who)
}
