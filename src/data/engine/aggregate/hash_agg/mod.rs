//! Hash aggregation: collects sums by group, merges the threads, chooses spellings and resolves the texts.

use super::accumulator::{MIXED, NAMELESS, NO_UNIT, Quantity, Sum};
use super::shared_keys::SharedKeys;
use crate::data::columns::column_types::{NO_DAY, day_of};
use crate::data::columns::text_column::NONE;
use crate::data::engine::dictionary::{Interner, commonest};
use crate::data::error::{DataError, overflow};
use crate::data::room;
use crate::domain::money::Amount;
use crate::domain::query::group_key::GroupKey;
use chrono::NaiveDate;
use hashbrown::HashTable;
use std::ops::Range;

/// The sums of one group: keys, currency, exact cost, rows and the other requested measures.
#[derive(Debug, Clone)]
pub(crate) struct GroupSums {
    pub(crate) keys: Vec<Option<String>>,
    pub(crate) currency: Option<String>,
    /// The mark of its rows.
    pub(crate) mark: u32,
    pub(crate) cost: Amount,
    pub(crate) rows: u64,
    pub(crate) days: Option<(NaiveDate, NaiveDate)>,
    pub(crate) quantity: Option<(Amount, String)>,
}

/// The sums of one thread or of all threads. A group is identified by the numbers of its texts and its mark.
pub(crate) struct HashAgg {
    width: usize,
    marks: u32,
    keys: Vec<u32>,
    sums: Vec<Sum>,
    /// The quantity of each sum; empty if quantities are not requested.
    quantities: Vec<Quantity>,
    /// With one key: for each pair of currency and mark, the groups indexed by the number of the key. One access to a
    /// small array finds the group of a row.
    lists: Vec<Vec<u32>>,
    /// The total length of all lists.
    listed: usize,
    /// All other groups.
    table: HashTable<u32>,
    /// For case-insensitive keys: the row count of each spelling.
    pub(crate) counts: Vec<Vec<u64>>,
}

