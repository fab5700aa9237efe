//! Turns the bytes of a terminal into keys, mouse events and pastes (ECMA-48, xterm's control sequences).
//!
//! A terminal also sends unrequested input: answers to another program's questions (DECRPM, DCS, OSC), focus
//! reports, keys that are not known. They are read to their end and dropped, never taken for keys, and one without an
//! end is dropped when it pauses. Every sequence may come in pieces; how long the rest is waited for, [`Parser::waits`] says.

mod sequence;

use super::key::{Key, Mouse};
use sequence::Sequence;

/// The most bytes of a paste that are kept.
pub const LONGEST_PASTE: usize = 64 << 10;
/// The most bytes of a sequence that are kept; no known one is longer.
const LONGEST: usize = 64;
const PASTE_END: &[u8] = b"\x1b[201~";
const ESC: u8 = 0x1b;

/// One input of the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    Key(Key),
    Mouse(Mouse),
    Paste(String),
}

/// The input that the parser waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    Nothing,
    /// ESC came alone: it is the escape key, unless the rest of a sequence follows soon.
    Escape,
    /// The rest of a sequence.
    Rest,
    Paste,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Ground,
    /// In a character of this many bytes.
    Character(usize),
    /// After ESC, inside an answer or not.
    Escape { in_answer: bool },
    /// After `ESC [`.
    Sequence,
    /// After `ESC O`: one more byte.
    Function,
    /// After `ESC [ [`: one more byte, a function key of the Linux console.
    Console,
    /// After `ESC [ M`: three bytes.
    OldMouse,
    /// In a string that ends with BEL or `ESC \`, opened by this byte.
    Answer(u8),
    /// In a paste; this many bytes of its end have come.
    Paste(usize),
}

/// Takes bytes as they come, in any pieces.
#[derive(Debug, Default)]
pub struct Parser {
    state: State,
    /// The character, sequence or paste so far.
    held: Vec<u8>,
    /// Whether ESC was the last byte of what was read at once, as the escape key is.
    alone: bool,
}

