//! Reads files through the cache of converted tables: a file that has not changed since is not converted again, and reads
//! exactly as the first time.

use super::clock::Clock;
use super::error::OpsError;
use crate::data::columns::dates::{DateRules, DayOrder};
use crate::data::dataset::convert::Options;
use crate::data::dataset::kept::PartFacts;
use crate::data::dataset::{DataPart, read};
use crate::data::error::DataError;
use crate::data::ingest::READING_RULES;
use crate::data::progress::Progress;
use crate::data::sources::candidate::OnDisk;
use crate::data::sources::gather::FoundFile;
use crate::data::sources::gather::seen_files::SeenFile;
use crate::data::table::footer::SCHEMA;
use crate::store::cache::Cache;
use crate::store::cache::copies::{CacheSubject, Copy, NewCopy, NewTable};
use crate::store::cache::file_key::FileKey;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

pub use crate::store::cache::eviction::{ListedCopy, Removed};
pub use crate::store::cache::limits::Limits;

/// Smaller files are converted as fast as they are looked up.
const WORTH: u64 = 64 << 10;

/// The cache as a session uses it.
#[derive(Debug)]
pub struct ConversionCache {
    store: Cache,
    limits: Limits,
    /// Whether new copies are kept.
    writes: bool,
    clock: Arc<dyn Clock>,
    rules: String,
    found: AtomicU64,
    converted: AtomicU64,
}

/// A file whose copy is looked up.
struct CopySubject<'a> {
    path: PathBuf,
    member: &'a str,
    options: String,
    file: Arc<File>,
    on_disk: OnDisk<'a>,
}

impl ConversionCache {
    /// The cache of a data folder that keeps new copies.
    pub fn keeping(data_dir: &Path, limits: Limits, clock: Arc<dyn Clock>) -> Self {
        Self {
            writes: true,
            ..Self::using(data_dir, limits, clock)
        }
    }

    /// The cache of a data folder as a command uses it that asks once: it keeps nothing new.
    pub fn using(data_dir: &Path, limits: Limits, clock: Arc<dyn Clock>) -> Self {
        let program = env!("CARGO_PKG_VERSION");
        Self {
            store: Cache::new(data_dir),
            limits,
            writes: false,
            clock,
            rules: format!("{READING_RULES}, tables {SCHEMA}, version {program}"),
            found: AtomicU64::new(0),
            converted: AtomicU64::new(0),
        }
    }

    /// The same cache under other rules for reading.
    #[must_use]
    pub fn with_rules(self, rules: &str) -> Self {
        let rules = rules.to_owned();
        Self { rules, ..self }
    }

    /// The same cache on a disk that has this much room.
    #[must_use]
    pub fn on_disk(self, space: fn(&Path) -> Option<(u64, u64)>) -> Self {
        let store = self.store.on_disk(space);
        Self { store, ..self }
    }

    /// The number of files that were found in the cache, and of those that were converted.
    pub fn counts(&self) -> (u64, u64) {
        let [found, converted] =
            [&self.found, &self.converted].map(|count| count.load(Ordering::Relaxed));
        (found, converted)
    }

    /// Whether there is a copy of this file as it is now, read with dates in this order or in its own.
    pub(crate) fn has_rows(&self, seen: &SeenFile<'_>, dates: Option<DayOrder>) -> bool {
        if self.limits.is_off() || seen.bytes < WORTH {
            return false;
        }
        let Ok(path) = seen.path.canonicalize() else {
            return false;
        };
        let rules = DateRules {
            forced: dates,
            expected: None,
        };
        let wanted = CacheSubject {
            path: &path,
            member: seen.member,
            options: &options_text(rules),
            rules: &self.rules,
        };
        // A copy that turns out to be damaged is reported when it is read.
        self.store
            .has(&wanted, seen.file, self.now())
            .unwrap_or(false)
    }

    fn now(&self) -> SystemTime {
        self.clock.now().into()
    }

    /// Reads a candidate of a plan, from its copy if there is one.
    pub(crate) fn read(
        &self,
        found: &FoundFile,
        scratch: &Path,
        options: &Options<'_>,
    ) -> Result<Vec<DataPart>, DataError> {
        let subject = CopySubject::of(found, options.dates).filter(|_| !self.limits.is_off());
        let known = subject.as_ref().and_then(|subject| {
            let copy = self.copy_of(subject)?;
            parts_of(copy, &found.candidate.path, options.progress)
        });
        if let Some(parts) = known {
            let rows = parts.iter().map(DataPart::rows).sum();
            options.progress.expect(found.candidate.bytes);
            options.progress.add(found.candidate.bytes);
            options.progress.add_rows(rows);
            self.found.fetch_add(1, Ordering::Relaxed);
            tracing::info!(rows, "a file was found in the cache");
            return Ok(parts);
        }
        // The key is made before the file is read, so that it is not the key of later contents.
        let subject = subject.filter(|_| self.writes);
        let before = subject.as_ref().and_then(|subject| subject.key(self.now()));
        let parts = read::read_found(found, scratch, options)?;
        if parts.iter().any(DataPart::is_converted) {
            self.converted.fetch_add(1, Ordering::Relaxed);
        }
        if let (Some(subject), Some(before)) = (subject, before) {
            self.keep(
                &subject,
                before,
                (&parts, &found.candidate.path),
                options.progress,
            );
        }
        Ok(parts)
    }

    /// The copy of a file; `None` if there is none that can be used.
    fn copy_of(&self, subject: &CopySubject<'_>) -> Option<Copy> {
        let wanted = subject.wanted(&self.rules);
        match self.store.find(&wanted, &subject.file, self.now()) {
            Ok(copy) => copy,
            Err(error) => {
                tracing::warn!(%error, "a copy in the cache cannot be used; its file is converted again");
                None
            }
        }
    }

