//! Computes checksums of a table's bytes while they are written. Facts known about its rows stay valid as long as the
//! bytes do not change.

use super::bytes::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// Bytes read at once.
const PIECE: u64 = 4 << 20;

/// The checksum of the first bytes of a file: all row groups, without the footer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TableChecksum {
    bytes: u64,
    hash: u64,
}

/// The checksum of one column of one row group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) start: u64,
    pub(crate) bytes: u32,
    hash: u64,
}

impl Segment {
    /// Whether the bytes match the checksum.
    pub(crate) fn holds(&self, bytes: &[u8]) -> bool {
        xxh3_64(bytes) == self.hash
    }
}

/// The checksums of all columns of all row groups, as a table keeps them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Segments(Vec<Segment>);

impl Segments {
    /// The segment that contains a byte range of the file.
    pub(crate) fn around(&self, from: u64, to: u64) -> Option<&Segment> {
        let behind = self.0.partition_point(|segment| segment.start <= from);
        let segment = self.0.get(behind.checked_sub(1)?)?;
        (to <= segment.start + u64::from(segment.bytes)).then_some(segment)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Encodes the start, size and checksum of each segment as text.
    pub(crate) fn to_text(&self) -> String {
        let mut raw = Vec::with_capacity(self.0.len() * 20);
        for segment in &self.0 {
            raw.extend_from_slice(&segment.start.to_le_bytes());
            raw.extend_from_slice(&segment.bytes.to_le_bytes());
            raw.extend_from_slice(&segment.hash.to_le_bytes());
        }
        STANDARD.encode(raw)
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        let raw = STANDARD.decode(text).ok()?;
        let (all, rest) = raw.as_chunks::<20>();
        let number = |bytes: &[u8]| {
            let bytes = bytes.iter().rev();
            bytes.fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
        };
        let segments = all.iter().map(|one| {
            let (start, rest) = one.split_at(8);
            let (bytes, hash) = rest.split_at(4);
            Some(Segment {
                start: number(start),
                bytes: u32::try_from(number(bytes)).ok()?,
                hash: number(hash),
            })
        });
        rest.is_empty()
            .then(|| segments.collect::<Option<_>>().map(Self))?
    }
}

#[derive(Default)]
struct RunningHash {
    bytes: u64,
    hash: Xxh3,
    /// The start of the current segment, and its checksum.
    start: u64,
    segment: Xxh3,
    segments: Vec<Segment>,
    /// The last error of the target.
    problem: Option<io::Error>,
}

impl RunningHash {
    fn add(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        self.hash.update(piece);
        self.segment.update(piece);
    }

    /// Ends the current segment; a segment that is empty or too large for a column is dropped.
    fn cut(&mut self, keep: bool) {
        let bytes = u32::try_from(self.bytes - self.start).unwrap_or_default();
        if keep && bytes > 0 {
            self.segments.push(Segment {
                start: self.start,
                bytes,
                hash: self.segment.digest(),
            });
        }
        self.start = self.bytes;
        self.segment.reset();
    }

    fn seal(&self) -> TableChecksum {
        TableChecksum {
            bytes: self.bytes,
            hash: self.hash.digest(),
        }
    }
}

impl TableChecksum {
    /// The number of bytes that it is of.
    pub(crate) fn length(&self) -> u64 {
        self.bytes
    }

    /// The checksum as text.
    pub(crate) fn text(&self) -> String {
        format!("{:016x}", self.hash)
    }

    /// Whether the bytes match the checksum.
    pub(crate) fn holds(&self, bytes: &Bytes) -> io::Result<bool> {
        let mut running = RunningHash::default();
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

/// A writer that computes checksums.
pub(crate) struct Sealing<W> {
    inner: W,
    running: Arc<Mutex<RunningHash>>,
}

/// Gives access to the checksums of the bytes written so far.
pub(crate) struct Sealer(Arc<Mutex<RunningHash>>);

impl Sealer {
    fn cut(&self, keep: bool) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .cut(keep);
    }

    /// Marks the start of the first column of a row group.
    pub(crate) fn begin(&self) {
        self.cut(false);
    }

    /// Marks the end of a column.
    pub(crate) fn end_column(&self) {
        self.cut(true);
    }

    /// The checksums of the columns so far.
    pub(crate) fn segments(&self) -> Segments {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Segments(running.segments.clone())
    }

    pub(crate) fn seal(&self) -> TableChecksum {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).seal()
    }

    /// Takes the error of the target, if writing to it failed: the Parquet writer passes on only its text.
    pub(crate) fn problem(&self) -> Option<io::Error> {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.problem.take()
    }
}

impl<W: Write> Sealing<W> {
    pub(crate) fn new(inner: W) -> (Self, Sealer) {
        let running = Arc::new(Mutex::new(RunningHash::default()));
        let sealer = Sealer(Arc::clone(&running));
        (Self { inner, running }, sealer)
    }

    pub(crate) fn into_inner(self) -> W {
        self.inner
    }

    /// Keeps an error for the sealer, and returns one with the same text.
    fn kept(&self, error: io::Error) -> io::Error {
        let same = io::Error::new(error.kind(), error.to_string());
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.problem = Some(error);
        same
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes).map_err(|error| self.kept(error))?;
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.add(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush().map_err(|error| self.kept(error))
    }
}
