//! What a file is, told by its first bytes and not by its name.

use super::archive;
use super::utf_16::utf_16;

pub(crate) const GZIP: &[u8] = b"\x1f\x8b";
pub(crate) const ZIP: &[u8] = archive::ZIP;
pub(crate) const PARQUET: &[u8] = b"PAR1";

/// Files that are no tables, by how they begin.
pub(crate) fn foreign_format(start: &[u8]) -> Option<&'static str> {
    const FORMATS: [(&[u8], &str); 8] = [
        (b"%PDF", "a PDF; give the CSV file of the same report"),
        (
            b"\xd0\xcf\x11\xe0",
            "an old Excel workbook (.xls); save the sheet as CSV",
        ),
        (b"7z\xbc\xaf", "a 7z archive; unpack it first"),
        (b"\x28\xb5\x2f\xfd", "packed by zstd; unpack it first"),
        (b"Rar!", "a RAR archive; unpack it first"),
        (b"BZh", "packed by bzip2; unpack it first"),
        (b"\xfd7zXZ", "packed by xz; unpack it first"),
        (
            b"SQLite format 3",
            "an SQLite database; export its rows as CSV",
        ),
    ];
    let mut formats = FORMATS.iter();
    let found = formats.find(|(magic, _)| start.starts_with(magic));
    found.map(|(_, kind)| *kind)
}

/// Whether a text begins as JSON, in any of the encodings it comes in.
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

/// Whether a member that begins so is read from a file of its own: packed texts, archives, Parquet, JSON.
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
