//! Sends signed calls to ARM: adds the token and the request id, gets a new token after one 401, follows no redirects.

use super::answer::FullResponse;
use super::cloud::Target;
use super::credential::TokenCache;
use super::error::AzureError;
use super::error_catalog::Problem;
use super::limits::{self, RequestLimits};
use super::net::{Destination, Network};
use super::retry;
use super::retry::Verdict;
use super::time::Time;
use crate::domain::text::secret::Secret;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::HeaderValue;
use reqwest::{Method, Url};
use std::sync::Arc;

/// The size limit of a response; no ARM response is larger.
const LARGEST_ANSWER: usize = 64 << 20;
/// How long the body of a refusal or of a 202 is waited for; its status and headers are enough.
const ASIDE: TimeDelta = TimeDelta::seconds(10);

/// A client of one ARM endpoint.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    target: Target,
    base: Url,
    arm: reqwest::Client,
    blobs: reqwest::Client,
    tokens: TokenCache,
    time: Time,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("target", &self.inner.target)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client for a target; loopback servers are reached without TLS roots and without a proxy.
    pub fn new(
        target: Target,
        tokens: TokenCache,
        network: &Network,
        time: Time,
    ) -> Result<Self, AzureError> {
        let reach = match target {
            Target::Loopback(_) => Destination::Loopback,
            Target::Cloud(_) => Destination::Internet,
        };
        Self::reaching(reach, target, tokens, network, time)
    }

    /// A client for hosts of one kind.
    pub(super) fn reaching(
        reach: Destination,
        target: Target,
        tokens: TokenCache,
        network: &Network,
        time: Time,
    ) -> Result<Self, AzureError> {
        let base = target.base()?;
        // Downloads must not be decompressed, or their length and checksum could not be checked.
        let (arm, blobs) = (network.client(reach, true)?, network.client(reach, false)?);
        Ok(Self {
            inner: Arc::new(Inner {
                target,
                base,
                arm,
                blobs,
                tokens,
                time,
            }),
        })
    }

    /// The server this client talks to.
    pub fn target(&self) -> &Target {
        &self.inner.target
    }

    /// The sign-in methods and their state.
    pub fn tokens(&self) -> &TokenCache {
        &self.inner.tokens
    }

    pub(crate) fn blobs(&self) -> &reqwest::Client {
        &self.inner.blobs
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.inner.time.now)()
    }

    pub(crate) async fn pause(&self, wait: TimeDelta) {
        (self.inner.time.pause)(wait).await;
    }

    pub(crate) fn jitter(&self) -> TimeDelta {
        (self.inner.time.jitter)()
    }

    /// The limits of a request that begins now.
    pub(super) fn limits(&self, whole: TimeDelta) -> RequestLimits<'_> {
        RequestLimits::begin(&self.inner.time, whole)
    }

    /// A URL under the endpoint. Each segment of `path` is encoded as needed; slashes separate segments.
    pub fn url(&self, path: &str, query: &[(&str, &str)]) -> Result<Url, AzureError> {
        let mut url = self.inner.base.clone();
        url.path_segments_mut()
            .map_err(|()| AzureError::Endpoint("the endpoint cannot have a path".to_owned()))?
            .clear()
            .extend(path.split('/').filter(|segment| !segment.is_empty()));
        url.query_pairs_mut().extend_pairs(query);
        Ok(url)
    }

    /// Signs in, so that sign-in errors surface before anything is sent.
    pub async fn sign_in(&self) -> Result<(), AzureError> {
        self.inner.tokens.token(self.now(), None).await.map(|_| ())
    }

    /// Sends one call; after a 401, retries it once with a new token.
    pub async fn send(
        &self,
        method: Method,
        url: Url,
        body: Option<&serde_json::Value>,
    ) -> Result<FullResponse, AzureError> {
        self.send_within(limits::CALL, method, url, body).await
    }

    /// Sends one call that may take this long, not counting a sign-in before it.
    pub(super) async fn send_within(
        &self,
        whole: TimeDelta,
        method: Method,
        url: Url,
        body: Option<&serde_json::Value>,
    ) -> Result<FullResponse, AzureError> {
        let token = self.inner.tokens.token(self.now(), None).await?;
        let mut limits = self.limits(whole);
        let answer = self
            .send_with(&mut limits, (method.clone(), url.clone()), body, &token)
            .await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        let fresh = self.inner.tokens.token(self.now(), Some(&token)).await?;
        self.send_with(&mut limits, (method, url), body, &fresh)
            .await
    }

    async fn send_with(
        &self,
        limits: &mut RequestLimits<'_>,
        (method, url): (Method, Url),
        body: Option<&serde_json::Value>,
        token: &Secret,
    ) -> Result<FullResponse, AzureError> {
        // Without a ClientType, all tools of a tenant share one small quota.
        let mut request = self
            .inner
            .arm
            .request(method, url.clone())
            .header("authorization", bearer(token)?)
            .header("ClientType", "costscope");
        // Otherwise management groups come from a cache that is minutes old.
        if url.path().contains("/Microsoft.Management/") {
            request = request.header("cache-control", "no-cache");
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let what = format!("talking to {}", url.host_str().unwrap_or("the server"));
        let response = limits.answer(request, &what).await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        if (300..400).contains(&status) {
            return Err(AzureError::ForeignLink(format!(
                "the server returned {status}, a redirect: refused, because the sign-in token would have been sent along"
            )));
        }
        // The body matters only for a 200. Otherwise status and headers are enough, above all for a wait and for the
        // link of an accepted order.
        let body = if status == 200 {
            read_body(response, limits, &what).await?
        } else {
            tokio::select! {
                biased;
                body = read_body(response, limits, &what) => body.unwrap_or_default(),
                () = (self.inner.time.alarm)(ASIDE) => Vec::new(),
            }
        };
        // Some gateways put a byte-order mark before JSON.
        let body = match body.strip_prefix(b"\xef\xbb\xbf") {
            Some(text) => text.to_vec(),
            None => body,
        };
        Ok(FullResponse {
            status,
            headers,
            body,
            url,
        })
    }

    /// Sends a list call and repeats it while the server asks to wait.
    pub async fn get(&self, url: Url) -> Result<FullResponse, AzureError> {
        self.get_saying(url, Problem::of).await
    }

    /// Like [`Self::get`], with refusals read by the table of another API.
    pub(super) async fn get_saying(
        &self,
        url: Url,
        problem: fn(&FullResponse) -> Problem,
    ) -> Result<FullResponse, AzureError> {
        let asked = self.get_or_wait(url, problem).await;
        asked.map_err(|refusal| refusal.error)
    }

    /// The same, with the wait that a busy server asks for where it is too long for a list.
    pub(super) async fn get_or_wait(
        &self,
        url: Url,
        problem: fn(&FullResponse) -> Problem,
    ) -> Result<FullResponse, RefusedCall> {
        let mut attempt = 0;
        let begun = self.now();
        loop {
            let outcome = self.send(Method::GET, url.clone(), None).await;
            let (status, named) = match &outcome {
                Ok(answer) => (Some(answer.status), answer.named_wait(self.now())),
                // An unreachable server is reported at once; a broken connection is retried.
                Err(AzureError::Transport(_) | AzureError::TimedOut(_)) => (None, None),
                Err(_) => return outcome.map_err(RefusedCall::from),
            };
            let gone = self.now().signed_duration_since(begun);
            match retry::decide(attempt, gone, status, named.as_ref(), self.jitter()) {
                Verdict::Again(wait) => self.pause(wait).await,
                Verdict::Done | Verdict::GiveUp => {
                    let answer = outcome?;
                    return if (200..300).contains(&answer.status) {
                        Ok(answer)
                    } else {
                        let named = named.filter(|_| answer.status == 429);
                        Err(RefusedCall {
                            error: problem(&answer).error(),
                            wait: named.map(|named| named.wait),
                        })
                    };
                }
            }
            attempt += 1;
        }
    }
}

/// A refused request.
#[derive(Debug)]
pub struct RefusedCall {
    pub error: AzureError,
    /// How long a busy server asks to wait.
    pub wait: Option<TimeDelta>,
}

impl From<AzureError> for RefusedCall {
    fn from(error: AzureError) -> Self {
        Self { error, wait: None }
    }
}

/// The header with a token. No log shows it.
pub(super) fn bearer(token: &Secret) -> Result<HeaderValue, AzureError> {
    let bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose()));
    let mut bearer = bearer.map_err(|_| {
        AzureError::SignIn("the token contains characters that cannot be sent".to_owned())
    })?;
    bearer.set_sensitive(true);
    Ok(bearer)
}

async fn read_body(
    mut response: reqwest::Response,
    limits: &mut RequestLimits<'_>,
    what: &str,
) -> Result<Vec<u8>, AzureError> {
    let mut body = Vec::new();
    while let Some(chunk) = limits.hold(response.chunk(), what).await? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Err(AzureError::Unreadable(
                "the response is far larger than any response of this API".to_owned(),
            ));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
