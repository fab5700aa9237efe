//! Compares actual with amortized cost through the bridge between them.

use crate::domain::analysis::differences::GroupOf;
use crate::domain::money::{Amount, Money};
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::nulls_last;
use crate::domain::table::group::Group;
use serde::Serialize;
use std::cmp::Ordering;

/// The steps from actual to amortized. Their sum is exact: `actual` plus every step is `amortized`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bridge {
    pub actual: Amount,
    /// Purchases and refunds of reservations and savings plans, taken out.
    pub purchases: Amount,
    /// The refunds among them.
    pub refunds: Amount,
    /// Usage covered by benefits, added.
    pub benefit_usage: Amount,
    pub unused_reservation: Amount,
    pub unused_savings_plan: Amount,
    /// The difference of rows without a benefit: 0 when both files describe the same usage.
    pub residual: Amount,
    pub amortized: Amount,
}

/// One named step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BridgeStep {
    pub step: &'static str,
    pub cost: Amount,
}

impl Bridge {
    /// Every step by its name in the JSON, in order.
    pub fn steps(&self) -> [BridgeStep; 7] {
        let step = |step, cost| BridgeStep { step, cost };
        [
            step("actual", self.actual),
            step("purchases", self.purchases),
            step("benefit_usage", self.benefit_usage),
            step("unused_reservation", self.unused_reservation),
            step("unused_savings_plan", self.unused_savings_plan),
            step("residual", self.residual),
            step("amortized", self.amortized),
        ]
    }

    /// Amortized minus actual.
    pub fn difference(&self) -> Amount {
        self.amortized.saturating_sub(self.actual)
    }

    /// The difference in tenths of a percent of the size of the actual cost; `None` if that is zero.
    pub fn percent(&self) -> Option<i64> {
        self.difference().per_mille(self.actual.abs())
    }

    /// Whether actual and all steps add up to amortized.
    pub fn adds_up(&self) -> bool {
        let [parts @ .., whole] = self.steps();
        let sum: i128 = parts.iter().map(|step| step.cost.units()).sum();
        sum == whole.cost.units()
    }

    /// Display name of the largest step.
    pub fn main_cause(&self) -> &'static str {
        let causes = [
            (self.purchases, "purchase"),
            (self.benefit_usage, "benefit used"),
            (self.unused_reservation, "unused reservation"),
            (self.unused_savings_plan, "unused savings plan"),
            (self.residual, "residual"),
        ];
        let largest = causes.iter().max_by_key(|(amount, _)| amount.abs());
        largest
            .filter(|(amount, _)| *amount != Amount::ZERO)
            .map_or("", |(_, word)| word)
    }
}

/// The sort key of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortBy {
    /// The largest absolute difference first.
    #[default]
    Difference,
    Actual,
    Amortized,
    /// The largest residual first: where the two files do not describe the same usage.
    Residual,
    /// The difference in percent of the actual cost, largest first. Unknown ones come last in either direction.
    Percent,
    /// The values of the key at this index, smallest first.
    Key(usize),
}

/// The order of groups: a sort key, possibly reversed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sort {
    pub by: SortBy,
    pub reversed: bool,
}

impl SortBy {
    /// Every sort key by name.
    pub const ALL: [(&str, Self); 6] = [
        ("difference", Self::Difference),
        ("actual", Self::Actual),
        ("amortized", Self::Amortized),
        ("residual", Self::Residual),
        ("percent", Self::Percent),
        ("key", Self::Key(0)),
    ];

    /// Whether amounts are sorted by their size, whatever their sign.
    pub fn is_by_size(self) -> bool {
        matches!(self, Self::Difference | Self::Residual)
    }
}

impl Sort {
    /// Parses a name or one of the group keys; `-` reverses the order.
    pub fn parse(text: &str, group_by: &[GroupKey]) -> Option<Self> {
        let name = text.trim_start();
        let (reversed, word) = name
            .strip_prefix('-')
            .map_or((false, name), |rest| (true, rest));
        let mut known = SortBy::ALL.into_iter();
        let named = known.find(|(known, _)| known.eq_ignore_ascii_case(word.trim()));
        let key = || {
            let key = GroupKey::parse(word)?;
            group_by.iter().position(|known| *known == key)
        };
        let by = match named {
            Some((_, by)) => by,
            None => SortBy::Key(key()?),
        };
        Some(Self { by, reversed })
    }

    /// As it is typed; `None` for the default.
    pub fn word(self) -> Option<String> {
        if self == Self::default() {
            return None;
        }
        let mut known = SortBy::ALL.into_iter();
        let name = known.find(|(_, by)| *by == self.by)?.0;
        let sign = if self.reversed { "-" } else { "" };
        Some(format!("{sign}{name}"))
    }

