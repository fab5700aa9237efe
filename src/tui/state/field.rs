//! A single-line text field.

use crate::tui::key::Key;
use tui_input::{Input, InputRequest};

/// A line of text with its caret.
#[derive(Debug, Clone, Default)]
pub struct Field {
    input: Input,
}

impl Field {
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

    /// The position of the caret, in characters.
    pub fn caret(&self) -> usize {
        self.input.cursor()
    }

    /// Handles an editing key. Returns `false` for any other key.
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
