//! Sums by group while they are collected, and what becomes of them: spellings chosen, threads joined, everything named.

use super::totals::overflow;
use super::words::{Interner, Words, commonest};
use crate::data::error::DataError;
use crate::data::reading::columns::{NO_DAY, day_of};
use crate::data::reading::texts::NONE;
use crate::domain::money::Amount;
use crate::domain::query::GroupKey;
use chrono::NaiveDate;
use hashbrown::HashTable;
use std::ops::Range;
use std::sync::{PoisonError, RwLock};

/// The sums of one group: keys, currency, exact cost and rows, and what else was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Sums {
    pub(crate) keys: Vec<Option<String>>,
    pub(crate) currency: Option<String>,
    /// What the mark of the question said of its rows.
    pub(crate) mark: u32,
    pub(crate) cost: Amount,
    pub(crate) rows: u64,
    pub(crate) days: Option<(NaiveDate, NaiveDate)>,
    pub(crate) quantity: Option<(Amount, String)>,
}

/// What is added up for one group.
#[derive(Clone, Copy)]
pub(crate) struct Sum {
    pub(crate) cost: i128,
    pub(crate) rows: u64,
    pub(crate) first: i32,
    pub(crate) last: i32,
    pub(crate) quantity: i128,
    pub(crate) unit: u32,
}

/// A unit that is none: nothing counted yet, or several units.
pub(crate) const NO_UNIT: u32 = u32::MAX;
pub(crate) const MIXED: u32 = u32::MAX - 1;
/// Quantities without a unit are one unit of their own.
pub(crate) const NAMELESS: u32 = u32::MAX - 2;

impl Sum {
    pub(crate) const EMPTY: Self = Self {
        cost: 0,
        rows: 0,
        first: i32::MAX,
        last: NO_DAY,
        quantity: 0,
        unit: NO_UNIT,
    };

    fn join(&mut self, other: &Self) -> Option<()> {
        self.cost = self.cost.checked_add(other.cost)?;
        self.rows += other.rows;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.quantity = self.quantity.checked_add(other.quantity)?;
        self.unit = match (self.unit, other.unit) {
            (NO_UNIT, unit) | (unit, NO_UNIT) => unit,
            (a, b) if a == b => a,
            _ => MIXED,
        };
        Some(())
    }
}

/// Texts of a question's keys (the currency behind them) and of units, numbered for all threads alike.
pub(crate) struct Shared {
    texts: Vec<RwLock<Interner>>,
    units: RwLock<Interner>,
}

impl Shared {
    /// Room for so many keys and the currency.
    pub(crate) fn new(keys: usize) -> Self {
        Self {
            texts: (0..=keys).map(|_| RwLock::default()).collect(),
            units: RwLock::default(),
        }
    }

    /// Numbers for these codes of a key's words.
    pub(crate) fn numbers(&self, key: usize, words: &Words, codes: &[u32]) -> Vec<u32> {
        self.texts
            .get(key)
            .map_or_else(Vec::new, |texts| numbers(texts, words, codes))
    }

    /// Numbers for these codes of the units.
    pub(crate) fn units(&self, words: &Words, codes: &[u32]) -> Vec<u32> {
        numbers(&self.units, words, codes)
    }
}

fn numbers(texts: &RwLock<Interner>, words: &Words, codes: &[u32]) -> Vec<u32> {
    // Nearly all texts are known from row groups before: many threads look them up at the same time.
    let mut out = {
        let texts = texts.read().unwrap_or_else(PoisonError::into_inner);
        texts.find_all(words, codes)
    };
    let missing = codes
        .iter()
        .zip(&out)
        .any(|(code, number)| *number == NONE && words.get(*code).is_some());
    if missing {
        let mut texts = texts.write().unwrap_or_else(PoisonError::into_inner);
        for (code, number) in codes
            .iter()
            .zip(&mut out)
            .filter(|(_, number)| **number == NONE)
        {
            if let Some(text) = words.get(*code) {
                *number = texts.number(text);
            }
        }
    }
    out
}

/// The sums of one thread, or of all: groups by the numbers of their texts and their mark.
pub(crate) struct State {
    width: usize,
    keys: Vec<u32>,
    sums: Vec<Sum>,
    known: Known,
    /// For keys that compare without case: rows of each spelling.
    pub(crate) counts: Vec<Vec<u64>>,
}

