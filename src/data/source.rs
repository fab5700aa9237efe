//! What a source is made of, told by content and not by name: a CSV file as it is or gzipped, members of a zip archive,
//! Parquet.
//!
//! Azure's exports write `.csv`, `.csv.gz` and Parquet; people send each other zip archives. Packed data is checked to its
//! end: both formats carry a checksum, and a file that was cut off is refused.

use super::error::DataError;
use super::progress::Progress;
use super::reading::blocks::record_end;
use super::shared::Shared;
use super::stored::file::{Bytes, version};
use super::stored::foreign::Transcript;
use super::stored::info::SCHEMA;
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

const GZIP: &[u8] = b"\x1f\x8b";
const ZIP: &[u8] = b"PK\x03\x04";
const PARQUET: &[u8] = b"PAR1";

/// One text to read, which can be opened again when the pass has to start anew.
pub(crate) struct Input<'a> {
    pub(crate) name: &'a str,
    kind: Kind,
    /// Columns that come as binary floating point numbers.
    pub(crate) floats: Vec<String>,
    /// Columns that have no text.
    pub(crate) unread: Vec<String>,
}

enum Kind {
    Plain(Arc<File>),
    Gzip(Arc<File>),
    Member(Arc<File>, usize),
    Parquet(Bytes),
    /// The start of another input.
    Start(Arc<Vec<u8>>),
}

/// Something that can be read in a thread of its own.
pub(crate) type Source<'a> = Box<dyn Read + Send + 'a>;

/// What passed by of a source as it was given.
#[derive(Default)]
pub(crate) struct Tally {
    inner: Arc<Mutex<(Sha256, u64)>>,
}

impl Tally {
    pub(crate) fn bytes(&self) -> u64 {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).1
    }

    pub(crate) fn sha256(&self) -> String {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let digest = inner.0.clone().finalize();
        crate::domain::request::hex(&digest)
    }
}

/// Counts and hashes what is read.
struct Counted<'a> {
    source: Source<'a>,
    inner: Arc<Mutex<(Sha256, u64)>>,
    progress: &'a Progress,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.0.update(buffer.get(..count).unwrap_or_default());
        inner.1 += count as u64;
        self.progress.add(count as u64);
        Ok(count)
    }
}

impl Input<'_> {
    pub(crate) fn open<'a>(
        &self,
        tally: &Tally,
        progress: &'a Progress,
    ) -> Result<Source<'a>, DataError> {
        let failed = |source| DataError::Io {
            file: self.name.to_owned(),
            source,
        };
        let counted = |source: Source<'static>| -> Source<'a> {
            let inner = Arc::clone(&tally.inner);
            Box::new(Counted {
                source,
                inner,
                progress,
            })
        };
        Ok(match &self.kind {
            Kind::Plain(file) => counted(Box::new(Shared::new(file))),
            Kind::Gzip(file) => {
                let raw = counted(Box::new(Shared::new(file)));
                Box::new(Packed {
                    inner: MultiGzDecoder::new(BufReader::with_capacity(1 << 17, raw)),
                })
            }
            Kind::Member(file, at) => counted(member(Shared::new(file), *at).map_err(failed)?),
            Kind::Parquet(bytes) => counted(Box::new(Transcript::new(bytes.clone())?)),
            Kind::Start(text) => Box::new(Cursor::new(Arc::clone(text).to_vec())),
        })
    }
}

