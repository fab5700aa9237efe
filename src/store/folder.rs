//! A folder handle. Everything in the folder is reached through its handle and by plain names, so that no link and no
//! name written into a file can lead out of it.

use super::error::{StoreError, Version, at, newer_than_ours};
use super::leftovers::abandoned::is_abandoned;
use super::lock::Lock;
use super::trust;
use rustix::fs::{self, AtFlags, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::ffi::{CStr, CString};
use std::fs::{DirBuilder, File, TryLockError};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// The longest file name that file systems accept, in bytes.
pub const LONGEST_NAME: usize = 255;
/// Our folders are three levels deep; anything deeper is not ours.
const DEEPEST: usize = 32;
/// The start of the names of files that are being written.
const UNFINISHED: &str = ".new-";

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);

/// A folder of ours. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Folder {
    /// The open folder. One that does not exist and cannot be made is empty for readers, and an error for writers.
    handle: Result<Arc<OwnedFd>, Errno>,
    path: PathBuf,
}

/// Whether an error says that nothing can be made in a place.
fn is_unwritable(error: Errno) -> bool {
    matches!(
        error,
        Errno::ROFS | Errno::ACCESS | Errno::PERM | Errno::NOTDIR | Errno::NOENT
    )
}

/// The kind of an item in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemKind {
    File,
    Folder,
    /// A link, a pipe or a device, which costscope never creates.
    Foreign,
}

impl ItemKind {
    fn of(kind: FileType) -> Self {
        match kind {
            FileType::RegularFile => Self::File,
            FileType::Directory => Self::Folder,
            FileType::Symlink
            | FileType::Fifo
            | FileType::Socket
            | FileType::CharacterDevice
            | FileType::BlockDevice
            | FileType::Unknown => Self::Foreign,
        }
    }
}

/// Whether a text is the name of one item in a folder and cannot lead out of it.
pub fn is_plain(name: &str) -> bool {
    let dots = name == "." || name == "..";
    !name.is_empty() && !dots && name.len() <= LONGEST_NAME && !name.contains(['/', '\0'])
}

impl Folder {
    /// Opens a folder that the user chose, and creates it if needed. Only we may be able to write to it. Where it cannot be
    /// created, it is empty, and only writing fails.
    pub fn private(path: &Path) -> Result<Self, StoreError> {
        if let Some(folder) = Self::found(path)? {
            return Ok(folder);
        }
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        if let Err(error) = made {
            let errno = Errno::from_io_error(&error).filter(|errno| is_unwritable(*errno));
            return match errno {
                Some(errno) => Ok(Self::missing(path.to_owned(), errno)),
                None => Err(at(path)(error)),
            };
        }
        let handle = fs::open(path, FOLDER, Mode::empty()).map_err(failed(path))?;
        Self::trusted(handle, path.to_owned())
    }

    /// A folder that does not exist and cannot be made.
    fn missing(path: PathBuf, errno: Errno) -> Self {
        Self {
            handle: Err(errno),
            path,
        }
    }

    /// The handle, or the reason that nothing can be written.
    fn handle(&self) -> Result<&Arc<OwnedFd>, StoreError> {
        self.handle
            .as_ref()
            .map_err(|errno| StoreError::Unwritable {
                path: self.path.clone(),
                source: (*errno).into(),
            })
    }

    /// Opens a folder that the user chose, if it exists.
    pub fn found(path: &Path) -> Result<Option<Self>, StoreError> {
        trust::check_link(path)?;
        match fs::open(path, FOLDER, Mode::empty()) {
            Ok(handle) => Self::trusted(handle, path.to_owned()).map(Some),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
            Err(error) => Err(failed(path)(error)),
        }
    }

    fn trusted(handle: OwnedFd, path: PathBuf) -> Result<Self, StoreError> {
        let file = File::from(handle);
        trust::check(&path, &file.metadata().map_err(at(&path))?)?;
        Ok(Self {
            handle: Ok(Arc::new(file.into())),
            path,
        })
    }

