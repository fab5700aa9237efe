//! Splits a text into records by its structure: the positions of all separators that are not inside quotes.
//!
//! [`super::records`] has the rules. Records that need more care are left to it: those with another number of fields, a
//! misplaced quote, a CR without LF or a byte-order mark, and those that may repeat the header.

pub(crate) mod masks;

use super::records::{FieldSpan, line_ends};
use masks::{Masks, WIDTH, running_parity};

/// Records of a batch: enough to read them column by column, few enough to stay in the cache.
const RECORDS: usize = 256;

/// Whole records that follow each other.
#[derive(Default)]
pub(crate) struct RecordBatch {
    /// The number of fields of each record.
    width: usize,
    /// The end of each field. An incomplete record may follow the complete ones. Places after these are written before it is
    /// known whether they are needed.
    ends: Vec<u32>,
    /// The number of fields found.
    found: usize,
    starts: Vec<RecordStart>,
}

/// The place and the line where a record starts.
#[derive(Debug, Clone, Copy)]
struct RecordStart {
    at: u32,
    line: u64,
}

impl RecordBatch {
    /// The number of records.
    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The line where a record starts.
    #[inline]
    pub(crate) fn line(&self, row: usize) -> u64 {
        self.starts.get(row).map_or(0, |start| start.line)
    }

    /// A field of a record as it is written, with its quotes; where it starts, and its bytes.
    #[inline]
    pub(crate) fn raw<'a>(&self, text: &'a [u8], row: usize, at: usize) -> (usize, &'a [u8]) {
        let first = row * self.width;
        let start = match at.checked_sub(1) {
            Some(before) => self.ends.get(first + before).map(|end| end + 1),
            None => self.starts.get(row).map(|start| start.at),
        };
        let end = self.ends.get(first + at).filter(|_| at < self.width);
        match (start, end) {
            (Some(start), Some(end)) => {
                let (start, end) = (start as usize, *end as usize);
                (start, text.get(start..end).unwrap_or_default())
            }
            (None, _) | (_, None) => (text.len(), &[]),
        }
    }

    /// A field of a record; `None` if it has no such field.
    pub(crate) fn field(&self, text: &[u8], row: usize, at: usize) -> Option<FieldSpan> {
        if at >= self.width {
            return None;
        }
        let (start, raw) = self.raw(text, row, at);
        Some(match raw {
            [b'"', inner @ .., b'"'] => FieldSpan {
                at: start + 1..start + 1 + inner.len(),
                doubled: memchr::memchr(b'"', inner).is_some(),
            },
            _ => FieldSpan {
                at: start..start + raw.len(),
                doubled: false,
            },
        })
    }

    /// Adds the ends of fields: the set bits of a piece that starts at this place.
    #[inline(always)]
    #[allow(clippy::inline_always)]
    fn push(&mut self, at: usize, mut bits: u64) {
        /// So many are written without counting; few pieces have more.
        const AT_ONCE: usize = 8;
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        let count = bits.count_ones() as usize;
        if self.ends.len() < self.found + WIDTH {
            self.ends.resize(self.found + 16 * WIDTH, 0);
        }
        let rest = self.ends.get_mut(self.found..).unwrap_or_default();
        let (pieces, _) = rest.as_chunks_mut::<AT_ONCE>();
        for ends in pieces.iter_mut().take(count.div_ceil(AT_ONCE).max(1)) {
            for end in ends {
                // Of a number that is not 0, they are counted by one instruction.
                *end = at.wrapping_add((bits | 1 << 63).trailing_zeros());
                bits &= bits.wrapping_sub(1);
            }
        }
        self.found += count;
    }

    /// Removes the complete records.
    fn clear(&mut self) {
        let done = (self.starts.len() * self.width).min(self.found);
        self.ends.copy_within(done..self.found, 0);
        self.found -= done;
        self.starts.clear();
    }
}

/// Finds batches of whole records in a text that starts with a record.
pub(crate) struct Scanner<'a> {
    text: &'a [u8],
    /// The first field of the header, if records may be read by their structure at all.
    header: Option<&'a [u8]>,
    /// The start and the line of the next record.
    start: usize,
    line: u64,
    next: Next,
    /// Whether the current record may have line ends inside quotes.
    quoted_lines: bool,
}

/// The next piece of text, and what is known before it.
#[derive(Debug, Clone, Copy)]
struct Next {
    at: usize,
    /// All ones if it starts inside quotes.
    inside: u64,
    /// Whether a separator or quote is before it.
    after_edge: u64,
    /// Whether a closing quote is before it.
    after_close: u64,
}

impl Next {
    /// A piece that starts with a record.
    fn record(at: usize) -> Self {
        Self {
            at,
            inside: 0,
            after_edge: 1,
            after_close: 0,
        }
    }
}

impl<'a> Scanner<'a> {
    /// Reads records of as many fields as the header has; with `is_plain` false, all records need care.
    pub(crate) fn new(text: &'a [u8], header: &'a [Vec<u8>], is_plain: bool) -> Self {
        let first = header.first().map(Vec::as_slice);
        let fits = u32::try_from(text.len()).is_ok();
        // A record of one field may be a blank line.
        let is_plain = is_plain && fits && header.len() > 1;
        let header = first.filter(|first| is_plain && !first.contains(&b'"'));
        Self {
            text,
            header,
            start: 0,
            line: 1,
            next: Next::record(0),
            quoted_lines: false,
        }
    }

    /// The start of the next record, and its line.
    pub(crate) fn place(&self) -> (usize, u64) {
        (self.start, self.line)
    }

    /// Continues with the record at a place, after a record was read with care.
    pub(crate) fn resume(&mut self, start: usize, line: u64) {
        (self.start, self.line) = (start, line);
        self.next = Next::record(start);
        self.quoted_lines = false;
    }

