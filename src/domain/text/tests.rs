//! Printable text.

use crate::domain::text::{
    age, bytes, clock, counted, exact_pseudonym, hex, is_below, percent, printable, pseudonym,
    signed_percent, strip_any_case, timestamp,
};

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

#[test]
fn sizes_and_counts_are_told_in_readable_units() {
    for (count, text) in [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1999, "1.9 kB"),
        (999_999, "999.9 kB"),
        (14_250_000, "14.2 MB"),
        (1_000_000_000, "1.0 GB"),
        (2_500_000_000_000, "2.5 TB"),
        (9_000_000_000_000_000, "9000.0 TB"),
    ] {
        assert_eq!(bytes(count), text);
    }
    for (count, text) in [(0, "0 rows"), (1, "1 row"), (1234, "1,234 rows")] {
        assert_eq!(counted(count, "row"), text);
    }
}

#[test]
fn lengths_of_time_are_told_by_the_clock_and_ages_in_one_unit() {
    for (seconds, by_clock, old) in [
        (-5, "00:00", "just now"),
        (59, "00:59", "just now"),
        (60, "01:00", "1 min old"),
        (3599, "59:59", "59 min old"),
        (3600, "1:00:00", "1 h old"),
        (3661, "1:01:01", "1 h old"),
        (172_799, "47:59:59", "47 h old"),
        (172_800, "48:00:00", "2 days old"),
    ] {
        assert_eq!(clock(seconds), by_clock);
        assert_eq!(age(seconds), old);
    }
    assert_eq!(hex(&[0, 9, 0xab, 0xff]), "0009abff");
}

#[test]
fn control_characters_have_signs_of_their_own() {
    for (text, shown) in [
        ("\u{0}\u{1f}", "\u{2400}\u{241f}"),
        (" ~", " ~"),
        ("\u{7f}", "\u{2421}"),
        ("\u{80}\u{9f}\u{a0}", "\u{fffd}\u{fffd}\u{a0}"),
        // Only signs are joined.
        ("a\u{200d}b", "a\u{fffd}b"),
        ("\u{2190}\u{fe0f}", "\u{2190}\u{fffd}"),
        ("\u{2191}\u{fe0f}", "\u{2191}\u{fe0f}"),
    ] {
        assert_eq!(printable(text), shown);
    }
}

#[test]
fn shares_are_told_with_one_decimal() {
    for (share, text) in [(0, "0.0"), (5, "0.5"), (-5, "-0.5"), (-123, "-12.3")] {
        assert_eq!(percent(share), text);
    }
    assert_eq!(signed_percent(Some(-5)), "-0.5%");
}

#[test]
fn a_prefix_is_found_in_any_case() {
    for (text, rest) in [
        ("SIG=a", Some("a")),
        ("sig=", Some("")),
        ("sig", None),
        ("six=a", None),
        ("siä=", None),
    ] {
        assert_eq!(strip_any_case(text, "Sig="), rest, "{text}");
    }
}

#[test]
fn a_time_is_told_in_whole_seconds() {
    let time = "2026-11-22T08:00:00.75Z".parse().unwrap();
    assert_eq!(timestamp(time), "2026-11-22T08:00:00Z");
}

#[test]
fn a_path_is_below_whole_folders_only() {
    for (path, folder, expected) in [
        ("daily/a.csv", "daily", true),
        ("daily", "daily", true),
        ("daily2/a.csv", "daily", false),
        ("a", "a/b", false),
        ("a.csv", "", true),
    ] {
        assert_eq!(is_below(path, folder), expected, "{path} below {folder}");
    }
}
