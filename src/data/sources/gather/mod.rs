//! Makes a flat list of all given sources: files, folders at any depth, members of archives.
//!
//! The kind of an item is determined by its content, not its name. Nothing is skipped silently: an item that is not
//! read is in the list with the reason.

pub(crate) mod classified;
pub mod listed;
pub mod seen_files;

use super::{delta, file_kinds, names, printed_json};
use crate::data::error::DataError;
use crate::data::progress::{Progress, Stoppable};
use crate::data::sources::archive;
use crate::data::sources::archive::Archive;
use crate::data::sources::candidate::{Candidate, CandidateKind, Holder, OnDisk};
use crate::data::sources::content;
use crate::data::sources::content::Content;
use crate::data::sources::folder_items::{FolderItem, Visited};
use crate::data::sources::manifest::ExportManifest;
use crate::data::table::file_cursor::{SharedFile, start_of};
use chrono::{DateTime, Utc};
use classified::{ItemPlace, kind_of, text_kind};
use seen_files::{HasRows, SeenFiles, member_name};
use std::collections::{BTreeSet, HashSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Maximum depth of folders.
const DEEPEST: usize = 32;
/// Maximum depth of archives inside archives.
const NESTED: usize = 3;

/// A candidate and a handle to its bytes.
pub struct FoundFile {
    pub candidate: Candidate,
    handle: Handle,
    /// The archive that it is in, if that is a file on disk.
    holder: Option<Holder>,
}

pub(super) enum Handle {
    File(PathBuf),
    /// A file without a path: standard input, or an unpacked member.
    Open(Arc<File>),
    Member(Arc<Archive>, usize),
    /// A member that is unpacked to a file when it is read.
    Packed(Arc<Archive>, usize),
    /// A blob that was listed and not fetched.
    Absent,
    /// A blob whose rows are stored as a table.
    Stored,
}

/// Collects candidates from the given sources.
pub struct Gatherer<'a> {
    /// Where members of archives are unpacked to.
    scratch: &'a Path,
    progress: &'a Progress,
    pub found: Vec<FoundFile>,
    visited: Visited,
    seen: SeenFiles<'a>,
}

impl FoundFile {
    /// Its content, ready to be read. A member of an archive may be unpacked to the scratch folder first.
    pub(crate) fn content(
        &self,
        scratch: &Path,
        progress: &Progress,
    ) -> Result<Content, DataError> {
        let name = &self.candidate.path;
        match &self.handle {
            Handle::File(path) => content::look(path, name),
            Handle::Open(file) => content::look_into(Arc::clone(file), name),
            Handle::Member(archive, at) => {
                let input = content::Input::member(archive, *at);
                Ok(Content::Texts(vec![(name.clone(), input)]))
            }
            Handle::Packed(archive, at) => {
                let file = unpacked((archive, *at), scratch, progress);
                content::look_into(file.map_err(DataError::io(name))?, name)
            }
            Handle::Absent => Err(DataError::Stored(format!(
                "{name}: it was not fetched, because another run replaces it; give it as the only source"
            ))),
            Handle::Stored => Err(DataError::Stored(format!(
                "{name}: its rows are in the ledger, and it was not fetched"
            ))),
        }
    }

    /// Where it is read from; `None` if that is no file on disk.
    pub(crate) fn on_disk(&self) -> Option<OnDisk<'_>> {
        let holder = self.holder.as_ref().map(OnDisk::Member);
        self.path().map(OnDisk::File).or(holder)
    }

    /// Its size in bytes, for Parquet that of about the same rows as text.
    pub fn text_bytes(&self) -> u64 {
        /// Parquet packs its values, and has each repeated one once.
        const PACKED: u64 = 8;
        let file = match &self.handle {
            Handle::File(path) => File::open(path).ok().map(Arc::new),
            Handle::Open(file) => Some(Arc::clone(file)),
            Handle::Member(..) | Handle::Packed(..) | Handle::Absent | Handle::Stored => None,
        };
        let start = file.and_then(|file| start_of(SharedFile::new(&file), 4).ok());
        let is_parquet = start.is_some_and(|start| start == file_kinds::PARQUET);
        self.candidate.bytes * if is_parquet { PACKED } else { 1 }
    }

    /// The path of its file on disk, if it has one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match &self.handle {
            Handle::File(path) => Some(path),
            Handle::Open(_)
            | Handle::Member(..)
            | Handle::Packed(..)
            | Handle::Absent
            | Handle::Stored => None,
        }
    }
}

