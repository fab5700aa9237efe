//! Tells whether a file is the one that was read: by its size, its times, its inode and samples of its bytes, and by all of
//! its bytes where its times prove nothing.
//!
//! A program can set the time of the last change of the bytes (mtime) back, but not the time of the last change of the inode
//! (ctime), which every write moves. That holds on local file systems. Network file systems and those of other machines may
//! count it differently, so there the whole file is hashed. So is one that changed a moment ago: a second change in the same
//! tick of the clock would not show.

use super::threads;
use crate::store::checksum::sum_of;
use serde::{Deserialize, Serialize};
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::time::{Duration, SystemTime};
use xxhash_rust::xxh3::Xxh3;

/// Bytes at the start and at the end that belong to the samples.
const ENDS: u64 = 64 << 10;
/// The number of samples in between, and the size of each.
const SAMPLES: u64 = 16;
const SAMPLE: u64 = 4 << 10;
/// The coarsest clock of a local file system. A change is visible if the one before it is older.
const TICK: Duration = Duration::from_secs(2);

/// The identity of a file when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileKey {
    bytes: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
    changed: (i64, i64),
    inode: u64,
    /// The hash of the start, the end and samples in between.
    samples: String,
    /// The hash of all bytes, where the rest proves nothing.
    pub(super) whole: Option<String>,
}

impl FileKey {
    /// The key of an open file. All of it is read where its times prove nothing.
    pub fn of(file: &File, now: SystemTime) -> io::Result<Self> {
        let key = Self::without_whole(file)?;
        let whole = if key.is_proof(file, now) {
            None
        } else {
            Some(whole(file)?)
        };
        Ok(Self { whole, ..key })
    }

    fn without_whole(file: &File) -> io::Result<Self> {
        let meta = file.metadata()?;
        Ok(Self {
            bytes: meta.size(),
            modified: (meta.mtime(), meta.mtime_nsec()),
            changed: (meta.ctime(), meta.ctime_nsec()),
            inode: meta.ino(),
            samples: samples(file, meta.size())?,
            whole: None,
        })
    }

    /// Whether the size, the times and the inode are those of this metadata.
    pub fn has(&self, meta: &Metadata) -> bool {
        self.bytes == meta.size()
            && self.modified == (meta.mtime(), meta.mtime_nsec())
            && self.changed == (meta.ctime(), meta.ctime_nsec())
            && self.inode == meta.ino()
    }

    /// Whether an open file is still the one of this key. All of it is read if that was needed for the key, or is now.
    pub fn holds(&self, file: &File, now: SystemTime) -> io::Result<bool> {
        let found = Self::without_whole(file)?;
        let same = Self {
            whole: None,
            ..self.clone()
        };
        if found != same {
            return Ok(false);
        }
        if self.whole.is_none() && found.is_proof(file, now) {
            return Ok(true);
        }
        Ok(self.whole.as_ref() == Some(&whole(file)?))
    }

    /// Whether each later change of the file would show in its times.
    pub(super) fn is_proof(&self, file: &File, now: SystemTime) -> bool {
        is_settled(self.changed, now) && counts_changes(file)
    }
}

/// Whether a time is so long ago that a later change has another one. A time in the future proves nothing.
fn is_settled((seconds, nanoseconds): (i64, i64), now: SystemTime) -> bool {
    let (Ok(seconds), Ok(nanoseconds)) = (u64::try_from(seconds), u32::try_from(nanoseconds))
    else {
        return false;
    };
    let changed = SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds, nanoseconds));
    changed
        .and_then(|changed| now.duration_since(changed).ok())
        .is_some_and(|age| age > TICK)
}

/// Whether the file system is a local one that moves the time of the inode with every write. Any other is not trusted.
#[cfg(target_os = "linux")]
fn counts_changes(file: &File) -> bool {
    rustix::fs::fstatfs(file).is_ok_and(|system| LOCAL.contains(&system.f_type))
}

