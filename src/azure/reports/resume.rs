//! Finds the point where a download of an earlier run can resume.

use crate::domain::report::manifest::PartNote;
use crate::domain::text::hex;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// The number of bytes to keep and their checksum; `None` if the file does not match the note. For a complete file, the
/// last byte is requested again: the response shows whether the file has changed.
pub(crate) fn start(
    file: &mut File,
    note: &PartNote,
    there: u64,
) -> io::Result<Option<(u64, Sha256)>> {
    // Without a length and checksum in the note, the file cannot be verified.
    let (Some(noted), Some(sha256)) = (note.have, &note.sha256) else {
        return Ok(None);
    };
    if noted > there {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(0))?;
    let keep = noted.min(note.total.saturating_sub(1));
    let mut kept = Sha256::new();
    add(file, keep, &mut kept)?;
    let mut all = kept.clone();
    add(file, noted - keep, &mut all)?;
    Ok((hex(&all.finalize()) == *sha256).then_some((keep, kept)))
}

/// Adds bytes of a file, from its current position, to a checksum.
fn add(file: &mut File, bytes: u64, sum: &mut Sha256) -> io::Result<()> {
    let mut left = Read::by_ref(file).take(bytes);
    let mut buffer = vec![0_u8; 1 << 20];
    loop {
        let count = left.read(&mut buffer)?;
        match buffer.get(..count).filter(|read| !read.is_empty()) {
            Some(read) => sum.update(read),
            None => return Ok(()),
        }
    }
}
