//! Counts and hashes the bytes of a source while they are read.

use super::utf_16::SendReader;
use crate::data::progress::{PartCounter, Progress};
use crate::data::table::bytes::Bytes;
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use xxhash_rust::xxh3::Xxh3;

/// The number and the hash of the bytes read from a source.
#[derive(Default)]
pub(crate) struct Tally {
    inner: Arc<Mutex<Counts>>,
}

/// The state of the count so far.
#[derive(Default)]
struct Counts {
    bytes: u64,
    digest: Digests,
}

/// How the bytes are hashed.
enum Digests {
    Sha256(Sha256),
    /// Only to tell whether two sources of one run are the same.
    Quick(Box<Xxh3>),
    None,
}

impl Default for Digests {
    fn default() -> Self {
        Self::Sha256(Sha256::default())
    }
}

impl Counts {
    fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        match &mut self.digest {
            Digests::Sha256(digest) => digest.update(bytes),
            Digests::Quick(digest) => digest.update(bytes),
            Digests::None => {}
        }
    }
}

impl Tally {
    /// A count for one question, which never shows a hash. `several` sources are still told apart by one.
    pub(crate) fn of_question(several: bool) -> Self {
        let digest = if several {
            Digests::Quick(Box::default())
        } else {
            Digests::None
        };
        Self {
            inner: Arc::new(Mutex::new(Counts { bytes: 0, digest })),
        }
    }

    /// Counts parts of a table, and adds them to the progress. They are read only to be hashed.
    pub(crate) fn part_counter<'a>(&self, table: Bytes, progress: &'a Progress) -> PartCounter<'a> {
        let inner = Arc::clone(&self.inner);
        Box::new(move |part: Range<u64>| {
            let mut inner = inner.lock().unwrap_or_else(PoisonError::into_inner);
            let length = part.end.saturating_sub(part.start);
            match inner.digest {
                Digests::Sha256(_) | Digests::Quick(_) => inner.add(&table.read(part)?),
                Digests::None => inner.bytes += length,
            }
            progress.add(length);
            Ok(())
        })
    }

    /// The same count.
    pub(crate) fn shared(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }

    /// Whether every byte is hashed, so that all must be read in order.
    pub(crate) fn hashes(&self) -> bool {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        !matches!(inner.digest, Digests::None)
    }

    /// Counts bytes that are not hashed.
    pub(crate) fn add_length(&self, bytes: u64) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.bytes += bytes;
    }

    pub(crate) fn bytes(&self) -> u64 {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.bytes
    }

    /// The hash of the bytes as text; empty if they are not hashed.
    pub(crate) fn digest(&self) -> String {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        match &inner.digest {
            Digests::Sha256(digest) => crate::domain::text::hex(&digest.clone().finalize()),
            Digests::Quick(digest) => crate::domain::text::hex(&digest.digest128().to_be_bytes()),
            Digests::None => String::new(),
        }
    }
}

/// Counts and hashes what is read.
pub(crate) struct Counted<'a> {
    source: SendReader<'a>,
    inner: Arc<Mutex<Counts>>,
    progress: &'a Progress,
}

impl<'a> Counted<'a> {
    pub(crate) fn new(source: SendReader<'static>, tally: &Tally, progress: &'a Progress) -> Self {
        Self {
            source,
            inner: Arc::clone(&tally.inner),
            progress,
        }
    }
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.add(buffer.get(..count).unwrap_or_default());
        self.progress.add(count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
