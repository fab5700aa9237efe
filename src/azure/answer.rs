//! An answer of the server: status, headers and body.

use super::retry;
use crate::domain::report::quota::Remainder;
use crate::domain::report::reply::{CallIds, NamedWait};
use crate::domain::text::redaction;
use chrono::{DateTime, Utc};
use reqwest::Url;
use reqwest::header::HeaderMap;

/// A complete response.
#[derive(Debug)]
pub struct FullResponse {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub url: Url,
}

impl FullResponse {
    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The ids to give to Microsoft support.
    pub fn ids(&self) -> CallIds {
        let id = |name: &str| self.header(name).map(redaction::foreign);
        CallIds {
            request: id("x-ms-request-id"),
            correlation: id("x-ms-correlation-request-id"),
        }
    }

    /// The request id in brackets, to be put behind a message.
    pub fn id_words(&self) -> String {
        let id = self.ids().request;
        id.map(|id| format!(" (request id {id})"))
            .unwrap_or_default()
    }

    /// Every wait that a 429 names; each belongs to a quota of its own.
    pub fn quota_waits(&self, now: DateTime<Utc>) -> Vec<NamedWait> {
        if self.status == 429 {
            retry::named_waits(&self.headers, now)
        } else {
            Vec::new()
        }
    }

    /// The remaining quotas, as the server reports them.
    pub fn remainders(&self) -> Vec<Remainder> {
        retry::remainders(&self.headers)
    }

    /// The longest wait that the response names.
    pub fn named_wait(&self, now: DateTime<Utc>) -> Option<NamedWait> {
        retry::named_wait(&self.headers, now)
    }
}
