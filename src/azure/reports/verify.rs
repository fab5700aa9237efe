//! Reads a downloaded file back and compares it with what was received and announced.

use super::watch::{BlobError, damaged, local};
use crate::domain::text::{counted, hex};
use md5::Md5;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Compares the file on disk, and returns its SHA-256.
pub(super) fn verify(
    mut file: File,
    have: u64,
    announced: Option<Vec<u8>>,
    path: &Path,
) -> Result<String, BlobError> {
    file.sync_all().map_err(local(path))?;
    file.seek(SeekFrom::Start(0)).map_err(local(path))?;
    let (mut md5, mut sha256, mut bytes) = (Md5::new(), Sha256::new(), 0_u64);
    let mut buffer = vec![0_u8; 1 << 20];
    loop {
        let count = file.read(&mut buffer).map_err(local(path))?;
        let Some(read) = buffer.get(..count).filter(|read| !read.is_empty()) else {
            break;
        };
        md5.update(read);
        sha256.update(read);
        bytes += count as u64;
    }
    if bytes == 0 {
        let problem = "the downloaded file is empty, without even a header";
        return Err(damaged(problem.to_owned()));
    }
    if bytes != have {
        return Err(damaged(format!(
            "{} on disk but {have} received",
            counted(bytes, "byte")
        )));
    }
    if announced.is_some_and(|announced| announced != md5.finalize().to_vec()) {
        let problem =
            "the downloaded file does not have the checksum the server announced (Content-MD5)";
        return Err(damaged(problem.to_owned()));
    }
    Ok(hex(&sha256.finalize()))
}
