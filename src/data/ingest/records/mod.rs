//! Splits CSV text into records, strictly by RFC 4180: a quoted field ends with its closing quote, and only a comma or
//! a line end may follow. Lenient parsers lose rows, because an unclosed quote swallows them.

use std::ops::Range;

const MARK: &[u8] = b"\xef\xbb\xbf";
/// Thousands of columns are accepted; hundreds of thousands mean that the file is not a cost table.
const MOST_FIELDS: usize = 1 << 18;

/// The position of a field in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldSpan {
    pub(crate) at: Range<usize>,
    /// Whether it has doubled quotes that stand for one.
    pub(crate) doubled: bool,
}

impl FieldSpan {
    /// Whether the field is quoted: a quoted field has a value even if it is empty.
    pub(crate) fn is_quoted(&self, text: &[u8]) -> bool {
        let before = self.at.start.checked_sub(1).and_then(|at| text.get(at));
        before == Some(&b'"') && text.get(self.at.end) == Some(&b'"')
    }

    /// The field's bytes; `scratch` is used where quotes are doubled.
    pub(crate) fn bytes<'a>(&self, text: &'a [u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
        let raw = text.get(self.at.clone()).unwrap_or_default();
        if !self.doubled {
            return raw;
        }
        scratch.clear();
        let mut rest = raw;
        while let Some(at) = memchr::memchr(b'"', rest) {
            scratch.extend_from_slice(rest.get(..=at).unwrap_or_default());
            rest = rest.get(at + 2..).unwrap_or_default();
        }
        scratch.extend_from_slice(rest);
        scratch
    }
}

/// An error in the quoting or the number of fields, with the line where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadQuote {
    pub(crate) line: u64,
    pub(crate) problem: &'static str,
    /// Whether the error stays, whatever text follows and wherever the text is split.
    pub(crate) is_certain: bool,
    /// Whether the text ends inside quotes.
    pub(crate) is_open: bool,
}

/// Whether a text without a record end is a row with far too many fields.
pub(crate) fn is_too_wide(text: &[u8]) -> bool {
    text.len() > MOST_FIELDS
        && matches!(Records::new(text).next(&mut Vec::new()), Err(bad) if bad.is_certain)
}

/// Iterates over the records of a text.
pub(crate) struct Records<'a> {
    text: &'a [u8],
    at: usize,
    /// The current line, counted from 1.
    line: u64,
    /// The line on which the last record began.
    pub(crate) record_line: u64,
    /// Whether the last record began with a byte-order mark.
    pub(crate) mark: bool,
    /// Whether a line end follows the last record.
    pub(crate) ended: bool,
    /// Syntactic quotes of the last record: opening, closing and doubled ones. Any other quote is part of an unquoted
    /// field.
    quotes: usize,
    /// Whether the last record has quotes inside an unquoted field.
    pub(crate) literal_quotes: bool,
}

impl<'a> Records<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self::from(text, 0, 1)
    }

    /// Starts with the record at a place and in a line.
    pub(crate) fn from(text: &'a [u8], at: usize, line: u64) -> Self {
        Self {
            text,
            at,
            line,
            record_line: line,
            mark: false,
            ended: true,
            quotes: 0,
            literal_quotes: false,
        }
    }

    /// The end of the last record that was read.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// Line ends passed so far.
    pub(crate) fn lines(&self) -> u64 {
        self.line - 1
    }

    /// Reads one record; `false` at the end. Blank lines are skipped.
    pub(crate) fn next(&mut self, fields: &mut Vec<FieldSpan>) -> Result<bool, BadQuote> {
        fields.clear();
        self.mark = false;
        loop {
            match self.text.get(self.at) {
                Some(b'\n' | b'\r') => self.line_end(),
                Some(0xef) if self.rest().starts_with(MARK) => {
                    self.mark = true;
                    self.at += MARK.len();
                }
                Some(_) => break,
                None => return Ok(false),
            }
        }
        self.record_line = self.line;
        self.quotes = 0;
        let start = self.at;
        while self.field(fields)? {
            if fields.len() > MOST_FIELDS {
                let problem = "a line has more fields than any cost file has columns: the file is something else, or damaged";
                return Err(BadQuote {
                    line: self.record_line,
                    problem,
                    is_certain: true,
                    is_open: false,
                });
            }
        }
        let record = self.text.get(start..self.at).unwrap_or_default();
        self.literal_quotes = memchr::memchr_iter(b'"', record).count() != self.quotes;
        Ok(true)
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn line_end(&mut self) {
        let crlf = self.rest().starts_with(b"\r\n");
        self.at += if crlf { 2 } else { 1 };
        self.line += 1;
    }

    /// Reads one field and its delimiter; `false` at the end of the record.
    fn field(&mut self, fields: &mut Vec<FieldSpan>) -> Result<bool, BadQuote> {
        if self.text.get(self.at) == Some(&b'"') {
            let field = self.quoted()?;
            fields.push(field);
        } else {
            let rest = self.rest();
            let length = memchr::memchr3(b',', b'\n', b'\r', rest).unwrap_or(rest.len());
            fields.push(FieldSpan {
                at: self.at..self.at + length,
                doubled: false,
            });
            self.at += length;
        }
        match self.text.get(self.at) {
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            Some(_) => {
                self.line_end();
                self.ended = true;
                Ok(false)
            }
            None => {
                self.ended = false;
                Ok(false)
            }
        }
    }

    fn quoted(&mut self) -> Result<FieldSpan, BadQuote> {
        let (line, start) = (self.line, self.at + 1);
        let (mut at, mut doubled) = (start, false);
        loop {
            let rest = self.text.get(at..).unwrap_or_default();
            let Some(quote) = memchr::memchr(b'"', rest) else {
                let problem = "a quoted field is never closed: the file was cut off or damaged; download or export it again";
                return Err(BadQuote {
                    line,
                    problem,
                    is_certain: false,
                    is_open: true,
                });
            };
            let close = at + quote;
            match self.text.get(close + 1) {
                Some(b'"') => {
                    self.quotes += 2;
                    doubled = true;
                    at = close + 2;
                }
                Some(b',' | b'\n' | b'\r') | None => {
                    let inside = self.text.get(start..close).unwrap_or_default();
                    self.line += line_ends(inside);
                    self.quotes += 2;
                    self.at = close + 1;
                    return Ok(FieldSpan {
                        at: start..close,
                        doubled,
                    });
                }
                Some(_) => {
                    let problem =
                        "a quote is out of place: text follows the closing quote of a field";
                    return Err(BadQuote {
                        line,
                        problem,
                        is_certain: false,
                        is_open: false,
                    });
                }
            }
        }
    }
}

/// Line ends in a text, CRLF as one.
pub(crate) fn line_ends(text: &[u8]) -> u64 {
    let ends = memchr::memchr2_iter(b'\n', b'\r', text);
    let count = ends.filter(|at| {
        let crlf = text.get(*at) == Some(&b'\n') && *at > 0 && text.get(at - 1) == Some(&b'\r');
        !crlf
    });
    count.count() as u64
}

#[cfg(test)]
mod tests;
