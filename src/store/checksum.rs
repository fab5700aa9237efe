//! Computes the checksum of a stored file from the checksums of its blocks, so that several threads can share the work.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::{io, thread};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// The size of a block in bytes.
const PIECE: u64 = 1 << 20;

/// The size and the checksum of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSum {
    pub bytes: u64,
    /// 128 bits in hexadecimal.
    pub sum: String,
}

/// Computes the checksum over every byte of a file.
pub fn sum_of(file: &File, threads: usize) -> io::Result<FileSum> {
    let bytes = file.metadata()?.len();
    let pieces = bytes.div_ceil(PIECE);
    let threads = u64::try_from(threads).unwrap_or(1).clamp(1, pieces.max(1));
    let share = pieces.div_ceil(threads).max(1);
    let of_share = |number: u64| -> io::Result<Vec<u8>> {
        let mut sums = Vec::new();
        let mut buffer = Vec::new();
        for piece in (number * share)..pieces.min((number + 1) * share) {
            let at = piece * PIECE;
            let size = usize::try_from(PIECE.min(bytes - at)).map_err(io::Error::other)?;
            buffer.resize(size, 0);
            file.read_exact_at(&mut buffer, at)?;
            sums.extend_from_slice(&xxh3_64(&buffer).to_le_bytes());
        }
        Ok(sums)
    };
    let sums = thread::scope(|scope| {
        let of_share = &of_share;
        let start = |number| thread::Builder::new().spawn_scoped(scope, move || of_share(number));
        let others: Vec<_> = (1..threads).map(|number| (number, start(number))).collect();
        let mut sums = of_share(0)?;
        for (number, other) in others {
            let ended = |_| Err(io::Error::other("a thread ended unexpectedly"));
            sums.extend(match other {
                Ok(other) => other.join().unwrap_or_else(ended)?,
                // The system allows no further thread.
                Err(_) => of_share(number)?,
            });
        }
        io::Result::Ok(sums)
    })?;
    Ok(FileSum {
        bytes,
        sum: format!("{:032x}", xxh3_128(&sums)),
    })
}

/// The last bytes of a Parquet file.
const PARQUET_END: [u8; 4] = *b"PAR1";

/// The checksum of a Parquet file's footer, whose length is in the last eight bytes.
pub fn footer_sum(file: &File) -> io::Result<String> {
    let bytes = file.metadata()?.len();
    let short = || io::Error::other("the file is too short for a Parquet file");
    let mut tail = [0_u8; 8];
    file.read_exact_at(&mut tail, bytes.checked_sub(8).ok_or_else(short)?)?;
    let [a, b, c, d, end @ ..] = tail;
    if end != PARQUET_END {
        let problem = "the file does not end as Parquet files do";
        return Err(io::Error::other(problem));
    }
    let length = u64::from(u32::from_le_bytes([a, b, c, d])) + 8;
    let start = bytes.checked_sub(length).ok_or_else(short)?;
    let mut footer = vec![0_u8; usize::try_from(length).map_err(io::Error::other)?];
    file.read_exact_at(&mut footer, start)?;
    Ok(sum_of_text(&footer))
}

/// The checksum of a small text.
pub fn sum_of_text(text: &[u8]) -> String {
    format!("{:032x}", xxh3_128(text))
}
