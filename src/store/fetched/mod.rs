//! Blobs that were fetched from storage, kept by name and `ETag`, and the last list of each source.
//!
//! `DATA/storage/PLACE/` belongs to one container: `ID.blob` is a blob, `ID.json` what it is, with its checksum; `ID.part`
//! and `ID.note` are an interrupted download, `list-ID.json` is a list, `ID.left` says why a blob is left out. A blob counts
//! once its record is there. No record has a credential. Only the holder of the lock of the folder writes and removes.

use super::error::StoreError;
use super::folder::{Folder, ItemKind};
use super::lock::Lock;
use crate::domain::report::manifest::PartNote;
use crate::domain::text::{hex, is_below};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The folder of all fetched blobs.
pub const FOLDER: &str = "storage";
/// The lock of a container.
const LOCK: &str = "lock";
/// The format of the records.
const SCHEMA: u32 = 1;
/// The ending of the records of blobs without costs.
const LEFT: &str = "left";
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Most bytes of the record of one blob.
const LARGEST_RECORD: u64 = 64 << 10;
/// Most bytes of a list.
const LARGEST_LIST: u64 = 512 << 20;

/// A blob as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobEntry {
    pub name: String,
    pub etag: String,
    pub bytes: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<String>,
}

/// The list of one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobList {
    schema: u32,
    /// The source, without a credential.
    pub source: String,
    pub listed_at: DateTime<Utc>,
    pub blobs: Vec<BlobEntry>,
}

/// The record of a fetched blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct FetchedRecord {
    schema: u32,
    name: String,
    etag: String,
    bytes: u64,
    sha256: String,
}

/// An interrupted download.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Interrupted {
    name: String,
    note: PartNote,
}

/// The record of a blob that was fetched and has no costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct LeftOutRecord {
    schema: u32,
    /// The version of the program that looked into it: another one may find costs.
    version: String,
    name: String,
    etag: String,
    why: String,
}

/// The fetched blobs of one container.
#[derive(Debug, Clone)]
pub struct FetchedBlobs {
    folder: Folder,
}

impl BlobEntry {
    /// The name of its files: another `ETag` is another blob.
    fn id(&self) -> String {
        id_of(&[&self.name, &self.etag])
    }
}

fn id_of(words: &[&str]) -> String {
    let mut sum = Sha256::new();
    for word in words {
        sum.update((word.len() as u64).to_le_bytes());
        sum.update(word);
    }
    hex(&sum.finalize()).chars().take(32).collect()
}

impl FetchedBlobs {
    /// The blobs of a container, which its URL names.
    pub fn open(data_dir: &Path, container: &str) -> Result<Self, StoreError> {
        let all = Folder::private(data_dir)?.child(FOLDER)?;
        let folder = all.child(&id_of(&[container]))?;
        Ok(Self { folder })
    }

    /// The folder, for the room on its disk.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Keeps other processes out of this folder as long as the file is open; `None` if one is at work there.
    pub fn try_lock(&self) -> Result<Option<Lock>, StoreError> {
        self.folder.try_lock(LOCK)
    }

    /// A source of the container, as the user has given it; the path of the folder if no list is kept.
    fn shown(&self) -> Result<String, StoreError> {
        let first = self.lists()?.into_iter().next();
        let folder = || self.folder.path().display().to_string();
        Ok(first.map_or_else(folder, |list| list.source))
    }

    /// The last lists of all sources of the container, the newest first. Damaged ones are left out.
    pub fn lists(&self) -> Result<Vec<BlobList>, StoreError> {
        let mut all = Vec::new();
        for (name, _) in self.folder.items()? {
            if name.starts_with("list-") {
                let list = self.folder.read_json(&name, (LARGEST_LIST, SCHEMA));
                all.extend(list.unwrap_or_default());
            }
        }
        all.sort_by(|a: &BlobList, b| (b.listed_at, &b.source).cmp(&(a.listed_at, &a.source)));
        Ok(all)
    }

    /// Keeps the list of a source.
    pub fn keep_list(
        &self,
        source: &str,
        blobs: Vec<BlobEntry>,
        listed_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let list = BlobList {
            schema: SCHEMA,
            source: source.to_owned(),
            listed_at,
            blobs,
        };
        let name = format!("list-{}.json", id_of(&[source]));
        self.folder.write_json(&name, &list)
    }

    /// Whether a blob was fetched. Its bytes are not read.
    pub fn has(&self, blob: &BlobEntry) -> bool {
        let record = self.folder.kind(&format!("{}.json", blob.id()));
        record == Some(ItemKind::File)
    }

