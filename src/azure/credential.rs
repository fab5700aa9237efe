//! One bearer token for everybody: asked for once, kept until shortly before it expires.

use super::cloud::{Cloud, Target};
use super::error::AzureError;
use crate::domain::secret::Secret;
use azure_core::credentials::TokenCredential;
use azure_identity::{AzureCliCredential, AzureCliCredentialOptions, Executor};
use chrono::{DateTime, TimeDelta, Utc};
use std::ffi::OsStr;
use std::io;
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// A token is renewed this long before it expires.
const MARGIN_MINUTES: i64 = 5;
/// `az` answers in a second or two, or waits for a prompt that nobody sees.
const CLI_SECONDS: u64 = 30;
/// What stands for a token on loopback.
const LOOPBACK_TOKEN: &str = "costscope-loopback";

/// Where tokens come from.
#[derive(Debug)]
pub struct TokenCache {
    source: Source,
    kept: Mutex<Option<Kept>>,
}

#[derive(Debug)]
enum Source {
    Loopback,
    Credential {
        credential: Arc<dyn TokenCredential>,
        scope: String,
    },
}

#[derive(Debug, Clone)]
struct Kept {
    token: Secret,
    expires: DateTime<Utc>,
}

impl TokenCache {
    /// The word for loopback; for Azure the sign-in of `az`.
    pub fn new(target: &Target, tenant: Option<&str>) -> Result<Self, AzureError> {
        match target {
            Target::Loopback(_) => Ok(Self::of(Source::Loopback)),
            Target::Cloud(cloud) => Ok(Self::with_credential(azure_cli(tenant)?, *cloud)),
        }
    }

    /// A cache in front of any credential.
    pub fn with_credential(credential: Arc<dyn TokenCredential>, cloud: Cloud) -> Self {
        Self::of(Source::Credential {
            credential,
            scope: cloud.token_scope(),
        })
    }

    fn of(source: Source) -> Self {
        Self {
            source,
            kept: Mutex::new(None),
        }
    }

    /// How sign-in works here, in a few words for a title.
    pub fn source_name(&self) -> &'static str {
        match self.source {
            Source::Loopback => "loopback",
            Source::Credential { .. } => "az",
        }
    }

    /// A token that is good at `now`; `rejected` is one the server has just refused.
    pub async fn token(
        &self,
        now: DateTime<Utc>,
        rejected: Option<&Secret>,
    ) -> Result<Secret, AzureError> {
        let Source::Credential { credential, scope } = &self.source else {
            return Ok(Secret::new(LOOPBACK_TOKEN));
        };
        // Held while asking: many callers make one refresh.
        let mut kept = self.kept.lock().await;
        if let Some(good) = kept.as_ref().filter(|k| {
            k.expires - TimeDelta::minutes(MARGIN_MINUTES) > now && Some(&k.token) != rejected
        }) {
            return Ok(good.token.clone());
        }
        let fresh = credential
            .get_token(&[scope.as_str()], None)
            .await
            .map_err(|error| AzureError::SignIn(sign_in_text(&error)))?;
        let expires = DateTime::from_timestamp(fresh.expires_on.unix_timestamp(), 0).unwrap_or(now);
        let token = Secret::new(fresh.token.secret());
        *kept = Some(Kept {
            token: token.clone(),
            expires,
        });
        Ok(token)
    }
}

/// What went wrong, and the next step.
fn sign_in_text(error: &azure_core::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let words = inner.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        source = inner.source();
    }
    // The SDK's own name for itself and its link to a help page say nothing to somebody at a terminal.
    let said = text.split("To troubleshoot").next().unwrap_or_default();
    let said = said.replace("AzureCliCredential authentication failed.", "");
    let words: Vec<&str> = said.split_whitespace().collect();
    let words = words.join(" ");
    let said = words.trim_end_matches('.');
    let next = if said.contains("not found on PATH") {
        "Install the Azure CLI and run `az login`"
    } else {
        "Run `az login`"
    };
    format!("{said}. {next}, or try `costscope demo` without an account")
}

fn azure_cli(tenant: Option<&str>) -> Result<Arc<dyn TokenCredential>, AzureError> {
    let options = AzureCliCredentialOptions {
        tenant_id: tenant.map(ToOwned::to_owned),
        executor: Some(Arc::new(QuietExecutor)),
        ..AzureCliCredentialOptions::default()
    };
    let credential = AzureCliCredential::new(Some(options))
        .map_err(|error| AzureError::SignIn(error.to_string()))?;
    Ok(credential)
}

/// Runs `az` without our terminal, for a limited time, and not beyond our own end: the SDK's own executor lets `az`
/// read our keys and wait for ever.
#[derive(Debug)]
struct QuietExecutor;

#[async_trait::async_trait]
impl Executor for QuietExecutor {
    async fn run(&self, program: &OsStr, args: &[&OsStr]) -> io::Result<Output> {
        let mut command = tokio::process::Command::new(program);
        command.args(args).stdin(Stdio::null()).kill_on_drop(true);
        let limit = Duration::from_secs(CLI_SECONDS);
        tokio::time::timeout(limit, command.output())
            .await
            .unwrap_or_else(|_| {
                Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!("`az` did not answer within {CLI_SECONDS} seconds"),
                ))
            })
    }
}
