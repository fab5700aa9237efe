//! Device code sign-in: the user opens a page on any machine and types a code. The refresh token stays in memory.
//!
//! RFC 8628; Microsoft identity platform, "OAuth 2.0 device authorization grant".

use super::transport::Sender;
use crate::azure::net;
use crate::azure::time::Time;
use crate::domain::text::secret::Secret;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use chrono::TimeDelta;
use oauth2::basic::{BasicClient, BasicTokenResponse};
use oauth2::{
    AsyncHttpClient, ClientId, DeviceAuthorizationUrl, HttpRequest, HttpResponse, RefreshToken,
    RequestTokenError, Scope, StandardDeviceAuthorizationResponse, TokenResponse, TokenUrl,
};
use std::fmt;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::{Mutex, watch};

/// The assumed token lifetime if the response does not give one.
const DEFAULT_SECONDS: u64 = 3600;

/// The reason a sign-in request failed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct HttpProblem(String);

type Called = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpProblem>> + Send>>;

/// A code on the screen, removed when dropped.
struct Shown<'a>(&'a watch::Sender<Option<String>>);

impl<'a> Shown<'a> {
    fn new(prompt: &'a watch::Sender<Option<String>>, text: String) -> Self {
        prompt.send_replace(Some(text));
        Self(prompt)
    }
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        self.0.send_replace(None);
    }
}

/// Adapts our connections to the library.
struct Http(Sender);

impl AsyncHttpClient<'_> for Http {
    type Error = HttpProblem;
    type Future = Called;

    fn call(&self, request: HttpRequest) -> Called {
        call(self.0.clone(), request)
    }
}

/// Signs in with a code.
pub(super) struct DeviceCode {
    client_id: String,
    authority: String,
    sender: Sender,
    time: Time,
    prompt: watch::Sender<Option<String>>,
    refresh: Mutex<Option<Secret>>,
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCode")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

fn failed(text: impl Into<String>) -> azure_core::Error {
    azure_core::Error::with_message(ErrorKind::Credential, text.into())
}

impl DeviceCode {
    /// `authority` is the login host and tenant, such as `https://login.microsoftonline.com/organizations`.
    pub(super) fn new(
        client_id: &str,
        authority: String,
        sender: Sender,
        time: &Time,
        prompt: watch::Sender<Option<String>>,
    ) -> Self {
        Self {
            client_id: client_id.to_owned(),
            authority,
            sender,
            time: time.clone(),
            prompt,
            refresh: Mutex::default(),
        }
    }

    async fn sign_in(&self, scope: &str) -> azure_core::Result<BasicTokenResponse> {
        let url = |end: &str| format!("{}/oauth2/v2.0/{end}", self.authority);
        let wrong = |error: oauth2::url::ParseError| failed(error.to_string());
        let device = DeviceAuthorizationUrl::new(url("devicecode")).map_err(wrong)?;
        let client = BasicClient::new(ClientId::new(self.client_id.clone()))
            .set_device_authorization_url(device)
            .set_token_uri(TokenUrl::new(url("token")).map_err(wrong)?);
        let http = Http(self.sender.clone());
        let kept = self.refresh.lock().await.clone();
        if let Some(kept) = kept {
            let old = RefreshToken::new(kept.expose().to_owned());
            let renewed = client
                .exchange_refresh_token(&old)
                .add_scope(Scope::new(scope.to_owned()))
                .request_async(&http)
                .await;
            match renewed {
                Ok(renewed) => return Ok(renewed),
                // A rejected refresh token only means that a new code is needed.
                Err(RequestTokenError::ServerResponse(_)) => {}
                Err(error) => return Err(failed(net::words(&error))),
            }
        }
        let details: StandardDeviceAuthorizationResponse = client
            .exchange_device_code()
            .add_scope(Scope::new(scope.to_owned()))
            .add_scope(Scope::new("offline_access".to_owned()))
            .request_async(&http)
            .await
            .map_err(|error| said(&error))?;
        // The server must not be able to show it by repeating it.
        let _device_code = Secret::new(details.device_code().secret());
        let code = details.user_code().secret();
        let page = details.verification_uri().as_str();
        let text = format!("to sign in, enter the code {code} at {page}, in any browser");
        // The code is removed however the sign-in ends.
        let _shown = Shown::new(&self.prompt, text);
        let pause = |wait: Duration| {
            (self.time.pause)(TimeDelta::from_std(wait).unwrap_or(TimeDelta::seconds(5)))
        };
        let now = std::sync::Arc::clone(&self.time.now);
        let answered = client
            .exchange_device_access_token(&details)
            .set_time_fn(move || now())
            .request_async(&http, pause, None)
            .await;
        answered.map_err(|error| said(&error))
    }
}

/// Sends one request of the sign-in.
fn call(sender: Sender, request: HttpRequest) -> Called {
    Box::pin(async move {
        let problem = |error: reqwest::Error| {
            let text = net::explained(&error.without_url());
            HttpProblem(format!("talking to the sign-in service: {text}"))
        };
        let request = reqwest::Request::try_from(request).map_err(problem)?;
        let client = sender.client(request.url()).clone();
        let response = client.execute(request).await.map_err(problem)?;
        let status = response.status();
        let kind = response.headers().get("content-type").cloned();
        let body = response.bytes().await.map_err(problem)?.to_vec();
        let mut answer = HttpResponse::new(body);
        *answer.status_mut() = status;
        if let Some(kind) = kind {
            answer.headers_mut().insert("content-type", kind);
        }
        Ok(answer)
    })
}

/// The message of the sign-in service instead of the library's generic error.
fn said<E, T>(error: &RequestTokenError<E, oauth2::StandardErrorResponse<T>>) -> azure_core::Error
where
    E: std::error::Error + 'static,
    T: oauth2::ErrorResponseType + fmt::Display + 'static,
{
    match error {
        RequestTokenError::ServerResponse(answer) => {
            let more = answer.error_description().cloned().unwrap_or_default();
            failed(format!("{}: {more}", answer.error()))
        }
        other => failed(net::words(other)),
    }
}

#[async_trait::async_trait]
impl TokenCredential for DeviceCode {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let scope = scopes.first().copied().unwrap_or_default();
        let answer = self.sign_in(scope).await?;
        if let Some(refresh) = answer.refresh_token() {
            *self.refresh.lock().await = Some(Secret::new(refresh.secret()));
        }
        let lives = answer
            .expires_in()
            .map_or(DEFAULT_SECONDS, |lives| lives.as_secs());
        let lives = i64::try_from(lives).unwrap_or_default();
        let ends = ((self.time.now)() + TimeDelta::seconds(lives)).timestamp();
        let ends = time::OffsetDateTime::from_unix_timestamp(ends)
            .map_err(|error| failed(error.to_string()))?;
        Ok(AccessToken::new(
            answer.access_token().secret().clone(),
            ends,
        ))
    }
}
