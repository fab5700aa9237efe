//! Rewrites the 16 basic colours to their own SGR codes (ECMA-48, 30 to 37 and 90 to 97). crossterm writes them as
//! indexes into the 256-colour palette, which small terminals and consoles do not support.

use super::tty;
use std::io::{self, Write};

/// Buffers terminal output and rewrites its colours on each flush.
#[derive(Debug, Default)]
pub struct Screen {
    /// The bytes written since the last flush.
    held: Vec<u8>,
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let text = with_own_codes(&self.held);
        self.held.clear();
        tty::put(&text)
    }
}

/// Rewrites the first 16 colours to their own codes. Only escape sequences are changed, never text that looks like one.
pub fn with_own_codes(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest, b"\x1b[") {
        let (before, sequence) = rest.split_at(at + 2);
        out.extend_from_slice(before);
        let length = sequence
            .iter()
            .position(|byte| !matches!(byte, b'0'..=b'9' | b';'));
        let (numbers, behind) = sequence.split_at(length.unwrap_or(sequence.len()));
        if behind.first() == Some(&b'm') {
            out.extend(recoded(numbers));
        } else {
            out.extend_from_slice(numbers);
        }
        rest = behind;
    }
    out.extend_from_slice(rest);
    out
}

fn recoded(numbers: &[u8]) -> Vec<u8> {
    let words: Vec<&[u8]> = numbers.split(|byte| *byte == b';').collect();
    let mut out: Vec<Vec<u8>> = Vec::with_capacity(words.len());
    let mut left = words.as_slice();
    while let [first, rest @ ..] = left {
        let color = match rest {
            [b"5", number, ..] if matches!(*first, b"38" | b"48") => small(number),
            _ => None,
        };
        if let Some(color) = color {
            let ground = if *first == b"48" { 10 } else { 0 };
            let code = if color < 8 { 30 + color } else { 82 + color };
            out.push((code + ground).to_string().into_bytes());
            left = rest.get(2..).unwrap_or_default();
        } else {
            out.push(first.to_vec());
            left = rest;
        }
    }
    out.join(&b';')
}

fn small(number: &[u8]) -> Option<u32> {
    let number: u32 = std::str::from_utf8(number).ok()?.parse().ok()?;
    (number < 16).then_some(number)
}

#[cfg(test)]
mod tests;
