//! Makes a flat list of all given sources: files, folders at any depth, members of archives.
//!
//! The kind of an item is determined by its content, not its name. Nothing is skipped silently: an item that is not
//! read is in the list with the reason.

use super::archive;
use super::archive::Archive;
use super::candidate::{Candidate, CandidateKind, Holder, OnDisk};
use super::content;
use super::content::Content;
use super::folder_items::{Item, Visited};
use super::manifest::ExportManifest;
use super::tally::Tally;
use super::{delta, file_kinds, names, printed_json};
use crate::data::error::DataError;
use crate::data::ingest::head;
use crate::data::progress::{Progress, Stoppable};
use crate::data::table::file_cursor::SharedFile;
use chrono::{DateTime, Utc};
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

enum Handle {
    File(PathBuf),
    /// A file without a path: standard input, or an unpacked member.
    Open(Arc<File>),
    Member(Arc<Archive>, usize),
}

/// Collects candidates from the given sources.
pub struct Gatherer<'a> {
    /// Where members of archives are unpacked to.
    scratch: &'a Path,
    progress: &'a Progress,
    pub found: Vec<FoundFile>,
    visited: Visited,
}

/// The location of an item.
#[derive(Clone, Copy)]
struct Place<'a> {
    path: &'a str,
    origin: usize,
    /// Given directly, not found in a folder or an archive.
    named: bool,
    depth: usize,
}

impl FoundFile {
    /// Its content, ready to be read.
    pub(crate) fn content(&self) -> Result<Content, DataError> {
        let name = &self.candidate.path;
        match &self.handle {
            Handle::File(path) => content::look(path, name),
            Handle::Open(file) => content::look_into(Arc::clone(file), name),
            Handle::Member(archive, at) => {
                let input = content::Input::member(archive, *at);
                Ok(Content::Texts(vec![(name.clone(), input)]))
            }
        }
    }

