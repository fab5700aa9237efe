//! Counts the bytes of a file while its rows are read.

use crate::data::progress::PartCounter;
use crate::data::table::bytes::Bytes;
use polars_parquet::read::FileMetadata;
use std::io;

/// Bytes counted at a time.
const STEP: u64 = 1 << 20;

/// Counts the bytes of a file, all of them in order, as far as their share of the rows was read.
pub(super) struct ByteShare<'a> {
    count: PartCounter<'a>,
    length: u64,
    /// Rows of the file, and those that were read.
    rows: u64,
    read: u64,
    counted: u64,
}

impl<'a> ByteShare<'a> {
    pub(super) fn new(bytes: &Bytes, meta: &FileMetadata, count: PartCounter<'a>) -> Self {
        let rows = meta.row_groups.iter().map(|group| group.num_rows() as u64);
        Self {
            count,
            length: bytes.len(),
            rows: rows.sum(),
            read: 0,
            counted: 0,
        }
    }

    /// These rows were read. Their bytes are counted with the next ones.
    pub(super) fn add_rows(&mut self, rows: usize) {
        self.read += rows as u64;
    }

    /// Counts the share of the bytes that belongs to the rows.
    pub(super) fn count_share(&mut self) -> io::Result<()> {
        let share = u128::from(self.length) * u128::from(self.read) / u128::from(self.rows.max(1));
        self.count_to(u64::try_from(share).unwrap_or(self.length).min(self.length))
    }

    /// Counts all bytes.
    pub(super) fn count_all(&mut self) -> io::Result<()> {
        self.count_to(self.length)
    }

    fn count_to(&mut self, end: u64) -> io::Result<()> {
        while self.counted < end {
            let next = end.min(self.counted + STEP);
            (self.count)(self.counted..next)?;
            self.counted = next;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::data::table::foreign::byte_share::{ByteShare, STEP};
    use std::io;

    #[test]
    fn bytes_are_counted_in_order_as_far_as_rows_were_read() {
        let mut parts = Vec::new();
        let mut share = ByteShare {
            count: Box::new(|part| {
                parts.push(part);
                Ok(())
            }),
            length: 3 * STEP + 10,
            rows: 3,
            read: 0,
            counted: 0,
        };
        let mut all = || -> io::Result<()> {
            share.count_share()?;
            share.add_rows(1);
            share.count_share()?;
            share.count_share()?;
            share.count_all()?;
            share.count_all()
        };
        all().unwrap();
        drop(share);
        let third = STEP + 3;
        let ends = [
            0,
            STEP,
            third,
            third + STEP,
            third + 2 * STEP,
            3 * STEP + 10,
        ];
        let expected: Vec<_> = ends.windows(2).map(|ends| ends[0]..ends[1]).collect();
        assert_eq!(parts, expected);
    }
}
