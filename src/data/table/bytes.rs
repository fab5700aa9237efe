//! The bytes of a table: in memory, a file, or the start of one.

use polars_buffer::Buffer;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// The bytes of a table.
#[derive(Clone)]
pub(crate) enum Bytes {
    Memory(Buffer<u8>),
    File(Arc<File>),
    /// The first bytes of a file, and their number.
    Start(Arc<File>, u64),
}

impl Bytes {
    pub(crate) fn read(&self, range: Range<u64>) -> io::Result<Buffer<u8>> {
        let size = |at: u64| usize::try_from(at).map_err(io::Error::other);
        match self {
            Self::Memory(bytes) => {
                let range = size(range.start)?..size(range.end)?;
                if range.start > range.end || range.end > bytes.len() {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                Ok(bytes.clone().sliced(range))
            }
            Self::File(file) | Self::Start(file, _) => {
                if range.end > self.len() {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                let mut bytes = vec![0; size(range.end.saturating_sub(range.start))?];
                file.read_exact_at(&mut bytes, range.start)?;
                Ok(bytes.into())
            }
        }
    }

    /// Its first bytes; `None` if it has fewer.
    pub(crate) fn start(&self, length: u64) -> Option<Self> {
        if length > self.len() {
            return None;
        }
        Some(match self {
            Self::Memory(bytes) => {
                Self::Memory(bytes.clone().sliced(0..usize::try_from(length).ok()?))
            }
            Self::File(file) | Self::Start(file, _) => Self::Start(Arc::clone(file), length),
        })
    }

    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File(file) => file.metadata().map_or(0, |meta| meta.len()),
            Self::Start(file, length) => file.metadata().map_or(0, |meta| meta.len().min(*length)),
        }
    }
}