fn hash(key: &[u32]) -> u64 {
    key.iter().fold(0x9e37_79b9_7f4a_7c15, |hash: u64, part| {
        let mixed = (hash ^ u64::from(*part)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        mixed ^ (mixed >> 32)
    })
}

impl HashAgg {
    /// An empty state for this many keys and marks.
    pub(crate) fn new(keys: usize, marks: u32) -> Self {
        Self {
            // The keys, the currency and the mark.
            width: keys + 2,
            marks,
            keys: Vec::new(),
            sums: Vec::new(),
            quantities: Vec::new(),
            lists: Vec::new(),
            listed: 0,
            table: HashTable::new(),
            counts: vec![Vec::new(); keys],
        }
    }

    fn key(&self, group: u32) -> &[u32] {
        let start = group as usize * self.width;
        self.keys.get(start..start + self.width).unwrap_or_default()
    }

    /// The keys of all groups with their sums and quantities.
    fn groups(&self) -> impl Iterator<Item = (&[u32], &Sum, Option<&Quantity>)> {
        let keys = self.keys.chunks_exact(self.width);
        let all = keys.zip(&self.sums).enumerate();
        all.map(|(at, (key, sum))| (key, sum, self.quantities.get(at)))
    }

    /// Adds to the group with this key.
    pub(crate) fn add(
        &mut self,
        key: &[u32],
        sum: &Sum,
        quantity: Option<&Quantity>,
    ) -> Result<(), DataError> {
        let group = self.group(key);
        let joined = self.sum_mut(group).and_then(|known| known.join(sum));
        joined.ok_or_else(overflow)?;
        match quantity {
            Some(quantity) => self
                .add_quantity(group, |known| known.join(quantity))
                .ok_or_else(overflow),
            None => Ok(()),
        }
    }

    /// Prefetches sums, so that the cache misses of many groups overlap.
    pub(crate) fn fetch(&self, groups: impl Iterator<Item = u32>) {
        let sums = groups.filter_map(|group| self.sums.get(group as usize));
        std::hint::black_box(sums.fold(0, |all, sum| all ^ sum.rows));
    }

    pub(crate) fn sum_mut(&mut self, group: u32) -> Option<&mut Sum> {
        self.sums.get_mut(group as usize)
    }

    /// Adds to the quantity of a group.
    pub(crate) fn add_quantity(
        &mut self,
        group: u32,
        add: impl FnOnce(&mut Quantity) -> Option<()>,
    ) -> Option<()> {
        if self.quantities.len() < self.sums.len() {
            self.quantities.resize(self.sums.len(), Quantity::EMPTY);
        }
        add(self.quantities.get_mut(group as usize)?)
    }

    /// The group with this key; creates it if needed.
    pub(crate) fn group(&mut self, key: &[u32]) -> u32 {
        if let Some(group) = self.find(key) {
            return group;
        }
        let group = u32::try_from(self.sums.len()).unwrap_or(NONE);
        self.keys.extend_from_slice(key);
        self.sums.push(Sum::EMPTY);
        if let Some(slot) = self.slot(key) {
            *slot = group;
            return group;
        }
        let (keys, width) = (&self.keys, self.width);
        let hash_of = |group: &u32| {
            let start = *group as usize * width;
            hash(keys.get(start..start + width).unwrap_or_default())
        };
        self.table.insert_unique(hash(key), group, hash_of);
        group
    }

    /// The group with this key.
    fn find(&self, key: &[u32]) -> Option<u32> {
        let listed = self
            .place(key)
            .and_then(|(list, at)| self.lists.get(list)?.get(at))
            .filter(|group| **group != NONE);
        if listed.is_some() || self.table.is_empty() {
            return listed.copied();
        }
        let same = |group: &u32| self.key(*group) == key;
        self.table.find(hash(key), same).copied()
    }

    /// The slot of a new group in the lists; `None` if the lists would grow far beyond the number of groups.
    fn slot(&mut self, key: &[u32]) -> Option<&mut u32> {
        /// The slots that are always allowed, and those allowed for each group.
        const FREE: usize = 1 << 16;
        const EACH: usize = 8;
        let (list, at) = self.place(key)?;
        if self.lists.len() <= list {
            self.lists.resize(list + 1, Vec::new());
        }
        let list = self.lists.get_mut(list)?;
        if let Some(more) = (at + 1).checked_sub(list.len()) {
            if self.listed + more > FREE + EACH * self.sums.len() {
                return None;
            }
            self.listed += more;
            list.resize(at + 1, NONE);
        }
        list.get_mut(at)
    }

    /// The list of a group and its index there; `None` if the group belongs in the hash table. Index 0 stands for an
    /// absent value.
    fn place(&self, key: &[u32]) -> Option<(usize, usize)> {
        /// More currencies than any account has.
        const CURRENCIES: u32 = 8;
        let [number, currency, mark] = key else {
            return None;
        };
        let currency = currency.wrapping_add(1);
        (currency < CURRENCIES).then(|| {
            let list = currency * self.marks + mark;
            (list as usize, number.wrapping_add(1) as usize)
        })
    }

    /// Bytes of the groups.
    fn bytes(&self) -> u64 {
        let quantities = size_of_val(self.quantities.as_slice());
        let sums = size_of_val(self.sums.as_slice()) + quantities;
        (size_of_val(self.keys.as_slice()) + sums) as u64
    }

    /// Merges the sums of another thread.
    pub(crate) fn join(&mut self, other: Self) -> Result<(), DataError> {
        if self.sums.is_empty() && self.counts.iter().all(Vec::is_empty) {
            *self = other;
            return Ok(());
        }
        room::check(other.bytes())?;
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            for (number, rows) in (0_u32..).zip(theirs) {
                add_count(mine, number, *rows);
            }
        }
        let mut groups = other.groups();
        groups.try_for_each(|(key, sum, quantity)| self.add(key, sum, quantity))
    }
}