    /// The path of the folder, for messages and for readers that take a path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder as an open file, to lock it or to ask for its times.
    pub(super) fn as_file(&self) -> Result<File, StoreError> {
        let handle = self.handle()?.try_clone();
        handle.map(File::from).map_err(at(&self.path))
    }

    /// The path of an item, for messages and for readers that take a path.
    pub fn item(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Checks that a name is plain.
    fn plain<'a>(&self, name: &'a str) -> Result<&'a str, StoreError> {
        if is_plain(name) {
            return Ok(name);
        }
        Err(StoreError::Damaged {
            path: self.path.clone(),
            problem: format!("`{name}` is not a valid name for a file in it"),
        })
    }

    /// Opens a subfolder, and creates it if needed.
    pub fn child(&self, name: &str) -> Result<Self, StoreError> {
        let path = self.item(self.plain(name)?);
        let made = match &self.handle {
            Ok(handle) => fs::mkdirat(handle, name, Mode::RWXU),
            Err(errno) => Err(*errno),
        };
        match (made, self.existing(name)?) {
            (_, Some(folder)) => Ok(folder),
            (Err(errno), None) if is_unwritable(errno) => Ok(Self::missing(path, errno)),
            (Err(errno), None) if errno != Errno::EXIST => Err(failed(&path)(errno)),
            (Ok(()) | Err(_), None) => Err(StoreError::Io {
                path,
                source: std::io::ErrorKind::NotFound.into(),
            }),
        }
    }

    /// Opens a subfolder, if it exists.
    pub fn existing(&self, name: &str) -> Result<Option<Self>, StoreError> {
        let path = self.item(self.plain(name)?);
        let Ok(handle) = &self.handle else {
            return Ok(None);
        };
        match fs::openat(handle, name, FOLDER | OFlags::NOFOLLOW, Mode::empty()) {
            Ok(handle) => Self::trusted(handle, path).map(Some),
            Err(Errno::NOENT) => Ok(None),
            Err(Errno::LOOP | Errno::NOTDIR) => Err(StoreError::NotOurs {
                problem: "it is a link or a file where a folder is expected".to_owned(),
                fix: "Move it away; to keep the data elsewhere, choose the folder with --data-dir"
                    .to_owned(),
                path,
            }),
            Err(error) => Err(failed(&path)(error)),
        }
    }

    /// Lists the items with their kinds. Names that are not UTF-8 are shown with replacement characters.
    pub fn items(&self) -> Result<Vec<(String, ItemKind)>, StoreError> {
        let Ok(handle) = &self.handle else {
            return Ok(Vec::new());
        };
        let failed = failed(&self.path);
        let entries = Dir::read_from(handle).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let mut items = Vec::new();
        for entry in entries.map_err(failed)? {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name == "." || name == ".." {
                continue;
            }
            let kind = match entry.file_type() {
                FileType::Unknown => self.kind(&name).unwrap_or(ItemKind::Foreign),
                kind => ItemKind::of(kind),
            };
            items.push((name, kind));
        }
        items.sort();
        Ok(items)
    }

    /// The kind of an item, if it exists.
    pub fn kind(&self, name: &str) -> Option<ItemKind> {
        let handle = self.handle.as_ref().ok()?;
        let stat = fs::statat(handle, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        is_plain(name).then(|| ItemKind::of(FileType::from_raw_mode(stat.st_mode)))
    }

    /// Opens a file for reading, if it exists. A link, a pipe or a device is an error.
    pub fn open(&self, name: &str) -> Result<Option<File>, StoreError> {
        if self.handle.is_err() {
            return Ok(None);
        }
        match self.opened(name, OFlags::RDONLY) {
            Ok(file) => Ok(Some(file)),
            Err(StoreError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Opens a regular file, never through a link, and without waiting for the other end of a pipe.
    fn opened(&self, name: &str, flags: OFlags) -> Result<File, StoreError> {
        let path = self.item(self.plain(name)?);
        let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let handle = fs::openat(self.handle()?, name, flags, Mode::RUSR | Mode::WUSR);
        let foreign = |path| StoreError::NotOurs {
            path,
            problem: "it is a folder, a link, a pipe or a device, not a file".to_owned(),
            fix: "Move it away".to_owned(),
        };
        let file = match handle {
            Err(Errno::LOOP | Errno::NXIO | Errno::ISDIR) => return Err(foreign(path)),
            other => File::from(other.map_err(failed(&path))?),
        };
        let meta = file.metadata().map_err(at(&path))?;
        if !meta.is_file() {
            return Err(foreign(path));
        }
        trust::check(&path, &meta)?;
        Ok(file)
    }

    /// Reads a file, if it exists. A file larger than `most` bytes is an error.
    pub fn read(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(file) = self.open(name)? else {
            return Ok(None);
        };
        let path = self.item(name);
        let mut bytes = Vec::new();
        let read = file.take(most.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(at(&path))?;
        if bytes.len() as u64 > most {
            return Err(StoreError::Damaged {
                path,
                problem: format!("it has more than {most} bytes, too many for this kind of file"),
            });
        }
        Ok(Some(bytes))
    }

    /// Reads a JSON file that says its `schema`, if it exists. A file of more than `most` bytes or of a newer schema than
    /// `ours` is an error.
    pub(super) fn read_json<T: DeserializeOwned>(
        &self,
        name: &str,
        (most, ours): (u64, u32),
    ) -> Result<Option<T>, StoreError> {
        let Some(text) = self.read(name, most)? else {
            return Ok(None);
        };
        if let Some(schema) = Version::newer(&text, ours) {
            return Err(newer_than_ours(self.item(name), schema));
        }
        let value = serde_json::from_slice(&text).map_err(|error| StoreError::Damaged {
            path: self.item(name),
            problem: error.to_string(),
        })?;
        Ok(Some(value))
    }

    /// Reads the record of an order in the same way.
    pub(super) fn read_note<T: DeserializeOwned>(
        &self,
        name: &str,
        limits: (u64, u32),
    ) -> Result<Option<T>, StoreError> {
        match self.read_json(name, limits) {
            Err(StoreError::Damaged { path, problem }) => {
                Err(StoreError::Journal { path, problem })
            }
            read => read,
        }
    }

    /// Opens a file to lock, and creates it if needed.
    pub fn lock_file(&self, name: &str) -> Result<File, StoreError> {
        self.opened(name, OFlags::RDWR | OFlags::CREATE)
    }

    /// Takes the lock of a file, waiting if needed. Some file systems do not support locks; they are used without one.
    pub(super) fn lock(&self, name: &str) -> Result<Lock, StoreError> {
        let file = self.lock_file(name)?;
        let _ = file.lock();
        Ok(Lock::held(file))
    }

    /// Takes the lock of a file if it is free.
    pub(super) fn try_lock(&self, name: &str) -> Result<Option<Lock>, StoreError> {
        let file = self.lock_file(name)?;
        let busy = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
        Ok((!busy).then(|| Lock::held(file)))
    }

    /// Whether another open file has the lock of a file. A lock that cannot be tried, as in a read-only folder, counts as
    /// free.
    pub(super) fn is_locked(&self, name: &str) -> Result<bool, StoreError> {
        // A mere check must not create the file.
        if self.kind(name).is_none() {
            return Ok(false);
        }
        match self.try_lock(name) {
            Err(error) if error.is_shortage() => Err(error),
            tried => Ok(matches!(tried, Ok(None))),
        }
    }

    /// Opens a file to append to, and creates it if needed.
    pub fn append(&self, name: &str) -> Result<File, StoreError> {
        self.opened(name, OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE)
    }

    /// Writes a file atomically: under an unpredictable name first, then renamed. A crash leaves the old file or the
    /// new one.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.write_by(self, name, bytes)
    }

    /// Like [`Folder::write`], but the unfinished file is in another folder on the same disk, where every start looks for
    /// those of killed processes.
    pub(super) fn write_by(
        &self,
        aside: &Self,
        name: &str,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let path = self.item(self.plain(name)?);
        let (temporary, mut file) = aside.unfinished()?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        let moved = written
            .map_err(at(&path))
            .and_then(|()| aside.rename(&temporary, self, name));
        if moved.is_err() {
            // An incomplete file is useless.
            let _ = aside.remove_file(&temporary);
        }
        moved?;
        self.sync();
        Ok(())
    }

    /// A new file under an unpredictable name. It is locked until it is closed: one without a lock is abandoned.
    fn unfinished(&self) -> Result<(String, File), StoreError> {
        loop {
            let name = format!("{UNFINISHED}{:016x}", fastrand::u64(..));
            let file = self.opened(&name, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)?;
            // Some file systems have no locks; there, abandoned files are recognized by their age.
            let _ = file.lock();
            // Another start may have taken it for abandoned before it was locked.
            if self.kind(&name).is_some() {
                return Ok((name, file));
            }
        }
    }

    /// Removes the unfinished files of processes that are gone. What cannot be removed stays for the next start.
    pub(super) fn remove_unfinished(&self, now: SystemTime) {
        for (name, kind) in self.items().unwrap_or_default() {
            if kind == ItemKind::File
                && name.starts_with(UNFINISHED)
                && let Ok(Some(file)) = self.open(&name)
                && is_abandoned(&file, now)
            {
                // It is removed while it is locked here, so that its writer cannot lock it in between.
                let _ = self.remove_file(&name);
            }
        }
    }

    /// Writes a value as JSON, atomically.
    pub(super) fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), StoreError> {
        self.write_json_by(self, name, value)
    }

    /// Like [`Folder::write_by`], for a value as JSON.
    pub(super) fn write_json_by(
        &self,
        aside: &Self,
        name: &str,
        value: &impl Serialize,
    ) -> Result<(), StoreError> {
        let text = serde_json::to_vec_pretty(value).map_err(|error| StoreError::Damaged {
            path: self.item(name),
            problem: error.to_string(),
        })?;
        self.write_by(aside, name, &text)
    }

    /// Renames an item, within this folder or into another one.
    pub fn rename(&self, name: &str, to: &Self, other: &str) -> Result<(), StoreError> {
        let (name, other) = (self.plain(name)?, to.plain(other)?);
        let moved = fs::renameat(self.handle()?, name, to.handle()?, other);
        moved.map_err(failed(&self.item(name)))
    }

    /// Removes a file; returns whether it existed.
    pub fn remove_file(&self, name: &str) -> Result<bool, StoreError> {
        match fs::unlinkat(self.handle()?, self.plain(name)?, AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(failed(&self.item(name))(error)),
        }
    }

    /// Removes an item and its contents, if it exists. A link is removed, but not its target.
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        let path = self.item(self.plain(name)?);
        let name = CString::new(name).map_err(|_| Errno::INVAL);
        let handle = self.handle()?;
        name.and_then(|name| remove_below(handle, &name, DEEPEST))
            .map_err(failed(&path))
    }

    /// Syncs the folder so that renames survive a crash. Some file systems refuse to sync folders; the rename itself is
    /// still done.
    pub fn sync(&self) {
        if let Ok(handle) = &self.handle {
            let _ = fs::fsync(handle);
        }
    }
}

/// Attaches a path to a system error.
fn failed(path: &Path) -> impl FnOnce(Errno) -> StoreError {
    let path = path.to_owned();
    move |errno| StoreError::Io {
        path,
        source: errno.into(),
    }
}

fn remove_below(folder: &OwnedFd, name: &CStr, depth: usize) -> Result<(), Errno> {
    match fs::unlinkat(folder, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => return Ok(()),
        // Linux reports `ISDIR` for a folder, other systems `PERM`.
        Err(Errno::ISDIR | Errno::PERM) => {}
        Err(error) => return Err(error),
    }
    let inner = fs::openat(folder, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())?;
    let Some(depth) = depth.checked_sub(1) else {
        return Err(Errno::NOTEMPTY);
    };
    // All names are read first: removing items while a folder is being read may skip others.
    let names = Dir::read_from(&inner)?
        .map(|entry| entry.map(|entry| entry.file_name().to_owned()))
        .collect::<Result<Vec<CString>, Errno>>()?;
    let names = names.iter().filter(|name| *name != c"." && *name != c"..");
    for name in names {
        remove_below(&inner, name, depth)?;
    }
    fs::unlinkat(folder, name, AtFlags::REMOVEDIR)
}