    /// The file of a fetched blob, compared with its checksum; `None` if it was not fetched or was damaged since, and has
    /// to be fetched again. Nothing is removed: a new copy takes the place of a damaged one.
    pub fn find(&self, blob: &BlobEntry) -> Result<Option<PathBuf>, StoreError> {
        let id = blob.id();
        let (data, about) = (format!("{id}.blob"), format!("{id}.json"));
        let record: Option<FetchedRecord> =
            match self.folder.read_json(&about, (LARGEST_RECORD, SCHEMA)) {
                Err(StoreError::Damaged { .. }) => None,
                read => read?,
            };
        let Some(record) = record else {
            return Ok(None);
        };
        let file = self.folder.open(&data)?;
        let is_whole = match file {
            Some(file) if record.bytes == blob.bytes => {
                let path = self.folder.item(&data);
                let sum = checksum(file).map_err(|source| StoreError::Io { path, source })?;
                sum == record.sha256
            }
            Some(_) | None => false,
        };
        Ok(is_whole.then(|| self.folder.item(&data)))
    }

    /// The file that a blob is downloaded into, and what an earlier download left.
    pub fn part(&self, blob: &BlobEntry) -> (PathBuf, Option<PartNote>) {
        let id = blob.id();
        let noted = self.folder.read(&format!("{id}.note"), LARGEST_RECORD);
        let earlier = noted.ok().flatten();
        let earlier: Option<Interrupted> =
            earlier.and_then(|text| serde_json::from_slice(&text).ok());
        let part = self.folder.item(&format!("{id}.part"));
        (part, earlier.map(|earlier| earlier.note))
    }

    /// Keeps what is needed to resume a download. Without it, another run starts from the beginning.
    pub fn note(&self, blob: &BlobEntry, note: Option<&PartNote>) {
        let name = format!("{}.note", blob.id());
        let interrupted = note.map(|note| Interrupted {
            name: blob.name.clone(),
            note: note.clone(),
        });
        let text = interrupted.and_then(|note| serde_json::to_vec(&note).ok());
        let kept = text.map(|text| self.folder.write(&name, &text));
        if !matches!(kept, Some(Ok(()))) {
            let _ = self.folder.remove_file(&name);
        }
    }

    /// Takes a complete download.
    pub fn finish(&self, blob: &BlobEntry, sha256: &str) -> Result<PathBuf, StoreError> {
        let id = blob.id();
        let data = format!("{id}.blob");
        self.folder
            .rename(&format!("{id}.part"), &self.folder, &data)?;
        let record = FetchedRecord {
            schema: SCHEMA,
            name: blob.name.clone(),
            etag: blob.etag.clone(),
            bytes: blob.bytes,
            sha256: sha256.to_owned(),
        };
        self.folder.write_json(&format!("{id}.json"), &record)?;
        self.folder.remove_file(&format!("{id}.note"))?;
        Ok(self.folder.item(&data))
    }

    /// Keeps the reason that a blob is left out, so that it is not fetched again.
    pub fn leave_out(&self, blob: &BlobEntry, why: &str) -> Result<(), StoreError> {
        let record = LeftOutRecord {
            schema: SCHEMA,
            version: VERSION.to_owned(),
            name: blob.name.clone(),
            etag: blob.etag.clone(),
            why: why.to_owned(),
        };
        self.folder
            .write_json(&format!("{}.{LEFT}", blob.id()), &record)
    }

    /// The blobs that this version of the program has fetched and left out, by their names and `ETag`s, with the reasons.
    pub fn left_out(&self) -> Result<HashMap<(String, String), String>, StoreError> {
        let records = self.left_records()?.into_iter();
        let own = records.filter_map(|(_, record)| record);
        Ok(own
            .map(|record| ((record.name, record.etag), record.why))
            .collect())
    }

    /// The files of these records. One that is damaged or of another version only costs another look.
    fn left_records(&self) -> Result<Vec<(String, Option<LeftOutRecord>)>, StoreError> {
        let mut all = Vec::new();
        for (file, _) in self.folder.items()? {
            let Some((_, LEFT)) = file.rsplit_once('.') else {
                continue;
            };
            let record: Option<LeftOutRecord> = self
                .folder
                .read_json(&file, (LARGEST_RECORD, SCHEMA))
                .unwrap_or_default();
            all.push((file, record.filter(|record| record.version == VERSION)));
        }
        Ok(all)
    }