/// Adds to the row count of a spelling.
pub(crate) fn add_count(counts: &mut Vec<u64>, number: u32, rows: u64) {
    let at = number as usize;
    if counts.len() <= at {
        counts.resize(at + 1, 0);
    }
    if let Some(count) = counts.get_mut(at) {
        *count += rows;
    }
}

/// The result of an aggregation: groups by number. Texts are resolved on demand.
pub(crate) struct Aggregated {
    texts: Vec<Interner>,
    units: Interner,
    state: HashAgg,
}

/// Chooses spellings and merges the groups that become equal.
pub(crate) fn finish(
    state: HashAgg,
    shared: SharedKeys,
    keys: &[GroupKey],
) -> Result<Aggregated, DataError> {
    let (texts, units) = shared.into_texts();
    let mut chosen: Vec<Option<Vec<u32>>> = Vec::new();
    for ((key, texts), counts) in keys.iter().zip(&texts).zip(&state.counts) {
        let of_key = key.ignores_case().then(|| spellings(texts, counts));
        chosen.push(of_key.transpose()?);
    }
    let respell = chosen.iter().flatten().any(|best| {
        let numbers = 0_u32..;
        numbers.zip(best).any(|(number, best)| number != *best)
    });
    let state = if respell {
        respelled(&state, &chosen)?
    } else {
        state
    };
    of_range(texts, units, state)
}

/// The groups of a state whose spellings are chosen.
pub(crate) fn as_spelled(state: HashAgg, shared: SharedKeys) -> Result<Aggregated, DataError> {
    let (texts, units) = shared.into_texts();
    of_range(texts, units, state)
}

fn of_range(
    texts: Vec<Interner>,
    units: Interner,
    state: HashAgg,
) -> Result<Aggregated, DataError> {
    // A sum that fits `i128` may still be too large for `Decimal(38,18)`.
    let fits = |sum: &Sum| {
        Amount::ZERO
            .checked_add(Amount::from_units(sum.cost))
            .is_some()
    };
    if !state.sums.iter().all(fits) {
        return Err(overflow());
    }
    Ok(Aggregated {
        texts,
        units,
        state,
    })
}

impl Aggregated {
    /// The numbers of all groups.
    pub(crate) fn groups(&self) -> Range<u32> {
        0..u32::try_from(self.state.sums.len()).unwrap_or(NONE)
    }

    fn sum(&self, group: u32) -> &Sum {
        self.state.sums.get(group as usize).unwrap_or(&Sum::EMPTY)
    }

    /// The number of keys, without the currency that follows them.
    pub(crate) fn width(&self) -> usize {
        self.texts.len() - 1
    }

    /// The value of a key, or of the currency if `at` is [`Aggregated::width`].
    pub(crate) fn key(&self, group: u32, at: usize) -> Option<&str> {
        let code = self.state.key(group).get(at)?;
        self.texts.get(at)?.get(*code)
    }

    pub(crate) fn currency(&self, group: u32) -> Option<&str> {
        self.key(group, self.width())
    }

    pub(crate) fn cost(&self, group: u32) -> Amount {
        Amount::from_units(self.sum(group).cost)
    }

    pub(crate) fn rows(&self, group: u32) -> u64 {
        self.sum(group).rows
    }

    /// The numbers of a group's keys and its currency; equal numbers mean equal texts.
    pub(crate) fn numbers(&self, group: u32) -> &[u32] {
        let key = self.state.key(group);
        key.split_last().map_or(key, |(_, numbers)| numbers)
    }

    /// The mark of a group's rows.
    pub(crate) fn mark(&self, group: u32) -> u32 {
        self.state.key(group).last().copied().unwrap_or_default()
    }

    /// The texts of all keys of a group.
    pub(crate) fn keys(&self, group: u32) -> Vec<Option<String>> {
        let text = |at| self.key(group, at).map(ToOwned::to_owned);
        (0..self.width()).map(text).collect()
    }

