//! What lies in a folder, and which of it is looked into: nothing is twice, and a link is followed only to what is hidden in the
//! same folder.

use super::names;
use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The folders that were looked into, by device and number.
#[derive(Default)]
pub(super) struct Visited {
    folders: HashSet<(u64, u64)>,
    /// The folder that was named, where a link could lead out of it.
    root: PathBuf,
}

/// Something in a folder.
pub(super) struct Item {
    pub(super) path: PathBuf,
    pub(super) name: String,
    pub(super) is_folder: bool,
    /// Why it is left out, where it is.
    pub(super) left_out: Option<&'static str>,
}

impl Visited {
    /// Begins at a folder that was named.
    pub(super) fn begin(&mut self, root: &Path) {
        *self = Self {
            folders: HashSet::new(),
            root: root.canonicalize().unwrap_or_else(|_| root.to_owned()),
        };
    }

    /// The items of a folder by name; nothing where the folder was looked into before.
    pub(super) fn items(&mut self, folder: &Path) -> io::Result<Option<Vec<Item>>> {
        let meta = fs::metadata(folder)?;
        if !self.folders.insert((meta.dev(), meta.ino())) {
            return Ok(None);
        }
        let mut items = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default();
            items.push(Item {
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
                // What is hidden is looked at through the link only, as such folders are mounted.
                item.is_folder = why.is_none() && item.path.is_dir();
                why
            } else if kind.is_dir() || kind.is_file() {
                None
            } else {
                Some("a pipe or a device, not a file")
            };
        }
        Ok(Some(items))
    }

    /// Why a link is not followed, where it is not.
    fn link(&self, path: &Path) -> Option<&'static str> {
        let Ok(target) = path.canonicalize() else {
            return Some("a link that leads nowhere");
        };
        let Ok(inside) = target.strip_prefix(&self.root) else {
            return Some("a link that leads out of the folder; name what it leads to, to read it");
        };
        let mut parts = inside
            .components()
            .map(|part| part.as_os_str().to_string_lossy());
        if parts.any(|part| names::hidden(&part).is_some()) && (target.is_file() || target.is_dir())
        {
            return None;
        }
        Some("a link to something in this folder, which is looked at where it lies")
    }
}
