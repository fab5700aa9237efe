//! Opens sources by content, not by name: CSV files, plain or gzipped, members of zip archives, and Parquet.
//!
//! Azure's exports write `.csv`, `.csv.gz` and Parquet; people send each other zip archives. Compressed data is
//! verified to its end: both formats have a checksum, and a file that was cut off is refused.

use super::archive::{Archive, Packed};
use super::file_kinds::{GZIP, PARQUET, ZIP, foreign_format, is_json};
use super::file_ranges::{FileRanges, PIECE};
use super::tally::{Counted, Tally};
use super::utf_16::{SendReader, decoded};
use crate::data::error::DataError;
use crate::data::ingest::blocks::{BLOCK, Blocks, Split, record_end};
use crate::data::ingest::head;
use crate::data::ingest::head::Head;
use crate::data::ingest::records::Records;
use crate::data::progress::Progress;
use crate::data::table::bytes::Bytes;
use crate::data::table::file_cursor::{SharedFile, start_of};
use crate::data::table::footer::SCHEMA;
use crate::data::table::foreign::binary;
use crate::data::table::foreign::blocks::ColumnBlocks;
use crate::data::table::foreign::kinds::TypeNotes;
use crate::data::table::foreign::parquet_as_csv::ParquetText;
use crate::data::table::parquet_file::ParquetFile;
use flate2::read::MultiGzDecoder;
use std::cell::Cell;
use std::fs::{File, Metadata};
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A text to read, which can be opened again when the pass restarts.
pub(crate) struct Input<'a> {
    pub(crate) name: &'a str,
    kind: ContentKind,
    /// Notes on the types of its columns.
    pub(crate) types: TypeNotes,
    /// The position of this text in a larger one with several tables.
    section: Section,
    /// Repeated headers are skipped, not the start of another table.
    one_table: bool,
    /// The encoding of the text, detected when it was first opened; `None` for UTF-8.
    encoding: Cell<Option<&'static str>>,
    /// Whether the text around this section is known to be UTF-8.
    utf_8: bool,
}

/// Maximum number of tables in one text: years of months, with a few tables for each.
const MOST_TABLES: usize = 1000;

/// A section of a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) start: u64,
    /// Its length in bytes; `None` for the rest of the text.
    pub(crate) length: Option<u64>,
    /// Lines before it.
    pub(crate) lines: u64,
}

#[derive(Clone)]
enum ContentKind {
    Plain(Arc<File>),
    Gzip(Arc<File>),
    Member(Arc<Archive>, usize),
    /// A table, and its columns of binary data.
    Parquet(Bytes, Arc<[String]>),
    /// The start of another input.
    Start(Arc<Vec<u8>>),
}

