//! Checks the sizes that a Parquet file declares. They are untrusted: memory is allocated only after a size has been
//! compared with the bytes that are present.
//!
//! Format: Apache Parquet, `parquet.thrift`; Apache Thrift, "Compact protocol".

use super::bytes::Bytes;
use crate::data::error::DataError;
use crate::data::panics::guarded;
use polars_parquet::parquet::schema::types::PhysicalType;
use polars_parquet::read::{ColumnChunkMetadata, FileMetadata, read_metadata};
use polars_parquet_format::thrift::protocol::TCompactInputProtocol;
use polars_parquet_format::{Encoding, PageHeader, PageType};
use std::io::Cursor;
use std::ops::Range;

/// The maximum size of a page, compressed or not. Some writers make pages of 100 MB.
pub(super) const PAGE_LIMIT: usize = 256 << 20;
/// The maximum number of rows per byte of a file. Equal values take almost no space, but no cost file is entirely
/// uniform.
const ROWS_OF_A_BYTE: u64 = 4096;
/// The maximum nesting depth of a footer.
const DEEPEST: usize = 32;

fn wrong(problem: impl std::fmt::Display) -> DataError {
    DataError::Stored(format!("the Parquet data is damaged: {problem}"))
}

/// Compares the list sizes in a footer with its length, because the footer parser allocates them up front. Returns where it
/// starts.
pub(super) fn check_footer(bytes: &Bytes) -> Result<u64, DataError> {
    let failed = |error: std::io::Error| wrong(error);
    let length = bytes.len();
    let cut = || wrong("it is cut off");
    let tail = bytes.read(length.checked_sub(8).ok_or_else(cut)?..length);
    let tail = tail.map_err(failed)?;
    let [a, b, c, d, ..] = tail.as_slice() else {
        return Err(cut());
    };
    let size = u64::from(u32::from_le_bytes([*a, *b, *c, *d])) + 8;
    let start = length.checked_sub(size).ok_or_else(cut)?;
    let footer = bytes.read(start..length - 8).map_err(failed)?;
    let mut thrift = Thrift {
        rest: footer.as_slice(),
        schema: Vec::new(),
    };
    let lies = || wrong("its footer declares more items than it has");
    thrift
        .structure(DEEPEST, FooterPlace::Footer)
        .ok_or_else(lies)?;
    if depth(&thrift.schema) > DEEPEST {
        return Err(wrong("columns are nested too deeply"));
    }
    Ok(start)
}

/// Compares the offsets and row counts in a footer with the length of the file.
pub(super) fn check_groups(meta: &FileMetadata, length: u64) -> Result<(), DataError> {
    for (at, group) in meta.row_groups.iter().enumerate() {
        let rows = group.num_rows() as u64;
        if rows > length.saturating_mul(ROWS_OF_A_BYTE) {
            return Err(wrong(format!(
                "row group {} declares {rows} rows, too many for {length} bytes",
                at + 1
            )));
        }
        for chunk in group.parquet_columns() {
            let range = chunk.byte_range();
            if range.start > range.end || range.end > length {
                return Err(wrong(format!(
                    "a column of row group {} is declared at bytes {} to {} of {length}",
                    at + 1,
                    range.start,
                    range.end
                )));
            }
        }
    }
    Ok(())
}

/// A data page of a column: its bytes in the chunk, and its declared sizes.
pub(super) struct ClaimedPage {
    pub(super) bytes: Range<usize>,
    pub(super) values: usize,
    pub(super) unpacked: usize,
    /// Whether its values are codes of the dictionary.
    pub(super) is_coded: bool,
    /// Whether its values are written one after the other.
    pub(super) is_plain: bool,
}

/// The pages of a column, with all declared sizes checked.
pub(super) struct Pages {
    /// The bytes of the dictionary, if there is one, and their uncompressed size.
    pub(super) dictionary: Range<usize>,
    pub(super) dictionary_unpacked: usize,
    /// The number of values in the dictionary.
    pub(super) dictionary_values: usize,
    pub(super) data: Vec<ClaimedPage>,
}

