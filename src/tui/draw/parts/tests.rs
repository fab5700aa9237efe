//! Parts that fit, that are cut in the middle, and that are added up as the others.

use super::{folded, joined};
use crate::domain::money::Amount;
use unicode_width::UnicodeWidthStr;

fn parts() -> Vec<(String, Amount)> {
    [
        ("rg-0015", 111),
        ("rg-0003", 79),
        ("rg-with-a-long-name-0021", 121),
        ("25 others", 1314),
    ]
    .map(|(name, cost)| (name.to_owned(), Amount::from_whole(cost)))
    .to_vec()
}

#[test]
fn names_give_way_and_what_does_not_fit_is_added_up() {
    let cases = [
        (
            80,
            Some(
                "rg-0015 111.00 · rg-0003 79.00 · rg-with-a…name-0021 121.00 · 25 others 1,314.00",
            ),
        ),
        (60, Some("rg-0015 111.00 · rg-0003 79.00 · others 1,435.00")),
        (36, Some("rg-0015 111.00 · others 1,514.00")),
        (31, None),
    ];
    for (width, expected) in cases {
        let shown = folded(&parts(), width, &Amount::display);
        assert_eq!(shown.as_deref(), expected, "{width}");
    }
}

#[test]
fn no_line_is_wider_than_its_room() {
    for width in 0..120 {
        for shown in [
            folded(&parts(), width, &Amount::display),
            joined(&parts(), width, &Amount::display),
        ] {
            assert!(shown.is_none_or(|line| line.width() <= width), "{width}");
        }
    }
}