    /// Fills a batch with the next records; `false` if the record after them needs care, or the text ends.
    pub(crate) fn fill(&mut self, batch: &mut RecordBatch, width: usize) -> bool {
        batch.width = width;
        batch.clear();
        let text = self.text;
        let mut rest_of_text = [0; WIDTH];
        // A copy stays in registers.
        let mut next = self.next;
        while self.header.is_some() && batch.len() < RECORDS {
            let rest = text.get(next.at..).unwrap_or_default();
            let whole = rest.first_chunk();
            let piece = if let Some(piece) = whole {
                piece
            } else {
                let both = rest_of_text.iter_mut().zip(rest);
                both.for_each(|(to, from)| *to = *from);
                &rest_of_text
            };
            // A last record without a line end needs care.
            if !self.piece(piece, &mut next, batch) || whole.is_none() {
                self.next = next;
                batch.found = batch.len() * width;
                return false;
            }
        }
        self.next = next;
        self.header.is_some()
    }

    /// Finds the records that end in a piece; `false` if the record after them needs care.
    #[inline(always)]
    #[allow(clippy::inline_always)]
    fn piece(&mut self, piece: &[u8; WIDTH], next: &mut Next, batch: &mut RecordBatch) -> bool {
        let masks = Masks::of(piece);
        if masks.quotes | next.inside | next.after_close == 0 {
            return self.plain_piece(&masks, next, batch);
        }
        let inside = running_parity(masks.quotes) ^ next.inside;
        let separators = masks.separators & !inside;
        let edges = separators | masks.quotes;
        // An opening quote follows a separator, and a closing one is followed by one; doubled quotes follow each other.
        let closing = masks.quotes & !inside;
        let misplaced = (masks.quotes & inside & !(edges << 1 | next.after_edge))
            | ((closing << 1 | next.after_close) & !edges);
        let good = match misplaced {
            0 => u64::MAX,
            bits => (1 << bits.trailing_zeros()) - 1,
        };
        let quoted_lines = masks.line_ends & inside != 0;
        self.quoted_lines |= quoted_lines;
        let (separators, line_ends) = (separators & good, masks.line_ends & !inside & good);
        if line_ends == 0 {
            batch.push(next.at, separators);
        } else if !self.records((separators, line_ends), (next.at, quoted_lines), batch) {
            return false;
        }
        if misplaced != 0 {
            return false;
        }
        next.inside = if inside >> 63 == 1 { u64::MAX } else { 0 };
        next.after_edge = edges >> 63;
        next.after_close = closing >> 63;
        next.at += WIDTH;
        batch.found <= (batch.len() + 1) * batch.width
    }

    /// Finds the records that end in a piece without quotes, which is not inside quotes either.
    #[inline(always)]
    #[allow(clippy::inline_always)]
    fn plain_piece(&mut self, masks: &Masks, next: &mut Next, batch: &mut RecordBatch) -> bool {
        let (separators, line_ends) = (masks.separators, masks.line_ends);
        if line_ends == 0 {
            batch.push(next.at, separators);
        } else if !self.records((separators, line_ends), (next.at, false), batch) {
            return false;
        }
        next.after_edge = separators >> 63;
        next.at += WIDTH;
        batch.found <= (batch.len() + 1) * batch.width
    }

    /// Adds the fields and records that these separators end; `false` if a record needs care.
    #[inline(always)]
    #[allow(clippy::inline_always)]
    fn records(
        &mut self,
        (mut separators, mut line_ends): (u64, u64),
        (piece, quoted_lines): (usize, bool),
        batch: &mut RecordBatch,
    ) -> bool {
        while line_ends != 0 {
            let bit = line_ends.trailing_zeros();
            let end = 1_u64 << bit;
            let at = piece + bit as usize;
            line_ends &= line_ends - 1;
            if at == self.start && self.follows_return(at) {
                self.start = at + 1;
                separators &= !end;
                continue;
            }
            batch.push(piece, separators & (end | (end - 1)));
            separators &= !(end | (end - 1));
            if !self.is_whole(at, batch) {
                return false;
            }
            self.end_record(at, quoted_lines, batch);
        }
        batch.push(piece, separators);
        true
    }

    /// Whether the line end at this place is the LF of the CR that ended the last record.
    fn follows_return(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.text.get(before));
        before == Some(&b'\r') && self.text.get(at) == Some(&b'\n')
    }

    /// Whether the record that ends here can be read by its structure.
    fn is_whole(&self, at: usize, batch: &RecordBatch) -> bool {
        let first = batch.len() * batch.width;
        if batch.found != first + batch.width {
            return false;
        }
        let is_return = self.text.get(at) == Some(&b'\r');
        if is_return && self.text.get(at + 1) != Some(&b'\n') {
            return false;
        }
        let end = batch.ends.get(first).map_or(at, |end| *end as usize);
        let field = self.text.get(self.start..end).unwrap_or_default();
        let field = match field {
            [b'"', inner @ .., b'"'] => inner,
            plain => plain,
        };
        field.first() != Some(&0xef) && Some(field) != self.header
    }

    fn end_record(&mut self, at: usize, quoted_lines: bool, batch: &mut RecordBatch) {
        batch.starts.push(RecordStart {
            at: u32::try_from(self.start).unwrap_or(u32::MAX),
            line: self.line,
        });
        if self.quoted_lines {
            self.line += line_ends(self.text.get(self.start..at).unwrap_or_default());
        }
        self.quoted_lines = quoted_lines;
        self.line += 1;
        self.start = at + 1;
    }
}

#[cfg(test)]
mod tests;
