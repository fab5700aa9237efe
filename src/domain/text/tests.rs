//! Printable text.

use crate::domain::text::{exact_pseudonym, printable, pseudonym, signed_percent};

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

#[test]
fn names_share_a_pseudonym_where_they_are_the_same() {
    let path = "/subscriptions/s/resourceGroups/RG-Web";
    for other in ["rg-web", "Rg-Web", "/a/RG-WEB/"] {
        assert_eq!(pseudonym(7, path), pseudonym(7, other), "{other}");
    }
    assert_ne!(pseudonym(7, "rg-web"), pseudonym(7, "rg-api"));
    assert_ne!(pseudonym(7, "rg-web"), pseudonym(8, "rg-web"));
    let values = ["prod", "Prod", "team/prod", "other/prod", "prod/"];
    for (at, one) in values.iter().enumerate() {
        for other in values.iter().skip(at + 1) {
            assert_ne!(exact_pseudonym(7, one), exact_pseudonym(7, other));
        }
    }
    // A name in one spelling has one pseudonym, whatever its key.
    assert_eq!(pseudonym(7, "rg-web"), exact_pseudonym(7, "rg-web"));
}
