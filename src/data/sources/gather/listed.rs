//! Files of a list that are not on this machine: the plan decides by their names and manifests which of them are fetched.

use super::classified::ItemPlace;
use super::{Facts, FoundFile, Gatherer, Handle};
use crate::data::error::DataError;
use crate::data::sources::candidate::CandidateKind;
use crate::data::sources::names;
use chrono::{DateTime, Utc};
use std::path::{Path, PathBuf};

/// A file of a list.
#[derive(Debug, Clone)]
pub struct ListedFile {
    /// The path in messages: the address of its container, and its name.
    pub path: String,
    /// The name below what was asked for.
    pub name: String,
    pub bytes: u64,
    pub modified: Option<DateTime<Utc>>,
    /// Its bytes, if they are on this machine.
    pub local: Option<PathBuf>,
    /// The reason it cannot be read, if there is one.
    pub unusable: Option<String>,
    /// Given directly, not found in a folder.
    pub named: bool,
}

impl FoundFile {
    /// Whether it was listed and not fetched.
    pub fn is_absent(&self) -> bool {
        matches!(self.handle, Handle::Absent)
    }

    /// Takes its rows from a stored table: it need not be fetched.
    pub fn use_stored(&mut self) {
        self.handle = Handle::Stored;
    }

    /// Whether its rows are read from a stored table.
    pub fn is_stored(&self) -> bool {
        matches!(self.handle, Handle::Stored)
    }
}

impl Gatherer<'_> {
    /// Adds a file of a list. If its bytes are not here, its kind follows from its name until they are.
    pub fn add_listed(&mut self, file: &ListedFile, origin: usize) -> Result<(), DataError> {
        let place = ItemPlace {
            path: &file.path,
            origin,
            named: file.named,
            depth: usize::from(!file.named),
        };
        let facts = Facts {
            bytes: file.bytes,
            modified: file.modified,
        };
        let mut parts = names::components(&file.name).into_iter();
        let hidden = parts.find_map(names::hidden).map(ToOwned::to_owned);
        let unfit = || {
            let fits = file.named || names::may_hold_costs(&file.name);
            (!fits).then(|| "its name does not end like that of a data file".to_owned())
        };
        let why = file.unusable.clone().or(hidden).or_else(unfit);
        match (why, &file.local) {
            (Some(why), _) => self.push(place, CandidateKind::Other(why), facts, Handle::Absent),
            (None, None) => self.push(place, CandidateKind::Costs, facts, Handle::Absent),
            (None, Some(local)) => self.settled(local, place, facts)?,
        }
        Ok(())
    }

    /// Takes the bytes of a file that was fetched: their content decides what it is. An archive takes several places.
    pub fn settle(&mut self, at: usize, local: &Path) -> Result<(), DataError> {
        let after = self
            .found
            .split_off(at.saturating_add(1).min(self.found.len()));
        let Some(found) = self.found.pop() else {
            return Ok(());
        };
        let candidate = &found.candidate;
        let place = ItemPlace {
            path: &candidate.path,
            origin: candidate.origin,
            named: false,
            depth: 1,
        };
        let facts = Facts {
            bytes: candidate.bytes,
            modified: candidate.modified,
        };
        let done = self.settled(local, place, facts);
        self.found.extend(after);
        done
    }

    fn settled(
        &mut self,
        local: &Path,
        place: ItemPlace<'_>,
        facts: Facts,
    ) -> Result<(), DataError> {
        let before = self.found.len();
        self.file(local, place)?;
        for found in self.found.iter_mut().skip(before) {
            let candidate = &mut found.candidate;
            // Members of an archive have times of their own.
            if candidate.path == place.path {
                candidate.modified = facts.modified;
            }
        }
        Ok(())
    }
}
