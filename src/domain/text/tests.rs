//! Printable text.

use crate::domain::text::{printable, signed_percent};

#[test]
fn hidden_characters_are_replaced() {
    for hidden in [
        '\u{61c}',
        '\u{200b}',
        '\u{2060}',
        '\u{feff}',
        '\u{2028}',
        '\u{2029}',
        '\u{e0041}',
        '\u{202e}',
        '\u{ad}',
        '\u{e0100}',
        '\u{1d173}',
    ] {
        assert_eq!(
            printable(&format!("a{hidden}b")),
            "a\u{fffd}b",
            "{hidden:?}"
        );
    }
    // Code points that join several into one character are kept.
    for sign in ["👩\u{200d}🚀", "❤\u{fe0f}", "ä", "日本", "e\u{301}"] {
        assert_eq!(printable(sign), sign);
    }
}

#[test]
fn a_change_in_percent_has_its_sign() {
    let cases = [
        (Some(123), "+12.3%"),
        (Some(-1000), "-100.0%"),
        (Some(0), "0.0%"),
        (None, "-"),
    ];
    for (change, text) in cases {
        assert_eq!(signed_percent(change), text);
    }
}