#[cfg(not(target_os = "linux"))]
fn counts_changes(_: &File) -> bool {
    false
}

/// ext2 to ext4, XFS, Btrfs, F2FS, bcachefs, ZFS, tmpfs, and overlays of these.
#[cfg(target_os = "linux")]
const LOCAL: [i64; 8] = [
    0xef53,
    0x5846_5342,
    0x9123_683e,
    0xf2f5_2010,
    0xca45_1a4e,
    0x2fc1_2fc1,
    0x0102_1994,
    0x794c_7630,
];

fn whole(file: &File) -> io::Result<String> {
    Ok(sum_of(file, threads())?.sum)
}

/// The hash of the start, of the end, and of samples at equal distances in between.
fn samples(file: &File, bytes: u64) -> io::Result<String> {
    let mut hash = Xxh3::new();
    let mut buffer = Vec::new();
    let mut add = |from: u64, length: u64| -> io::Result<()> {
        let length = length.min(bytes.saturating_sub(from));
        buffer.resize(usize::try_from(length).map_err(io::Error::other)?, 0);
        file.read_exact_at(&mut buffer, from)?;
        hash.update(&buffer);
        Ok(())
    };
    add(0, ENDS)?;
    add(bytes.saturating_sub(ENDS), ENDS)?;
    for number in 1..=SAMPLES {
        let part = bytes / (SAMPLES + 1);
        add(part * number, SAMPLE)?;
    }
    Ok(format!("{:032x}", hash.digest128()))
}

#[cfg(test)]
mod tests {
    use super::{FileKey, is_settled};
    use std::fs::File;
    use std::io::Write;
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_time_proves_something_after_a_while() {
        let second = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        assert!(is_settled((100, 5), second(103)));
        assert!(!is_settled((100, 5), second(102)));
        assert!(
            !is_settled((100, 5), second(99)),
            "a clock that was set back"
        );
        assert!(!is_settled((-1, 5), second(99)));
    }

    #[test]
    fn every_change_shows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("costs.csv");
        let text: Vec<u8> = (0..1_000_000_u32)
            .map(|at| u8::try_from(at % 251).unwrap())
            .collect();
        std::fs::write(&path, &text).unwrap();
        let written = File::open(&path)
            .unwrap()
            .metadata()
            .unwrap()
            .modified()
            .unwrap();
        let later = SystemTime::now() + Duration::from_secs(60);
        let soon = written;
        let open = || File::open(&path).unwrap();
        let (old, young) = (
            FileKey::of(&open(), later).unwrap(),
            FileKey::of(&open(), soon).unwrap(),
        );
        assert!(young.whole.is_some(), "all of it is read");
        for key in [&old, &young] {
            assert!(key.holds(&open(), later).unwrap());
            assert!(key.has(&open().metadata().unwrap()));
        }
        // One byte, the same size, and the time set back.
        let mut other = text.clone();
        other[300_001] ^= 1;
        let mut file = File::options().write(true).open(&path).unwrap();
        file.write_all(&other).unwrap();
        file.set_modified(written).unwrap();
        for key in [&old, &young] {
            assert!(!key.holds(&open(), later).unwrap());
        }
        // Without a changed time, the hash of all bytes finds it.
        let now = FileKey::of(&open(), later).unwrap();
        let hidden = FileKey {
            whole: young.whole.clone(),
            samples: now.samples.clone(),
            ..now
        };
        assert!(!hidden.holds(&open(), later).unwrap());
    }

    #[test]
    fn small_and_empty_files_have_keys() {
        let folder = tempfile::tempdir().unwrap();
        for size in [0_usize, 1, 17, 4_096, 70_000] {
            let path = folder.path().join(size.to_string());
            std::fs::write(&path, vec![7; size]).unwrap();
            let file = File::open(&path).unwrap();
            let key = FileKey::of(&file, SystemTime::now()).unwrap();
            assert!(key.holds(&file, SystemTime::now()).unwrap(), "{size}");
        }
    }
}
