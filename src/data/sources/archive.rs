//! Reads zip archives: lists their members and unpacks each one in its own thread.

use super::utf_16::SendReader;
use crate::data::table::file_cursor::{SharedFile, start_of};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

/// The signature at the start of an archive.
pub(crate) const ZIP: &[u8] = b"PK\x03\x04";

/// A file in an archive.
pub(crate) struct Member {
    /// Index among the entries of the archive.
    pub(crate) at: usize,
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) modified: Option<DateTime<Utc>>,
}

/// Whether a file is a zip archive.
pub(crate) fn is_archive(file: &Arc<File>) -> bool {
    start_of(SharedFile::new(file), 4).is_ok_and(|start| start == ZIP)
}

/// An open archive. Its directory is read only once.
pub(crate) struct Archive {
    zip: zip::ZipArchive<SharedFile>,
}

impl Archive {
    /// Opens an archive and lists its files. Duplicate member names are an error, because a lookup by name finds only
    /// one of them.
    pub(crate) fn open(file: &Arc<File>) -> Result<(Arc<Self>, Vec<Member>), String> {
        let zip = zip::ZipArchive::new(SharedFile::new(file)).map_err(|error| error.to_string())?;
        if let Some(name) = repeated(file) {
            return Err(format!(
                "two members are named {name}, and only one of them would be read; unpack it and give the files"
            ));
        }
        let archive = Self { zip };
        let members = archive.members()?;
        Ok((Arc::new(archive), members))
    }

    fn members(&self) -> Result<Vec<Member>, String> {
        let broken = |error: zip::result::ZipError| error.to_string();
        let mut zip = self.zip.clone();
        let mut members = Vec::new();
        for at in 0..zip.len() {
            let member = zip.by_index(at).map_err(broken)?;
            if member.is_dir() {
                continue;
            }
            members.push(Member {
                at,
                name: member.name().map_err(broken)?.into_owned(),
                bytes: member.size(),
                modified: member.last_modified().and_then(time),
            });
        }
        Ok(members)
    }

    /// The first bytes of a member.
    pub(crate) fn start(&self, at: usize, bytes: u64) -> io::Result<Vec<u8>> {
        let mut zip = self.zip.clone();
        let member = zip.by_index(at).map_err(io::Error::other)?;
        start_of(Packed { inner: member }, bytes)
    }

    /// A reader of a member. A separate thread unpacks it, because unpacking borrows the archive.
    pub(crate) fn reader(&self, at: usize) -> io::Result<SendReader<'static>> {
        let mut zip = self.zip.clone();
        let (reader, mut writer) = io::pipe()?;
        let (send, problem) = std::sync::mpsc::channel();
        let unpacking = std::thread::Builder::new().spawn(move || {
            let copied = zip
                .by_index(at)
                .map_err(io::Error::other)
                .and_then(|member| io::copy(&mut Packed { inner: member }, &mut writer));
            let _ = send.send(copied.map(|_| ()));
        });
        if unpacking.is_err() {
            // The system allows no further thread.
            return self.unpacked(at);
        }
        Ok(Box::new(Piped {
            reader,
            problem,
            done: false,
        }))
    }

    /// A member, unpacked to a file without a name.
    fn unpacked(&self, at: usize) -> io::Result<SendReader<'static>> {
        let mut zip = self.zip.clone();
        let member = zip.by_index(at).map_err(io::Error::other)?;
        let mut file = tempfile::tempfile()?;
        io::copy(&mut Packed { inner: member }, &mut file)?;
        Ok(Box::new(SharedFile::new(&Arc::new(file))))
    }
}

/// A name that two entries of the directory at the end of an archive share. The zip crate keeps only one of them.
fn repeated(file: &Arc<File>) -> Option<String> {
    const END: &[u8] = b"PK\x05\x06";
    const ENTRY: &[u8] = b"PK\x01\x02";
    let mut reader = SharedFile::new(file);
    let length = reader.seek(SeekFrom::End(0)).ok()?;
    let tail_at = length.saturating_sub(66_000);
    let tail = read_from(&mut reader, tail_at, length - tail_at)?;
    let at = memchr::memmem::rfind(&tail, END)?;
    let [size, start] = [at + 12, at + 16].map(|at| number(&tail, at, 4));
    let directory = read_from(&mut reader, start?, size?.min(length))?;
    let (mut names, mut at) = (HashSet::new(), 0);
    while directory.get(at..at + 4) == Some(ENTRY) {
        let [name, extra, comment] = [28, 30, 32].map(|place| number(&directory, at + place, 2));
        let (name, rest) = (usize::try_from(name?).ok()?, extra? + comment?);
        let text = directory.get(at + 46..at + 46 + name)?.to_vec();
        at += 46 + name + usize::try_from(rest).ok()?;
        if !names.insert(text.clone()) {
            return Some(String::from_utf8_lossy(&text).into_owned());
        }
    }
    None
}

fn read_from(reader: &mut SharedFile, at: u64, bytes: u64) -> Option<Vec<u8>> {
    reader.seek(SeekFrom::Start(at)).ok()?;
    start_of(reader, bytes).ok()
}

/// Reads a little-endian number of `size` bytes.
fn number(bytes: &[u8], at: usize, size: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + size)?.iter().rev();
    Some(bytes.fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn time(time: zip::DateTime) -> Option<DateTime<Utc>> {
    let day = NaiveDate::from_ymd_opt(
        i32::from(time.year()),
        u32::from(time.month()),
        u32::from(time.day()),
    )?;
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    let time = day.and_hms_opt(hour.into(), minute.into(), second.into())?;
    Some(time.and_utc())
}

/// The read end of a pipe, with the result of the thread at its write end.
struct Piped {
    reader: io::PipeReader,
    problem: std::sync::mpsc::Receiver<io::Result<()>>,
    done: bool,
}

impl Read for Piped {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        if count == 0 && !buffer.is_empty() && !self.done {
            let ended = |_| Err(io::Error::other("unpacking ended unexpectedly"));
            self.problem.recv().unwrap_or_else(ended)?;
            self.done = true;
        }
        Ok(count)
    }
}

/// A reader whose errors say that the compressed data is damaged.
pub(crate) struct Packed<R> {
    pub(crate) inner: R,
}

impl<R: Read> Read for Packed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer).map_err(|error| {
            let words = match error.kind() {
                io::ErrorKind::Interrupted => return error,
                io::ErrorKind::UnexpectedEof => {
                    "the compressed data is cut off: download or export it again".to_owned()
                }
                _ => {
                    format!("the compressed data is damaged ({error}): download or export it again")
                }
            };
            io::Error::new(error.kind(), words)
        })
    }
}
