//! The hash aggregation gives the sums of a plain map, however rows are spread over threads.

use super::{HashAgg, finish, hash};
use crate::data::engine::aggregate::accumulator::Sum;
use crate::data::engine::aggregate::shared_keys::SharedKeys;
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Rows of groups and costs, aggregated by one `HashAgg` for each of `threads`.
fn sums(rows: &[(Vec<u32>, i128)], keys: usize, threads: usize) -> BTreeMap<Vec<u32>, (i128, u64)> {
    let mut states: Vec<HashAgg> = (0..threads).map(|_| HashAgg::new(keys, 1)).collect();
    for (at, (key, cost)) in rows.iter().enumerate() {
        let sum = Sum {
            cost: *cost,
            rows: 1,
            ..Sum::EMPTY
        };
        states[at % threads].add(key, &sum, None).unwrap();
    }
    let mut whole = HashAgg::new(keys, 1);
    for state in states {
        whole.join(state).unwrap();
    }
    let groups = whole.groups();
    groups
        .map(|(key, sum, _)| (key.to_vec(), (sum.cost, sum.rows)))
        .collect()
}

/// A key of `keys` texts, a currency and the only mark. Large numbers are beyond the lists, the largest one is an absent
/// value.
fn group(keys: usize) -> impl Strategy<Value = Vec<u32>> {
    let text = prop_oneof![0..4_u32, 60_000..70_000_u32, Just(u32::MAX)];
    let currency = prop_oneof![0..10_u32, Just(u32::MAX)];
    (prop::collection::vec(text, keys), currency).prop_map(|(mut key, currency)| {
        key.extend([currency, 0]);
        key
    })
}

proptest! {
    #[test]
    fn groups_equal_those_of_a_map(
        (keys, rows) in (1..4_usize).prop_flat_map(|keys| {
            let row = (group(keys), -1_000_i128..1_000);
            (Just(keys), prop::collection::vec(row, 0..200))
        }),
        threads in 1..4_usize,
    ) {
        let mut expected: BTreeMap<Vec<u32>, (i128, u64)> = BTreeMap::new();
        for (key, cost) in &rows {
            let sum = expected.entry(key.clone()).or_default();
            sum.0 += cost;
            sum.1 += 1;
        }
        prop_assert_eq!(sums(&rows, keys, threads), expected);
    }
}

#[test]
fn spellings_in_different_case_become_the_commonest_one() {
    let shared = SharedKeys::new(1);
    let mut state = HashAgg::new(1, 1);
    for (text, cost, rows) in [("RG-web", 5, 1), ("rg-web", 7, 3), ("rg-db", 1, 1)] {
        let number = shared.number(0, text);
        super::add_count(&mut state.counts[0], number, rows);
        let sum = Sum {
            cost,
            rows,
            ..Sum::EMPTY
        };
        state.add(&[number, u32::MAX, 0], &sum, None).unwrap();
    }
    let keys = [GroupKey::Role(Role::ResourceGroup)];
    let groups = finish(state, shared, &keys).unwrap();
    let mut found: Vec<(Option<&str>, u64)> = groups
        .groups()
        .map(|group| (groups.key(group, 0), groups.rows(group)))
        .collect();
    found.sort_unstable();
    assert_eq!(found, [(Some("rg-db"), 1), (Some("rg-web"), 4)]);
}

#[test]
fn a_sum_beyond_the_decimal_range_is_an_error() {
    let mut state = HashAgg::new(1, 1);
    let half = Sum {
        cost: i128::MAX / 2 + 1,
        ..Sum::EMPTY
    };
    state.add(&[0, 0, 0], &half, None).unwrap();
    assert!(state.add(&[0, 0, 0], &half, None).is_err());
}

/// Groups with one hash are compared one by one, which takes forever where there are many.
#[test]
fn keys_that_differ_have_different_hashes() {
    let keys = (0..20_u32)
        .flat_map(|one| (0..20).flat_map(move |two| (0..20).map(move |three| [one, two, three])));
    let hashes: Vec<u64> = keys.map(|key| hash(&key)).collect();
    // The table chooses a place by the low bits, and compares the high ones.
    for bits in [u64::MAX, 0xffff_ffff, u64::MAX << 32] {
        let mut found: Vec<u64> = hashes.iter().map(|hash| hash & bits).collect();
        found.sort_unstable();
        found.dedup();
        assert!(found.len() > 7_990, "{} of 8000 with {bits:x}", found.len());
    }
}
