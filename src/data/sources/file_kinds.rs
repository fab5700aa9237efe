//! Detects the format of a file by its first bytes, not by its name.

use super::archive;
use super::utf_16::utf_16;

pub(crate) const GZIP: &[u8] = b"\x1f\x8b";
pub(crate) const ZIP: &[u8] = archive::ZIP;
pub(crate) const PARQUET: &[u8] = b"PAR1";

/// Describes a file that is not a table, by its signature.
pub(crate) fn foreign_format(start: &[u8]) -> Option<&'static str> {
    const FORMATS: [(&[u8], &str); 8] = [
        (b"%PDF", "a PDF; give the CSV file of the same report"),
        (
            b"\xd0\xcf\x11\xe0",
            "an old Excel workbook (.xls); save the sheet as CSV",
        ),
        (b"7z\xbc\xaf", "a 7z archive; unpack it first"),
        (b"\x28\xb5\x2f\xfd", "compressed with zstd; unpack it first"),
        (b"Rar!", "a RAR archive; unpack it first"),
        (b"BZh", "compressed with bzip2; unpack it first"),
        (b"\xfd7zXZ", "compressed with xz; unpack it first"),
        (
            b"SQLite format 3",
            "an SQLite database; export its rows as CSV",
        ),
    ];
    let mut formats = FORMATS.iter();
    let found = formats.find(|(magic, _)| start.starts_with(magic));
    found.map(|(_, kind)| *kind)
}

/// Whether a text starts as JSON, in UTF-8 or UTF-16.
pub(crate) fn is_json(start: &[u8]) -> bool {
    let text = match utf_16(start) {
        Some(encoding) => encoding.decode(start).0.into_owned().into_bytes(),
        None => start
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(start)
            .to_vec(),
    };
    let visible = text.trim_ascii_start();
    visible.starts_with(b"{") || visible.starts_with(b"[")
}

/// Whether an archive member that starts like this is unpacked to a file first: compressed text, archives, Parquet,
/// JSON and UTF-16.
pub(crate) fn needs_a_file(start: &[u8]) -> bool {
    start.starts_with(GZIP)
        || start.starts_with(ZIP)
        || start.starts_with(PARQUET)
        || start.starts_with(b"PK\x05\x06")
        || is_json(start)
        || matches!(
            start,
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [_, 0, ..] | [0, ..]
        )
}
