//! Pinned and recently ordered scopes, in one small file for all origins.

use super::error::StoreError;
use super::folder::Folder;
use crate::domain::scope::{Agreement, ScopeId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The number of recent scopes to keep.
const RECENT: usize = 5;

/// A scope and its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinnedScope {
    pub scope: ScopeId,
    pub name: String,
    #[serde(default)]
    pub agreement: Option<Agreement>,
}

/// The pinned and recent scopes of one cloud or endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinnedScopes {
    #[serde(default)]
    pub pinned: Vec<PinnedScope>,
    /// Most recent first.
    #[serde(default)]
    pub recent: Vec<PinnedScope>,
}

impl PinnedScopes {
    /// Pins or unpins a scope; returns whether it is pinned now.
    pub fn toggle_pin(&mut self, mark: PinnedScope) -> bool {
        let before = self.pinned.len();
        self.pinned.retain(|known| known.scope != mark.scope);
        let pinned = self.pinned.len() == before;
        if pinned {
            self.pinned.push(mark);
        }
        pinned
    }

    /// Records a scope for which a report was ordered.
    pub fn remember(&mut self, mark: PinnedScope) {
        self.recent.retain(|known| known.scope != mark.scope);
        self.recent.insert(0, mark);
        self.recent.truncate(RECENT);
    }

    /// Whether a scope is pinned.
    pub fn is_pinned(&self, scope: &ScopeId) -> bool {
        self.pinned.iter().any(|mark| mark.scope == *scope)
    }
}

/// The file of pinned and recent scopes.
#[derive(Debug, Clone)]
pub struct PinnedScopesFile {
    data_dir: PathBuf,
}

const FILE: &str = "scopes.json";
const LOCK: &str = "scopes.lock";
/// The size limit of the file: room for far more than a few hundred scopes.
const LARGEST: u64 = 4 << 20;

impl PinnedScopesFile {
    /// The file under a data folder.
    pub fn new(data_dir: &Path) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
        }
    }

    /// The scopes of one origin.
    pub fn read(&self, origin: &str) -> Result<PinnedScopes, StoreError> {
        let folder = Folder::private(&self.data_dir)?;
        Ok(read_all(&folder)?.remove(origin).unwrap_or_default())
    }

    /// Changes the scopes of one origin and keeps those of all others.
    pub fn change(
        &self,
        origin: &str,
        change: impl FnOnce(&mut PinnedScopes),
    ) -> Result<PinnedScopes, StoreError> {
        let folder = Folder::private(&self.data_dir)?;
        // Two processes may pin at the same time.
        let _lock = folder.lock(LOCK)?;
        // An unreadable file is not overwritten: it may be repaired by hand.
        let mut all = read_all(&folder)?;
        let marks = all.entry(origin.to_owned()).or_default();
        change(marks);
        let changed = marks.clone();
        folder.write_json(FILE, &all)?;
        Ok(changed)
    }
}

fn read_all(folder: &Folder) -> Result<BTreeMap<String, PinnedScopes>, StoreError> {
    match folder.read(FILE, LARGEST)? {
        Some(text) => serde_json::from_slice(&text).map_err(|error| damaged(folder, &error)),
        None => Ok(BTreeMap::new()),
    }
}

fn damaged(folder: &Folder, error: &serde_json::Error) -> StoreError {
    StoreError::Damaged {
        path: folder.item(FILE),
        problem: error.to_string(),
    }
}
