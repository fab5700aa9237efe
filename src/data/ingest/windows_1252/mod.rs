//! Decodes text that is not UTF-8: as Windows-1252 if every byte is valid there, otherwise byte by byte so that
//! different values stay different.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether every byte is a Windows-1252 character; five bytes are unassigned.
pub(crate) fn is_windows_1252(raw: &[u8]) -> bool {
    !raw.iter()
        .any(|byte| matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d))
}

/// A text as it is displayed and stored.
pub(crate) fn decoded(raw: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(raw) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) if is_windows_1252(raw) => {
            encoding_rs::WINDOWS_1252.decode_without_bom_handling(raw).0
        }
        Err(_) => Cow::Owned(escaped(raw)),
    }
}

/// Writes invalid bytes as `\\x81`; valid UTF-8 around them is kept.
fn escaped(raw: &[u8]) -> String {
    let mut out = String::with_capacity(raw.len());
    for chunk in raw.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests;