impl Parser {
    /// Takes what was read at once.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<Input>) {
        let mut left = bytes;
        while let [byte, rest @ ..] = left {
            self.take(*byte, rest.is_empty(), out);
            left = rest;
        }
    }

    /// The input that is waited for.
    pub fn waits(&self) -> Waits {
        match self.state {
            State::Ground => Waits::Nothing,
            State::Escape { in_answer: false } => Waits::Escape,
            State::Paste(_) => Waits::Paste,
            State::Escape { in_answer: true }
            | State::Character(_)
            | State::Sequence
            | State::Function
            | State::Console
            | State::OldMouse
            | State::Answer(_) => Waits::Rest,
        }
    }

    /// The rest has not come. ESC alone was the escape key; ESC and one character were two keys; a paste ends here; anything
    /// else is dropped.
    pub fn pause(&mut self, out: &mut Vec<Input>) {
        let state = std::mem::replace(&mut self.state, State::Ground);
        let opener = match state {
            State::Escape { .. } => return out.push(Input::Key(Key::Esc)),
            State::Paste(_) => return self.end_paste(out),
            State::Sequence if self.held.is_empty() => '[',
            State::Function if self.held.is_empty() => 'O',
            State::Answer(opener) if self.held.is_empty() => char::from(opener),
            State::Ground
            | State::Character(_)
            | State::Sequence
            | State::Function
            | State::Console
            | State::OldMouse
            | State::Answer(_) => return,
        };
        if self.alone {
            out.push(Input::Key(Key::Esc));
        }
        out.push(Input::Key(Key::Char(opener)));
    }

    fn take(&mut self, byte: u8, last: bool, out: &mut Vec<Input>) {
        match self.state {
            State::Ground => self.begin(byte, last, out),
            State::Character(length) => self.character(byte, length, last, out),
            State::Escape { in_answer } => self.after_escape(byte, in_answer, last, out),
            State::Sequence => self.sequence(byte, last, out),
            State::Function => self.function(byte, last, out),
            State::Console | State::OldMouse if byte < 0x20 => self.begin(byte, last, out),
            State::Console => self.state = State::Ground,
            State::OldMouse => {
                self.held.push(byte);
                if let [buttons, column, row] = *self.held.as_slice() {
                    self.state = State::Ground;
                    out.extend(sequence::old_mouse(buttons, column, row).map(Input::Mouse));
                }
            }
            State::Answer(_) => self.answer(byte, last, out),
            State::Paste(matched) => self.paste(byte, matched, out),
        }
    }

    /// Takes a byte outside of any sequence.
    fn begin(&mut self, byte: u8, last: bool, out: &mut Vec<Input>) {
        self.state = State::Ground;
        self.held.clear();
        match byte {
            ESC => {
                self.alone = last;
                self.state = State::Escape { in_answer: false };
            }
            0x80.. => {
                // Bytes that begin no character are dropped.
                let length = match byte {
                    0xc2..=0xdf => 2,
                    0xe0..=0xef => 3,
                    0xf0..=0xf4 => 4,
                    _ => return,
                };
                self.held.push(byte);
                self.state = State::Character(length);
            }
            _ => out.push(Input::Key(sequence::plain(byte))),
        }
    }

    fn character(&mut self, byte: u8, length: usize, last: bool, out: &mut Vec<Input>) {
        if !(0x80..0xc0).contains(&byte) {
            return self.begin(byte, last, out);
        }
        self.held.push(byte);
        if self.held.len() == length {
            self.state = State::Ground;
            let text = std::str::from_utf8(&self.held).unwrap_or_default();
            let typed = text.chars().filter(|c| !c.is_control());
            out.extend(typed.map(|c| Input::Key(Key::Char(c))));
        }
    }

    fn after_escape(&mut self, byte: u8, in_answer: bool, last: bool, out: &mut Vec<Input>) {
        self.held.clear();
        self.state = match byte {
            b'[' => State::Sequence,
            b'O' => State::Function,
            b'P' | b']' | b'X' | b'^' | b'_' => State::Answer(byte),
            // The end of an answer.
            b'\\' => State::Ground,
            _ => {
                // The escape key and another one. Read at once, it is alt with a key, which acts like the key.
                if !in_answer && (self.alone || byte == ESC) {
                    out.push(Input::Key(Key::Esc));
                }
                return self.begin(byte, last, out);
            }
        };
    }

    fn sequence(&mut self, byte: u8, last: bool, out: &mut Vec<Input>) {
        match byte {
            0x20..=0x3f => {
                if self.held.len() < LONGEST {
                    self.held.push(byte);
                }
            }
            b'[' if self.held.is_empty() => self.state = State::Console,
            b'M' if self.held.is_empty() => self.state = State::OldMouse,
            0x40..=0x7e => {
                self.state = State::Ground;
                match sequence::read(&self.held, byte) {
                    Sequence::Key(key) => out.push(Input::Key(key)),
                    Sequence::Mouse(mouse) => out.push(Input::Mouse(mouse)),
                    Sequence::Paste => {
                        self.held.clear();
                        self.state = State::Paste(0);
                    }
                    Sequence::Other => {}
                }
            }
            // A sequence that is cut short.
            _ => self.begin(byte, last, out),
        }
    }

    fn function(&mut self, byte: u8, last: bool, out: &mut Vec<Input>) {
        if !(0x20..0x7f).contains(&byte) {
            return self.begin(byte, last, out);
        }
        self.state = State::Ground;
        if let Sequence::Key(key) = sequence::read(b"", byte) {
            out.push(Input::Key(key));
        }
    }

    fn answer(&mut self, byte: u8, last: bool, out: &mut Vec<Input>) {
        match byte {
            // BEL.
            0x07 => self.state = State::Ground,
            ESC => {
                self.alone = last;
                self.state = State::Escape { in_answer: true };
            }
            // No answer has other control characters: enter and ctrl-c always act.
            0x00..0x20 => self.begin(byte, last, out),
            _ if self.held.is_empty() => self.held.push(byte),
            _ => {}
        }
    }

    fn paste(&mut self, byte: u8, matched: usize, out: &mut Vec<Input>) {
        if PASTE_END.get(matched) == Some(&byte) {
            self.state = State::Paste(matched + 1);
            if matched + 1 == PASTE_END.len() {
                self.state = State::Ground;
                self.end_paste(out);
            }
            return;
        }
        // It was not the end. Only its first byte can begin another one.
        let begun = PASTE_END.get(..matched).unwrap_or_default();
        let again = byte == ESC;
        let more = if again {
            &[][..]
        } else {
            std::slice::from_ref(&byte)
        };
        if self.held.len() < LONGEST_PASTE {
            self.held.extend(begun.iter().chain(more));
        }
        self.state = State::Paste(usize::from(again));
    }

    fn end_paste(&mut self, out: &mut Vec<Input>) {
        let text = String::from_utf8_lossy(&self.held).into_owned();
        // A long paste is dropped as soon as it is used.
        self.held = Vec::new();
        out.push(Input::Paste(text));
    }
}

#[cfg(test)]
mod tests;
