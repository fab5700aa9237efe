//! The HTTP transport for the sign-in library. Its own would panic without a CA bundle, would ignore `--ca-file`, and
//! would use a proxy for the metadata service.

use crate::azure::error::AzureError;
use crate::azure::exchange_log::{self, Outcome};
use crate::azure::net;
use crate::azure::net::{Destination, Network};
use azure_core::error::ErrorKind;
use azure_core::http::headers::{HeaderName, HeaderValue, Headers};
use azure_core::http::request::{Body, Request};
use azure_core::http::{AsyncRawResponse, HttpClient};
use reqwest::{Method, Url};

/// Sends the requests of credentials.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    internet: reqwest::Client,
    loopback: reqwest::Client,
}

impl Sender {
    pub(super) fn new(network: &Network) -> Result<Self, AzureError> {
        Ok(Self {
            internet: network.client(Destination::Internet, true)?,
            loopback: network.client(Destination::Loopback, true)?,
        })
    }

    /// The client that reaches a URL.
    pub(super) fn client(&self, url: &Url) -> &reqwest::Client {
        if net::is_direct(url) {
            &self.loopback
        } else {
            &self.internet
        }
    }
}

fn failed(error: reqwest::Error, what: &str) -> azure_core::Error {
    let bare = error.without_url();
    let kind = if bare.is_connect() {
        ErrorKind::Connection
    } else {
        ErrorKind::Io
    };
    let text = format!("talking to {what}: {}", net::explained(&bare));
    azure_core::Error::with_message(kind, text)
}

#[async_trait::async_trait]
impl HttpClient for Sender {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let url = request.url().clone();
        let host = url.host_str().unwrap_or("the sign-in service").to_owned();
        let method = request.method().to_string();
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap_or(Method::GET);
        let mut sent = self.client(&url).request(method.clone(), url.clone());
        for (name, value) in request.headers().iter() {
            sent = sent.header(name.as_str(), value.as_str());
        }
        if let Body::Bytes(bytes) = request.body().clone() {
            sent = sent.body(bytes);
        }
        let response = sent.send().await.map_err(|error| {
            let error = failed(error, &host);
            let why = &error.to_string();
            exchange_log::log(&method, &url, None, Outcome::Failed { why });
            error
        })?;
        let status = response.status().as_u16();
        let headers = response.headers();
        exchange_log::log(&method, &url, None, Outcome::Answered { status, headers });
        let mut headers = Headers::new();
        for (name, value) in response.headers() {
            if let Ok(value) = value.to_str() {
                headers.insert(
                    HeaderName::from(name.as_str().to_owned()),
                    HeaderValue::from(value.to_owned()),
                );
            }
        }
        let body = response
            .bytes()
            .await
            .map_err(|error| failed(error, &host))?;
        let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&body);
        let body = body.slice_ref(text);
        Ok(AsyncRawResponse::from_bytes(status.into(), headers, body))
    }
}