impl Input<'_> {
    pub(crate) fn open<'a>(
        &self,
        tally: &Tally,
        progress: &'a Progress,
    ) -> Result<SendReader<'a>, DataError> {
        let failed = DataError::io(self.name);
        let counted = |source: SendReader<'static>| -> SendReader<'a> {
            Box::new(Counted::new(source, tally, progress))
        };
        let raw: SendReader<'a> = match &self.kind {
            // UTF-8 text can be read directly from the start of the section.
            ContentKind::Plain(file) if self.utf_8 => {
                let from = SharedFile::from(file, self.section.start);
                let rest = Section {
                    start: 0,
                    ..self.section
                };
                return rest.of(counted(Box::new(from))).map_err(failed);
            }
            ContentKind::Plain(file) => counted(Box::new(SharedFile::new(file))),
            ContentKind::Gzip(file) => {
                let raw = counted(Box::new(SharedFile::new(file)));
                Box::new(Packed {
                    inner: MultiGzDecoder::new(BufReader::with_capacity(1 << 17, raw)),
                })
            }
            ContentKind::Member(archive, at) => counted(archive.reader(*at).map_err(failed)?),
            ContentKind::Parquet(bytes, binary) => {
                let count = tally.part_counter(bytes.clone(), progress);
                let text = ParquetText::new(bytes.clone(), binary)?;
                return Ok(Box::new(text.counted(count)));
            }
            ContentKind::Start(text) => {
                return Ok(Box::new(Cursor::new(Arc::clone(text).to_vec())));
            }
        };
        let (text, encoding) = decoded(raw).map_err(failed)?;
        self.encoding.set(encoding);
        self.section.of(text).map_err(failed)
    }

    /// The records of a plain file, read on the threads that parse them; `None` if its bytes must be read in order. So many
    /// were read, of which `start` is left.
    pub(crate) fn ranges<'a>(
        &self,
        (read, start): (u64, &[u8]),
        size: usize,
        tally: &Tally,
        progress: &'a Progress,
    ) -> Option<FileRanges<'a>> {
        let ContentKind::Plain(file) = &self.kind else {
            return None;
        };
        let whole = self.section == Section::default() && self.encoding.get().is_none();
        if tally.hashes() || !(self.utf_8 || whole) {
            return None;
        }
        let facts = file.metadata().ok().filter(Metadata::is_file)?;
        let begin = self.section.start;
        let end = match self.section.length {
            Some(length) => (begin + length).min(facts.len()),
            None => facts.len(),
        };
        let counted = begin + read;
        let at = counted.checked_sub(start.len() as u64)?;
        let places = (at..end, counted);
        (counted <= end)
            .then(|| FileRanges::new(file, places, (size, PIECE), (tally.shared(), progress)))
    }

    /// The names of its columns, if they are known without reading a row.
    pub(crate) fn column_names(&self) -> Option<Vec<String>> {
        match &self.kind {
            ContentKind::Parquet(bytes, binary) => {
                Some(ParquetText::new(bytes.clone(), binary).ok()?.names())
            }
            ContentKind::Plain(_)
            | ContentKind::Gzip(_)
            | ContentKind::Member(..)
            | ContentKind::Start(_) => None,
        }
    }

    /// The header of its typed columns, if it has them.
    pub(crate) fn typed_head(&self) -> Option<Head> {
        let ContentKind::Parquet(..) = &self.kind else {
            return None;
        };
        head::of_names(self.name, self.column_names()?)
    }

    /// Its rows as typed columns, in blocks that stand for about `size` bytes of text; `None` if it is a text.
    pub(crate) fn typed_blocks<'a>(
        &self,
        size: usize,
        tally: &Tally,
        progress: &'a Progress,
    ) -> Option<Result<ColumnBlocks<'a>, DataError>> {
        let ContentKind::Parquet(bytes, binary) = &self.kind else {
            return None;
        };
        let count = tally.part_counter(bytes.clone(), progress);
        Some(ColumnBlocks::new((bytes.clone(), binary), size, count))
    }

    /// Number of bytes of its text, if that is not packed.
    pub(crate) fn text_bytes(&self) -> Option<u64> {
        match &self.kind {
            ContentKind::Plain(file) => file.metadata().ok().map(|meta| meta.len()),
            ContentKind::Start(text) => Some(text.len() as u64),
            ContentKind::Gzip(_) | ContentKind::Member(..) | ContentKind::Parquet(..) => None,
        }
    }

    /// Whether the text is made from a Parquet file.
    pub(crate) fn is_parquet(&self) -> bool {
        matches!(self.kind, ContentKind::Parquet(..))
    }

    /// Lines of the larger text before this section.
    pub(crate) fn lines_before(&self) -> u64 {
        self.section.lines
    }

    /// The kind of repair that its encoding makes necessary.
    pub(crate) fn encoding(&self) -> Option<&'static str> {
        self.encoding.get()
    }

    /// Whether repeated headers are skipped instead of starting another table.
    pub(crate) fn is_one_table(&self) -> bool {
        self.one_table
    }
}