    /// Removes fetched blobs, whose rows are stored elsewhere.
    pub fn remove(&self, blobs: &[BlobEntry]) -> Result<(), StoreError> {
        blobs
            .iter()
            .try_for_each(|blob| self.remove_all(&blob.id()))
    }

    /// Removes what is not wanted any more: blobs of `below` that are not among `wanted`, their interrupted downloads,
    /// downloads that cannot be resumed, and the reasons of blobs that are not `listed`. The caller holds the lock.
    pub fn tidy(
        &self,
        below: &str,
        (wanted, listed): (&[&BlobEntry], &[BlobEntry]),
        now: SystemTime,
    ) -> Result<(), StoreError> {
        self.folder.remove_unfinished(now);
        let wanted: BTreeSet<String> = wanted.iter().map(|blob| blob.id()).collect();
        let mut ids = BTreeSet::new();
        for (name, _) in self.folder.items()? {
            let Some((id, ending)) = name.split_once('.') else {
                continue;
            };
            let is_blob = ["blob", "json", "part", "note"].contains(&ending);
            if is_blob && !id.contains('-') && !wanted.contains(id) {
                ids.insert(id.to_owned());
            }
        }
        let listed: HashSet<(&str, &str)> = listed
            .iter()
            .map(|blob| (blob.name.as_str(), blob.etag.as_str()))
            .collect();
        for (file, record) in self.left_records()? {
            let is_wanted = record.is_some_and(|record| {
                let blob = (record.name.as_str(), record.etag.as_str());
                !is_below(&record.name, below) || listed.contains(&blob)
            });
            if !is_wanted {
                self.folder.remove_file(&file)?;
            }
        }
        for id in ids {
            if self.name_of(&id).is_none_or(|name| is_below(&name, below)) {
                self.remove_all(&id)?;
            }
        }
        Ok(())
    }

    /// The name of the blob that files belong to; `None` if they are of no use.
    fn name_of(&self, id: &str) -> Option<String> {
        let record: Option<FetchedRecord> = self
            .folder
            .read_json(&format!("{id}.json"), (LARGEST_RECORD, SCHEMA))
            .unwrap_or_default();
        record.map(|record| record.name).or_else(|| {
            let note = self.folder.read(&format!("{id}.note"), LARGEST_RECORD);
            let note: Interrupted = serde_json::from_slice(&note.ok()??).ok()?;
            Some(note.name)
        })
    }

    /// Removes all files of a blob, its record first.
    fn remove_all(&self, id: &str) -> Result<(), StoreError> {
        for ending in ["json", "blob", "note", "part"] {
            self.folder.remove_file(&format!("{id}.{ending}"))?;
        }
        Ok(())
    }
}

fn checksum(mut file: File) -> io::Result<String> {
    let mut sum = Sha256::new();
    let mut buffer = vec![0_u8; 1 << 20];
    loop {
        let count = file.read(&mut buffer)?;
        match buffer.get(..count).filter(|read| !read.is_empty()) {
            Some(read) => sum.update(read),
            None => return Ok(hex(&sum.finalize())),
        }
    }
}

/// The removed folders, and those that could not be removed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Cleared {
    /// The number of bytes that were removed.
    pub bytes: u64,
    /// Sources that another process reads: what was fetched of them stays.
    pub busy: Vec<String>,
}

/// Removes everything that was fetched, except from containers that another process has locked.
pub fn clear(data_dir: &Path) -> Result<Cleared, StoreError> {
    let mut cleared = Cleared::default();
    let Some(data) = Folder::found(data_dir)? else {
        return Ok(cleared);
    };
    let Some(all) = data.existing(FOLDER)? else {
        return Ok(cleared);
    };
    for (place, _) in all.items()? {
        let Some(folder) = all.existing(&place)? else {
            continue;
        };
        let kept = FetchedBlobs { folder };
        let Some(_lock) = kept.try_lock()? else {
            cleared.busy.push(kept.shown()?);
            continue;
        };
        // The lock stays: a process that waits for it must find the same one.
        for (name, kind) in kept.folder.items()? {
            if name == LOCK {
                continue;
            }
            let file = if kind == ItemKind::File {
                kept.folder.open(&name)?
            } else {
                None
            };
            let meta = file.and_then(|file| file.metadata().ok());
            cleared.bytes += meta.map_or(0, |meta| meta.len());
            kept.folder.remove(&name)?;
        }
    }
    Ok(cleared)
}

#[cfg(test)]
mod tests;
