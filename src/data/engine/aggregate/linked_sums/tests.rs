//! Linked sums are the groups of a plain map.

use super::LinkedSums;
use crate::data::engine::aggregate::accumulator::Sum;
use crate::data::engine::aggregate::hash_agg::{HashAgg, finish};
use crate::data::engine::aggregate::shared_keys::SharedKeys;
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use proptest::prelude::*;
use std::collections::BTreeMap;

proptest! {
    #[test]
    fn groups_equal_those_of_a_map(
        keys in prop::collection::vec((0..6_u32, 0..9_u32, 0..3_u32, 0..2_u32), 0..100),
    ) {
        let roles = [Role::Meter, Role::ChargeType].map(GroupKey::Role);
        let mut state = HashAgg::new(roles.len(), 2);
        let sum = Sum { rows: 1, ..Sum::EMPTY };
        for (one, other, currency, mark) in keys {
            state.add(&[one, other, currency, mark], &sum, None).unwrap();
        }
        let found = finish(state, SharedKeys::new(roles.len()), &roles).unwrap();
        let id = |sum| found.numbers(sum).iter().step_by(2).copied().collect::<Vec<u32>>();
        let linked = LinkedSums::of(&found, found.groups(), id).unwrap();
        let mut expected: BTreeMap<Vec<u32>, Vec<u32>> = BTreeMap::new();
        for sum in found.groups() {
            expected.entry(id(sum)).or_default().push(sum);
        }
        let mut groups: BTreeMap<Vec<u32>, Vec<u32>> = BTreeMap::new();
        for first in linked.firsts() {
            let mut sums: Vec<u32> = linked.of_group(*first).collect();
            prop_assert_eq!(sums.iter().min(), Some(first));
            sums.sort_unstable();
            prop_assert!(groups.insert(id(*first), sums).is_none());
        }
        prop_assert_eq!(groups, expected);
    }
}
