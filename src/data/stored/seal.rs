//! A checksum of the bytes of a table, made while they are written: what is known of its rows holds as long as they are
//! the same.

use super::file::Bytes;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use xxhash_rust::xxh3::Xxh3;

/// So much is read at once.
const PIECE: u64 = 4 << 20;

/// The checksum of the first bytes of a file: all row groups, without the description behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seal {
    bytes: u64,
    hash: u64,
}

#[derive(Default)]
struct Running {
    bytes: u64,
    hash: Xxh3,
}

impl Running {
    fn add(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        self.hash.update(piece);
    }

    fn seal(&self) -> Seal {
        Seal {
            bytes: self.bytes,
            hash: self.hash.digest(),
        }
    }
}

impl Seal {
    /// Whether the bytes are those that were sealed.
    pub(crate) fn holds(&self, bytes: &Bytes) -> io::Result<bool> {
        let mut running = Running::default();
        if bytes.len() < self.bytes {
            return Ok(false);
        }
        while running.bytes < self.bytes {
            let end = self.bytes.min(running.bytes + PIECE);
            let piece = bytes.read(running.bytes..end)?;
            running.add(&piece);
        }
        Ok(running.seal() == *self)
    }
}

/// Writes, and seals what is written.
pub(crate) struct Sealing<W> {
    inner: W,
    running: Arc<Mutex<Running>>,
}

/// Tells the seal of what was written so far.
pub(crate) struct Sealer(Arc<Mutex<Running>>);

impl Sealer {
    pub(crate) fn seal(&self) -> Seal {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).seal()
    }
}

impl<W: Write> Sealing<W> {
    pub(crate) fn new(inner: W) -> (Self, Sealer) {
        let running = Arc::new(Mutex::new(Running::default()));
        let sealer = Sealer(Arc::clone(&running));
        (Self { inner, running }, sealer)
    }

    pub(crate) fn into_inner(self) -> W {
        self.inner
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.add(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
