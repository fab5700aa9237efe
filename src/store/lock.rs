//! The lock of a file of the data folder.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;

/// Holds the lock of a file until it is dropped.
///
/// A child process has a copy of each open file until its own program starts, and a copy keeps a lock that is only closed.
/// So the lock is released by name.
#[derive(Debug)]
pub struct Lock(File);

impl Lock {
    /// Keeps the lock that this file holds. Where there are no locks, it holds none.
    pub(super) fn held(file: File) -> Self {
        Self(file)
    }

    /// Whether this is the lock of that open file, and not of another one that had the same name.
    pub(super) fn is_of(&self, file: &File) -> io::Result<bool> {
        let (ours, theirs) = (self.0.metadata()?, file.metadata()?);
        Ok((ours.dev(), ours.ino()) == (theirs.dev(), theirs.ino()))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use crate::store::lock::Lock;
    use std::fs::File;
    use tempfile::NamedTempFile;

    #[test]
    fn a_dropped_lock_is_free_while_a_copy_of_its_file_is_open() {
        let file = NamedTempFile::new().unwrap();
        let first = File::open(file.path()).unwrap();
        let copy = first.try_clone().unwrap();
        first.try_lock().unwrap();
        let held = Lock::held(first);
        let second = File::open(file.path()).unwrap();
        assert!(second.try_lock().is_err());
        drop(held);
        second.try_lock().unwrap();
        drop(copy);
    }
}
