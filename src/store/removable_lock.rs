//! Locks whose files whoever holds them may remove.
//!
//! The lock of a file that was removed protects nothing: another process makes a new file of the same name and locks that. So
//! the file that is locked must be the one that the folder has, and else the new one is tried. Only the holder removes it.

use super::error::{StoreError, at};
use super::folder::Folder;
use super::lock::Lock;
use std::thread;
use std::time::Duration;

/// How often a lock is tried that another process may hold only to test it, and the pause in between.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(10);

/// Takes the lock of a file, and creates it if needed. `None` if another process holds it, or removes it each time.
pub(super) fn try_lock(folder: &Folder, name: &str) -> Result<Option<Lock>, StoreError> {
    let mut tries = 0;
    loop {
        match folder.try_lock(name)? {
            // It may have been removed between the opening and the lock.
            Some(lock) if is_named(&lock, folder, name)? => return Ok(Some(lock)),
            Some(_) | None => {
                tries += 1;
                if tries >= TRIES {
                    return Ok(None);
                }
                // A process that only tests the lock releases it at once.
                thread::sleep(PAUSE);
            }
        }
    }
}

/// Whether the locked file is the one that the folder has under this name.
fn is_named(lock: &Lock, folder: &Folder, name: &str) -> Result<bool, StoreError> {
    match folder.open(name)? {
        Some(file) => lock.is_of(&file).map_err(at(&folder.item(name))),
        None => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use crate::store::folder::Folder;
    use crate::store::lock::Lock;
    use crate::store::removable_lock::{is_named, try_lock};
    use tempfile::TempDir;

    #[test]
    fn the_lock_of_a_removed_file_is_not_taken_for_the_lock_of_its_name() {
        let folder = TempDir::new().unwrap();
        let root = Folder::private(folder.path()).unwrap();
        let first = try_lock(&root, "a.lock").unwrap().unwrap();
        assert!(try_lock(&root, "a.lock").unwrap().is_none());
        // Another process has opened the file before it is removed.
        let late = root.lock_file("a.lock").unwrap();
        root.remove_file("a.lock").unwrap();
        drop(first);
        late.try_lock().unwrap();
        let late = Lock::held(late);
        assert!(!is_named(&late, &root, "a.lock").unwrap());
        let second = try_lock(&root, "a.lock").unwrap().unwrap();
        assert!(
            is_named(&second, &root, "a.lock").unwrap()
                && !is_named(&late, &root, "a.lock").unwrap()
        );
    }
}
