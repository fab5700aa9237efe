//! Reads one open file from several places at once. The open file stays the same, even if its name is reused or
//! removed.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// The first bytes of a reader, at most so many.
pub(crate) fn start_of(reader: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    reader.take(most).read_to_end(&mut start)?;
    Ok(start)
}

/// A reader with its own position.
#[derive(Clone)]
pub(crate) struct SharedFile {
    file: Arc<File>,
    at: u64,
}

impl SharedFile {
    /// Starts at the beginning.
    pub(crate) fn new(file: &Arc<File>) -> Self {
        Self {
            file: Arc::clone(file),
            at: 0,
        }
    }

    /// Starts at an offset.
    pub(crate) fn from(file: &Arc<File>, at: u64) -> Self {
        Self {
            at,
            ..Self::new(file)
        }
    }
}

impl Read for SharedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for SharedFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let from = |base: u64, by: i64| {
            base.checked_add_signed(by)
                .ok_or_else(|| io::Error::other("cannot seek before the start of the file"))
        };
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(by) => from(self.file.metadata()?.len(), by)?,
            SeekFrom::Current(by) => from(self.at, by)?,
        };
        Ok(self.at)
    }
}
