//! Kept views, a small text file each, and the last view of each scope.

use super::error::StoreError;
use super::files;
use crate::domain::saved_view::SavedView;
use std::fs;
use std::path::{Path, PathBuf};

/// A view by its name, or what is wrong with its file.
pub type Named = (String, Result<SavedView, StoreError>);

/// The folder of the views.
#[derive(Debug, Clone)]
pub struct ViewFolder {
    path: PathBuf,
}

/// Files of people are small; anything larger is no view.
const LARGEST: u64 = 64 << 10;

impl ViewFolder {
    /// The views under a data folder.
    pub fn new(data_dir: &Path) -> Self {
        Self {
            path: data_dir.join("views"),
        }
    }

    /// The file of a view.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.toml"))
    }

    fn last_file(&self, scope: &str) -> PathBuf {
        self.path.join("last").join(format!("{scope}.toml"))
    }

    /// Every view, by the alphabet.
    pub fn list(&self) -> Result<Vec<Named>, StoreError> {
        let entries = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(files::at(&self.path))?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry.map_err(files::at(&self.path))?.path();
            let named = path.extension().is_some_and(|end| end == "toml");
            let Some(name) = path.file_stem().filter(|_| named) else {
                continue;
            };
            found.push((name.to_string_lossy().into_owned(), read(&path)));
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(found)
    }

    /// Keeps a view; one of the same name is replaced.
    pub fn save(&self, name: &str, view: &SavedView) -> Result<PathBuf, StoreError> {
        let path = self.file(name);
        files::private_folder(&self.path)?;
        write(&path, view)?;
        Ok(path)
    }

    /// Takes a view away.
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        let path = self.file(name);
        fs::remove_file(&path).map_err(files::at(&path))
    }

    /// How a scope was looked at for last. A file that cannot be read only costs the view.
    pub fn last(&self, scope: &str) -> Option<SavedView> {
        read(&self.last_file(scope)).ok()
    }

    /// Remembers how a scope is looked at.
    pub fn remember(&self, scope: &str, view: &SavedView) -> Result<(), StoreError> {
        files::private_folder(&self.path.join("last"))?;
        write(&self.last_file(scope), view)
    }
}

fn damaged(path: &Path, problem: &str) -> StoreError {
    StoreError::Damaged {
        path: path.to_owned(),
        problem: problem.trim_end().to_owned(),
    }
}

fn read(path: &Path) -> Result<SavedView, StoreError> {
    let size = fs::metadata(path).map_err(files::at(path))?.len();
    if size > LARGEST {
        return Err(damaged(path, "it is too large to be a view"));
    }
    let text = fs::read_to_string(path).map_err(files::at(path))?;
    toml::from_str(&text).map_err(|error| damaged(path, &error.to_string()))
}

fn write(path: &Path, view: &SavedView) -> Result<(), StoreError> {
    let text = toml::to_string_pretty(view).map_err(|error| damaged(path, &error.to_string()))?;
    files::write_whole(path, text.as_bytes())
}
