//! Splits CSV text into blocks at record ends: line ends outside quotes.
//!
//! The number of quotes before a position tells whether it is inside quotes (RFC 4180 doubles the quotes inside a
//! field). A quote inside an unquoted field breaks this count for all text after it. The worker that finds one restarts
//! the pass, and blocks are then split by reading every field.

use super::records::{Records, is_too_wide};
use std::io::{self, Read};

/// The default block size: large enough to keep two workers busy, and a quarter of the memory that a conversion may
/// use.
pub(crate) const BLOCK: usize = 24 << 20;
/// Bytes after which it is looked whether a row is far too wide: enough for as many short fields as a row may have.
const LOOK: usize = 2 << 20;
/// The maximum length of a record. A longer one has an unclosed quote.
const LONGEST: usize = 64 << 20;

/// A block of whole records, in file order.
pub(crate) struct Block {
    pub(crate) text: Vec<u8>,
    /// Whether the file ends with this block.
    pub(crate) last: bool,
    /// Whether it was cut off inside a record, because no record end was found.
    pub(crate) cut: bool,
}

/// Reads blocks of roughly equal size.
pub(crate) struct Blocks<R> {
    source: R,
    size: usize,
    by_fields: bool,
    /// Text after the last record end.
    carry: Vec<u8>,
    done: bool,
}

impl<R: Read> Blocks<R> {
    /// Reads blocks from `start`, which was read already, and then from the source.
    pub(crate) fn new(start: Vec<u8>, source: R, size: usize, by_fields: bool) -> Self {
        Self {
            source,
            size,
            by_fields,
            carry: start,
            done: false,
        }
    }

    /// The next block; `None` at the end.
    pub(crate) fn next_block(&mut self) -> io::Result<Option<Block>> {
        if self.done {
            return Ok(None);
        }
        let mut text = std::mem::take(&mut self.carry);
        // A row that is far too wide is found before a whole block of it is read.
        let mut wanted = LOOK.min(self.size);
        loop {
            let missing = wanted.saturating_sub(text.len());
            text.reserve_exact(missing);
            let read = Read::by_ref(&mut self.source)
                .take(missing as u64)
                .read_to_end(&mut text)?;
            if read < missing {
                self.done = true;
                return Ok((!text.is_empty()).then_some(Block {
                    text,
                    last: true,
                    cut: false,
                }));
            }
            let end = if self.by_fields {
                field_end(&text)
            } else {
                record_end(&text)
            };
            let open = text.get(end.unwrap_or_default()..).unwrap_or_default();
            let wide = is_too_wide(open);
            match end {
                Some(end) if wide || text.len() >= self.size => {
                    self.carry = text.split_off(end);
                    return Ok(Some(Block {
                        text,
                        last: false,
                        cut: false,
                    }));
                }
                None if wide || text.len() > LONGEST => {
                    // The worker reports the error with its line.
                    self.done = true;
                    return Ok(Some(Block {
                        text,
                        last: true,
                        cut: true,
                    }));
                }
                Some(_) => wanted = self.size,
                None => wanted = text.len() + self.size,
            }
        }
    }
}

/// The end of the last whole record in a text that starts with a record.
pub(crate) fn record_end(text: &[u8]) -> Option<usize> {
    let mut inside = memchr::memchr_iter(b'"', text).count() % 2 == 1;
    let mut end = text.len();
    loop {
        let head = text.get(..end)?;
        // A CR at the very end may be half of a CRLF: it is a line end only if another byte follows.
        let at = memchr::memrchr2(b'\n', b'\r', head)?;
        let tail = text.get(at..end).unwrap_or_default();
        inside ^= memchr::memchr_iter(b'"', tail).count() % 2 == 1;
        let half = text.get(at) == Some(&b'\r') && matches!(text.get(at + 1), None | Some(b'\n'));
        if !inside && !half {
            return Some(at + 1);
        }
        end = at;
    }
}

/// Like [`record_end`], but reads every field.
fn field_end(text: &[u8]) -> Option<usize> {
    let mut records = Records::new(text);
    let (mut fields, mut end) = (Vec::new(), None);
    loop {
        match records.next(&mut fields) {
            // A record that ends with the text may continue after it.
            Ok(true) if records.position() < text.len() => end = Some(records.position()),
            // An open quote may close further on; the worker reports a misplaced one.
            Ok(_) | Err(_) => return end,
        }
    }
}