    /// The rank of a group, by which smaller ones come first. Keys have none.
    pub fn rank(self, bridge: &Bridge) -> i128 {
        let size = match self.by {
            SortBy::Difference => bridge.difference().abs().units(),
            SortBy::Actual => bridge.actual.units(),
            SortBy::Amortized => bridge.amortized.units(),
            SortBy::Residual => bridge.residual.abs().units(),
            SortBy::Percent => match bridge.percent() {
                Some(percent) => percent.into(),
                None => return i128::MAX,
            },
            SortBy::Key(_) => return 0,
        };
        if self.reversed { size } else { -size }
    }

    /// The order of two groups: by rank or by a key, then by all keys, then by currency. `key` gives the keys of both
    /// groups at an index.
    pub fn order<'a>(
        self,
        [a, b]: [&Bridge; 2],
        keys: usize,
        key: impl Fn(usize) -> [Option<&'a str>; 2],
    ) -> Ordering {
        let by_key = |at, reversed| {
            let [a, b] = key(at);
            nulls_last(a, b, reversed)
        };
        let first = match self.by {
            // Missing values come last in either direction.
            SortBy::Key(at) => by_key(at, self.reversed),
            SortBy::Difference
            | SortBy::Actual
            | SortBy::Amortized
            | SortBy::Residual
            | SortBy::Percent => self.rank(a).cmp(&self.rank(b)),
        };
        (0..keys).fold(first, |order, at| order.then_with(|| by_key(at, false)))
    }
}

/// One group on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    pub keys: Vec<Option<String>>,
    /// Display names of the keys where they differ: a subscription's name, the end of an id.
    pub labels: Vec<Option<String>>,
    pub currency: Option<String>,
    pub bridge: Bridge,
    /// Rows of the actual and of the amortized side.
    pub rows: [u64; 2],
}

impl Delta {
    /// The group with its difference as cost.
    pub fn into_group(self) -> Group {
        let [actual, amortized] = self.rows;
        let cost = Money {
            currency: self.currency,
            amount: self.bridge.difference(),
        };
        Group::of_difference((self.keys, self.labels), cost, actual + amortized)
    }

    /// Its keys and its currency.
    pub fn id(&self) -> GroupOf<'_> {
        (&self.keys, self.currency.as_deref())
    }
}

/// The whole comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    pub group_by: Vec<GroupKey>,
    /// One bridge per currency, over everything the filter keeps.
    pub currencies: Vec<Delta>,
    /// Groups, the largest difference first.
    pub groups: Vec<Delta>,
    /// How many groups there are before any limit.
    pub of: usize,
    /// Whether the residual is 0 in every currency and every group, shown or not.
    pub closed: bool,
}

impl Comparison {
    /// Sorts the groups.
    pub fn sort(&mut self, sort: Sort) {
        let keys = self.group_by.len();
        self.groups.sort_by(|a, b| {
            let key = |at: usize| [a, b].map(|delta| delta.keys.get(at)?.as_deref());
            sort.order([&a.bridge, &b.bridge], keys, key)
                .then_with(|| nulls_last(a.currency.as_deref(), b.currency.as_deref(), false))
        });
    }

