//! Scopes that the user comes back to: pinned ones, and those ordered for last. One small file for all origins.

use super::error::StoreError;
use super::files;
use crate::domain::scope::{Agreement, ScopeId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Recent scopes that are kept.
const RECENT: usize = 5;

/// A scope and what it was called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub scope: ScopeId,
    pub name: String,
    #[serde(default)]
    pub agreement: Option<Agreement>,
}

/// What is kept for one cloud or endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Marks {
    #[serde(default)]
    pub pinned: Vec<Mark>,
    /// The last one first.
    #[serde(default)]
    pub recent: Vec<Mark>,
}

impl Marks {
    /// Pins a scope, or takes the pin away; whether it is pinned now.
    pub fn toggle_pin(&mut self, mark: Mark) -> bool {
        let before = self.pinned.len();
        self.pinned.retain(|known| known.scope != mark.scope);
        let pinned = self.pinned.len() == before;
        if pinned {
            self.pinned.push(mark);
        }
        pinned
    }

    /// Remembers a scope that was ordered for.
    pub fn remember(&mut self, mark: Mark) {
        self.recent.retain(|known| known.scope != mark.scope);
        self.recent.insert(0, mark);
        self.recent.truncate(RECENT);
    }

    /// Whether a scope is pinned.
    pub fn is_pinned(&self, scope: &ScopeId) -> bool {
        self.pinned.iter().any(|mark| mark.scope == *scope)
    }
}

/// The file of all marks.
#[derive(Debug, Clone)]
pub struct MarkFile {
    path: PathBuf,
}

impl MarkFile {
    /// The marks under a data folder.
    pub fn new(data_dir: &Path) -> Self {
        Self {
            path: data_dir.join("scopes.json"),
        }
    }

    /// The marks of one origin. A file that cannot be read only costs the marks.
    pub fn read(&self, origin: &str) -> Marks {
        self.all().remove(origin).unwrap_or_default()
    }

    fn all(&self) -> BTreeMap<String, Marks> {
        self.read_all().unwrap_or_default()
    }

    fn read_all(&self) -> Result<BTreeMap<String, Marks>, StoreError> {
        let text = match std::fs::read(&self.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(BTreeMap::new());
            }
            other => other.map_err(files::at(&self.path))?,
        };
        serde_json::from_slice(&text).map_err(|error| self.damaged(&error))
    }

    fn damaged(&self, error: &serde_json::Error) -> StoreError {
        StoreError::Damaged {
            path: self.path.clone(),
            problem: error.to_string(),
        }
    }

    /// Changes the marks of one origin and keeps those of all others.
    pub fn change(
        &self,
        origin: &str,
        change: impl FnOnce(&mut Marks),
    ) -> Result<Marks, StoreError> {
        // Two windows may pin at the same time.
        let lock_path = self.path.with_extension("lock");
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&lock_path)
            .map_err(files::at(&lock_path))?;
        // Where locks do not work, nobody waits.
        let _ = lock.lock();
        // A file that cannot be read is not written over: it may be mended by hand.
        let mut all = self.read_all()?;
        let marks = all.entry(origin.to_owned()).or_default();
        change(marks);
        let changed = marks.clone();
        let text = serde_json::to_vec_pretty(&all).map_err(|error| self.damaged(&error))?;
        files::write_whole(&self.path, &text)?;
        Ok(changed)
    }
}
