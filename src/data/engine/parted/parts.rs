//! The number of shares of an answer.

use crate::data::engine::aggregate::share::Share;

/// The most shares: each of them reads all rows again.
pub(crate) const MOST: u64 = 64;

/// The number of shares of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts {
    /// The shares of the lines.
    pub(crate) lines: u64,
    /// The shares of the sums of these lines.
    pub(crate) items: u64,
}

impl Parts {
    /// The whole answer at once.
    pub(crate) const ONE: Self = Self { lines: 1, items: 1 };

    /// The shares of the lines, by a hash of so many keys.
    pub(crate) fn of_lines(self, keys: usize) -> impl Iterator<Item = Share> {
        shares(keys, self.lines)
    }

    /// The shares of the sums, by a hash of so many keys.
    pub(crate) fn of_items(self, keys: usize) -> impl Iterator<Item = Share> {
        shares(keys, self.items)
    }

    /// Two to four times as many parts; `None` if there are too many already.
    pub(crate) fn more(self) -> Option<Self> {
        let times = (MOST / (self.lines * self.items)).min(4);
        match (times, self.items) {
            (0 | 1, _) => None,
            (_, 1) => Some(Self {
                lines: self.lines * times,
                items: 1,
            }),
            // Either may be what did not fit.
            (_, items) => Some(Self {
                lines: self.lines * 2,
                items: items * 2,
            }),
        }
    }
}

fn shares(keys: usize, of: u64) -> impl Iterator<Item = Share> {
    (0..of).map(move |number| Share { keys, number, of })
}

#[cfg(test)]
mod tests {
    use crate::data::engine::parted::parts::Parts;

    #[test]
    fn each_try_has_more_parts() {
        let parts = |lines, items| Parts { lines, items };
        let cases = [
            (parts(1, 1), Some(parts(4, 1))),
            (parts(5, 1), Some(parts(20, 1))),
            (parts(20, 1), Some(parts(60, 1))),
            (parts(60, 1), None),
            (parts(64, 1), None),
            (parts(2, 8), Some(parts(4, 16))),
            (parts(4, 16), None),
        ];
        for (tried, expected) in cases {
            assert_eq!(tried.more(), expected, "{tried:?}");
        }
    }
}
