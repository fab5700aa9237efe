//! The chosen entry is always shown, and nothing that would fit is left out.

use super::*;
use proptest::prelude::*;

#[test]
fn choices_that_do_not_fit_are_left_out_around_the_chosen_one() {
    let widths = [5, 5, 5, 5, 5];
    let cases = [
        (0, 25, 0..5),
        (0, 24, 0..4),
        (0, 19, 0..3),
        (2, 19, 2..5),
        (4, 19, 2..5),
        (3, 9, 3..4),
        (3, 0, 3..4),
    ];
    for (chosen, room, expected) in cases {
        assert_eq!(
            window(&widths, chosen, room),
            expected,
            "{chosen} in {room}"
        );
    }
    assert_eq!(window(&[], 0, 10), 0..0);
}

proptest! {
    #[test]
    fn the_chosen_one_is_shown_and_the_others_fit(
        widths in prop::collection::vec(1_usize..20, 1..15),
        chosen in 0_usize..15,
        room in 0_usize..120,
    ) {
        let chosen = chosen % widths.len();
        let shown = window(&widths, chosen, room);
        prop_assert!(shown.contains(&chosen));
        let used: usize = widths[shown.clone()].iter().sum();
        prop_assert!(used <= room || shown.len() == 1, "{shown:?}");
        let all: usize = widths.iter().sum();
        prop_assert_eq!(shown.len() == widths.len(), all <= room || widths.len() == 1);
    }
}