    /// Whether groups have to show their currency.
    pub fn several_currencies(&self) -> bool {
        self.currencies.len() > 1
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::analysis::comparison::{Bridge, Comparison, Delta, Sort, SortBy};
    use crate::domain::money::Amount;
    use crate::domain::query::group_key::GroupKey;

    #[test]
    fn a_bridge_adds_up_only_if_all_its_steps_do() {
        type Part = fn(&mut Bridge) -> &mut Amount;
        let whole = Amount::from_whole;
        let bridge = Bridge {
            actual: whole(100),
            purchases: whole(60).negated(),
            refunds: whole(5),
            benefit_usage: whole(40),
            unused_reservation: whole(8),
            unused_savings_plan: whole(4),
            residual: whole(2),
            amortized: whole(94),
        };
        assert!(bridge.adds_up(), "refunds are among the purchases");
        assert_eq!(bridge.difference(), whole(6).negated());
        assert_eq!(bridge.percent(), Some(-60));
        assert_eq!(bridge.main_cause(), "purchase");
        assert_eq!(Bridge::default().main_cause(), "");
        let parts: [Part; 7] = [
            |bridge| &mut bridge.actual,
            |bridge| &mut bridge.purchases,
            |bridge| &mut bridge.benefit_usage,
            |bridge| &mut bridge.unused_reservation,
            |bridge| &mut bridge.unused_savings_plan,
            |bridge| &mut bridge.residual,
            |bridge| &mut bridge.amortized,
        ];
        for part in parts {
            let mut wrong = bridge;
            *part(&mut wrong) = whole(1000);
            assert!(!wrong.adds_up(), "{wrong:?}");
        }
    }

    #[test]
    fn unknown_percents_rank_last_in_both_directions() {
        let bridge = |actual: i64, amortized: i64| {
            let amount = |whole: i64| {
                let size = Amount::from_whole(whole.unsigned_abs());
                if whole < 0 { size.negated() } else { size }
            };
            Bridge {
                actual: amount(actual),
                amortized: amount(amortized),
                ..Bridge::default()
            }
        };
        // Doubled, halved, unchanged, and without an actual cost.
        let all = [(2, 4), (4, 2), (3, 3), (0, 9)].map(|(one, other)| bridge(one, other));
        let order = |by: SortBy, reversed: bool| {
            let sort = Sort { by, reversed };
            let mut places = [0, 1, 2, 3];
            places.sort_by_key(|at| sort.rank(&all[*at]));
            places
        };
        assert_eq!(order(SortBy::Percent, false), [0, 2, 1, 3]);
        assert_eq!(order(SortBy::Percent, true), [1, 2, 0, 3]);
        assert_eq!(order(SortBy::Difference, false), [3, 0, 1, 2]);
        assert_eq!(order(SortBy::Actual, true), [3, 0, 2, 1]);
        assert_eq!(order(SortBy::Key(0), false), [0, 1, 2, 3]);
    }

    #[test]
    fn an_order_is_read_as_it_is_written() {
        for (name, by) in SortBy::ALL {
            for reversed in [false, true] {
                let sort = Sort { by, reversed };
                let word = sort.word().unwrap_or_else(|| name.to_owned());
                assert_eq!(Sort::parse(&word, &[]), Some(sort));
            }
        }
    }

    #[test]
    fn a_tag_key_keeps_the_blanks_at_its_end() {
        let tag = |key: &str| GroupKey::Tag(key.to_owned());
        let by = |text, keys: &[GroupKey]| Sort::parse(text, keys).map(|sort| sort.by);
        let keys = [tag("env"), tag("env ")];
        assert_eq!(by("tag:env ", &keys), Some(SortBy::Key(1)));
        assert_eq!(by("-tag:env", &keys), Some(SortBy::Key(0)));
        assert_eq!(by("tag:env ", &keys[..1]), None);
    }

    fn delta(key: Option<&str>, currency: Option<&str>, [actual, amortized]: [u64; 2]) -> Delta {
        let bridge = Bridge {
            actual: Amount::from_whole(actual),
            amortized: Amount::from_whole(amortized),
            ..Bridge::default()
        };
        Delta {
            keys: vec![key.map(str::to_owned)],
            labels: vec![None],
            currency: currency.map(str::to_owned),
            bridge,
            rows: [2, 3],
        }
    }

    fn comparison(currencies: Vec<Delta>, groups: Vec<Delta>) -> Comparison {
        Comparison {
            group_by: vec![GroupKey::Tag("env".to_owned())],
            currencies,
            of: groups.len(),
            groups,
            closed: true,
        }
    }

    #[test]
    fn groups_show_their_currency_only_beside_another_one() {
        let total = |currency| delta(None, Some(currency), [1, 1]);
        for (currencies, several) in [
            (&[][..], false),
            (&["EUR"], false),
            (&["EUR", "USD"], true),
            (&["EUR", "GBP", "USD"], true),
        ] {
            let totals = currencies.iter().map(|currency| total(currency));
            let found = comparison(totals.collect(), Vec::new());
            assert_eq!(found.several_currencies(), several, "{currencies:?}");
        }
    }

    #[test]
    fn groups_that_are_equal_by_an_order_follow_their_keys_and_currencies() {
        let (eur, usd) = (Some("EUR"), Some("USD"));
        let all = [
            delta(None, eur, [1, 3]),
            delta(Some("b"), None, [4, 2]),
            delta(Some("b"), usd, [5, 7]),
            delta(Some("b"), eur, [3, 1]),
            delta(Some("a"), usd, [0, 9]),
        ];
        let by = |text: &str| {
            let mut found = comparison(Vec::new(), all.to_vec());
            found.sort(Sort::parse(text, &found.group_by).unwrap());
            let place = |group: &Delta| all.iter().position(|one| one == group).unwrap();
            found.groups.iter().map(place).collect::<Vec<_>>()
        };
        for (text, expected) in [
            ("difference", [4, 3, 2, 1, 0]),
            ("-difference", [3, 2, 1, 0, 4]),
            ("actual", [2, 1, 3, 0, 4]),
            ("tag:env", [4, 3, 2, 1, 0]),
            // Groups without a value come last in either direction.
            ("-tag:env", [3, 2, 1, 4, 0]),
        ] {
            assert_eq!(by(text), expected, "{text}");
        }
    }

    #[test]
    fn a_compared_group_counts_the_rows_of_both_sides() {
        let delta = delta(Some("a"), Some("EUR"), [3, 9]);
        assert_eq!(delta.id(), (&[Some("a".to_owned())][..], Some("EUR")));
        let group = delta.into_group();
        assert_eq!(group.keys, [Some("a".to_owned())]);
        assert_eq!(group.cost.currency.as_deref(), Some("EUR"));
        assert_eq!((group.cost.amount, group.rows), (Amount::from_whole(6), 5));
    }
}