impl Section {
    /// Limits a text to the section.
    fn of(self, mut text: SendReader<'_>) -> io::Result<SendReader<'_>> {
        if self.start > 0 {
            io::copy(
                &mut Read::by_ref(&mut text).take(self.start),
                &mut io::sink(),
            )?;
        }
        Ok(match self.length {
            Some(length) => Box::new(text.take(length)),
            None => text,
        })
    }
}

/// The content of a file.
pub(crate) enum Content {
    /// A stored table in the current format.
    Stored(Box<ParquetFile>),
    /// Texts to read, each with its name in messages.
    Texts(Vec<(String, Input<'static>)>),
    /// Rows of Usage Details as JSON, which are converted to texts first.
    Json(Arc<File>),
}

/// Detects the content of a file.
pub(crate) fn look(path: &Path, name: &str) -> Result<Content, DataError> {
    let file = File::open(path).map_err(DataError::io(name))?;
    look_into(Arc::new(file), name)
}

/// Detects the content of an open file.
pub(crate) fn look_into(file: Arc<File>, name: &str) -> Result<Content, DataError> {
    let failed = DataError::io(name);
    let start = start_of(SharedFile::new(&file), 1024).map_err(failed)?;
    let one = |kind| {
        let input = Input::of(kind);
        Content::Texts(vec![(name.to_owned(), input)])
    };
    if start.starts_with(b"PK\x05\x06") {
        return Err(DataError::not_csv(name, "an empty zip archive"));
    }
    if start.starts_with(ZIP) {
        return members(&file, name);
    }
    if let Some(kind) = foreign_format(&start) {
        return Err(DataError::not_csv(name, kind));
    }
    if start.starts_with(GZIP) {
        refuse_tar(&file, name)?;
        return Ok(one(ContentKind::Gzip(file)));
    }
    if is_json(&start) {
        return Ok(Content::Json(file));
    }
    if start.starts_with(PARQUET) {
        return parquet(Bytes::File(file), name);
    }
    Ok(one(ContentKind::Plain(file)))
}

/// The CSV files in an archive.
fn members(file: &Arc<File>, name: &str) -> Result<Content, DataError> {
    let (archive, members) = Archive::open(file).map_err(|problem| DataError::Packed {
        file: name.to_owned(),
        kind: "zip archive",
        problem,
    })?;
    let texts = members.into_iter().filter(|member| is_csv(&member.name));
    let texts = texts.map(|member| {
        let input = Input::of(ContentKind::Member(Arc::clone(&archive), member.at));
        (format!("{name}/{}", member.name), input)
    });
    Ok(Content::Texts(texts.collect()))
}

fn is_csv(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("csv"))
}

/// Refuses a compressed tar archive and data that was compressed twice.
fn refuse_tar(file: &Arc<File>, name: &str) -> Result<(), DataError> {
    let unpacked = MultiGzDecoder::new(BufReader::new(SharedFile::new(file)));
    // Damaged data is reported when it is read.
    let start = start_of(unpacked, 512).unwrap_or_default();
    if start.starts_with(GZIP) {
        return Err(DataError::NotCsv {
            file: name.to_owned(),
            kind: "a gzip file inside a gzip file; unpack it once".into(),
        });
    }
    if start.get(257..262) == Some(b"ustar") {
        return Err(DataError::not_csv(
            name,
            "a tar archive compressed with gzip (.tar.gz); unpack it and give its files",
        ));
    }
    Ok(())
}

/// The folder for working data, or the system's if it does not exist or is read-only.
pub(crate) fn usable(scratch: &Path) -> PathBuf {
    if tempfile::tempfile_in(scratch).is_ok() {
        scratch.to_owned()
    } else {
        std::env::temp_dir()
    }
}

fn parquet(bytes: Bytes, name: &str) -> Result<Content, DataError> {
    let damaged = |error: DataError| DataError::Packed {
        file: name.to_owned(),
        kind: "Parquet file",
        problem: error.to_string(),
    };
    let file = ParquetFile::open(bytes).map_err(damaged)?.unwrapped();
    match file.version() {
        Some(SCHEMA) => Ok(Content::Stored(Box::new(file))),
        Some(newer) if newer > SCHEMA => Err(DataError::Stored(format!(
            "{name}: it was written by a newer version of costscope (schema {newer})"
        ))),
        _ => {
            let bytes = file.into_bytes();
            let binary = binary::without_text(&bytes).map_err(damaged)?;
            let transcript = ParquetText::new(bytes.clone(), &binary).map_err(damaged)?;
            // All of its rows have the same columns, so there is no other table after a header.
            let input = Input {
                types: transcript.notes,
                one_table: true,
                ..Input::of(ContentKind::Parquet(bytes, binary.into()))
            };
            Ok(Content::Texts(vec![(name.to_owned(), input)]))
        }
    }
}

impl Input<'_> {
    /// The complete records among the first bytes; `None` if they cannot be read quickly.
    pub(crate) fn start(&self, bytes: u64) -> Option<Self> {
        if matches!(self.kind, ContentKind::Parquet(..)) {
            return None;
        }
        let (tally, progress) = (Tally::default(), Progress::default());
        let source = self.open(&tally, &progress).ok()?;
        let mut text = start_of(source, bytes).ok()?;
        if text.len() as u64 == bytes {
            text.truncate(record_end(&text)?);
        }
        Some(Self {
            name: self.name,
            ..Input::of(ContentKind::Start(Arc::new(text)))
        })
    }

