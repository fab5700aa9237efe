//! Blobs that were fetched from storage, kept by name and `ETag`, and the last list of each source.
//!
//! `DATA/storage/PLACE/` belongs to one container: `ID.blob` is a blob, `ID.json` what it is, with its checksum; `ID.part`
//! and `ID.note` are an interrupted download, `list-ID.json` is a list. A blob counts once its record is there. No record
//! has a credential. Only the holder of the lock of the folder writes and removes.

use super::error::StoreError;
use super::folder::{Folder, ItemKind};
use super::lock::Lock;
use crate::domain::report::manifest::PartNote;
use crate::domain::text::hex;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
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
        for (name, _) in self.folder.items()? {
            if name.starts_with("list-")
                && let Ok(Some(list)) = self
                    .folder
                    .read_json::<BlobList>(&name, (LARGEST_LIST, SCHEMA))
            {
                return Ok(list.source);
            }
        }
        Ok(self.folder.path().display().to_string())
    }

    /// The last list of a source.
    pub fn list(&self, source: &str) -> Result<Option<BlobList>, StoreError> {
        let name = format!("list-{}.json", id_of(&[source]));
        self.folder.read_json(&name, (LARGEST_LIST, SCHEMA))
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

    /// Removes fetched blobs, whose rows are stored elsewhere.
    pub fn remove(&self, blobs: &[BlobEntry]) -> Result<(), StoreError> {
        blobs
            .iter()
            .try_for_each(|blob| self.remove_all(&blob.id()))
    }

    /// Removes what is not wanted any more: blobs of `below` that are not among `wanted`, their interrupted downloads, and
    /// downloads that cannot be resumed. The caller holds the lock.
    pub fn tidy(
        &self,
        below: &str,
        wanted: &[&BlobEntry],
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

/// Whether a name is that of a blob or of one below it; everything is below the empty path.
pub fn is_below(name: &str, path: &str) -> bool {
    let rest = name.strip_prefix(path);
    path.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
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
mod tests {
    use crate::domain::report::manifest::PartNote;
    use crate::store::fetched::{BlobEntry, FetchedBlobs, clear, is_below};
    use sha2::{Digest, Sha256};
    use std::fs;
    use std::time::SystemTime;

    fn blob(name: &str, etag: &str) -> BlobEntry {
        BlobEntry {
            name: name.to_owned(),
            etag: etag.to_owned(),
            bytes: 4,
            modified: None,
            tier: None,
            copy: None,
        }
    }

    #[test]
    fn blobs_are_kept_by_etag_and_compared_with_their_checksums() {
        let folder = tempfile::tempdir().unwrap();
        let kept = FetchedBlobs::open(folder.path(), "https://a/c").unwrap();
        let sum = crate::domain::text::hex(&Sha256::digest(b"data"));
        let first = blob("cost/a.csv", "0x1");
        assert_eq!(kept.find(&first).unwrap(), None);
        let (part, earlier) = kept.part(&first);
        assert!(earlier.is_none());
        fs::write(&part, b"data").unwrap();
        let file = kept.finish(&first, &sum).unwrap();
        assert!(kept.has(&first));
        assert_eq!(kept.find(&first).unwrap(), Some(file.clone()));
        // Another ETag is another blob.
        assert!(!kept.has(&blob("cost/a.csv", "0x2")));
        // A list below another folder does not concern it; one of its own folder removes it.
        let now = SystemTime::UNIX_EPOCH;
        kept.tidy("other", &[], now).unwrap();
        assert!(kept.has(&first));
        kept.tidy("cost", &[&first], now).unwrap();
        assert!(kept.has(&first));
        kept.tidy("cost", &[&blob("cost/a.csv", "0x2")], now)
            .unwrap();
        assert!(!kept.has(&first) && !file.exists());
        // A damaged copy is fetched again.
        fs::write(kept.part(&first).0, b"data").unwrap();
        let file = kept.finish(&first, &sum).unwrap();
        fs::write(&file, b"dada").unwrap();
        assert_eq!(kept.find(&first).unwrap(), None);
        assert!(file.exists(), "another process may read it");
        fs::write(kept.part(&first).0, b"data").unwrap();
        assert_eq!(kept.finish(&first, &sum).unwrap(), file);
        assert_eq!(kept.find(&first).unwrap(), Some(file));
    }

    #[test]
    fn containers_that_are_in_use_are_not_cleared() {
        let folder = tempfile::tempdir().unwrap();
        let [busy, free] =
            ["https://a/busy", "https://a/free"].map(|url| FetchedBlobs::open(folder.path(), url));
        let (busy, free) = (busy.unwrap(), free.unwrap());
        let now = chrono::DateTime::UNIX_EPOCH;
        busy.keep_list("az://a/busy/cost", Vec::new(), now).unwrap();
        for kept in [&busy, &free] {
            fs::write(kept.folder().item("x.blob"), b"data").unwrap();
        }
        let lock = busy.try_lock().unwrap().unwrap();
        let cleared = clear(folder.path()).unwrap();
        assert_eq!(
            (cleared.bytes, cleared.busy),
            (4, vec!["az://a/busy/cost".to_owned()])
        );
        let has_blob = |kept: &FetchedBlobs| kept.folder().item("x.blob").exists();
        assert!(has_blob(&busy) && !has_blob(&free));
        // A process that waits for a lock finds the same one.
        assert!(free.try_lock().unwrap().is_some());
        drop(lock);
        assert!(clear(folder.path()).unwrap().busy.is_empty() && !has_blob(&busy));
        assert_eq!(clear(folder.path()).unwrap().bytes, 0);
    }

    #[test]
    fn interrupted_downloads_stay_while_they_can_be_resumed() {
        let folder = tempfile::tempdir().unwrap();
        let kept = FetchedBlobs::open(folder.path(), "https://a/c").unwrap();
        let now = SystemTime::UNIX_EPOCH;
        let note = PartNote {
            total: 4,
            etag: "\"0x1\"".to_owned(),
            md5: None,
            have: Some(2),
            sha256: None,
        };
        let begun = |etag: &str, noted: bool| {
            let blob = blob("cost/a.csv", etag);
            let (part, _) = kept.part(&blob);
            fs::write(&part, b"da").unwrap();
            if noted {
                kept.note(&blob, Some(&note));
            }
            (blob, part)
        };
        let (wanted, part) = begun("0x1", true);
        let (_, rewritten) = begun("0x2", true);
        let (_, useless) = begun("0x3", false);
        // Another source of the container leaves it alone.
        kept.tidy("other", &[], now).unwrap();
        assert!(part.exists() && rewritten.exists() && !useless.exists());
        kept.tidy("cost", &[&wanted], now).unwrap();
        assert!(part.exists() && !rewritten.exists());
        assert_eq!(kept.part(&wanted).1, Some(note));
        kept.remove(&[wanted]).unwrap();
        let left = fs::read_dir(kept.folder().path()).unwrap().count();
        assert_eq!(left, 0);
    }

    #[test]
    fn daily2_is_not_below_daily() {
        for (name, path, expected) in [
            ("daily/a.csv", "daily", true),
            ("daily", "daily", true),
            ("daily2/a.csv", "daily", false),
            ("a.csv", "", true),
        ] {
            assert_eq!(is_below(name, path), expected, "{name} {path}");
        }
    }
}
