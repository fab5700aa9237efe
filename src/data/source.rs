//! What a source is made of: a CSV file as it is, or gzipped, told apart by content and not by name.
//!
//! Azure's exports write `.csv` and `.csv.gz`. Packed data is checked to its end (RFC 1952: a checksum and a length), so
//! that a file that was cut off is refused.

use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

const GZIP: &[u8] = b"\x1f\x8b";

/// The text of a file, unpacked where it is packed.
pub(super) fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = File::open(path)?;
    let mut start = Vec::new();
    Read::by_ref(&mut file)
        .take(GZIP.len() as u64)
        .read_to_end(&mut start)?;
    file.rewind()?;
    if start == GZIP {
        return Ok(Box::new(unzipped(file)));
    }
    Ok(Box::new(file))
}

/// The text in gzip data, whatever number of members it was written in.
fn unzipped(source: impl Read) -> impl Read {
    Packed {
        inner: MultiGzDecoder::new(BufReader::with_capacity(1 << 17, source)),
    }
}

/// A reader whose errors say that it is the packing which is broken.
struct Packed<R> {
    inner: R,
}

impl<R: Read> Read for Packed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer).map_err(|error| {
            let words = match error.kind() {
                io::ErrorKind::Interrupted => return error,
                io::ErrorKind::UnexpectedEof => {
                    "the packed data is cut off: download it again".to_owned()
                }
                _ => format!("the packed data is damaged ({error}): download it again"),
            };
            io::Error::new(error.kind(), words)
        })
    }
}
