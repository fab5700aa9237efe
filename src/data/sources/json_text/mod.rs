//! Walks JSON texts of any size: the values of a list one by one, and the members of an object with its long lists. One
//! value at a time is held.

mod window;

pub(crate) use window::{JsonError, Value};

use super::utf_16::SendReader;
use std::io;
use window::{Window, sizes};

/// Hundreds of members are accepted; tens of thousands mean that the text is something else, or damaged.
pub(crate) const MOST_MEMBERS: usize = 1 << 14;
/// The error for more members.
pub(crate) const TOO_MANY: &str = "an object has more members than any row has columns";

/// A JSON text that is read from its start to its end.
pub(crate) struct JsonText<'a> {
    window: Window<'a>,
}

/// An object without the values of its long lists.
pub(crate) struct Outline {
    pub(crate) text: String,
    /// Whether one of the lists was found.
    pub(crate) listed: bool,
}

impl<'a> JsonText<'a> {
    /// Starts a text in UTF-8 or UTF-16, with or without a byte-order mark.
    pub(crate) fn new(source: SendReader<'a>) -> io::Result<Self> {
        Self::with_sizes(source, sizes())
    }

    fn with_sizes(source: SendReader<'a>, sizes: (usize, usize)) -> io::Result<Self> {
        let window = Window::new(source, sizes)?;
        Ok(Self { window })
    }

    /// The text from here on, as far as it was read.
    pub(crate) fn rest(&self) -> &[u8] {
        self.window.rest()
    }

    /// The next byte that is not blank, which is not consumed; `None` at the end.
    pub(crate) fn peek(&mut self) -> Result<Option<u8>, JsonError> {
        Ok(self.window.peek()?)
    }

    /// The next value.
    pub(crate) fn value(&mut self) -> Result<Value<'_>, JsonError> {
        self.window.value()
    }

    /// Fails if anything but blanks is left.
    pub(crate) fn end(&mut self) -> Result<(), JsonError> {
        match self.peek()? {
            Some(_) => Err(self.window.broken("trailing characters")),
            None => Ok(()),
        }
    }

    /// Passes on the values of the list that begins here.
    pub(crate) fn list(
        &mut self,
        mut take: impl FnMut(Value<'_>) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        if self.is_empty(b']', "EOF while parsing a list")? {
            return Ok(());
        }
        loop {
            take(self.value()?)?;
            if self.is_last(b']', "expected `,` or `]`", "EOF while parsing a list")? {
                return Ok(());
            }
        }
    }

    /// Passes on the values of some lists in the object that begins here: of the members for which `is_long` says so, with
    /// their names. All else is returned.
    pub(crate) fn object(
        &mut self,
        mut is_long: impl FnMut(&str) -> bool,
        mut take: impl FnMut(&str, Value<'_>) -> Result<(), JsonError>,
    ) -> Result<Outline, JsonError> {
        let mut outline = Outline {
            text: "{".to_owned(),
            listed: false,
        };
        if self.is_empty(b'}', "EOF while parsing an object")? {
            outline.text.push('}');
            return Ok(outline);
        }
        for _ in 0..MOST_MEMBERS {
            let name = self.name(&mut outline.text)?;
            if is_long(&name) && self.peek()? == Some(b'[') {
                outline.listed = true;
                outline.text.push_str("[]");
                self.list(|value| take(&name, value))?;
            } else {
                outline.text.push_str(self.value()?.text()?);
            }
            if outline.text.len() > self.window.largest {
                return Err(self.window.too_large().into());
            }
            if self.is_last(b'}', "expected `,` or `}`", "EOF while parsing an object")? {
                outline.text.push('}');
                return Ok(outline);
            }
            outline.text.push(',');
        }
        Err(self.window.broken(TOO_MANY))
    }

    /// The name of the next member, which is added to the outline with its colon.
    fn name(&mut self, outline: &mut String) -> Result<String, JsonError> {
        const CUT: &str = "EOF while parsing an object";
        match self.peek()? {
            Some(b'"') => {}
            Some(_) => return Err(self.window.broken("key must be a string")),
            None => return Err(self.window.broken(CUT)),
        }
        let value = self.value()?;
        let name = value.read()?;
        outline.extend([value.text()?, ":"]);
        match self.peek()? {
            Some(b':') => self.window.skip(1),
            Some(_) => return Err(self.window.broken("expected `:`")),
            None => return Err(self.window.broken(CUT)),
        }
        Ok(name)
    }

    /// Begins a list or object; whether it ends at once.
    fn is_empty(&mut self, end: u8, cut: &str) -> Result<bool, JsonError> {
        self.peek()?;
        self.window.skip(1);
        match self.peek()? {
            Some(next) if next == end => {
                self.window.skip(1);
                Ok(true)
            }
            Some(_) => Ok(false),
            None => Err(self.window.broken(cut)),
        }
    }

    /// Whether the list or object ends here; else its next value follows.
    fn is_last(&mut self, end: u8, expected: &str, cut: &str) -> Result<bool, JsonError> {
        let next = self.peek()?;
        if next.is_none() {
            return Err(self.window.broken(cut));
        }
        if next != Some(end) && next != Some(b',') {
            return Err(self.window.broken(expected));
        }
        self.window.skip(1);
        if next == Some(end) {
            return Ok(true);
        }
        match self.peek()? {
            Some(next) if next == end => Err(self.window.broken("trailing comma")),
            Some(_) => Ok(false),
            None => Err(self.window.broken("EOF while parsing a value")),
        }
    }
}

#[cfg(test)]
mod tests;
