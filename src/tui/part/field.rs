//! One line of text being typed.

use crate::tui::key::Key;
use tui_input::{Input, InputRequest};

/// A line of text with its caret.
#[derive(Debug, Clone, Default)]
pub struct Field {
    input: Input,
}

impl Field {
    /// A field that holds a text, with the caret behind it.
    pub fn with(text: &str) -> Self {
        Self {
            input: Input::new(text.to_owned()),
        }
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// Where the caret stands, in characters.
    pub fn caret(&self) -> usize {
        self.input.cursor()
    }

    /// Takes a key that edits; others are given back as `false`.
    pub fn key(&mut self, key: Key) -> bool {
        let request = match key {
            Key::Char(c) => InputRequest::InsertChar(c),
            Key::Backspace => InputRequest::DeletePrevChar,
            Key::Delete => InputRequest::DeleteNextChar,
            Key::Left => InputRequest::GoToPrevChar,
            Key::Right => InputRequest::GoToNextChar,
            Key::Home | Key::Ctrl('a') => InputRequest::GoToStart,
            Key::End | Key::Ctrl('e') => InputRequest::GoToEnd,
            Key::Ctrl('w') => InputRequest::DeletePrevWord,
            Key::Ctrl('u') => InputRequest::DeleteLine,
            _ => return false,
        };
        self.input.handle(request);
        true
    }

    /// Puts the caret somewhere, in characters.
    pub fn go_to(&mut self, at: usize) {
        self.input.handle(InputRequest::SetCursor(at));
    }
}