impl<'a> Gatherer<'a> {
    /// Starts an empty list. Members of archives are unpacked to `scratch`; the progress may stop it.
    pub fn new(scratch: &'a Path, progress: &'a Progress) -> Self {
        Self {
            scratch,
            progress,
            found: Vec::new(),
            visited: Visited::default(),
            seen: SeenFiles::default(),
        }
    }

    /// The same list; files that were read before, as this function knows, are not looked through again.
    #[must_use]
    pub fn knowing(mut self, ask: &'a HasRows<'a>) -> Self {
        self.seen.ask = Some(ask);
        self
    }

    /// Adds a file or folder.
    pub fn add_path(&mut self, path: &Path, name: &str, origin: usize) -> Result<(), DataError> {
        let place = ItemPlace {
            path: name.trim_end_matches('/'),
            origin,
            named: true,
            depth: 0,
        };
        if path.is_dir() {
            self.visited.begin(path);
            self.folder(path, place)
        } else {
            self.file(path, place)
        }
    }

    /// Adds an open file, such as piped input.
    pub fn add_open(&mut self, file: File, name: &str, origin: usize) -> Result<(), DataError> {
        let place = ItemPlace {
            path: name,
            origin,
            named: true,
            depth: 0,
        };
        self.open_file(&Arc::new(file), place, None)
    }

    fn push(&mut self, place: ItemPlace<'_>, kind: CandidateKind, file: Facts, handle: Handle) {
        self.found.push(FoundFile {
            candidate: Candidate {
                path: place.path.to_owned(),
                origin: place.origin,
                bytes: file.bytes,
                modified: file.modified,
                kind,
            },
            handle,
            holder: None,
        });
    }

    fn leave_out(&mut self, place: ItemPlace<'_>, path: &Path, why: &str) {
        let facts = Facts::of(path);
        let kind = CandidateKind::Other(why.to_owned());
        self.push(place, kind, facts, Handle::File(path.to_owned()));
    }

    fn folder(&mut self, path: &Path, place: ItemPlace<'_>) -> Result<(), DataError> {
        let failed = |source| DataError::Io {
            file: path.display().to_string(),
            source,
        };
        delta::refuse_other_formats(path).map_err(DataError::Stored)?;
        let current = if path.join("_delta_log").is_dir() {
            Some(delta::current_files(path).map_err(DataError::Stored)?)
        } else {
            None
        };
        let Some(items) = self.visited.items(path).map_err(failed)? else {
            self.leave_out(place, path, "a folder that is listed under another name");
            return Ok(());
        };
        let before = self.found.len();
        for item in items {
            let FolderItem {
                path: item,
                name,
                is_folder,
                left_out,
            } = item;
            let shown = format!("{}/{name}", place.path);
            let inside = place.inside(&shown);
            let stale = current
                .as_ref()
                .is_some_and(|files| !is_folder && !files.contains(&name));
            if name == "_delta_log" && is_folder {
                continue;
            }
            if stale {
                let why = "not in the current version of its Delta table";
                self.leave_out(inside, &item, why);
            } else if let Some(why) = names::hidden(&name) {
                self.leave_out(inside, &item, why);
            } else if let Some(why) = left_out {
                self.leave_out(inside, &item, why);
            } else if is_folder && inside.depth > DEEPEST {
                self.leave_out(inside, &item, "folders nested too deeply");
            } else if is_folder {
                self.folder(&item, inside)?;
            } else {
                self.file(&item, inside)?;
            }
        }
        match current {
            Some(files) => self.check_delta(path, &files, before),
            None => Ok(()),
        }
    }

