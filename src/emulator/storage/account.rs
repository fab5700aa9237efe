//! Accounts, containers and blobs, with the properties that List Blobs shows.

use crate::emulator::api::blobs;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The account whose exports the made-up scopes have.
pub const DEMO_ACCOUNT: &str = "costscopedemo";

/// The signature that every SAS of this server has. It contains the characters that have to be encoded.
pub const SIGNATURE: &str = "bWFkZSB1cCBmb3I+dGVzdHM/==+/";

/// A blob.
#[derive(Debug, Clone)]
pub struct StoredBlob {
    pub bytes: Arc<Vec<u8>>,
    /// Without quotes, as List Blobs shows it.
    pub etag: String,
    pub modified: DateTime<Utc>,
    /// The checksum that the server announces; large blobs of Azure may have none.
    pub md5: Option<Vec<u8>>,
    pub tier: &'static str,
    /// The state of the copy that made the blob.
    pub copy: Option<&'static str>,
}

/// The place of a blob.
#[derive(Debug, Clone, Copy)]
pub struct BlobPlace<'a> {
    pub account: &'a str,
    pub container: &'a str,
    pub name: &'a str,
}

/// The blobs of a container by name.
pub type Container = BTreeMap<String, StoredBlob>;

/// All accounts of the server.
#[derive(Debug, Default)]
pub struct Storage {
    accounts: BTreeMap<String, BTreeMap<String, Container>>,
    /// Number of blobs written so far, so that each has an `ETag` of its own.
    written: u64,
}

impl Storage {
    /// Whether there is an account.
    pub fn has(&self, account: &str) -> bool {
        self.accounts.contains_key(account)
    }

    /// Writes a blob, like "Put Blob"; makes its account and container.
    pub fn put(&mut self, place: BlobPlace<'_>, bytes: Vec<u8>, now: DateTime<Utc>) {
        let md5 = Some(blobs::checksum(&bytes));
        let blob = StoredBlob {
            bytes: Arc::new(bytes),
            etag: self.next_etag(now),
            modified: now,
            md5,
            tier: "Hot",
            copy: None,
        };
        let account = self.accounts.entry(place.account.to_owned()).or_default();
        let container = account.entry(place.container.to_owned()).or_default();
        container.insert(place.name.to_owned(), blob);
    }

    fn next_etag(&mut self, now: DateTime<Utc>) -> String {
        self.written += 1;
        let time = u64::try_from(now.timestamp_micros()).unwrap_or_default();
        let mixed = crate::emulator::bills::rows::mix(&[time, self.written]) >> 8;
        format!("0x8D{mixed:014X}")
    }

    /// Writes the same bytes again: an overwritten blob has another `ETag`.
    pub fn touch(&mut self, place: BlobPlace<'_>, now: DateTime<Utc>) {
        let etag = self.next_etag(now);
        if let Some(blob) = self.blob_mut(place) {
            (blob.etag, blob.modified) = (etag, now);
        }
    }

    /// Deletes a blob.
    pub fn remove(&mut self, place: BlobPlace<'_>) {
        let account = self.accounts.get_mut(place.account);
        if let Some(container) = account.and_then(|all| all.get_mut(place.container)) {
            container.remove(place.name);
        }
    }

    /// A container.
    pub fn container(&self, account: &str, container: &str) -> Option<&Container> {
        self.accounts.get(account)?.get(container)
    }

    /// A blob, to change its properties.
    pub fn blob_mut(&mut self, place: BlobPlace<'_>) -> Option<&mut StoredBlob> {
        let account = self.accounts.get_mut(place.account)?;
        account.get_mut(place.container)?.get_mut(place.name)
    }
}
