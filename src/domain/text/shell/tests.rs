//! Quoted words of a command line.

use crate::domain::text::escape::{for_clipboard, one_line};
use crate::domain::text::shell::word;

#[test]
fn pasted_text_runs_no_command() {
    assert_eq!(
        one_line("rg\nrm -rf ~\u{1b}[201~\r\u{9b}x\u{2028}y"),
        "rg rm -rf ~ [201~  x y"
    );
    assert_eq!(for_clipboard("a\tb\u{7}\nc\u{1b}d\n"), "a\tb \nc d\n");
    assert_eq!(for_clipboard("a"), "a");
    let words = [
        ("cost.csv", "cost.csv"),
        ("", "''"),
        ("my file", "'my file'"),
        ("it's", r"'it'\''s'"),
        ("$(id)`id`;&|", "'$(id)`id`;&|'"),
        ("=ls", "'=ls'"),
        ("a=b", "a=b"),
        ("a\nb", r"$'a\x0ab'"),
        ("\u{1b}[201~'\\", r"$'\x1b[201~\'\\'"),
        ("a\u{202e}b", r"$'a\xe2\x80\xaeb'"),
    ];
    for (name, quoted) in words {
        assert_eq!(word(name), quoted);
    }
}