    /// The section of each table in a text with several headers.
    pub(crate) fn sections(&self) -> Result<Vec<Section>, DataError> {
        let (tally, progress) = (Tally::default(), Progress::default());
        let (first, _) = head::read(self.name, &mut self.open(&tally, &progress)?)?;
        let source = self.open(&tally, &progress)?;
        let failed = DataError::io(self.name);
        let mut blocks = Blocks::new(Vec::new(), source, BLOCK, Split::Fields);
        let (mut sections, mut at, mut lines) =
            (vec![self.section], self.section.start, self.section.lines);
        let mut seen_header = false;
        let mut spare = Vec::new();
        while let Some(block) = blocks.next_block(spare).map_err(failed)? {
            let mut records = Records::new(&block.text);
            let mut fields = Vec::new();
            let mut before = 0;
            while let Ok(true) = records.next(&mut fields) {
                let here = lines + records.record_line - 1;
                if first.is_repeated(&block.text, &fields, &mut Vec::new())
                    || head::names_a_header(&block.text, &fields)
                {
                    if seen_header {
                        if sections.len() >= MOST_TABLES {
                            return Err(DataError::Line {
                                file: self.name.to_owned(),
                                line: here + 1,
                                problem: format!(
                                    "this is the header of another table, and there are {MOST_TABLES} already; give the tables as separate files"
                                ),
                            });
                        }
                        // Blank lines before the header belong to the table above: `here` has counted them.
                        let rest = block.text.get(before..).unwrap_or_default();
                        let blank = rest.iter().take_while(|byte| b"\r\n".contains(byte));
                        sections.push(Section {
                            start: at + (before + blank.count()) as u64,
                            length: None,
                            lines: here,
                        });
                    }
                    seen_header = true;
                }
                before = records.position();
            }
            at += block.text.len() as u64;
            lines += records.lines();
            spare = block.text;
        }
        let ends: Vec<u64> = sections
            .iter()
            .skip(1)
            .map(|section| section.start)
            .collect();
        for (section, end) in sections.iter_mut().zip(ends) {
            section.length = Some(end - section.start);
        }
        Ok(sections)
    }

    /// The same text under another name.
    pub(crate) fn renamed<'b>(&self, name: &'b str) -> Input<'b> {
        Input {
            name,
            section: self.section,
            utf_8: self.utf_8,
            ..Input::of(self.kind.clone())
        }
    }

    /// One of the tables of this text.
    pub(crate) fn part(&self, section: Section) -> Self {
        Self {
            name: self.name,
            section,
            utf_8: section.start > 0 && self.encoding.get().is_none(),
            ..Input::of(self.kind.clone())
        }
    }
}

impl Input<'static> {
    fn of(kind: ContentKind) -> Self {
        Self {
            name: "",
            kind,
            types: TypeNotes::default(),
            section: Section::default(),
            one_table: false,
            encoding: Cell::new(None),
            utf_8: false,
        }
    }

    /// The same text as one table, even if its header is repeated.
    pub(crate) fn into_one_table(self) -> Self {
        Self {
            one_table: true,
            ..self
        }
    }

    /// A member of an archive as a text.
    pub(crate) fn member(archive: &Arc<Archive>, at: usize) -> Self {
        Self::of(ContentKind::Member(Arc::clone(archive), at))
    }

    /// A file that is known to be text.
    pub(crate) fn plain(file: Arc<File>) -> Self {
        Self::of(ContentKind::Plain(file))
    }

    /// Number of bytes to read, if known.
    pub(crate) fn bytes(&self) -> Option<u64> {
        match &self.kind {
            ContentKind::Plain(file) | ContentKind::Gzip(file) => {
                file.metadata().ok().map(|meta| meta.len())
            }
            ContentKind::Parquet(bytes, _) => Some(bytes.len()),
            ContentKind::Member(..) | ContentKind::Start(_) => None,
        }
    }

    /// The input with the name that errors use.
    pub(crate) fn named(self, name: &str) -> Input<'_> {
        Input { name, ..self }
    }
}
