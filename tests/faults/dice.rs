//! Random numbers that are the same on every machine: `SplitMix64` (Steele, Lea and Flood, 2014).

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// A generator.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The generator of one part of a seed. Each part has its own, so that a change of one does not shift the others.
    pub(crate) fn of(seed: u64, part: u64) -> Self {
        let mut first = Self(seed);
        Self(first.roll() ^ part.wrapping_mul(GAMMA))
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.roll() % end.max(1)
    }

    /// A number between these two, both included.
    pub(crate) fn between(&mut self, least: i64, most: i64) -> i64 {
        let span = u64::try_from(most - least).unwrap() + 1;
        least + i64::try_from(self.below(span)).unwrap()
    }

    /// A size between these two, both included.
    pub(crate) fn size(&mut self, least: usize, most: usize) -> usize {
        let span = u64::try_from(most - least).unwrap() + 1;
        least + usize::try_from(self.below(span)).unwrap()
    }

    /// True in this many of a thousand cases.
    pub(crate) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        let at = self.size(0, from.len() - 1);
        from[at].clone()
    }

    /// One of several, by their weights.
    pub(crate) fn weighted<T: Copy>(&mut self, from: &[(u64, T)]) -> T {
        let all: u64 = from.iter().map(|(weight, _)| weight).sum();
        let mut at = self.below(all);
        for (weight, one) in from {
            if at < *weight {
                return *one;
            }
            at -= weight;
        }
        from[0].1
    }

    /// Letters and digits.
    pub(crate) fn text(&mut self, length: usize) -> String {
        const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..length).map(|_| char::from(self.pick(SIGNS))).collect()
    }

    /// The same items in another order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.size(0, last);
            items.swap(last, other);
        }
    }
}

#[test]
fn the_numbers_are_those_of_the_published_generator() {
    let mut dice = Dice(1_234_567);
    let rolled = [dice.roll(), dice.roll(), dice.roll()];
    assert_eq!(
        rolled,
        [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423
        ]
    );
    let mut dice = Dice::of(1, 1);
    let all: Vec<i64> = (0..1000).map(|_| dice.between(-3, 3)).collect();
    assert!((-3..=3).all(|number| all.contains(&number)));
    assert!(all.iter().all(|number| (-3..=3).contains(number)));
}