    /// The sums of a group as they are added up.
    pub(crate) fn added(&self, group: u32) -> (&Sum, Option<&Quantity>) {
        (self.sum(group), self.state.quantities.get(group as usize))
    }

    /// The text of a unit.
    pub(crate) fn unit(&self, number: u32) -> Option<&str> {
        self.units.get(number)
    }

    /// The sums of a group with its texts resolved.
    pub(crate) fn named(&self, group: u32) -> GroupSums {
        let sum = self.sum(group);
        GroupSums {
            keys: self.keys(group),
            currency: self.currency(group).map(ToOwned::to_owned),
            mark: self.mark(group),
            cost: Amount::from_units(sum.cost),
            rows: sum.rows,
            days: self.days(group),
            quantity: self.quantity(group),
        }
    }

    /// The first and last day, if requested.
    pub(crate) fn days(&self, group: u32) -> Option<(NaiveDate, NaiveDate)> {
        let sum = self.sum(group);
        (sum.last != NO_DAY).then(|| (day_of(sum.first), day_of(sum.last)))
    }

    /// The quantity and its unit, if requested and all rows have the same unit.
    pub(crate) fn quantity(&self, group: u32) -> Option<(Amount, String)> {
        let sum = self.state.quantities.get(group as usize)?;
        let unit = match sum.unit {
            NO_UNIT | MIXED => return None,
            NAMELESS => "",
            unit => self.units.get(unit)?,
        };
        Some((Amount::from_units(sum.units), unit.to_owned()))
    }
}

/// The same groups with the chosen spellings.
fn respelled(state: &HashAgg, chosen: &[Option<Vec<u32>>]) -> Result<HashAgg, DataError> {
    room::check(state.bytes())?;
    let mut out = HashAgg::new(chosen.len(), state.marks);
    let mut key = Vec::with_capacity(state.width);
    for (group, sum, quantity) in state.groups() {
        key.clear();
        key.extend_from_slice(group);
        for (code, chosen) in key.iter_mut().zip(chosen) {
            if let Some(best) = chosen.as_ref().and_then(|best| best.get(*code as usize)) {
                *code = *best;
            }
        }
        out.add(&key, sum, quantity)?;
    }
    Ok(out)
}

/// The number of the chosen spelling for each text.
fn spellings(texts: &Interner, counts: &[u64]) -> Result<Vec<u32>, DataError> {
    /// Bytes of the numbers of a text.
    const NUMBERS: usize = 64;
    // All texts are held again, in small letters.
    room::check((texts.bytes() + NUMBERS * texts.len()) as u64)?;
    let all = 0..u32::try_from(texts.len()).unwrap_or(NONE);
    let mut lower = Interner::default();
    let folded: Vec<u32> = all
        .clone()
        .map(|number| lower.number(&texts.get(number).unwrap_or_default().to_lowercase()))
        .collect();
    let mut alike: Vec<Vec<u32>> = vec![Vec::new(); lower.len()];
    for (number, folded) in all.clone().zip(&folded) {
        if let Some(numbers) = alike.get_mut(*folded as usize) {
            numbers.push(number);
        }
    }
    let best_of = |numbers: &Vec<u32>| {
        let spelled = numbers.iter().filter_map(|number| {
            let count = counts.get(*number as usize).copied().unwrap_or_default();
            Some((texts.get(*number)?, count))
        });
        let winner = commonest(spelled)?;
        numbers
            .iter()
            .find(|number| texts.get(**number) == Some(winner))
            .copied()
    };
    let best: Vec<Option<u32>> = alike.iter().map(best_of).collect();
    Ok(all
        .zip(folded)
        .map(|(number, folded)| {
            best.get(folded as usize)
                .copied()
                .flatten()
                .unwrap_or(number)
        })
        .collect())
}

#[cfg(test)]
mod tests;