    /// Checks that every file listed in the log of a table exists.
    fn check_delta(
        &self,
        path: &Path,
        files: &BTreeSet<String>,
        from: usize,
    ) -> Result<(), DataError> {
        let found = self.found.iter().skip(from);
        let there: HashSet<&Path> = found.filter_map(FoundFile::path).collect();
        let missing = |file: &&String| !there.contains(path.join(file).as_path());
        match files.iter().find(missing) {
            Some(file) => Err(DataError::Stored(format!(
                "{}: the log of this Delta table lists the file {file}, which is missing",
                path.display()
            ))),
            None => Ok(()),
        }
    }

    fn file(&mut self, path: &Path, place: ItemPlace<'_>) -> Result<(), DataError> {
        let facts = Facts::of(path);
        let file = File::open(path).map_err(DataError::io(place.path))?;
        let file = Arc::new(file);
        if archive::is_archive(&file) {
            let (first, seen) = (self.found.len(), file.metadata());
            self.seen.enter(path, &file, (place.path, first));
            let listed = self.archive(&file, place);
            self.seen.leave();
            listed?;
            let seen = seen.map_err(DataError::io(place.path))?;
            for (number, found) in self.found.iter_mut().skip(first).enumerate() {
                let member = member_name(number, &found.candidate.path, place.path);
                found.holder = Some(Holder {
                    path: path.to_owned(),
                    file: Arc::clone(&file),
                    seen: seen.clone(),
                    member,
                });
            }
            return Ok(());
        }
        let handle = Handle::File(path.to_owned());
        self.classify(&file, place, facts, handle)
    }

    fn open_file(
        &mut self,
        file: &Arc<File>,
        place: ItemPlace<'_>,
        modified: Option<DateTime<Utc>>,
    ) -> Result<(), DataError> {
        if archive::is_archive(file) {
            return self.archive(file, place);
        }
        let facts = Facts {
            bytes: file.metadata().map_or(0, |meta| meta.len()),
            modified,
        };
        let handle = Handle::Open(Arc::clone(file));
        self.classify(file, place, facts, handle)
    }

    fn classify(
        &mut self,
        file: &Arc<File>,
        place: ItemPlace<'_>,
        facts: Facts,
        handle: Handle,
    ) -> Result<(), DataError> {
        if is_manifest(place) {
            return self.manifest(place, facts, handle, bounded(SharedFile::new(file)));
        }
        let content = content::look_into(Arc::clone(file), place.path);
        let kind = match content {
            Ok(Content::Stored(_)) => CandidateKind::Costs,
            Ok(Content::Json(file)) if matches!(&handle, Handle::File(path) if self.seen.has_file(path, &file, facts.bytes)) => {
                CandidateKind::Costs
            }
            Ok(Content::Json(file)) => {
                tracing::info!("a JSON file is looked through");
                kind_of(printed_json::check(&file, place.path, self.progress), place)?
            }
            Ok(Content::Texts(texts)) => match texts.into_iter().next() {
                Some((_, input)) => text_kind(input, place)?,
                None => CandidateKind::Other("it is empty".to_owned()),
            },
            Err(error) => kind_of::<()>(Err(error), place)?,
        };
        self.push(place, kind, facts, handle);
        Ok(())
    }

    fn manifest(
        &mut self,
        place: ItemPlace<'_>,
        facts: Facts,
        handle: Handle,
        text: io::Result<Vec<u8>>,
    ) -> Result<(), DataError> {
        let failed = |problem: String| DataError::Stored(format!("{}: {problem}", place.path));
        let text = text.map_err(|error| failed(error.to_string()))?;
        let manifest = ExportManifest::read(&text).map_err(failed)?;
        let kind = CandidateKind::Manifest(Arc::new(manifest));
        self.push(place, kind, facts, handle);
        Ok(())
    }