/// The header of a page, without negative numbers.
struct Header {
    /// Bytes of the header itself.
    length: usize,
    packed: usize,
    unpacked: usize,
    /// The number of values of a data page.
    data: Option<usize>,
    /// The number of values of a dictionary.
    dictionary: Option<usize>,
    /// Whether the values of a data page are codes, or follow each other as they are.
    is_coded: bool,
    is_plain: bool,
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Cursor::new(bytes);
        let mut protocol = TCompactInputProtocol::new(&mut reader, bytes.len().min(PAGE_LIMIT));
        let page = PageHeader::read_from_in_protocol(&mut protocol).ok()?;
        // A negative size counts as too large.
        let size = |number: i32| usize::try_from(number).unwrap_or(usize::MAX);
        let one = page.data_page_header.as_ref().map(|page| page.num_values);
        let two = page.data_page_header_v2.as_ref();
        let two = two.map(|page| page.num_values);
        let coded = page.dictionary_page_header.as_ref();
        let is_data = matches!(page.type_, PageType::DATA_PAGE | PageType::DATA_PAGE_V2);
        let is_dictionary = page.type_ == PageType::DICTIONARY_PAGE;
        let encoding = page.data_page_header.as_ref().map(|page| page.encoding);
        let encoding = encoding.or(page.data_page_header_v2.as_ref().map(|page| page.encoding));
        let by_code = [Encoding::PLAIN_DICTIONARY, Encoding::RLE_DICTIONARY];
        Some(Self {
            length: usize::try_from(reader.position()).ok()?,
            packed: size(page.compressed_page_size),
            unpacked: size(page.uncompressed_page_size),
            data: is_data.then(|| one.or(two).map_or(usize::MAX, size)),
            dictionary: is_dictionary
                .then(|| coded.map_or(usize::MAX, |page| size(page.num_values))),
            is_coded: encoding.is_some_and(|encoding| by_code.contains(&encoding)),
            is_plain: encoding == Some(Encoding::PLAIN),
        })
    }
}

/// The minimum size of a dictionary value, in bytes.
fn smallest(kind: PhysicalType) -> usize {
    match kind {
        PhysicalType::Boolean => 1,
        PhysicalType::Int32 | PhysicalType::Float | PhysicalType::ByteArray => 4,
        PhysicalType::Int64 | PhysicalType::Double => 8,
        PhysicalType::Int96 => 12,
        PhysicalType::FixedLenByteArray(size) => size.max(1),
    }
}

impl Pages {
    /// Reads the headers of all pages.
    pub(super) fn read(chunk: &ColumnChunkMetadata, bytes: &[u8]) -> Result<Self, DataError> {
        let header = |at: usize| Ok(bytes.get(at..).and_then(Header::read));
        Self::find(chunk, bytes.len(), header)
    }

    /// Reads the headers of all pages from a file, and nothing between them.
    pub(super) fn read_headers(
        chunk: &ColumnChunkMetadata,
        bytes: &Bytes,
    ) -> Result<Self, DataError> {
        /// Most headers are shorter; those with long statistics are read again.
        const FIRST: u64 = 256;
        let range = chunk.byte_range();
        let header = |at: usize| {
            let start = range.start.saturating_add(at as u64).min(range.end);
            let mut size = FIRST;
            loop {
                let end = start.saturating_add(size).min(range.end);
                let found = Header::read(&bytes.read(start..end).map_err(wrong)?);
                if found.is_some() || end == range.end || size > PAGE_LIMIT as u64 {
                    return Ok(found);
                }
                size *= 16;
            }
        };
        let length = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        Self::find(chunk, length, header)
    }

    /// Checks the pages of a column of so many bytes; `header` reads the one at a place.
    fn find(
        chunk: &ColumnChunkMetadata,
        length: usize,
        header: impl Fn(usize) -> Result<Option<Header>, DataError>,
    ) -> Result<Self, DataError> {
        let name = || chunk.descriptor().path_in_schema.join(".");
        let lies = |problem: &str| wrong(format!("column {}: {problem}", name()));
        let smallest = smallest(chunk.physical_type());
        let mut pages = Self {
            dictionary: 0..0,
            dictionary_unpacked: 0,
            dictionary_values: 0,
            data: Vec::new(),
        };
        let wanted = usize::try_from(chunk.num_values()).unwrap_or_default();
        let (mut at, mut seen) = (0, 0_usize);
        while seen < wanted {
            let header = header(at)?;
            let header = header.ok_or_else(|| lies("a page header cannot be read"))?;
            let (begin, data) = (at, at.saturating_add(header.length));
            at = data.saturating_add(header.packed);
            if at > length {
                return Err(lies("a page is longer than its column"));
            }
            let unpacked = header.unpacked;
            if unpacked > PAGE_LIMIT {
                return Err(lies("a page exceeds the size limit"));
            }
            if let Some(values) = header.dictionary {
                if values.saturating_mul(smallest) > unpacked {
                    return Err(lies("its dictionary declares more values than it has"));
                }
                (pages.dictionary, pages.dictionary_unpacked) = (begin..at, unpacked);
                pages.dictionary_values = values;
            }
            if let Some(values) = header.data {
                if values > wanted - seen {
                    return Err(lies("a page declares more values than its column has"));
                }
                seen += values;
                pages.data.push(ClaimedPage {
                    bytes: begin..at,
                    values,
                    unpacked,
                    is_coded: header.is_coded,
                    is_plain: header.is_plain,
                });
            }
        }
        Ok(pages)
    }
}

