//! Converted copies of files that were opened, so that the next command need not convert them again.
//!
//! An entry is a folder with the tables of one file and the record of what they were made from. It is filled under another
//! name and gets its own by one rename; it loses it by one rename before it is removed. So an entry is whole or gone, and no
//! lock has to be held to read one. Tables that are open stay readable after they were removed.

pub mod copies;
mod entries;
pub mod eviction;
pub mod file_key;
pub mod limits;
mod record;

use super::error::StoreError;
use super::files;
use super::folder::Folder;
use std::path::{Path, PathBuf};

/// The folder of the entries in the data folder.
const FOLDER: &str = "cache";

/// The cache of a data folder. Nothing is opened or created before it is needed.
#[derive(Debug, Clone)]
pub struct Cache {
    data_dir: PathBuf,
    /// The free bytes and the size of the disk of a folder.
    space: fn(&Path) -> Option<(u64, u64)>,
}

impl Cache {
    pub fn new(data_dir: &Path) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
            space: files::space,
        }
    }

    /// The same cache on a disk that has this much room.
    #[must_use]
    pub fn on_disk(self, space: fn(&Path) -> Option<(u64, u64)>) -> Self {
        Self { space, ..self }
    }

    /// Its folder, made if needed.
    fn made(&self) -> Result<Folder, StoreError> {
        Folder::private(&self.data_dir)?.child(FOLDER)
    }

    /// The path of its folder, whether or not that exists.
    pub fn path(&self) -> PathBuf {
        self.data_dir.join(FOLDER)
    }

    fn folder(&self) -> Result<Option<Folder>, StoreError> {
        match Folder::found(&self.data_dir)? {
            Some(data) => data.existing(FOLDER),
            None => Ok(None),
        }
    }
}

/// Threads that compute checksums.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