    /// Adds every member of an archive, including nested archives.
    fn archive(&mut self, file: &Arc<File>, place: ItemPlace<'_>) -> Result<(), DataError> {
        if place.depth > 0 && archive_depth(place.path) > NESTED {
            let why = "an archive nested too deeply; unpack it".to_owned();
            let handle = Handle::Open(Arc::clone(file));
            self.push(place, CandidateKind::Other(why), Facts::default(), handle);
            return Ok(());
        }
        let (archive, members) = Archive::open(file).map_err(|problem| DataError::Packed {
            file: place.path.to_owned(),
            kind: "zip archive",
            problem,
        })?;
        let before = self.found.len();
        for member in members {
            let facts = Facts {
                bytes: member.bytes,
                modified: member.modified,
            };
            // Old Windows tools write backslashes.
            let name = member.name.replace('\\', "/");
            let name = name.trim_start_matches('/');
            let shown = format!("{}/{name}", place.path);
            let inside = place.inside(&shown);
            match names::components(name).into_iter().find_map(names::hidden) {
                Some(why) => {
                    let handle = Handle::Member(Arc::clone(&archive), member.at);
                    self.push(inside, CandidateKind::Other(why.to_owned()), facts, handle);
                }
                None => self.member(&archive, member.at, inside, facts)?,
            }
        }
        let costs = |found: &FoundFile| found.candidate.kind == CandidateKind::Costs;
        if place.named && !self.found.iter().skip(before).any(costs) {
            let kind = "a zip archive or workbook without a cost file in it; save the sheet as CSV";
            return Err(DataError::not_csv(place.path, kind));
        }
        Ok(())
    }

    fn member(
        &mut self,
        packed: &Arc<Archive>,
        at: usize,
        place: ItemPlace<'_>,
        facts: Facts,
    ) -> Result<(), DataError> {
        let handle = Handle::Member(Arc::clone(packed), at);
        if is_manifest(place) {
            let read = packed.reader(at).and_then(bounded);
            return self.manifest(place, facts, handle, read);
        }
        let failed = DataError::io(place.path);
        let start = packed.start(at, 16).map_err(failed)?;
        if let Some(kind) = file_kinds::foreign_format(&start) {
            self.push(place, CandidateKind::Other(kind.to_owned()), facts, handle);
            return Ok(());
        }
        if file_kinds::needs_a_file(&start) {
            let is_archive = start.starts_with(archive::ZIP);
            if !is_archive
                && self
                    .seen
                    .has_member(place.path, self.found.len(), facts.bytes)
            {
                let handle = Handle::Packed(Arc::clone(packed), at);
                self.push(place, CandidateKind::Costs, facts, handle);
                return Ok(());
            }
            let file = unpacked((packed, at), self.scratch, self.progress).map_err(failed)?;
            return self.open_file(&file, place, facts.modified);
        }
        let kind = text_kind(content::Input::member(packed, at), place)?;
        self.push(place, kind, facts, handle);
        Ok(())
    }
}

/// Unpacks a member to a file without a name: Parquet, compressed texts and archives are read from one.
fn unpacked(
    (archive, at): (&Arc<Archive>, usize),
    scratch: &Path,
    progress: &Progress,
) -> io::Result<Arc<File>> {
    tracing::info!("a member of an archive is unpacked");
    let mut file = tempfile::tempfile_in(content::usable(scratch))?;
    let mut member = Stoppable::new(archive.reader(at)?, progress);
    io::copy(&mut member, &mut file)?;
    Ok(Arc::new(file))
}

/// Maximum size of a small file. A manifest of thousands of files has a few megabytes.
const LARGEST_TEXT: u64 = 64 << 20;

/// Reads a small file as a whole, and refuses a large one.
fn bounded(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    reader.take(LARGEST_TEXT + 1).read_to_end(&mut text)?;
    if text.len() as u64 > LARGEST_TEXT {
        return Err(io::Error::other(
            "it is far too large for a file of this name",
        ));
    }
    Ok(text)
}

/// File metadata.
#[derive(Default, Clone, Copy)]
pub(super) struct Facts {
    pub(super) bytes: u64,
    pub(super) modified: Option<DateTime<Utc>>,
}

impl Facts {
    fn of(path: &Path) -> Self {
        let meta = fs::metadata(path).ok();
        Self {
            bytes: meta.as_ref().map_or(0, fs::Metadata::len),
            modified: meta.and_then(|meta| meta.modified().ok()).map(Into::into),
        }
    }
}

fn archive_depth(path: &str) -> usize {
    let ends = |part: &&str| part.to_ascii_lowercase().ends_with(".zip");
    names::components(path)
        .iter()
        .filter(|part| ends(part))
        .count()
}

fn is_manifest(place: ItemPlace<'_>) -> bool {
    !place.named && names::is_manifest(place.path)
}
