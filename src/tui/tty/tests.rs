//! Which sizes are drawn.

use super::drawable;

#[test]
fn every_claimed_size_can_be_drawn() {
    for (claimed, drawn) in [
        ((0, 0), (80, 24)),
        ((132, 0), (132, 24)),
        ((1, 1), (1, 1)),
        ((500, 200), (500, 200)),
        ((u16::MAX, u16::MAX), (1000, 500)),
    ] {
        assert_eq!(drawable(claimed), drawn, "{claimed:?}");
    }
}