/// How the group of a key is found.
enum Known {
    /// Of one key: for each of its numbers the newest group, and for each group the one before it with the same number.
    /// Whoever adds in the order of the numbers walks through memory instead of jumping about in it.
    Chains(Vec<u32>, Vec<u32>),
    Table(HashTable<u32>),
}

/// The chain of a key: rows without a value have the first.
fn chain(key: &[u32]) -> usize {
    key.first()
        .map_or(0, |number| number.wrapping_add(1) as usize)
}

fn hash(key: &[u32]) -> u64 {
    key.iter().fold(0x9e37_79b9_7f4a_7c15, |hash: u64, part| {
        let mixed = (hash ^ u64::from(*part)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        mixed ^ (mixed >> 32)
    })
}

impl State {
    pub(crate) fn new(keys: usize) -> Self {
        Self {
            // Beside the keys the currency and the mark.
            width: keys + 2,
            keys: Vec::new(),
            sums: Vec::new(),
            known: match keys {
                1 => Known::Chains(Vec::new(), Vec::new()),
                _ => Known::Table(HashTable::new()),
            },
            counts: vec![Vec::new(); keys],
        }
    }

    /// Whether groups are found faster in the order of their first number.
    pub(crate) fn wants_order(&self) -> bool {
        matches!(self.known, Known::Chains(..))
    }

    fn key(&self, group: u32) -> &[u32] {
        let start = group as usize * self.width;
        self.keys.get(start..start + self.width).unwrap_or_default()
    }

    fn groups(&self) -> impl Iterator<Item = (&[u32], &Sum)> {
        self.keys.chunks_exact(self.width).zip(&self.sums)
    }

    pub(crate) fn add(&mut self, key: &[u32], sum: &Sum) -> Result<(), DataError> {
        if let Some(group) = self.find(key) {
            return match self.sums.get_mut(group as usize) {
                Some(known) => known.join(sum).ok_or_else(overflow),
                None => Ok(()),
            };
        }
        let group = u32::try_from(self.sums.len()).unwrap_or(NONE);
        self.keys.extend_from_slice(key);
        self.sums.push(*sum);
        let (keys, width) = (&self.keys, self.width);
        match &mut self.known {
            Known::Chains(heads, next) => {
                let place = chain(key);
                if heads.len() <= place {
                    heads.resize(place + 1, NONE);
                }
                if let Some(head) = heads.get_mut(place) {
                    next.push(std::mem::replace(head, group));
                }
            }
            Known::Table(table) => {
                let hash_of = |group: &u32| {
                    let start = *group as usize * width;
                    hash(keys.get(start..start + width).unwrap_or_default())
                };
                table.insert_unique(hash(key), group, hash_of);
            }
        }
        Ok(())
    }

    /// The group with this key.
    fn find(&self, key: &[u32]) -> Option<u32> {
        match &self.known {
            Known::Chains(heads, next) => {
                let mut group = heads.get(chain(key)).copied()?;
                while group != NONE && self.key(group) != key {
                    group = next.get(group as usize).copied()?;
                }
                (group != NONE).then_some(group)
            }
            Known::Table(table) => {
                let same = |group: &u32| self.key(*group) == key;
                table.find(hash(key), same).copied()
            }
        }
    }

    /// Takes in the sums of another thread.
    pub(crate) fn join(&mut self, other: Self) -> Result<(), DataError> {
        if self.sums.is_empty() && self.counts.iter().all(Vec::is_empty) {
            *self = other;
            return Ok(());
        }
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            for (number, rows) in (0_u32..).zip(theirs) {
                add_count(mine, number, *rows);
            }
        }
        other.groups().try_for_each(|(key, sum)| self.add(key, sum))
    }
}

/// Counts rows of a spelling.
pub(crate) fn add_count(counts: &mut Vec<u64>, number: u32, rows: u64) {
    let at = number as usize;
    if counts.len() <= at {
        counts.resize(at + 1, 0);
    }
    if let Some(count) = counts.get_mut(at) {
        *count += rows;
    }
}

/// What was found: groups by number. Their texts are named when somebody wants to see them.
pub(crate) struct Found {
    texts: Vec<Interner>,
    units: Interner,
    state: State,
}

