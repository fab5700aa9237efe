//! Lists the items of a folder and decides which to read. No folder is listed twice, and a link is followed only to a
//! hidden item in the same folder.

use super::names;
use std::collections::HashSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Folders already visited, by device and inode.
#[derive(Default)]
pub(super) struct Visited {
    folders: HashSet<(u64, u64)>,
    /// The named folder. Links that lead out of it are not followed.
    root: PathBuf,
}

/// An item of a folder.
pub(super) struct FolderItem {
    pub(super) path: PathBuf,
    pub(super) name: String,
    pub(super) is_folder: bool,
    /// The reason it is left out, if it is.
    pub(super) left_out: Option<&'static str>,
}

impl Visited {
    /// Starts at a named folder.
    pub(super) fn begin(&mut self, root: &Path) {
        *self = Self {
            folders: HashSet::new(),
            root: root.canonicalize().unwrap_or_else(|_| root.to_owned()),
        };
    }

    /// The items of a folder, sorted by name; `None` if the folder was visited before.
    pub(super) fn items(&mut self, folder: &Path) -> io::Result<Option<Vec<FolderItem>>> {
        let meta = fs::metadata(folder)?;
        if !self.folders.insert((meta.dev(), meta.ino())) {
            return Ok(None);
        }
        let mut items = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default();
            items.push(FolderItem {
                name: name.to_string_lossy().into_owned(),
                is_folder: false,
                left_out: None,
                path,
            });
        }
        items.sort_by(|a, b| a.path.cmp(&b.path));
        for item in &mut items {
            let kind = fs::symlink_metadata(&item.path)?.file_type();
            item.is_folder = kind.is_dir();
            item.left_out = if kind.is_symlink() {
                let why = self.link(&item.path);
                // Hidden items are read only through a link: mounted folders are laid out like this.
                item.is_folder = why.is_none() && item.path.is_dir();
                why
            } else if kind.is_dir() || kind.is_file() {
                None
            } else {
                Some("a pipe, a socket or a device, not a file")
            };
        }
        Ok(Some(items))
    }

    /// The reason a link is not followed, if it is not.
    fn link(&self, path: &Path) -> Option<&'static str> {
        let Ok(target) = path.canonicalize() else {
            return Some("a broken link");
        };
        let Ok(inside) = target.strip_prefix(&self.root) else {
            return Some("a link that leads out of the folder; name its target to read it");
        };
        let mut parts = inside
            .components()
            .map(|part| part.as_os_str().to_string_lossy());
        if parts.any(|part| names::hidden(&part).is_some()) && (target.is_file() || target.is_dir())
        {
            return None;
        }
        Some("a link to an item in this folder, which is listed under its own path")
    }
}
