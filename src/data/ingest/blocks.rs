//! Cuts a text into blocks that end where a record ends: at a line end outside quotes.
//!
//! Whether a place is inside quotes follows from the number of quotes before it (RFC 4180 doubles those inside a field).
//! A quote inside a field that has none around it makes the count wrong, but only behind it: the worker that meets it has
//! the pass start again with blocks that are cut by reading every field.

use super::records::Records;
use std::io::{self, Read};

/// Text of one block when nothing smaller was asked for: enough to keep two workers busy, and a quarter of the memory
/// that a conversion may take.
pub(crate) const BLOCK: usize = 24 << 20;
/// No record is longer. What looks longer is a quote that was left open.
const LONGEST: usize = 64 << 20;

/// Whole records, in file order.
pub(crate) struct Block {
    pub(crate) text: Vec<u8>,
    /// Whether the file ends with this block.
    pub(crate) last: bool,
    /// Whether it was cut where no record ends, because none was found.
    pub(crate) cut: bool,
}

/// Reads blocks of about one size.
pub(crate) struct Blocks<R> {
    source: R,
    size: usize,
    by_fields: bool,
    /// Text behind the last record end.
    carry: Vec<u8>,
    done: bool,
}

impl<R: Read> Blocks<R> {
    /// Starts behind text that was read already.
    pub(crate) fn new(start: Vec<u8>, source: R, size: usize, by_fields: bool) -> Self {
        Self {
            source,
            size,
            by_fields,
            carry: start,
            done: false,
        }
    }

    /// The next block; nothing at the end.
    pub(crate) fn next_block(&mut self) -> io::Result<Option<Block>> {
        if self.done {
            return Ok(None);
        }
        let mut text = std::mem::take(&mut self.carry);
        let mut wanted = self.size;
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
            if let Some(end) = end {
                self.carry = text.split_off(end);
                return Ok(Some(Block {
                    text,
                    last: false,
                    cut: false,
                }));
            }
            if text.len() > LONGEST {
                // The worker finds the place and the words for it.
                self.done = true;
                return Ok(Some(Block {
                    text,
                    last: true,
                    cut: true,
                }));
            }
            wanted = text.len() + self.size;
        }
    }
}

/// Where the last whole record ends, seen from the start of a record.
pub(crate) fn record_end(text: &[u8]) -> Option<usize> {
    let mut inside = memchr::memchr_iter(b'"', text).count() % 2 == 1;
    let mut end = text.len();
    loop {
        let head = text.get(..end)?;
        // A CR at the very end may be half of a CRLF: only what has a byte behind it is a line end.
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

/// The same, found by reading every field.
fn field_end(text: &[u8]) -> Option<usize> {
    let mut records = Records::new(text);
    let (mut fields, mut end) = (Vec::new(), None);
    loop {
        match records.next(&mut fields) {
            // What ends with the text may go on behind it.
            Ok(true) if records.position() < text.len() => end = Some(records.position()),
            // A quote that is still open closes further on; one out of place is found by the worker.
            Ok(_) | Err(_) => return end,
        }
    }
}