/// Chooses spellings and joins what is the same then.
pub(crate) fn finish(state: State, shared: Shared, keys: &[GroupKey]) -> Result<Found, DataError> {
    let unlocked =
        |texts: RwLock<Interner>| texts.into_inner().unwrap_or_else(PoisonError::into_inner);
    let texts: Vec<Interner> = shared.texts.into_iter().map(unlocked).collect();
    let mut chosen: Vec<Option<Vec<u32>>> = Vec::new();
    for ((key, texts), counts) in keys.iter().zip(&texts).zip(&state.counts) {
        chosen.push(key.ignores_case().then(|| spellings(texts, counts)));
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
    // What fits the sum of a thread may still be too much for `Decimal(38,18)`.
    let fits = |sum: &Sum| {
        Amount::ZERO
            .checked_add(Amount::from_units(sum.cost))
            .is_some()
    };
    if !state.sums.iter().all(fits) {
        return Err(overflow());
    }
    Ok(Found {
        texts,
        units: unlocked(shared.units),
        state,
    })
}

impl Found {
    /// The numbers of all groups.
    pub(crate) fn groups(&self) -> Range<u32> {
        0..u32::try_from(self.state.sums.len()).unwrap_or(NONE)
    }

    fn sum(&self, group: u32) -> &Sum {
        self.state.sums.get(group as usize).unwrap_or(&Sum::EMPTY)
    }

    /// How many keys there are; behind them stands the currency.
    pub(crate) fn width(&self) -> usize {
        self.texts.len() - 1
    }

    /// The value of a key, or of the currency behind them.
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

    /// The numbers of a group's keys, the currency behind them: the same numbers are the same texts.
    pub(crate) fn numbers(&self, group: u32) -> &[u32] {
        let key = self.state.key(group);
        key.split_last().map_or(key, |(_, numbers)| numbers)
    }

    /// What the mark of the question said of a group's rows.
    pub(crate) fn mark(&self, group: u32) -> u32 {
        self.state.key(group).last().copied().unwrap_or_default()
    }

    /// The texts of all keys of a group.
    pub(crate) fn keys(&self, group: u32) -> Vec<Option<String>> {
        let text = |at| self.key(group, at).map(ToOwned::to_owned);
        (0..self.width()).map(text).collect()
    }

    /// Everything about a group.
    pub(crate) fn named(&self, group: u32) -> Sums {
        let sum = self.sum(group);
        Sums {
            keys: self.keys(group),
            currency: self.currency(group).map(ToOwned::to_owned),
            mark: self.mark(group),
            cost: Amount::from_units(sum.cost),
            rows: sum.rows,
            days: self.days(group),
            quantity: self.quantity(group),
        }
    }

    /// First and last day, where they were asked for.
    pub(crate) fn days(&self, group: u32) -> Option<(NaiveDate, NaiveDate)> {
        let sum = self.sum(group);
        (sum.last != NO_DAY).then(|| (day_of(sum.first), day_of(sum.last)))
    }

    /// The quantity and its unit, where it was asked for and is of one unit.
    pub(crate) fn quantity(&self, group: u32) -> Option<(Amount, String)> {
        quantity(self.sum(group), &self.units)
    }
}

/// The same groups under the spellings that were chosen.
fn respelled(state: &State, chosen: &[Option<Vec<u32>>]) -> Result<State, DataError> {
    let mut out = State::new(chosen.len());
    let mut key = Vec::with_capacity(state.width);
    for (group, sum) in state.groups() {
        key.clear();
        key.extend_from_slice(group);
        for (code, chosen) in key.iter_mut().zip(chosen) {
            if let Some(best) = chosen.as_ref().and_then(|best| best.get(*code as usize)) {
                *code = *best;
            }
        }
        out.add(&key, sum)?;
    }
    Ok(out)
}

fn quantity(sum: &Sum, units: &Interner) -> Option<(Amount, String)> {
    let unit = match sum.unit {
        NO_UNIT | MIXED => return None,
        NAMELESS => "",
        unit => units.get(unit)?,
    };
    Some((Amount::from_units(sum.quantity), unit.to_owned()))
}

/// For each text the number of the spelling that stands for it.
fn spellings(texts: &Interner, counts: &[u64]) -> Vec<u32> {
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
    all.zip(folded)
        .map(|(number, folded)| {
            best.get(folded as usize)
                .copied()
                .flatten()
                .unwrap_or(number)
        })
        .collect()
}
