//! Lists the entries of the cache and drops those that are too old or too many.

use super::Cache;
use super::entries::{GONE, NEW, RECORD, drop_entry, is_entry};
use super::limits::Limits;
use super::record::CacheRecord;
use crate::store::error::StoreError;
use crate::store::folder::{Folder, ItemKind};
use crate::store::leftovers::abandoned::is_abandoned_folder;
use chrono::{DateTime, Utc};
use std::fs::File;
use std::time::SystemTime;

/// An entry in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedCopy {
    /// The path of the file, or of its archive.
    pub source: String,
    /// The member of the archive.
    pub member: Option<String>,
    pub rows: u64,
    /// The size of the tables.
    pub bytes: u64,
    pub converted_at: DateTime<Utc>,
    pub used_at: DateTime<Utc>,
}

/// How much was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removed {
    pub entries: u64,
    pub bytes: u64,
}

/// An entry by its name, its size and when it was last used; `None` if it has no record.
struct Aged {
    name: String,
    bytes: u64,
    used: Option<SystemTime>,
}

impl Cache {
    /// The entries, the one used last first, and errors of damaged ones.
    pub fn list(&self) -> Result<(Vec<ListedCopy>, Vec<StoreError>), StoreError> {
        let (mut all, mut damaged) = (Vec::new(), Vec::new());
        let Some(cache) = self.folder()? else {
            return Ok((all, damaged));
        };
        for aged in entries(&cache)? {
            let Some(entry) = cache.existing(&aged.name)? else {
                continue;
            };
            match CacheRecord::read(&entry) {
                Ok(record) => all.push(ListedCopy {
                    source: record.source,
                    member: member_name(&record.member),
                    rows: record.rows,
                    bytes: aged.bytes,
                    converted_at: record.converted_at,
                    used_at: aged.used.map_or(record.converted_at, Into::into),
                }),
                Err(error) if error.is_shortage() => return Err(error),
                // Another process removed it meanwhile.
                Err(_) if cache.kind(&aged.name).is_none() => {}
                Err(error) => damaged.push(error),
            }
        }
        all.sort_by(|a, b| b.used_at.cmp(&a.used_at).then(a.source.cmp(&b.source)));
        Ok((all, damaged))
    }

    /// Removes all entries. Those that other processes are filling stay.
    pub fn clear(&self, now: SystemTime) -> Result<Removed, StoreError> {
        let mut removed = Removed::default();
        let Some(cache) = self.folder()? else {
            return Ok(removed);
        };
        remove_leftovers(&cache, now);
        for aged in entries(&cache)? {
            if drop_entry(&cache, &aged.name)? {
                removed.entries += 1;
                removed.bytes += aged.bytes;
            }
        }
        Ok(removed)
    }

    /// Removes what killed runs left, and entries beyond the limits.
    pub fn tidy(&self, limits: &Limits, now: SystemTime) -> Result<(), StoreError> {
        if let Some(cache) = self.folder()? {
            remove_leftovers(&cache, now);
        }
        self.drop_excess(limits, now)
    }

    /// Drops entries that were not used for too long, then the least recently used ones until the rest fits.
    pub(super) fn drop_excess(&self, limits: &Limits, now: SystemTime) -> Result<(), StoreError> {
        let Some(cache) = self.folder()? else {
            return Ok(());
        };
        let is_old = |used: SystemTime| {
            now.duration_since(used)
                .is_ok_and(|unused| unused > limits.age)
        };
        let mut all = entries(&cache)?;
        all.sort_by_key(|aged| std::cmp::Reverse(aged.used));
        let mut total = 0_u64;
        for aged in all {
            let with_it = total.saturating_add(aged.bytes);
            if aged.used.is_none_or(is_old) || with_it > limits.bytes {
                drop_entry(&cache, &aged.name)?;
            } else {
                total = with_it;
            }
        }
        Ok(())
    }
}

/// The name of a member without its number.
fn member_name(member: &str) -> Option<String> {
    let (_, name) = member.split_once(' ')?;
    Some(name.trim_start_matches('/').to_owned())
}

fn entries(cache: &Folder) -> Result<Vec<Aged>, StoreError> {
    let mut all = Vec::new();
    for (name, kind) in cache.items()? {
        if !is_entry(&name, kind) {
            continue;
        }
        let Some(entry) = cache.existing(&name)? else {
            continue;
        };
        let items = match entry.items() {
            Err(error) if error.is_shortage() => return Err(error),
            // Another process removes it right now.
            Err(_) => continue,
            Ok(items) => items,
        };
        let (mut bytes, mut used) = (0, None);
        for (file, kind) in items {
            let open = (kind == ItemKind::File).then(|| entry.open(&file));
            let Some(Ok(Some(open))) = open else { continue };
            let Ok(meta) = open.metadata() else { continue };
            if file == RECORD {
                used = meta.modified().ok();
            } else {
                bytes += meta.len();
            }
        }
        all.push(Aged { name, bytes, used });
    }
    Ok(all)
}

/// Removes entries that killed runs were filling or removing. What cannot be removed stays for the next start.
fn remove_leftovers(cache: &Folder, now: SystemTime) {
    for (name, kind) in cache.items().unwrap_or_default() {
        if kind != ItemKind::Folder {
            continue;
        }
        if name.starts_with(GONE) {
            let _ = cache.remove(&name);
        } else if name.starts_with(NEW)
            && let Some(lock) = taken(cache, &name, now)
        {
            // It is removed while it is locked here, so that its writer cannot lock it in between.
            let _ = cache.remove(&name);
            drop(lock);
        }
    }
}

/// The lock of an entry that a process was filling, if that process is gone.
fn taken(cache: &Folder, name: &str, now: SystemTime) -> Option<File> {
    let entry = cache.existing(name).ok()??;
    let lock = entry.as_file().ok()?;
    is_abandoned_folder(&lock, now).then_some(lock)
}
