//! Texts that are not UTF-8.

use super::{decoded, is_windows_1252};

#[test]
fn text_is_utf_8_then_windows_1252_then_escaped_bytes() {
    let cases: [(&[u8], &str); 6] = [
        (b"rg-web", "rg-web"),
        ("Büro".as_bytes(), "Büro"),
        (b"B\xfcro", "Büro"),
        (b"5 \x80", "5 €"),
        // 0x81 is unassigned, so that the text is no Windows-1252 either.
        (b"a\x81b", "a\\x81b"),
        (b"\xc3\xa9\x81\xfc", "é\\x81\\xFC"),
    ];
    for (raw, text) in cases {
        assert_eq!(decoded(raw), text, "{raw:?}");
    }
    assert!(is_windows_1252(b"\xff") && !is_windows_1252(b"\x9d"));
}
