//! Zip archives: their members, each readable in a thread of its own.

use super::shared::Shared;
use super::source::Source;
use chrono::{DateTime, NaiveDate, Utc};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

/// How an archive begins.
pub(crate) const ZIP: &[u8] = b"PK\x03\x04";

/// A file in an archive.
pub(crate) struct Member {
    /// Its place among the members.
    pub(crate) at: usize,
    pub(crate) name: String,
    pub(crate) bytes: u64,
    pub(crate) modified: Option<DateTime<Utc>>,
}

/// Whether a file is a zip archive.
pub(crate) fn is_archive(file: &Arc<File>) -> bool {
    let mut start = Vec::new();
    let read = Shared::new(file).take(4).read_to_end(&mut start);
    read.is_ok() && start == ZIP
}

/// The files of an archive. Two members of one name are an error: a reader by name sees one of them.
pub(crate) fn members(file: &Arc<File>) -> Result<Vec<Member>, String> {
    let broken = |error: zip::result::ZipError| error.to_string();
    let mut archive = zip::ZipArchive::new(BufReader::new(Shared::new(file))).map_err(broken)?;
    if let Some(counted) = counted(file).filter(|counted| *counted != archive.len()) {
        return Err(format!(
            "it has {counted} members and only {} names: two of them have the same name; unpack it and give the files",
            archive.len()
        ));
    }
    let mut members = Vec::new();
    for at in 0..archive.len() {
        let member = archive.by_index(at).map_err(broken)?;
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

/// How many members the directory at the end of an archive counts; nothing where the number does not fit there.
fn counted(file: &Arc<File>) -> Option<usize> {
    const END: &[u8] = b"PK\x05\x06";
    let mut reader = Shared::new(file);
    let length = reader.seek(SeekFrom::End(0)).ok()?;
    reader
        .seek(SeekFrom::Start(length.saturating_sub(66_000)))
        .ok()?;
    let mut tail = Vec::new();
    reader.read_to_end(&mut tail).ok()?;
    let at = memchr::memmem::rfind(&tail, END)?;
    let count: [u8; 2] = tail.get(at + 10..at + 12)?.try_into().ok()?;
    let count = u16::from_le_bytes(count);
    (count != u16::MAX).then_some(usize::from(count))
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

/// A member of an archive; unpacked in a thread of its own, because it borrows the archive.
pub(crate) fn reader(file: &Arc<File>, at: usize) -> io::Result<Source<'static>> {
    let file = Shared::new(file);
    let (reader, mut writer) = io::pipe()?;
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(io::Error::other)?;
    let (send, problem) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let copied = archive
            .by_index(at)
            .map_err(io::Error::other)
            .and_then(|member| io::copy(&mut Packed { inner: member }, &mut writer));
        let _ = send.send(copied.map(|_| ()));
    });
    Ok(Box::new(Piped {
        reader,
        problem,
        done: false,
    }))
}

/// The reading end of a pipe, with the error of the thread at its other end.
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

/// A reader whose errors say that it is the packing which is broken.
pub(crate) struct Packed<R> {
    pub(crate) inner: R,
}

impl<R: Read> Read for Packed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer).map_err(|error| {
            let words = match error.kind() {
                io::ErrorKind::Interrupted => return error,
                io::ErrorKind::UnexpectedEof => {
                    "the packed data is cut off: download it again".to_owned()
                }
                _ => format!("the packed data is damaged ({error}): download it again"),
            };
            io::Error::new(error.kind(), words)
        })
    }
}
