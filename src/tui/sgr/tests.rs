//! Colours as control sequences.

use crate::tui::sgr::with_own_codes;

#[test]
fn the_first_sixteen_colours_are_written_in_codes_of_their_own() {
    let cases: [(&str, &str); 6] = [
        ("\u{1b}[38;5;9;48;5;0mtext", "\u{1b}[91;40mtext"),
        ("\u{1b}[1;38;5;2m", "\u{1b}[1;32m"),
        ("\u{1b}[38;5;245m", "\u{1b}[38;5;245m"),
        ("\u{1b}[38;2;5;9;1m", "\u{1b}[38;2;5;9;1m"),
        ("38;5;9m \u{1b}[38;5;9H", "38;5;9m \u{1b}[38;5;9H"),
        ("\u{1b}[0m\u{1b}[", "\u{1b}[0m\u{1b}["),
    ];
    for (written, sent) in cases {
        assert_eq!(
            with_own_codes(written.as_bytes()),
            sent.as_bytes(),
            "{written:?}"
        );
    }
}
