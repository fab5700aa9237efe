//! Watches the bytes on their way to the CSV parser, which forgives what we must not: a quote left open swallows rows,
//! a quote out of place shifts columns, a byte-order mark inside the file hides in a value.
//!
//! Follows RFC 4180: a field that starts with a quote ends with one, and only a comma or a line end comes after it.

use std::collections::VecDeque;
use std::io::{self, Read};

const MARK: &[u8] = b"\xef\xbb\xbf";
const CHUNK: usize = 256 << 10;

/// What is wrong with the quotes, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub(crate) struct BadQuote {
    pub(crate) line: u64,
    pub(crate) problem: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    RecordStart,
    FieldStart,
    Plain,
    Quoted,
    /// Just behind a quote inside a quoted field: its end, or half of a doubled one.
    AfterQuote,
}

/// A reader that passes bytes on and refuses broken quoting.
pub(crate) struct Guard<R> {
    inner: R,
    state: State,
    /// Clean bytes not yet handed out, and how many of them are.
    ready: Vec<u8>,
    handed: usize,
    /// The start of what may be a byte-order mark, cut by the end of a chunk.
    carry: Vec<u8>,
    line: u64,
    last: u8,
    /// The line on which the field under way began.
    field_line: u64,
    starts: VecDeque<u64>,
    pub(crate) bytes: u64,
    /// Lines that began with a byte-order mark, the first line apart.
    pub(crate) marks: Vec<u64>,
    pub(crate) first_mark: bool,
}

impl<R: Read> Guard<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self {
            inner,
            state: State::RecordStart,
            ready: Vec::new(),
            handed: 0,
            carry: Vec::new(),
            line: 1,
            last: b'\n',
            field_line: 1,
            starts: VecDeque::new(),
            bytes: 0,
            marks: Vec::new(),
            first_mark: false,
        }
    }

    /// The line on which the next record began; the parser takes records in the same order.
    pub(crate) fn next_line(&mut self) -> u64 {
        self.starts.pop_front().unwrap_or(self.line)
    }

    /// Whether the bytes so far end with a line end.
    pub(crate) fn ends_with_line(&self) -> bool {
        matches!(self.last, b'\n' | b'\r')
    }

    fn refuse(&self, problem: &'static str) -> io::Error {
        let line = self.field_line;
        io::Error::new(io::ErrorKind::InvalidData, BadQuote { line, problem })
    }

    /// Reads and checks another chunk; `false` at the end.
    fn fill(&mut self) -> io::Result<bool> {
        self.ready.clear();
        self.handed = 0;
        let mut chunk = std::mem::take(&mut self.carry);
        let carried = chunk.len();
        chunk.resize(carried + CHUNK, 0);
        let count = self
            .inner
            .read(chunk.get_mut(carried..).unwrap_or_default())?;
        chunk.truncate(carried + count);
        self.bytes += count as u64;
        if count == 0 && chunk.is_empty() {
            if self.state == State::Quoted {
                let problem = "a quoted field is never closed: the file was cut off or damaged; download it again";
                return Err(self.refuse(problem));
            }
            return Ok(false);
        }
        self.check(&chunk, count == 0)?;
        Ok(true)
    }

    fn check(&mut self, chunk: &[u8], at_end: bool) -> io::Result<()> {
        let mut at = 0;
        let mut copied = 0;
        while let Some(&byte) = chunk.get(at) {
            if self.state == State::RecordStart && byte == MARK.first().copied().unwrap_or_default()
            {
                let rest = chunk.get(at..).unwrap_or_default();
                if rest.starts_with(MARK) {
                    self.ready
                        .extend_from_slice(chunk.get(copied..at).unwrap_or_default());
                    at += MARK.len();
                    copied = at;
                    self.note_mark();
                    continue;
                }
                if !at_end && rest.len() < MARK.len() && MARK.starts_with(rest) {
                    self.carry = rest.to_vec();
                    self.ready
                        .extend_from_slice(chunk.get(copied..at).unwrap_or_default());
                    return Ok(());
                }
            }
            self.step(byte)?;
            at += 1;
            at += self.skip(chunk.get(at..).unwrap_or_default());
        }
        self.ready
            .extend_from_slice(chunk.get(copied..).unwrap_or_default());
        Ok(())
    }

    fn note_mark(&mut self) {
        if self.line == 1 && self.starts.is_empty() && !self.first_mark {
            self.first_mark = true;
        } else {
            self.marks.push(self.line);
        }
    }

    /// Bytes inside a field that change nothing.
    fn skip(&mut self, rest: &[u8]) -> usize {
        let stop = match self.state {
            State::Plain => memchr::memchr3(b',', b'\n', b'\r', rest),
            State::Quoted => memchr::memchr3(b'"', b'\n', b'\r', rest),
            _ => return 0,
        };
        let count = stop.unwrap_or(rest.len());
        if let Some(&last) = count.checked_sub(1).and_then(|at| rest.get(at)) {
            self.last = last;
        }
        count
    }

    fn step(&mut self, byte: u8) -> io::Result<()> {
        let line_end = matches!(byte, b'\n' | b'\r');
        // CRLF is one line end, a CR alone is one, too.
        if byte == b'\r' || (byte == b'\n' && self.last != b'\r') {
            self.line += 1;
        }
        self.last = byte;
        if self.state == State::RecordStart && !line_end {
            self.starts.push_back(self.line);
            self.state = State::FieldStart;
        }
        self.state = match (self.state, byte) {
            (State::RecordStart, _) => State::RecordStart,
            (State::FieldStart, b'"') => {
                self.field_line = self.line;
                State::Quoted
            }
            (State::Quoted, b'"') => State::AfterQuote,
            (State::Quoted, _) | (State::AfterQuote, b'"') => State::Quoted,
            (_, b',') => State::FieldStart,
            _ if line_end => State::RecordStart,
            (State::AfterQuote, _) => {
                let problem =
                    "a quote is out of place: text stands behind the quote that closes a field";
                return Err(self.refuse(problem));
            }
            _ => State::Plain,
        };
        Ok(())
    }
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.handed >= self.ready.len() {
            if !self.fill()? {
                return Ok(0);
            }
        }
        let left = self.ready.get(self.handed..).unwrap_or_default();
        let count = left.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), left.get(..count)) {
            to.copy_from_slice(from);
        }
        self.handed += count;
        Ok(count)
    }
}
