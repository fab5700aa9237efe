//! Finds the copy of a file, and keeps a new one.

use super::entries::{drop_entry, touch, unfinished};
use super::file_key::FileKey;
use super::limits::Limits;
use super::record::{CacheRecord, Table};
use super::{Cache, threads};
use crate::domain::text::hex;
use crate::store::checksum::sum_of;
use crate::store::error::{StoreError, at};
use crate::store::folder::Folder;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::SystemTime;

/// How often an entry is read or put in its place: another process may replace it at the same time.
const TRIES: usize = 3;

/// The free bytes that are enough on a disk of any size.
const ENOUGH: u64 = 5 << 30;

/// The subject of an entry: one file, or one member of an archive, read by certain rules.
#[derive(Debug, Clone, Copy)]
pub struct CacheSubject<'a> {
    /// The absolute path of the file.
    pub path: &'a Path,
    /// The member, if the file is an archive.
    pub member: &'a str,
    /// The options that change what is read.
    pub options: &'a str,
    /// The version of the rules for reading.
    pub rules: &'a str,
}

impl CacheSubject<'_> {
    /// The name of its folder. Other rules and other contents have the same one: they take its place.
    fn address(&self) -> String {
        let mut hash = Sha256::new();
        let parts = [self.path.as_os_str().as_bytes(), self.member.as_bytes()];
        for part in parts.into_iter().chain([self.options.as_bytes()]) {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hex(&hash.finalize())
    }
}

/// Writes a table into a file.
pub type WriteTable<'a> = Box<dyn Fn(&File) -> io::Result<()> + 'a>;

/// A table to keep.
pub struct NewTable<'a> {
    pub bytes: u64,
    /// The facts that the table itself does not hold.
    pub facts: serde_json::Value,
    pub write: WriteTable<'a>,
}

/// The copy of one file.
pub struct NewCopy<'a> {
    pub key: FileKey,
    /// The name that the file was given by.
    pub name: String,
    pub rows: u64,
    pub tables: Vec<NewTable<'a>>,
}

/// The copy that was found: every byte of it is as it was written.
pub struct Copy {
    /// The name that the file was given by.
    pub name: String,
    pub rows: u64,
    /// Tables with what is known about them.
    pub tables: Vec<(File, serde_json::Value)>,
}

impl Cache {
    /// The copy of a file that has not changed since. A damaged copy is an error.
    pub fn find(
        &self,
        wanted: &CacheSubject<'_>,
        file: &File,
        now: SystemTime,
    ) -> Result<Option<Copy>, StoreError> {
        let address = wanted.address();
        let Some(cache) = self.folder()? else {
            return Ok(None);
        };
        for _ in 0..TRIES {
            let Some(entry) = cache.existing(&address)? else {
                return Ok(None);
            };
            match opened(&entry, wanted, file, now) {
                Err(error) if is_still(&cache, &address, &entry) => return Err(error),
                // Another process replaced or removed it while it was read.
                Err(_) => {}
                found => return found,
            }
        }
        Ok(None)
    }

    /// Whether there is a copy of a file that has not changed since. Its tables are not read.
    pub fn has(
        &self,
        wanted: &CacheSubject<'_>,
        file: &File,
        now: SystemTime,
    ) -> Result<bool, StoreError> {
        let Some(cache) = self.folder()? else {
            return Ok(false);
        };
        let Some(entry) = cache.existing(&wanted.address())? else {
            return Ok(false);
        };
        let record = CacheRecord::read(&entry)?;
        Ok(record.rules == wanted.rules && record.key.holds(file, now).map_err(at(wanted.path))?)
    }

    /// Keeps the copy of a file, in place of an older one, and drops what exceeds the limits. Returns whether it was kept:
    /// one that is too large, or that would fill the disk, is not.
    pub fn keep(
        &self,
        wanted: &CacheSubject<'_>,
        copy: &NewCopy<'_>,
        limits: &Limits,
        now: SystemTime,
    ) -> Result<bool, StoreError> {
        let bytes: u64 = copy.tables.iter().map(|table| table.bytes).sum();
        if bytes > limits.bytes {
            return Ok(false);
        }
        let cache = self.made()?;
        if !self.has_room(&cache, bytes) {
            return Ok(false);
        }
        let (name, entry, lock) = unfinished(&cache)?;
        let address = wanted.address();
        let kept =
            fill(&entry, wanted, copy, now).and_then(|()| publish(&cache, (&name, &address)));
        if kept.is_err() {
            // An incomplete entry is useless.
            let _ = cache.remove(&name);
        }
        drop(lock);
        kept?;
        self.drop_excess(limits, now)?;
        Ok(true)
    }

