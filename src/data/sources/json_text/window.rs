//! A window on a JSON text of any size: one value after another is complete in it.

use crate::data::error::DataError;
use crate::data::room;
use crate::data::sources::utf_16::{SendReader, decoded};
use crate::domain::text::bytes as bytes_words;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Error;
use std::io::{self, Read};

/// The reason a JSON text cannot be walked.
#[derive(Debug)]
pub(crate) enum JsonError {
    Io(io::Error),
    Broken {
        line: u64,
        problem: String,
    },
    /// An error of the function that takes the values.
    Taker(DataError),
}

impl From<io::Error> for JsonError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<DataError> for JsonError {
    fn from(error: DataError) -> Self {
        Self::Taker(error)
    }
}

/// A line, counted from 1, and the bytes before a place in it.
#[derive(Debug, Clone, Copy)]
struct TextPlace {
    line: u64,
    column: u64,
}

impl TextPlace {
    fn after(self, text: &[u8]) -> Self {
        match memchr::memrchr(b'\n', text) {
            Some(last) => Self {
                line: self.line + memchr::memchr_iter(b'\n', text).count() as u64,
                column: (text.len() - last - 1) as u64,
            },
            None => Self {
                column: self.column + text.len() as u64,
                ..self
            },
        }
    }

    /// An error in the text that begins here, with its line and column in the whole text.
    fn error(self, error: &Error) -> JsonError {
        let (line, column) = (error.line() as u64, error.column() as u64);
        let said = error.to_string();
        let own = format!(" at line {line} column {column}");
        let problem = said.strip_suffix(&own).unwrap_or(&said);
        match line {
            0 | 1 => Self {
                column: self.column + column,
                ..self
            },
            _ => Self {
                line: self.line + line - 1,
                column,
            },
        }
        .broken(problem)
    }

    fn broken(self, problem: &str) -> JsonError {
        let Self { line, column } = self;
        JsonError::Broken {
            line,
            problem: format!("{problem} at line {line} column {column}"),
        }
    }
}

/// A complete value.
pub(crate) struct Value<'a> {
    text: &'a [u8],
    place: TextPlace,
}

impl<'a> Value<'a> {
    pub(crate) fn read<T: Deserialize<'a>>(&self) -> Result<T, JsonError> {
        serde_json::from_slice(self.text).map_err(|error| self.place.error(&error))
    }

    /// Its JSON text.
    pub(crate) fn text(&self) -> Result<&'a str, JsonError> {
        let wrong = |_| self.place.broken("invalid unicode code point");
        std::str::from_utf8(self.text).map_err(wrong)
    }
}

pub(super) struct Window<'a> {
    source: SendReader<'a>,
    text: Vec<u8>,
    /// The next byte of the text.
    at: usize,
    /// The place of that byte.
    place: TextPlace,
    /// Whether the source has nothing more.
    ended: bool,
    /// Bytes that are read at once.
    chunk: usize,
    /// The largest value that is held.
    pub(super) largest: usize,
}

impl<'a> Window<'a> {
    pub(super) fn new(
        source: SendReader<'a>,
        (chunk, largest): (usize, usize),
    ) -> io::Result<Self> {
        const BOM: &[u8] = b"\xef\xbb\xbf";
        let mut window = Self {
            source: decoded(source)?.0,
            text: Vec::new(),
            at: 0,
            place: TextPlace { line: 1, column: 0 },
            ended: false,
            chunk,
            largest,
        };
        while window.text.len() < BOM.len() && window.more()? {}
        if window.text.starts_with(BOM) {
            window.at = BOM.len();
        }
        Ok(window)
    }

    /// The text from here on, as far as it was read.
    pub(super) fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next byte that is not blank, which is not consumed; `None` at the end.
    pub(super) fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            let rest = self.rest();
            let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
            let blanks = rest.iter().take_while(is_blank).count();
            let next = rest.get(blanks).copied();
            self.skip(blanks);
            if next.is_some() || !self.more()? {
                return Ok(next);
            }
        }
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        let end = (self.at + bytes).min(self.text.len());
        let skipped = self.text.get(self.at..end).unwrap_or_default();
        self.place = self.place.after(skipped);
        self.at = end;
    }

    /// Reads on; `false` at the end of the text. What was consumed is dropped.
    fn more(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.text.drain(..self.at);
        self.at = 0;
        let held = self.text.len();
        if held >= self.largest {
            return Err(self.too_large());
        }
        let wanted = self.chunk.max(held).min(self.largest - held);
        self.text.reserve_exact(wanted);
        let source = Read::by_ref(&mut self.source);
        let read = source.take(wanted as u64).read_to_end(&mut self.text)?;
        self.ended = read < wanted;
        Ok(read > 0)
    }

    pub(super) fn too_large(&self) -> io::Error {
        let most = bytes_words(self.largest as u64);
        io::Error::other(format!(
            "a value has over {most} of JSON, which is too much to read at once; order the report or the export as CSV"
        ))
    }

    /// The next value. It must be syntactically correct.
    pub(super) fn value(&mut self) -> Result<Value<'_>, JsonError> {
        self.peek()?;
        let length = loop {
            let mut text = serde_json::Deserializer::from_slice(self.rest());
            let found = IgnoredAny::deserialize(&mut text);
            let end = text.into_iter::<IgnoredAny>().byte_offset();
            // At the end of what was read, a number may have further digits.
            let is_open = end == self.rest().len() || found.as_ref().is_err_and(Error::is_eof);
            if is_open && self.more()? {
                continue;
            }
            match found {
                Ok(_) => break end,
                Err(error) => return Err(self.place.error(&error)),
            }
        };
        let (from, place) = (self.at, self.place);
        self.skip(length);
        let text = self.text.get(from..self.at).unwrap_or_default();
        Ok(Value { text, place })
    }

    /// An error at the next byte, or at the end of the text.
    pub(super) fn broken(&self, problem: &str) -> JsonError {
        let here = u64::from(!self.rest().is_empty());
        TextPlace {
            column: self.place.column + here,
            ..self.place
        }
        .broken(problem)
    }
}

/// The bytes that are read at once, and the largest value that is held.
pub(super) fn sizes() -> (usize, usize) {
    const LARGEST: usize = 64 << 20;
    let largest = if room::is_tight() {
        let left = usize::try_from(room::left() / 4).unwrap_or(LARGEST);
        left.min(LARGEST)
    } else {
        LARGEST
    };
    (room::share(256, 256 << 10, 1 << 20), largest)
}
