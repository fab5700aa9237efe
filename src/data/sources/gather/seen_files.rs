//! Files whose rows were read before: their kind is known without a look through them.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file on disk, or a member of an archive there, that may have been read before.
#[derive(Debug, Clone, Copy)]
pub struct SeenFile<'a> {
    pub path: &'a Path,
    /// Tells the candidates of one archive apart; empty for a file.
    pub member: &'a str,
    /// The file that has the path, as it was opened.
    pub file: &'a Arc<File>,
    /// The size of the file or the member.
    pub bytes: u64,
}

/// Answers whether rows of costs of this file are at hand, as it is now.
pub type HasRows<'a> = dyn Fn(&SeenFile<'_>) -> bool + 'a;

/// Asks about the files and members that are gathered.
#[derive(Default)]
pub(super) struct SeenFiles<'a> {
    pub(super) ask: Option<&'a HasRows<'a>>,
    /// The archive on disk whose members are gathered, at any depth.
    archive: Option<OuterArchive>,
}

struct OuterArchive {
    path: PathBuf,
    file: Arc<File>,
    /// Its path in messages.
    shown: String,
    /// The number of candidates before its own.
    first: usize,
}

impl SeenFiles<'_> {
    /// From now on, members of this archive are gathered, after so many candidates.
    pub(super) fn enter(&mut self, path: &Path, file: &Arc<File>, (shown, first): (&str, usize)) {
        self.archive = Some(OuterArchive {
            path: path.to_owned(),
            file: Arc::clone(file),
            shown: shown.to_owned(),
            first,
        });
    }

    pub(super) fn leave(&mut self) {
        self.archive = None;
    }

    /// Whether a file was read before.
    pub(super) fn has_file(&self, path: &Path, file: &Arc<File>, bytes: u64) -> bool {
        let seen = SeenFile {
            path,
            member: "",
            file,
            bytes,
        };
        self.ask.is_some_and(|ask| ask(&seen))
    }

    /// Whether a member with this path in messages, which follows so many candidates, was read before.
    pub(super) fn has_member(&self, shown: &str, before: usize, bytes: u64) -> bool {
        let (Some(ask), Some(archive)) = (self.ask, &self.archive) else {
            return false;
        };
        let member = member_name(before - archive.first, shown, &archive.shown);
        ask(&SeenFile {
            path: &archive.path,
            member: &member,
            file: &archive.file,
            bytes,
        })
    }
}

/// The name of a candidate in an archive: its number among those of the archive, and its path in there.
pub(super) fn member_name(number: usize, shown: &str, archive: &str) -> String {
    format!(
        "{number} {}",
        shown.strip_prefix(archive).unwrap_or_default()
    )
}
