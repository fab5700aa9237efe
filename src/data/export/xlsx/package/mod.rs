//! A zip file whose parts are compressed in pieces, on any thread, and put one after the other.

use crate::data::error::DataError;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use std::io::{self, Write};
use std::mem;

/// Less than the usual 6: a workbook of many rows is packed in a third of the time and is a fifth larger.
const PACKING: u32 = 2;
/// The block that ends a compressed text; it has no bytes ("DEFLATE Compressed Data Format").
const LAST: [u8; 2] = [3, 0];
/// The largest size and place that fit the fields of a small file; larger ones have fields of their own (".ZIP File Format").
const MOST: u64 = 0xffff_fffe;
/// The version of the format with fields for small sizes, and with those for large ones.
const SMALL: u16 = 20;
const LARGE: u16 = 45;
/// 1980-01-01, the first day that a zip file can name. So the same rows make the same file.
const DAY: u16 = (1 << 5) | 1;
/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;
/// Deflated.
const METHOD: u16 = 8;

/// A compressed piece of a part. It does not end the part.
pub(super) struct PartPiece {
    pub(super) bytes: Vec<u8>,
    pub(super) sum: Sum,
}

/// The checksum and the sizes of some pieces.
#[derive(Debug, Default)]
pub(super) struct Sum {
    crc: Crc,
    length: u64,
    packed: u64,
}

impl PartPiece {
    pub(super) fn of(text: &[u8]) -> Result<Self, DataError> {
        let mut packer = Packer::new();
        packer.add(text)?;
        packer.end()
    }
}

/// Compresses a piece, so that its text need not be held at once.
pub(super) struct Packer {
    out: DeflateEncoder<Vec<u8>>,
    sum: Sum,
}

impl Packer {
    pub(super) fn new() -> Self {
        Self {
            out: DeflateEncoder::new(Vec::new(), Compression::new(PACKING)),
            sum: Sum::default(),
        }
    }

    pub(super) fn add(&mut self, text: &[u8]) -> Result<(), DataError> {
        self.sum.crc.update(text);
        self.sum.length += text.len() as u64;
        self.out.write_all(text).map_err(DataError::Taker)
    }

    pub(super) fn end(mut self) -> Result<PartPiece, DataError> {
        // Flushed pieces end with a whole byte.
        self.out.flush().map_err(DataError::Taker)?;
        let bytes = mem::take(self.out.get_mut());
        self.sum.packed = bytes.len() as u64;
        let sum = self.sum;
        Ok(PartPiece { bytes, sum })
    }
}

impl Sum {
    /// Adds the pieces that follow.
    pub(super) fn add(&mut self, next: &Self) {
        self.crc.combine(&next.crc);
        self.length += next.length;
        self.packed += next.packed;
    }

    /// The number of bytes of the compressed pieces.
    pub(super) fn packed(&self) -> u64 {
        self.packed
    }
}

/// A zip file being written.
pub(super) struct Package<W> {
    out: W,
    at: u64,
    /// The descriptions of the parts, for the end of the file.
    directory: Vec<u8>,
    count: u64,
    /// The largest size in a small field; tests have less.
    most: u64,
}

impl<W: Write> Package<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            at: 0,
            directory: Vec::new(),
            count: 0,
            most: MOST,
        }
    }

    /// Adds a part with this text.
    pub(super) fn add_text(&mut self, name: &str, text: &[u8]) -> Result<(), DataError> {
        let piece = PartPiece::of(text)?;
        let added = self.add(name, &piece.sum, |out| out.write_all(&piece.bytes));
        added.map_err(DataError::Taker)
    }

    /// Adds a part whose pieces have this sum and are written in order.
    pub(super) fn add(
        &mut self,
        name: &str,
        sum: &Sum,
        pieces: impl FnOnce(&mut W) -> io::Result<()>,
    ) -> io::Result<()> {
        let packed = sum.packed + LAST.len() as u64;
        let start = self.at;
        let sizes = [sum.length, packed, start];
        let is_large = sizes.iter().any(|size| *size > self.most);
        let length = u16::try_from(name.len()).map_err(io::Error::other)?;
        let about = |fields: &mut Fields, extra: &[u64]| {
            let version = if is_large { LARGE } else { SMALL };
            fields
                .short(version)
                .short(FLAGS)
                .short(METHOD)
                .short(0)
                .short(DAY);
            fields.long(sum.crc.sum());
            fields.size(packed, is_large).size(sum.length, is_large);
            fields.short(length).short(Fields::length_of(extra));
        };
        let extra: &[u64] = if is_large { &sizes } else { &[] };
        let (in_front, _) = extra.split_at(extra.len().min(2));
        let mut local = Fields::default();
        local.long(0x0403_4b50);
        about(&mut local, in_front);
        local.bytes(name.as_bytes()).extra(in_front);
        self.put(&local.0)?;
        pieces(&mut self.out)?;
        self.at += sum.packed;
        self.put(&LAST)?;
        let mut listed = Fields(mem::take(&mut self.directory));
        listed.long(0x0201_4b50).short(LARGE);
        about(&mut listed, extra);
        // No comment, on the first disk, and no attributes.
        listed.short(0).short(0).short(0).long(0);
        listed.size(start, is_large);
        listed.bytes(name.as_bytes()).extra(extra);
        self.directory = listed.0;
        self.count += 1;
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    /// Writes the list of parts.
    pub(super) fn finish(mut self) -> io::Result<W> {
        let (start, directory) = (self.at, mem::take(&mut self.directory));
        let length = directory.len() as u64;
        self.put(&directory)?;
        let mut end = Fields::default();
        let is_large = start.max(length) > self.most;
        if is_large {
            let place = self.at;
            end.long(0x0606_4b50).wide(44).short(LARGE).short(LARGE);
            end.long(0).long(0).wide(self.count).wide(self.count);
            end.wide(length).wide(start);
            end.long(0x0706_4b50).long(0).wide(place).long(1);
        }
        let count = u16::try_from(self.count).unwrap_or(u16::MAX);
        end.long(0x0605_4b50).short(0).short(0);
        end.short(count).short(count);
        end.size(length, is_large).size(start, is_large).short(0);
        self.put(&end.0)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Fields of a header, the smallest byte of each first.
#[derive(Default)]
struct Fields(Vec<u8>);

impl Fields {
    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn short(&mut self, number: u16) -> &mut Self {
        self.bytes(&number.to_le_bytes())
    }

    fn long(&mut self, number: u32) -> &mut Self {
        self.bytes(&number.to_le_bytes())
    }

    fn wide(&mut self, number: u64) -> &mut Self {
        self.bytes(&number.to_le_bytes())
    }

    /// A size or a place; if it is large, a mark that it has a field of its own.
    fn size(&mut self, size: u64, is_large: bool) -> &mut Self {
        let small = u32::try_from(size).ok().filter(|_| !is_large);
        self.long(small.unwrap_or(u32::MAX))
    }

    /// The fields of large sizes, if there are any.
    fn extra(&mut self, sizes: &[u64]) {
        let length = Self::length_of(sizes).saturating_sub(4);
        if length > 0 {
            self.short(1).short(length);
        }
        for size in sizes {
            self.wide(*size);
        }
    }

    fn length_of(sizes: &[u64]) -> u16 {
        let length = u16::try_from(size_of_val(sizes) + 4);
        length
            .ok()
            .filter(|_| !sizes.is_empty())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
