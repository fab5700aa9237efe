//! Splits CSV text into blocks at record ends: line ends outside quotes.
//!
//! Few fields have line ends, so that a block first ends at the last line end, whatever is around it. A block that was split
//! inside a field has a quote that is never closed: the worker that finds it restarts the pass, and quotes are counted. Their
//! number before a position tells whether it is inside quotes (RFC 4180 doubles the quotes inside a field). A quote inside an
//! unquoted field breaks this count for all text after it: the pass is restarted, and blocks are split by reading every field.

use super::records::{Records, is_too_wide};
use std::io::{self, Read};

/// The default block size: large enough to keep two workers busy, and a quarter of the memory that a conversion may
/// use.
pub(crate) const BLOCK: usize = 24 << 20;
/// Bytes after which it is looked whether a row is far too wide: enough for as many short fields as a row may have.
const LOOK: usize = 2 << 20;
/// The maximum length of a record. A longer one has an unclosed quote.
const LONGEST: usize = 64 << 20;

/// How blocks are split.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Split {
    /// At line ends.
    #[default]
    Lines,
    /// At line ends behind an even number of quotes.
    Quotes,
    /// By reading every field.
    Fields,
}

impl Split {
    pub(crate) fn is_by_fields(self) -> bool {
        self == Self::Fields
    }

    /// The end of the last whole record in a text that starts with a record.
    pub(crate) fn end(self, text: &[u8]) -> Option<usize> {
        match self {
            Self::Lines => line_end(text),
            Self::Quotes => record_end(text),
            Self::Fields => field_end(text),
        }
    }
}

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
    split: Split,
    /// Text after the last record end.
    carry: Vec<u8>,
    done: bool,
}

impl<R: Read> Blocks<R> {
    /// Reads blocks from `start`, which was read already, and then from the source.
    pub(crate) fn new(start: Vec<u8>, source: R, size: usize, split: Split) -> Self {
        Self {
            source,
            size,
            split,
            carry: start,
            done: false,
        }
    }

    /// The next block; `None` at the end. It is read into `spare`, the text of an earlier block.
    pub(crate) fn next_block(&mut self, spare: Vec<u8>) -> io::Result<Option<Block>> {
        if self.done {
            return Ok(None);
        }
        let mut text = Filled::with(spare, &self.carry);
        self.carry.clear();
        // A row that is far too wide is found before a whole block of it is read.
        let mut wanted = LOOK.min(self.size);
        loop {
            let is_whole = text.fill(wanted, &mut self.source)?;
            let (held, length) = (text.held(), text.held().len());
            if !is_whole {
                self.done = true;
                return Ok((length > 0).then(|| text.block(length, true)));
            }
            let end = self.split.end(held);
            let open = held.get(end.unwrap_or_default()..).unwrap_or_default();
            let wide = is_too_wide(open);
            match end {
                Some(end) if wide || length >= self.size => {
                    self.carry.extend_from_slice(open);
                    return Ok(Some(text.block(end, false)));
                }
                None if wide || length > LONGEST => {
                    // The worker reports the error with its line.
                    self.done = true;
                    let block = text.block(length, true);
                    return Ok(Some(Block { cut: true, ..block }));
                }
                Some(_) => wanted = self.size,
                None => wanted = length + self.size,
            }
        }
    }
}

/// A text being read into memory that was used before, so that it is neither mapped nor cleared again.
struct Filled {
    memory: Vec<u8>,
    length: usize,
}

impl Filled {
    fn with(mut memory: Vec<u8>, start: &[u8]) -> Self {
        let length = start.len();
        if memory.len() < length {
            memory.resize(length, 0);
        }
        if let Some(to) = memory.get_mut(..length) {
            to.copy_from_slice(start);
        }
        Self { memory, length }
    }

    fn held(&self) -> &[u8] {
        self.memory.get(..self.length).unwrap_or_default()
    }

    /// Reads until the text has this length; `false` if the source ends before.
    fn fill(&mut self, wanted: usize, source: &mut impl Read) -> io::Result<bool> {
        while self.length < wanted {
            self.make_room(wanted);
            let end = wanted.min(self.memory.len());
            let rest = self.memory.get_mut(self.length..end);
            match source.read(rest.unwrap_or_default()) {
                Ok(0) => return Ok(false),
                Ok(count) => self.length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Makes room for further text, up to this length: little at first, so that a small file costs little.
    fn make_room(&mut self, wanted: usize) {
        const LEAST: usize = 64 << 10;
        let held = self.memory.len();
        if self.length == held && held < wanted {
            let size = wanted.min(held.saturating_mul(4).max(LEAST));
            self.memory.reserve_exact(size - held);
            self.memory.resize(size, 0);
        }
    }

    /// The block with the text up to `end`.
    fn block(mut self, end: usize, last: bool) -> Block {
        self.memory.truncate(end);
        Block {
            text: self.memory,
            last,
            cut: false,
        }
    }
}

/// Whether the line end at a place may be half of one: a CR at the very end is a line end only if another byte follows.
fn is_half(text: &[u8], at: usize) -> bool {
    text.get(at) == Some(&b'\r') && matches!(text.get(at + 1), None | Some(b'\n'))
}

/// The end of the last line.
fn line_end(text: &[u8]) -> Option<usize> {
    let mut end = text.len();
    loop {
        let at = memchr::memrchr2(b'\n', b'\r', text.get(..end)?)?;
        if !is_half(text, at) {
            return Some(at + 1);
        }
        end = at;
    }
}

/// The end of the last whole record in a text that starts with a record, by its quotes.
pub(crate) fn record_end(text: &[u8]) -> Option<usize> {
    let mut inside = memchr::memchr_iter(b'"', text).count() % 2 == 1;
    let mut end = text.len();
    loop {
        let head = text.get(..end)?;
        let at = memchr::memrchr2(b'\n', b'\r', head)?;
        let tail = text.get(at..end).unwrap_or_default();
        inside ^= memchr::memchr_iter(b'"', tail).count() % 2 == 1;
        if !inside && !is_half(text, at) {
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
