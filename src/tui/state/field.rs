//! A single-line text field.

use crate::tui::key::Key;
use tui_input::{Input, InputRequest};

/// The most characters in a field. Completion and drawing read all of them at each key.
pub const MOST: usize = 10_000;

/// Input for a field: a key, or a text as a whole.
#[derive(Debug, Clone, Copy)]
pub enum Typed<'a> {
    Key(Key),
    Text(&'a str),
}

/// A line of text with its caret.
#[derive(Debug, Clone, Default)]
pub struct TextField {
    input: Input,
}

/// A dot for each character of a text that must not be read.
pub fn dots(text: &str) -> String {
    "•".repeat(text.chars().count())
}

impl TextField {
    /// A field with a text and the caret at its end.
    pub fn with(text: &str) -> Self {
        Self {
            input: Input::new(text.to_owned()),
        }
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// The field with a dot for each character.
    #[must_use]
    pub fn as_dots(&self) -> Self {
        let mut field = Self::with(&dots(self.text()));
        field.go_to(self.caret());
        field
    }

    /// The field with a dot for each character of a signature: a pasted SAS must not be read.
    #[must_use]
    pub fn without_signatures(&self) -> Self {
        /// The name of the signature in the query of an address.
        const NAME: &str = "sig=";
        let (text, mut shown, mut from) = (self.text(), String::new(), 0);
        let lower = text.to_ascii_lowercase();
        while let Some(at) = lower.get(from..).and_then(|rest| rest.find(NAME)) {
            let start = from + at + NAME.len();
            let rest = text.get(start..).unwrap_or_default();
            let secret = rest.split(['&', ',', ' ']).next().unwrap_or_default();
            shown.push_str(text.get(from..start).unwrap_or_default());
            shown.push_str(&dots(secret));
            from = start + secret.len();
        }
        shown.push_str(text.get(from..).unwrap_or_default());
        let mut field = Self::with(&shown);
        field.go_to(self.caret());
        field
    }

    /// The position of the caret, in characters.
    pub fn caret(&self) -> usize {
        self.input.cursor()
    }

    /// Handles an editing key or a text. Returns `false` for any other key.
    pub fn typed(&mut self, typed: Typed<'_>) -> bool {
        match typed {
            Typed::Key(key) => self.key(key),
            Typed::Text(text) => {
                self.insert(text);
                true
            }
        }
    }

    /// Inserts a text at the caret, as much of it as there is room for. Key by key, each would be a change of its own.
    fn insert(&mut self, text: &str) {
        let room = MOST.saturating_sub(self.text().chars().count());
        let before: String = self.text().chars().take(self.caret()).collect();
        let after: String = self.text().chars().skip(self.caret()).collect();
        let new: String = text.chars().take(room).collect();
        let caret = self.caret() + new.chars().count();
        *self = Self::with(&format!("{before}{new}{after}"));
        self.go_to(caret);
    }

    /// Handles an editing key. Returns `false` for any other key.
    pub fn key(&mut self, key: Key) -> bool {
        let request = match key {
            Key::Char(_) if self.text().chars().count() >= MOST => return true,
            Key::Char(c) => InputRequest::InsertChar(c),
            Key::Backspace => InputRequest::DeletePrevChar,
            Key::Delete => InputRequest::DeleteNextChar,
            Key::Left => InputRequest::GoToPrevChar,
            Key::Right => InputRequest::GoToNextChar,
            Key::Home | Key::Ctrl('a') => InputRequest::GoToStart,
            Key::End | Key::Ctrl('e') => InputRequest::GoToEnd,
            Key::Ctrl('w') => InputRequest::DeletePrevWord,
            Key::Ctrl('u') => InputRequest::DeleteLine,
            Key::Ctrl(_)
            | Key::Enter
            | Key::Tab
            | Key::BackTab
            | Key::Esc
            | Key::Up
            | Key::Down
            | Key::PageUp
            | Key::PageDown => return false,
        };
        self.input.handle(request);
        true
    }

    /// Replaces the word from a position up to the caret, which moves behind the new text.
    pub fn complete(&mut self, from: usize, word: &str) {
        let before: String = self.text().chars().take(from).collect();
        let after: String = self.text().chars().skip(self.caret()).collect();
        let start = format!("{before}{word}");
        *self = Self::with(&format!("{start}{}", after.trim_start()));
        self.go_to(start.chars().count());
    }

    /// Moves the caret to a position, in characters.
    pub fn go_to(&mut self, at: usize) {
        self.input.handle(InputRequest::SetCursor(at));
    }
}

#[cfg(test)]
mod tests {
    use super::TextField;

    #[test]
    fn signatures_are_dots_and_the_caret_stays() {
        for (text, shown) in [
            (
                "az://a/c/x?sv=1&sig=a%2Bü&se=2",
                "az://a/c/x?sv=1&sig=•••••&se=2",
            ),
            ("https://a/c?SIG=ab, b.csv", "https://a/c?SIG=••, b.csv"),
            ("a?sig=1,b?sig=2", "a?sig=•,b?sig=•"),
            ("a?sig=", "a?sig="),
            ("design=x.csv", "design=x.csv"),
            ("costs.csv", "costs.csv"),
        ] {
            let mut field = TextField::with(text);
            field.go_to(3);
            let drawn = field.without_signatures();
            assert_eq!((drawn.text(), drawn.caret()), (shown, 3), "{text}");
        }
    }
}
