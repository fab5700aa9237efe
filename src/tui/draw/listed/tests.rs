//! Lists that fit, that are counted, and that are only counted.

use super::listed;
use unicode_width::UnicodeWidthStr;

#[test]
fn what_does_not_fit_is_counted() {
    let months: Vec<String> = (1..=12).map(|month| format!("2026-{month:02}")).collect();
    let cases = [
        (12, 200, "2026-11, 2026-12"),
        (12, 80, "2026-05 and 7 more"),
        (12, 60, "2026-03 and 9 more"),
        (3, 60, "2026-01, 2026-02, 2026-03"),
        (12, 30, "12 of them"),
    ];
    for (count, width, end) in cases {
        let line = listed(" ! not in this table: ", &months[..count], width);
        assert!(line.ends_with(end), "{width}: {line}");
        assert!(line.width() <= width.max(32), "{width}: {line}");
        assert!(!line.contains('…'), "{line}");
    }
}
