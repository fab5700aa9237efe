//! Decodes nested escapes in a text (percent signs, backslashes, entities) and tracks where each character came from.

use std::ops::Range;

/// A text, and the position of each byte in the original.
pub(crate) struct UnescapedText {
    pub(crate) text: String,
    pub(crate) places: Vec<Range<usize>>,
}

/// The first characters of escapes.
const SIGNS: &[u8] = b"%\\&";
/// Maximum number of nested escapes to decode.
const LAYERS: usize = 4;

impl UnescapedText {
    pub(crate) fn of(text: &str) -> Self {
        let mut view = Self::empty(text.len());
        for (at, c) in text.char_indices() {
            view.push(c, at..at + c.len_utf8());
        }
        view
    }

    fn empty(capacity: usize) -> Self {
        Self {
            text: String::with_capacity(capacity),
            places: Vec::with_capacity(capacity),
        }
    }

    fn push(&mut self, c: char, place: Range<usize>) {
        self.text.push(c);
        for _ in 0..c.len_utf8() {
            self.places.push(place.clone());
        }
    }

    /// Takes over a part of another view.
    fn copy(&mut self, from: &Self, part: Range<usize>) {
        let places = from.places.get(part.clone());
        self.places.extend_from_slice(places.unwrap_or_default());
        self.text.push_str(from.text.get(part).unwrap_or_default());
    }

    /// The range of the original that a range of this text came from.
    pub(crate) fn original(&self, part: Range<usize>) -> Range<usize> {
        let first = self.places.get(part.start).map_or(0, |place| place.start);
        let last = part.end.checked_sub(1).and_then(|at| self.places.get(at));
        first..last.map_or(first, |place| place.end)
    }

    /// Decodes all escapes.
    pub(crate) fn decoded(mut self) -> Self {
        for _ in 0..LAYERS {
            match self.decoded_once() {
                Some(next) => self = next,
                None => break,
            }
        }
        self
    }

    /// Decodes one layer of escapes; `None` if there is none.
    fn decoded_once(&self) -> Option<Self> {
        let signs = self.text.bytes().enumerate();
        let signs = signs.filter(|(_, byte)| SIGNS.contains(byte));
        let mut rests = signs.filter_map(|(at, _)| self.text.get(at..));
        rests.find_map(escaped)?;
        let mut out = Self::empty(self.text.len());
        let mut at = 0;
        while let Some(rest) = self.text.get(at..)
            && let Some(first) = rest.chars().next()
        {
            // Most of a text is no escape.
            let plain = rest.bytes().position(|byte| SIGNS.contains(&byte));
            let plain = plain.unwrap_or(rest.len());
            if plain > 0 {
                out.copy(self, at..at + plain);
                at += plain;
                continue;
            }
            let (c, length) = escaped(rest).unwrap_or((first, first.len_utf8()));
            out.push(c, self.original(at..at + length));
            at += length;
        }
        Some(out)
    }

    /// Keeps only some of the characters.
    pub(crate) fn only(&self, keep: fn(char) -> bool) -> Self {
        let mut out = Self::empty(self.text.len());
        for (at, c) in self.text.char_indices() {
            if keep(c) {
                out.push(c, self.original(at..at + c.len_utf8()));
            }
        }
        out
    }

    /// Marks every occurrence of a text.
    pub(crate) fn strike_all(&self, needle: &str, struck: &mut Vec<Range<usize>>) {
        if !needle.is_empty() {
            let found = self.text.match_indices(needle);
            struck.extend(found.map(|(at, _)| self.original(at..at + needle.len())));
        }
    }
}

/// The character that an escape at the start of a text stands for, and the length of the escape.
fn escaped(text: &str) -> Option<(char, usize)> {
    let digits = |from: usize, count: usize| {
        let number = text.get(from..from + count)?;
        let all = number.bytes().all(|byte| byte.is_ascii_hexdigit());
        all.then(|| u32::from_str_radix(number, 16).ok()).flatten()
    };
    let visible = |code: u32| char::from_u32(code).filter(|c| !c.is_control());
    if text.starts_with('%') {
        // A byte of a multi-byte character has no meaning on its own.
        let byte = digits(1, 2)?;
        let c = if byte < 0x80 {
            visible(byte)?
        } else {
            '\u{fffd}'
        };
        return Some((c, 3));
    }
    if let Some(inner) = text.strip_prefix("\\u{") {
        let end = inner.bytes().take(7).position(|byte| byte == b'}')?;
        let code = u32::from_str_radix(inner.get(..end)?, 16).ok()?;
        return Some((visible(code)?, end + 4));
    }
    if text.starts_with("\\u") {
        return Some((visible(digits(2, 4)?)?, 6));
    }
    if text.starts_with("\\x") {
        return Some((visible(digits(2, 2)?)?, 4));
    }
    if let Some(c) = text.strip_prefix('\\').and_then(|rest| rest.chars().next()) {
        return ['/', '"', '\\'].contains(&c).then_some((c, 2));
    }
    let rest = text.strip_prefix('&')?;
    // No entity is longer.
    let end = rest.bytes().take(10).position(|byte| byte == b';')?;
    let inner = rest.get(..end)?;
    let code = match inner {
        "amp" => Some(u32::from('&')),
        "quot" => Some(u32::from('"')),
        "apos" => Some(u32::from('\'')),
        "lt" => Some(u32::from('<')),
        "gt" => Some(u32::from('>')),
        _ => {
            let number = inner.strip_prefix('#')?;
            match number.strip_prefix(['x', 'X']) {
                Some(number) => u32::from_str_radix(number, 16).ok(),
                None => number.parse().ok(),
            }
        }
    };
    Some((visible(code?)?, inner.len() + 2))
}