    /// Whether a tenth of the disk stays free beside these bytes, or what is enough on any disk.
    fn has_room(&self, cache: &Folder, bytes: u64) -> bool {
        let space = (self.space)(cache.path());
        space.is_none_or(|(free, size)| free >= bytes.saturating_add(ENOUGH.min(size / 10)))
    }
}

/// The file name of a table.
fn table_name(number: usize) -> String {
    format!("{number}.parquet")
}

/// Opens the tables of an entry if it was made from this file by these rules.
fn opened(
    entry: &Folder,
    wanted: &CacheSubject<'_>,
    file: &File,
    now: SystemTime,
) -> Result<Option<Copy>, StoreError> {
    let damaged = |problem: String| StoreError::Damaged {
        path: entry.path().to_owned(),
        problem,
    };
    let record = CacheRecord::read(entry)?;
    let failed = at(wanted.path);
    if record.rules != wanted.rules || !record.key.holds(file, now).map_err(failed)? {
        return Ok(None);
    }
    let mut tables = Vec::with_capacity(record.tables.len());
    for (number, table) in record.tables.iter().enumerate() {
        let name = table_name(number);
        let open = entry.open(&name)?;
        let open = open.ok_or_else(|| damaged(format!("{name} is missing")))?;
        let size = open.metadata().map_err(at(&entry.item(&name)))?.len();
        let sum = || sum_of(&open, threads()).map_err(at(&entry.item(&name)));
        if size != table.bytes || sum()?.sum != table.sum {
            return Err(damaged(format!("{name} is not as it was written")));
        }
        tables.push((open, table.facts.clone()));
    }
    touch(entry, now);
    if record.key.whole.is_some() && record.key.is_proof(file, now) {
        // From now on, its times are enough.
        let _ = record.without_whole().replace_in(entry, now);
    }
    Ok(Some(Copy {
        name: record.name,
        rows: record.rows,
        tables,
    }))
}

/// Writes the tables and then the record. Nothing is synced: what a power failure leaves is compared with its checksum.
fn fill(
    entry: &Folder,
    wanted: &CacheSubject<'_>,
    copy: &NewCopy<'_>,
    now: SystemTime,
) -> Result<(), StoreError> {
    let mut tables = Vec::with_capacity(copy.tables.len());
    for (number, table) in copy.tables.iter().enumerate() {
        let name = table_name(number);
        let failed = |error| at(&entry.item(&name))(error);
        (table.write)(&entry.append(&name)?).map_err(failed)?;
        let written = entry.open(&name)?.ok_or_else(|| StoreError::Io {
            path: entry.item(&name),
            source: io::ErrorKind::NotFound.into(),
        })?;
        let sum = sum_of(&written, threads()).map_err(failed)?;
        tables.push(Table {
            bytes: sum.bytes,
            sum: sum.sum,
            facts: table.facts.clone(),
        });
    }
    let record = CacheRecord {
        rules: wanted.rules.to_owned(),
        source: wanted.path.display().to_string(),
        member: wanted.member.to_owned(),
        name: copy.name.clone(),
        key: copy.key.clone(),
        rows: copy.rows,
        converted_at: DateTime::<Utc>::from(now),
        tables,
    };
    record.write(entry, now)
}

/// Whether this entry still has its place.
fn is_still(cache: &Folder, address: &str, entry: &Folder) -> bool {
    let inode = |folder: &Folder| Some(folder.as_file().ok()?.metadata().ok()?.ino());
    let there = cache.existing(address).ok().flatten();
    there.is_some_and(|there| inode(&there) == inode(entry))
}

/// Gives a complete entry its own name, in place of an older one. If others fill the place again and again, theirs is as
/// good, and this one is removed.
fn publish(cache: &Folder, (name, address): (&str, &str)) -> Result<(), StoreError> {
    for _ in 0..TRIES {
        match cache.rename(name, cache, address) {
            Err(StoreError::Io { source, .. }) if is_taken(&source) => {
                drop_entry(cache, address)?;
            }
            renamed => return renamed,
        }
    }
    cache.remove(name)
}

/// Whether a rename failed because there is something in its place.
fn is_taken(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::DirectoryNotEmpty
            | io::ErrorKind::AlreadyExists
            | io::ErrorKind::NotADirectory
    )
}
