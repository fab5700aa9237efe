//! Text that is not UTF-8: read as Windows-1252 where every byte has a meaning there, else kept byte by byte so that
//! different values stay different.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether every byte stands for a character of Windows-1252; five do not.
pub(crate) fn is_windows_1252(raw: &[u8]) -> bool {
    !raw.iter()
        .any(|byte| matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d))
}

/// A text as it is shown and stored.
pub(crate) fn decoded(raw: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(raw) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) if is_windows_1252(raw) => {
            encoding_rs::WINDOWS_1252.decode_without_bom_handling(raw).0
        }
        Err(_) => Cow::Owned(escaped(raw)),
    }
}

/// Bytes that fit nothing as `\\x81`; what is UTF-8 around them stays text.
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
