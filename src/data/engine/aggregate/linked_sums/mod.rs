//! Sums that belong together, linked as lists: a few bytes for each sum, however wide its keys are.

use super::hash_agg::Aggregated;
use crate::data::columns::text_column::NONE;
use crate::data::error::DataError;
use crate::data::room;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::{BuildHasher, Hash};

/// Groups of sums that have an id in common.
#[derive(Default)]
pub(crate) struct LinkedSums {
    /// The first sum of each group.
    firsts: Vec<u32>,
    /// The next sum of the same group, by the number of each sum; [`NONE`] at the end.
    next: Vec<u32>,
}

impl LinkedSums {
    /// Links those of these sums that have the same id.
    pub(crate) fn of<I: Hash + Eq>(
        found: &Aggregated,
        sums: impl Iterator<Item = u32>,
        id: impl Fn(u32) -> I,
    ) -> Result<Self, DataError> {
        /// New groups after which the memory is looked at, and the bytes of each: in both lists of places, and in the order
        /// of the answer.
        const GROWTH: usize = 1 << 14;
        const GROUP: usize = 56;
        let all = found.groups().len();
        room::check((all * size_of::<u32>()) as u64)?;
        let mut linked = Self {
            firsts: Vec::new(),
            next: vec![NONE; all],
        };
        let hasher = DefaultHashBuilder::default();
        let mut table: HashTable<u32> = HashTable::new();
        for sum in sums {
            let own = id(sum);
            let hash = hasher.hash_one(&own);
            if let Some(first) = table.find(hash, |first| id(*first) == own) {
                linked.insert(*first, sum);
                continue;
            }
            if linked.firsts.len().is_multiple_of(GROWTH) {
                room::check((GROWTH * GROUP) as u64)?;
            }
            linked.firsts.push(sum);
            table.insert_unique(hash, sum, |first| hasher.hash_one(id(*first)));
        }
        Ok(linked)
    }

    /// Puts a sum behind the first one of its group.
    fn insert(&mut self, first: u32, sum: u32) {
        let second = self.next.get(first as usize).copied();
        for (place, next) in [(sum, second.unwrap_or(NONE)), (first, sum)] {
            if let Some(slot) = self.next.get_mut(place as usize) {
                *slot = next;
            }
        }
    }

    /// The first sum of each group.
    pub(crate) fn firsts(&self) -> &[u32] {
        &self.firsts
    }

    /// All sums of the group with this first sum.
    pub(crate) fn of_group(&self, first: u32) -> impl Iterator<Item = u32> + '_ {
        let next = |sum: &u32| self.next.get(*sum as usize).copied();
        std::iter::successors(Some(first), move |sum| {
            next(sum).filter(|next| *next != NONE)
        })
    }
}

#[cfg(test)]
mod tests;