/// The depth of a schema, computed from the child counts of its columns in tree order.
fn depth(children: &[u64]) -> usize {
    let (mut open, mut deepest) = (Vec::new(), 0);
    for count in children {
        while open.last() == Some(&0) {
            open.pop();
        }
        if let Some(left) = open.last_mut() {
            *left -= 1;
        }
        open.push(*count);
        deepest = deepest.max(open.len());
    }
    deepest
}

/// The position of a structure in a footer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FooterPlace {
    Footer,
    /// A column of the schema; the schema is the second field of a footer.
    Column,
    Elsewhere,
}

/// Scans a structure of the compact protocol without building it; only the child counts of columns are kept.
struct Thrift<'a> {
    rest: &'a [u8],
    schema: Vec<u64>,
}

/// Decodes a signed number; a negative one becomes 0.
fn zigzag(number: u64) -> u64 {
    if number & 1 == 0 { number >> 1 } else { 0 }
}

impl Thrift<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..70).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn skip(&mut self, bytes: u64) -> Option<()> {
        self.rest = self.rest.get(usize::try_from(bytes).ok()?..)?;
        Some(())
    }

    /// Scans fields up to the stop field.
    fn structure(&mut self, depth: usize, place: FooterPlace) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let (mut number, mut children) = (0_u64, 0);
        loop {
            let field = self.byte()?;
            if field == 0 {
                if place == FooterPlace::Column {
                    self.schema.push(children);
                }
                return Some(());
            }
            // The field number is a delta in the first byte, or follows that byte.
            number = match field >> 4 {
                0 => zigzag(self.number()?),
                step => number.wrapping_add(u64::from(step)),
            };
            match (place, number, field & 0x0f) {
                (FooterPlace::Column, 5, 5) => children = zigzag(self.number()?),
                (FooterPlace::Footer, 2, 9) => self.list(depth, FooterPlace::Column)?,
                (_, _, kind) => self.value(kind, depth, false, FooterPlace::Elsewhere)?,
            }
        }
    }

    fn value(&mut self, kind: u8, depth: usize, in_list: bool, place: FooterPlace) -> Option<()> {
        match kind {
            // In a structure the type itself encodes true or false.
            1 | 2 if !in_list => Some(()),
            1..=3 => self.skip(1),
            4..=6 => self.number().map(|_| ()),
            7 => self.skip(8),
            8 => {
                let length = self.number()?;
                self.skip(length)
            }
            9 | 10 => self.list(depth, FooterPlace::Elsewhere),
            11 => self.map(depth),
            12 => self.structure(depth, place),
            13 => self.skip(16),
            _ => None,
        }
    }

    /// Every item takes at least one byte.
    fn fits(&self, items: u64) -> Option<u64> {
        (items <= self.rest.len() as u64).then_some(items)
    }

    fn list(&mut self, depth: usize, place: FooterPlace) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.number()?,
            short => u64::from(short),
        };
        for _ in 0..self.fits(count)? {
            self.value(head & 0x0f, depth, true, place)?;
        }
        Some(())
    }

    fn map(&mut self, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let count = self.number()?;
        if count == 0 {
            return Some(());
        }
        let kinds = self.byte()?;
        for _ in 0..self.fits(count)? {
            self.value(kinds >> 4, depth, true, FooterPlace::Elsewhere)?;
            self.value(kinds & 0x0f, depth, true, FooterPlace::Elsewhere)?;
        }
        Some(())
    }
}

impl Bytes {
    /// The footer of a Parquet file.
    pub(crate) fn metadata(&self) -> Result<FileMetadata, DataError> {
        guarded(|| {
            let start = check_footer(self)?;
            let footer = self.read(start..self.len()).map_err(wrong)?;
            let meta = read_metadata(&mut Cursor::new(footer.as_slice()))?;
            check_groups(&meta, self.len())?;
            Ok(meta)
        })
    }
}