    /// Keeps the parts of a file, unless it has changed meanwhile.
    fn keep(
        &self,
        subject: &CopySubject<'_>,
        before: FileKey,
        (parts, name): (&[DataPart], &str),
        progress: &Progress,
    ) {
        let facts: Option<Vec<PartFacts>> = parts
            .iter()
            .map(|part| part.facts(name).filter(|_| part.is_converted()))
            .collect();
        let Some(facts) = facts.filter(|_| !progress.is_cancelled()) else {
            return;
        };
        let is_same = subject
            .file_after()
            .is_some_and(|file| before.holds(&file, self.now()).unwrap_or(false));
        if !is_same {
            return;
        }
        let tables = parts.iter().zip(facts).map(|(part, facts)| {
            let write = move |file: &File| part.write_table(file, progress);
            NewTable {
                bytes: part.table_bytes(),
                facts: serde_json::json!(facts),
                write: Box::new(write),
            }
        });
        let copy = NewCopy {
            key: before,
            name: name.to_owned(),
            rows: parts.iter().map(DataPart::rows).sum(),
            tables: tables.collect(),
        };
        let wanted = subject.wanted(&self.rules);
        match self.store.keep(&wanted, &copy, &self.limits, self.now()) {
            Ok(true) => tracing::info!(rows = copy.rows, "a converted file was kept in the cache"),
            Ok(false) => {
                tracing::info!("a converted file was not kept: the disk or the cache has no room");
            }
            Err(_) if progress.is_cancelled() => {}
            Err(error) => tracing::warn!(%error, "a converted file could not be kept in the cache"),
        }
    }
}

/// The options that change what is read.
fn options_text(dates: DateRules) -> String {
    let DateRules { forced, expected } = dates;
    format!("{forced:?} {expected:?}")
}

/// The parts of a copy; `None` if it cannot be used for a file of this name.
fn parts_of(copy: Copy, name: &str, progress: &Progress) -> Option<Vec<DataPart>> {
    let is_named = copy.name == name;
    let parts = copy.tables.into_iter().map(|(table, facts)| {
        let facts: PartFacts = serde_json::from_value(facts).ok()?;
        if facts.names_the_file() && !is_named {
            return None;
        }
        DataPart::from_table(table, name, &facts, progress).ok()
    });
    parts.collect()
}

impl<'a> CopySubject<'a> {
    /// The file of a candidate; `None` if it is no file on disk or too small.
    fn of(found: &'a FoundFile, dates: DateRules) -> Option<Self> {
        if found.candidate.bytes < WORTH {
            return None;
        }
        let on_disk = found.on_disk()?;
        let (path, member, file) = match &on_disk {
            OnDisk::File(path) => (*path, "", Arc::new(File::open(path).ok()?)),
            OnDisk::Member(holder) => {
                let file = Arc::clone(&holder.file);
                (holder.path.as_path(), holder.member.as_str(), file)
            }
        };
        let path = path.canonicalize().ok()?;
        let subject = Self {
            path,
            member,
            options: options_text(dates),
            file,
            on_disk,
        };
        Some(subject)
    }

    fn wanted<'b>(&'b self, rules: &'b str) -> CacheSubject<'b> {
        CacheSubject {
            path: &self.path,
            member: self.member,
            options: &self.options,
            rules,
        }
    }

    /// The key of the file; `None` for an archive that has changed since it was listed.
    fn key(&self, now: SystemTime) -> Option<FileKey> {
        let key = FileKey::of(&self.file, now).ok()?;
        let is_same = match &self.on_disk {
            OnDisk::File(_) => true,
            OnDisk::Member(holder) => key.has(&holder.seen),
        };
        is_same.then_some(key)
    }

    /// The file that has its path after reading. An archive is read from the file that was opened first.
    fn file_after(&self) -> Option<Arc<File>> {
        match self.on_disk {
            OnDisk::File(path) => File::open(path).ok().map(Arc::new),
            OnDisk::Member(_) => Some(Arc::clone(&self.file)),
        }
    }
}

/// Removes leftovers of killed runs from the cache of a data folder, and copies beyond the limits. Errors are logged: the
/// next start tries again.
pub fn tidy(data_dir: &Path, limits: &Limits, now: SystemTime) {
    if let Err(error) = Cache::new(data_dir).tidy(limits, now) {
        tracing::warn!(%error, "the cache could not be tidied");
    }
}

/// A list of the copies in the cache.
#[derive(Debug, Default)]
pub struct CacheListing {
    pub path: PathBuf,
    /// The copies, the one used last first.
    pub copies: Vec<ListedCopy>,
    /// Sentences on copies that are damaged.
    pub damaged: Vec<String>,
}

/// Lists the copies in the cache of a data folder.
pub fn list(data_dir: &Path) -> Result<CacheListing, OpsError> {
    let cache = Cache::new(data_dir);
    let (copies, damaged) = cache.list()?;
    Ok(CacheListing {
        path: cache.path(),
        copies,
        damaged: damaged.iter().map(ToString::to_string).collect(),
    })
}

/// Removes all copies from the cache of a data folder.
pub fn clear(data_dir: &Path, now: SystemTime) -> Result<Removed, OpsError> {
    Ok(Cache::new(data_dir).clear(now)?)
}

/// The folder of the cache, whether or not it exists.
pub fn path(data_dir: &Path) -> PathBuf {
    Cache::new(data_dir).path()
}
