//! The meanings of single bytes and whole control sequences.

use crate::tui::key::{Key, Mouse};

/// A control sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sequence {
    Key(Key),
    Mouse(Mouse),
    /// A paste begins.
    Paste,
    /// A key without use here, or the answer to a question that this program never asks.
    Other,
}

/// The key of a single byte that begins no sequence.
pub(super) fn plain(byte: u8) -> Key {
    match byte {
        b'\r' => Key::Enter,
        b'\t' => Key::Tab,
        0x7f => Key::Backspace,
        0 => Key::Ctrl(' '),
        0x01..=0x1a => Key::Ctrl(char::from(byte - 1 + b'a')),
        0x1b => Key::Esc,
        0x1c..=0x1f => Key::Ctrl(char::from(byte - 0x1c + b'4')),
        _ => Key::Char(char::from(byte)),
    }
}

/// The sequence with these parameters and this final byte.
pub(super) fn read(parameters: &[u8], last: u8) -> Sequence {
    let text = std::str::from_utf8(parameters).unwrap_or_default();
    if let Some(numbers) = text.strip_prefix('<') {
        return mouse(numbers, last).map_or(Sequence::Other, Sequence::Mouse);
    }
    // Answers have a mark in front, or between the numbers and the end.
    let of_a_key = |c: char| c.is_ascii_digit() || matches!(c, ';' | ':');
    if !text.chars().all(of_a_key) || is_release(text) {
        return Sequence::Other;
    }
    let number = |at: usize| -> Option<u32> {
        let group = text.split(';').nth(at)?;
        group.split(':').next()?.parse().ok()
    };
    let key = match (last, number(0)) {
        (b'A', _) => Key::Up,
        (b'B', _) => Key::Down,
        (b'C', _) => Key::Right,
        (b'D', _) => Key::Left,
        (b'H', _) | (b'~', Some(1 | 7)) => Key::Home,
        (b'F', _) | (b'~', Some(4 | 8)) => Key::End,
        (b'Z', _) => Key::BackTab,
        (b'~', Some(3)) => Key::Delete,
        (b'~', Some(5)) => Key::PageUp,
        (b'~', Some(6)) => Key::PageDown,
        (b'~', Some(200)) => return Sequence::Paste,
        // xterm's `modifyOtherKeys` and the sequences of kitty: the code of a character.
        (b'~', Some(27)) => return coded(number(2), number(1)),
        (b'u', code) => return coded(code, number(1)),
        _ => return Sequence::Other,
    };
    Sequence::Key(key)
}

/// Whether the sequence says that a key was released: kitty's event 3, behind the modifiers.
fn is_release(parameters: &str) -> bool {
    let modifiers = parameters.split(';').nth(1);
    modifiers.is_some_and(|group| group.split(':').nth(1) == Some("3"))
}

/// A key by the code of its character; modifiers are counted from one.
fn coded(code: Option<u32>, modifiers: Option<u32>) -> Sequence {
    let bits = modifiers.unwrap_or(1).saturating_sub(1);
    let (shift, ctrl) = (bits & 1 != 0, bits & 4 != 0);
    let key = match code.and_then(char::from_u32) {
        Some('\r') => Key::Enter,
        Some('\t') if shift => Key::BackTab,
        Some('\t') => Key::Tab,
        Some('\u{1b}') => Key::Esc,
        Some('\u{7f}') => Key::Backspace,
        // Keys of the keypad and others have codes of the private use area.
        Some(c) if c.is_control() || ('\u{e000}'..='\u{f8ff}').contains(&c) => {
            return Sequence::Other;
        }
        Some(c) if ctrl => Key::Ctrl(c.to_ascii_lowercase()),
        Some(c) => Key::Char(c),
        None => return Sequence::Other,
    };
    Sequence::Key(key)
}

/// A mouse event in SGR form: buttons, column and row, counted from one; `m` ends a release.
fn mouse(numbers: &str, last: u8) -> Option<Mouse> {
    let mut numbers = numbers.split(';').map(str::parse::<u16>);
    let (buttons, column, row) = (
        numbers.next()?.ok()?,
        numbers.next()?.ok()?,
        numbers.next()?.ok()?,
    );
    let (column, row) = (column.checked_sub(1)?, row.checked_sub(1)?);
    if last != b'M' {
        return None;
    }
    event(buttons, column, row)
}

/// A mouse event in the old form, in which each number is a byte with 32 added.
pub(super) fn old_mouse(buttons: u8, column: u8, row: u8) -> Option<Mouse> {
    let place = |byte: u8| byte.checked_sub(33).map(u16::from);
    event(
        u16::from(buttons.checked_sub(32)?),
        place(column)?,
        place(row)?,
    )
}

/// The event of these buttons. Bits 2 to 4 are shift, alt and ctrl, bit 5 is a move, bit 6 the wheel.
fn event(buttons: u16, column: u16, row: u16) -> Option<Mouse> {
    match buttons & !0b1_1100 {
        0 => Some(Mouse::Press { column, row }),
        64 => Some(Mouse::WheelUp),
        65 => Some(Mouse::WheelDown),
        _ => None,
    }
}
