//! Gathers what sources consist of: files, members of folders and archives, standard input, blobs, ledger entries.

use super::kept_runs;
use super::kept_runs::KeptRuns;
use crate::data::error::DataError;
use crate::data::pipe::Pipe;
use crate::data::sources::content::usable;
use crate::data::sources::gather::seen_files::SeenFile;
use crate::data::sources::gather::{FoundFile, Gatherer};
use crate::domain::report::request::ReportKey;
use crate::domain::text::bytes;
use crate::ops::context::{OpenContext, STDIN};
use crate::ops::error::OpsError;
use crate::ops::remote_sources;
use crate::ops::remote_sources::{ContainerLocks, StorageRun};
use crate::store::files;
use crate::store::ledger::{Ledger, LedgerEntry};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// The files and reports of all sources.
pub(super) struct Gathered {
    /// Files, including those in folders, archives and blob storage.
    pub(super) found: Vec<FoundFile>,
    /// Reports of the ledger with their positions among the sources.
    pub(super) entries: Vec<(usize, LedgerEntry)>,
    /// Notes on what was fetched.
    pub(super) notes: Vec<String>,
    /// Runs of exports that the ledger can hold.
    pub(super) runs: KeptRuns,
    /// Fetched blobs stay as they are until everything has been read.
    pub(super) locks: ContainerLocks,
}

/// Gathers all sources, ledger entries separate from files.
pub(super) fn gather(context: &OpenContext<'_>, sources: &[String]) -> Result<Gathered, OpsError> {
    let has_rows = |seen: &SeenFile<'_>| {
        let cache = context.cache;
        cache.is_some_and(|cache| cache.has_rows(seen, context.dates))
    };
    let gatherer = Gatherer::new(context.scratch, context.progress);
    let mut gatherer = gatherer.knowing(&has_rows);
    let (mut entries, mut notes) = (Vec::new(), Vec::new());
    let (mut runs, mut locks) = (KeptRuns::default(), ContainerLocks::default());
    let reading = (context.scratch, context.progress);
    if let Some(remote) = context.remote {
        remote.lock_all(sources, reading, &mut locks)?;
    }
    for (origin, name) in sources.iter().enumerate() {
        let path = Path::new(name);
        if name == STDIN {
            const NAME: &str = "standard input";
            let input = Pipe::standard_input(context.progress);
            let file = input.and_then(|input| spooled(context, input));
            gatherer.add_open(file.map_err(DataError::io(NAME))?, NAME, origin)?;
        } else if remote_sources::is_one(name) {
            let Some(remote) = context.remote else {
                return Err(OpsError::Usage(format!(
                    "{name}: blob storage is not available to this command; fetch the files first"
                )));
            };
            let stored = |run: &StorageRun| kept_runs::stored(context, run);
            let files = remote.gather(name, origin, reading, &stored)?;
            gatherer.found.extend(files.found);
            notes.push(files.note);
            for (run, report) in files.runs {
                notes.extend(runs.add(run, report));
            }
        } else if path.is_file() || path.is_dir() {
            gatherer.add_path(path, name, origin)?;
        } else if path.exists() {
            // A named pipe, such as a shell's `<(zcat costs.csv.gz)`.
            let pipe = Pipe::open(path, context.progress);
            let file = pipe.and_then(|pipe| spooled(context, pipe));
            gatherer.add_open(file.map_err(DataError::io(name))?, name, origin)?;
        } else {
            entries.push((origin, find_entry(context.ledger, name)?));
        }
    }
    Ok(Gathered {
        found: gatherer.found,
        entries,
        notes,
        runs,
        locks,
    })
}

/// Copies the source to a file first, since a pass may have to start again. The copy has no name and disappears when the
/// work ends, also when it is cancelled. A source without an end does not fill the disk.
fn spooled(context: &OpenContext<'_>, mut source: Pipe<'_>) -> io::Result<File> {
    /// Bytes between two looks at the disk.
    const PIECE: u64 = 16 << 20;
    let folder = usable(context.scratch);
    let mut file = tempfile::tempfile_in(&folder)?;
    let least = files::least_room(&folder);
    let (mut whole, mut checked) = (0, 0);
    let mut buffer = vec![0; 1 << 18];
    loop {
        let count = source.read(&mut buffer)?;
        let Some(read) = buffer.get(..count).filter(|read| !read.is_empty()) else {
            return Ok(file);
        };
        file.write_all(read)?;
        whole += count as u64;
        if whole - checked < PIECE {
            continue;
        }
        checked = whole;
        if files::space(&folder).is_some_and(|(free, _)| free < least) {
            return Err(io::Error::other(format!(
                "{} were read without an end, and the disk of {} is nearly full; save them to a file on another disk",
                bytes(whole),
                folder.display()
            )));
        }
    }
}

fn find_entry(ledger: Option<&Ledger>, name: &str) -> Result<LedgerEntry, OpsError> {
    let found = match ledger {
        Some(ledger) => ledger.find(&ReportKey::from_text(name))?,
        None => None,
    };
    found.ok_or_else(|| {
        if let Some((scheme, _)) = name.split_once("://") {
            return OpsError::Failed(format!(
                "{name}: addresses with {scheme}:// are not read; give az://ACCOUNT/CONTAINER/PATH, an https address of \
                 blob storage, or sc:// for a Spark server"
            ));
        }
        OpsError::Failed(format!(
            "{name} is neither a file or folder nor a ledger key; give a cost file, an export folder, or a key from \
             `costscope ledger list`"
        ))
    })
}