/// A member of an archive; unpacked in a thread of its own, because it borrows the archive.
fn member(file: Shared, at: usize) -> io::Result<Source<'static>> {
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
struct Packed<R> {
    inner: R,
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

/// What is in a file.
pub(crate) enum Content {
    /// A table of ours in today's format.
    Stored(Bytes),
    /// Texts to read, each with the name to call it by.
    Texts(Vec<(String, Input<'static>)>),
    /// Rows of Usage Details as JSON, to be turned into texts first.
    Json,
}

/// Looks into a file.
pub(crate) fn look(path: &Path, name: &str) -> Result<Content, DataError> {
    let file = File::open(path).map_err(|source| DataError::Io {
        file: name.to_owned(),
        source,
    })?;
    look_into(file, name)
}

/// Looks into an open file.
pub(crate) fn look_into(file: File, name: &str) -> Result<Content, DataError> {
    let failed = |source| DataError::Io {
        file: name.to_owned(),
        source,
    };
    let file = Arc::new(file);
    let mut start = Vec::new();
    Shared::new(&file)
        .take(ZIP.len() as u64)
        .read_to_end(&mut start)
        .map_err(failed)?;
    let one = |kind| {
        let input = Input::of(kind);
        Content::Texts(vec![(name.to_owned(), input)])
    };
    if start == b"PK\x05\x06" {
        return Err(DataError::NotCsv {
            file: name.to_owned(),
            kind: "a zip archive with nothing in it",
        });
    }
    if start == ZIP {
        return members(&file, name);
    }
    if start.starts_with(GZIP) {
        return Ok(one(Kind::Gzip(file)));
    }
    let visible = start.trim_ascii_start();
    if visible.starts_with(b"{") || visible.starts_with(b"\xef\xbb\xbf{") {
        return Ok(Content::Json);
    }
    if start == PARQUET {
        return parquet(Bytes::File(file), name);
    }
    Ok(one(Kind::Plain(file)))
}

fn parquet(bytes: Bytes, name: &str) -> Result<Content, DataError> {
    let meta = bytes.metadata().map_err(|error| DataError::Packed {
        file: name.to_owned(),
        kind: "Parquet file",
        problem: error.to_string(),
    })?;
    match version(&meta) {
        Some(SCHEMA) => Ok(Content::Stored(bytes)),
        Some(newer) if newer > SCHEMA => Err(DataError::Stored(format!(
            "{name}: it was written by a newer version of costscope (schema {newer})"
        ))),
        _ => {
            let transcript = Transcript::new(bytes.clone())?;
            let input = Input {
                floats: transcript.floats(),
                unread: transcript.unread,
                ..Input::of(Kind::Parquet(bytes))
            };
            Ok(Content::Texts(vec![(name.to_owned(), input)]))
        }
    }
}

fn members(file: &Arc<File>, name: &str) -> Result<Content, DataError> {
    let broken = |error: zip::result::ZipError| DataError::Packed {
        file: name.to_owned(),
        kind: "zip archive",
        problem: error.to_string(),
    };
    let mut archive = zip::ZipArchive::new(BufReader::new(Shared::new(file))).map_err(broken)?;
    let mut inputs = Vec::new();
    for at in 0..archive.len() {
        let member = archive.by_index(at).map_err(broken)?;
        let inside = member.name().map_err(broken)?.into_owned();
        // Beside the files of a Mac lie others of the same name that describe them.
        if is_csv(&inside) && !inside.starts_with("__MACOSX/") {
            let kind = Kind::Member(Arc::clone(file), at);
            let input = Input::of(kind);
            inputs.push((format!("{name}/{inside}"), input));
        }
    }
    if inputs.is_empty() {
        return Err(DataError::NotCsv {
            file: name.to_owned(),
            kind: "a zip archive or workbook without any .csv in it; save the sheet as CSV",
        });
    }
    Ok(Content::Texts(inputs))
}

fn is_csv(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("csv"))
}

impl Input<'_> {
    /// The whole records among the first bytes; nothing where they cannot be had quickly.
    pub(crate) fn start(&self, bytes: u64) -> Option<Self> {
        if matches!(self.kind, Kind::Parquet(_)) {
            return None;
        }
        let (tally, progress) = (Tally::default(), Progress::default());
        let mut text = Vec::new();
        let source = self.open(&tally, &progress).ok()?;
        source.take(bytes).read_to_end(&mut text).ok()?;
        if text.len() as u64 == bytes {
            text.truncate(record_end(&text)?);
        }
        Some(Self {
            name: self.name,
            kind: Kind::Start(Arc::new(text)),
            floats: Vec::new(),
            unread: Vec::new(),
        })
    }
}

impl Input<'static> {
    fn of(kind: Kind) -> Self {
        Self {
            name: "",
            kind,
            floats: Vec::new(),
            unread: Vec::new(),
        }
    }

    /// A file that is known to be text.
    pub(crate) fn plain(file: File) -> Self {
        Self::of(Kind::Plain(Arc::new(file)))
    }

    /// Bytes to be read, where that is known.
    pub(crate) fn bytes(&self) -> Option<u64> {
        match &self.kind {
            Kind::Plain(file) | Kind::Gzip(file) => file.metadata().ok().map(|meta| meta.len()),
            Kind::Member(..) | Kind::Parquet(_) | Kind::Start(_) => None,
        }
    }

    /// The input under the name that errors call it by.
    pub(crate) fn named(self, name: &str) -> Input<'_> {
        Input {
            name,
            kind: self.kind,
            floats: self.floats,
            unread: self.unread,
        }
    }
}
