//! Escapes are decoded, and each character knows where it came from.

use crate::domain::text::unescape::UnescapedText;

#[test]
fn escapes_of_every_kind_are_decoded_and_others_stay() {
    for (text, decoded) in [
        ("", ""),
        ("plain ä", "plain ä"),
        ("%41%7e", "A~"),
        ("%c3%A4", "\u{fffd}\u{fffd}"),
        ("%7f %1f %00", "%7f %1f %00"),
        ("%4 %g1 %", "%4 %g1 %"),
        ("100% a", "100% a"),
        ("\\u0041\\u00e4", "Aä"),
        ("\\u{41}\\u{1F600}", "A😀"),
        ("\\u{0000041}\\u{}\\u{d800}", "\\u{0000041}\\u{}\\u{d800}"),
        ("\\u004 \\ud800 \\u0007", "\\u004 \\ud800 \\u0007"),
        ("\\x41\\x4", "A\\x4"),
        ("\\/ \\\" \\\\ \\n \\", "/ \" \\ \\n \\"),
        ("&amp; &quot;&apos;&lt;&gt;", "& \"'<>"),
        ("&#65;&#x42;&#X43;", "ABC"),
        ("&#7; &#x; &nbsp; &amp", "&#7; &#x; &nbsp; &amp"),
        ("&#00000065;", "A"),
        ("&#000000065;", "&#000000065;"),
        // One inside the other, up to four layers.
        ("%2541", "A"),
        ("&amp;#37;41", "A"),
        ("%2525252541", "%41"),
    ] {
        let found = UnescapedText::of(text).decoded();
        assert_eq!(found.text, decoded, "{text}");
        assert_eq!(found.text.len(), found.places.len(), "{text}");
    }
}

#[test]
fn what_is_decoded_leads_back_to_its_escape() {
    let text = "a%2541ä\\u0042c";
    let decoded = UnescapedText::of(text).decoded();
    assert_eq!(decoded.text, "aAäBc");
    for (part, original) in [
        (0..1, "a"),
        (1..2, "%2541"),
        (2..4, "ä"),
        (4..5, "\\u0042"),
        (5..6, "c"),
        (0..6, text),
        (1..5, "%2541ä\\u0042"),
        (1..1, ""),
    ] {
        let range = decoded.original(part.clone());
        assert_eq!(&text[range], original, "{part:?}");
    }
    let letters = decoded.only(|c| c != 'A');
    assert_eq!(letters.text, "aäBc");
    let mut struck = Vec::new();
    letters.strike_all("B", &mut struck);
    letters.strike_all("", &mut struck);
    letters.strike_all("A", &mut struck);
    let struck: Vec<&str> = struck.into_iter().map(|range| &text[range]).collect();
    assert_eq!(struck, ["\\u0042"]);
    let mut all = Vec::new();
    UnescapedText::of("xyx").strike_all("x", &mut all);
    assert_eq!(all, [0..1, 2..3]);
}