    /// Where it is read from; `None` if that is no file on disk.
    pub(crate) fn on_disk(&self) -> Option<OnDisk<'_>> {
        let holder = self.holder.as_ref().map(OnDisk::Member);
        self.path().map(OnDisk::File).or(holder)
    }

    /// The path of its file on disk, if it has one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match &self.handle {
            Handle::File(path) => Some(path),
            Handle::Open(_) | Handle::Member(..) => None,
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
        }
    }

    /// Adds a file or folder.
    pub fn add_path(&mut self, path: &Path, name: &str, origin: usize) -> Result<(), DataError> {
        let place = Place {
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
        let place = Place {
            path: name,
            origin,
            named: true,
            depth: 0,
        };
        self.open_file(&Arc::new(file), place, None)
    }

    fn push(&mut self, place: Place<'_>, kind: CandidateKind, file: Facts, handle: Handle) {
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

    fn leave_out(&mut self, place: Place<'_>, path: &Path, why: &str) {
        let facts = Facts::of(path);
        let kind = CandidateKind::Other(why.to_owned());
        self.push(place, kind, facts, Handle::File(path.to_owned()));
    }

    fn folder(&mut self, path: &Path, place: Place<'_>) -> Result<(), DataError> {
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
            let Item {
                path: item,
                name,
                is_folder,
                left_out,
            } = item;
            let shown = format!("{}/{name}", place.path);
            let inside = Place {
                path: &shown,
                named: false,
                depth: place.depth + 1,
                ..place
            };
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

    fn file(&mut self, path: &Path, place: Place<'_>) -> Result<(), DataError> {
        let facts = Facts::of(path);
        let file = File::open(path).map_err(DataError::io(place.path))?;
        let file = Arc::new(file);
        if archive::is_archive(&file) {
            let (first, seen) = (self.found.len(), file.metadata());
            self.archive(&file, place)?;
            let seen = seen.map_err(DataError::io(place.path))?;
            for (number, found) in self.found.iter_mut().skip(first).enumerate() {
                let inside = found.candidate.path.strip_prefix(place.path);
                found.holder = Some(Holder {
                    path: path.to_owned(),
                    file: Arc::clone(&file),
                    seen: seen.clone(),
                    member: format!("{number} {}", inside.unwrap_or_default()),
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
        place: Place<'_>,
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
        place: Place<'_>,
        facts: Facts,
        handle: Handle,
    ) -> Result<(), DataError> {
        if is_manifest(place) {
            return self.manifest(place, facts, handle, bounded(SharedFile::new(file)));
        }
        let content = content::look_into(Arc::clone(file), place.path);
        let kind = match content {
            Ok(Content::Stored(_)) => CandidateKind::Costs,
            Ok(Content::Json(file)) => {
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
        place: Place<'_>,
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
    fn archive(&mut self, file: &Arc<File>, place: Place<'_>) -> Result<(), DataError> {
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
            let inside = Place {
                path: &shown,
                named: false,
                depth: place.depth + 1,
                ..place
            };
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
        archive: &Arc<Archive>,
        at: usize,
        place: Place<'_>,
        facts: Facts,
    ) -> Result<(), DataError> {
        let handle = Handle::Member(Arc::clone(archive), at);
        if is_manifest(place) {
            let read = archive.reader(at).and_then(bounded);
            return self.manifest(place, facts, handle, read);
        }
        let failed = DataError::io(place.path);
        let start = archive.start(at, 16).map_err(failed)?;
        if let Some(kind) = file_kinds::foreign_format(&start) {
            self.push(place, CandidateKind::Other(kind.to_owned()), facts, handle);
            return Ok(());
        }
        if file_kinds::needs_a_file(&start) {
            // Parquet, compressed texts and archives are read from a file.
            let folder = content::usable(self.scratch);
            let mut unpacked = tempfile::tempfile_in(folder).map_err(failed)?;
            let member = archive.reader(at).map_err(failed)?;
            let mut member = Stoppable::new(member, self.progress);
            io::copy(&mut member, &mut unpacked).map_err(failed)?;
            return self.open_file(&Arc::new(unpacked), place, facts.modified);
        }
        let kind = text_kind(content::Input::member(archive, at), place)?;
        self.push(place, kind, facts, handle);
        Ok(())
    }
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
struct Facts {
    bytes: u64,
    modified: Option<DateTime<Utc>>,
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

fn is_manifest(place: Place<'_>) -> bool {
    let name = names::file_name(place.path).to_ascii_lowercase();
    !place.named && (name == "manifest.json" || name.ends_with("_manifest.json"))
}

/// Detects the kind of a text by its header.
fn text_kind(input: content::Input<'static>, place: Place<'_>) -> Result<CandidateKind, DataError> {
    if let Some(headers) = input.column_names() {
        let read = crate::data::columns::layout::Layout::read(place.path, &headers);
        return kind_of(read, place);
    }
    let input = input.named(place.path);
    let (tally, progress) = (Tally::default(), Progress::default());
    // Reading the text reports the error with its location.
    let Ok(mut text) = input.open(&tally, &progress) else {
        return Ok(CandidateKind::Costs);
    };
    kind_of(head::read(place.path, &mut text), place)
}

/// Leaves out a file without cost data if it was found in a folder or archive, and refuses it if it was given directly.
fn kind_of<T>(read: Result<T, DataError>, place: Place<'_>) -> Result<CandidateKind, DataError> {
    let why = match read {
        Ok(_) => return Ok(CandidateKind::Costs),
        Err(DataError::OtherDataset { kind, .. }) => kind.to_owned(),
        Err(error) if place.named => return Err(error),
        Err(DataError::NoCost { .. }) => "no cost column was found in it".to_owned(),
        // Costs that cannot be read must not make the total smaller.
        Err(DataError::NotCsv { kind, .. }) if !kind.starts_with("separated by") => {
            kind.into_owned()
        }
        // A text that is not a table may have quotes anywhere.
        Err(DataError::Line { .. }) if !has_cost_ending(place.path) => {
            "not a table of costs".to_owned()
        }
        Err(error) => return Err(error),
    };
    Ok(CandidateKind::Other(why))
}

fn has_cost_ending(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    [".csv", ".csv.gz", ".parquet"]
        .iter()
        .any(|ending| lower.ends_with(ending))
}
