//! Saved views, one small text file each, and the last view of each scope.

use super::error::StoreError;
use super::folder::Folder;
use crate::domain::query::saved_view::SavedView;
use std::path::{Path, PathBuf};

/// A view by its name, or the error of its file.
pub type NamedView = (String, Result<SavedView, StoreError>);

/// The folder of the views.
#[derive(Debug, Clone)]
pub struct ViewFolder {
    data_dir: PathBuf,
}

/// Views are small files; anything larger is not a view.
const LARGEST: u64 = 64 << 10;
const VIEWS: &str = "views";
const LAST: &str = "last";
const ENDING: &str = ".toml";

impl ViewFolder {
    /// The views under a data folder.
    pub fn new(data_dir: &Path) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
        }
    }

    /// The folder, if it exists yet.
    fn existing(&self) -> Result<Option<Folder>, StoreError> {
        Folder::private(&self.data_dir)?.existing(VIEWS)
    }

    fn made(&self) -> Result<Folder, StoreError> {
        Folder::private(&self.data_dir)?.child(VIEWS)
    }

    /// Lists every view in alphabetical order.
    pub fn list(&self) -> Result<Vec<NamedView>, StoreError> {
        let Some(folder) = self.existing()? else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for (file, _) in folder.items()? {
            let Some(name) = file.strip_suffix(ENDING) else {
                continue;
            };
            found.push((name.to_owned(), read(&folder, &file)));
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(found)
    }

    /// Saves a view and returns its path. A view of the same name is replaced.
    pub fn save(&self, name: &str, view: &SavedView) -> Result<PathBuf, StoreError> {
        let (folder, file) = (self.made()?, file_name(name));
        write(&folder, &file, view)?;
        Ok(folder.item(&file))
    }

    /// Deletes a view.
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        let (folder, file) = (self.made()?, file_name(name));
        if folder.remove_file(&file)? {
            return Ok(());
        }
        Err(StoreError::Io {
            path: folder.item(&file),
            source: std::io::ErrorKind::NotFound.into(),
        })
    }

    /// The last view of a scope. If its file is unreadable, only the view is lost.
    pub fn last(&self, scope: &str) -> Option<SavedView> {
        let folder = self.existing().ok()??.existing(LAST).ok()??;
        read(&folder, &file_name(scope)).ok()
    }

    /// Stores the current view of a scope.
    pub fn remember(&self, scope: &str, view: &SavedView) -> Result<(), StoreError> {
        write(&self.made()?.child(LAST)?, &file_name(scope), view)
    }
}

fn file_name(name: &str) -> String {
    format!("{name}{ENDING}")
}

fn damaged(folder: &Folder, file: &str, problem: &str) -> StoreError {
    StoreError::Damaged {
        path: folder.item(file),
        problem: problem.trim_end().to_owned(),
    }
}

fn read(folder: &Folder, file: &str) -> Result<SavedView, StoreError> {
    let bytes = folder.read(file, LARGEST)?;
    let missing = || damaged(folder, file, "it has been deleted");
    let text = String::from_utf8(bytes.ok_or_else(missing)?)
        .map_err(|_| damaged(folder, file, "it is not UTF-8 text"))?;
    toml::from_str(&text).map_err(|error| damaged(folder, file, &at_its_line(&text, &error)))
}

/// The message of an error without the picture of its line.
fn at_its_line(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    match before {
        Some(before) => format!(
            "line {}: {}",
            before.matches('\n').count() + 1,
            error.message()
        ),
        None => error.message().to_owned(),
    }
}

fn write(folder: &Folder, file: &str, view: &SavedView) -> Result<(), StoreError> {
    let text =
        toml::to_string_pretty(view).map_err(|error| damaged(folder, file, &error.to_string()))?;
    folder.write(file, text.as_bytes())
}
