//! Sums by group while they are collected, and what becomes of them: spellings chosen, threads joined, everything named.

use super::totals::overflow;
use super::words::{Interner, commonest};
use crate::data::error::DataError;
use crate::data::reading::columns::{NO_DAY, day_of};
use crate::domain::money::Amount;
use crate::domain::query::GroupKey;
use chrono::NaiveDate;
use hashbrown::HashMap;
use std::collections::BTreeMap;

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

/// The sums of one thread, or of all.
pub(crate) struct State {
    /// For each key, the currency behind them: texts by number, and rows of each spelling.
    pub(crate) texts: Vec<Interner>,
    pub(crate) counts: Vec<Vec<u64>>,
    pub(crate) units: Interner,
    groups: HashMap<Box<[u32]>, Sum>,
}

impl State {
    pub(crate) fn new(keys: usize) -> Self {
        Self {
            texts: (0..=keys).map(|_| Interner::default()).collect(),
            counts: vec![Vec::new(); keys + 1],
            units: Interner::default(),
            groups: HashMap::new(),
        }
    }

    pub(crate) fn add(&mut self, group: &[u32], sum: &Sum) -> Result<(), DataError> {
        if let Some(known) = self.groups.get_mut(group) {
            return known.join(sum).ok_or_else(overflow);
        }
        self.groups.insert(group.into(), *sum);
        Ok(())
    }

    /// Takes in the sums of another thread.
    pub(crate) fn join(&mut self, other: &Self) -> Result<(), DataError> {
        let mut renamed: Vec<Vec<u32>> = Vec::new();
        for (mine, theirs) in self.texts.iter_mut().zip(&other.texts) {
            renamed.push(
                theirs
                    .texts()
                    .iter()
                    .map(|text| mine.number(text))
                    .collect(),
            );
        }
        for ((mine, theirs), names) in self.counts.iter_mut().zip(&other.counts).zip(&renamed) {
            for (count, name) in theirs.iter().zip(names) {
                add_count(mine, *name, *count);
            }
        }
        let units: Vec<u32> = other
            .units
            .texts()
            .iter()
            .map(|unit| self.units.number(unit))
            .collect();
        for (group, sum) in &other.groups {
            let mut key = group.to_vec();
            for (code, names) in key.iter_mut().zip(&renamed) {
                *code = names.get(*code as usize).copied().unwrap_or(*code);
            }
            let unit = units.get(sum.unit as usize).copied().unwrap_or(sum.unit);
            self.add(&key, &Sum { unit, ..*sum })?;
        }
        Ok(())
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

/// Chooses spellings, joins what is the same then, and names everything.
pub(crate) fn finish(state: &State, keys: &[GroupKey]) -> Result<Vec<Sums>, DataError> {
    let mut chosen: Vec<Option<Vec<u32>>> = Vec::new();
    for ((key, texts), counts) in keys.iter().zip(&state.texts).zip(&state.counts) {
        chosen.push(key.ignores_case().then(|| spellings(texts, counts)));
    }
    let mut groups: HashMap<Vec<u32>, Sum> = HashMap::with_capacity(state.groups.len());
    for (group, sum) in &state.groups {
        let mut key = group.to_vec();
        for (code, chosen) in key.iter_mut().zip(&chosen) {
            if let Some(best) = chosen.as_ref().and_then(|best| best.get(*code as usize)) {
                *code = *best;
            }
        }
        match groups.get_mut(&key) {
            Some(known) => known.join(sum).ok_or_else(overflow)?,
            None => {
                groups.insert(key, *sum);
            }
        }
    }
    let width = keys.len();
    let name = |at: usize, code: Option<&u32>| {
        let text = state.texts.get(at)?.get(*code?)?;
        Some(text.to_owned())
    };
    let out = groups.into_iter().map(|(key, sum)| Sums {
        keys: (0..width).map(|at| name(at, key.get(at))).collect(),
        currency: name(width, key.get(width)),
        mark: key.last().copied().unwrap_or_default(),
        cost: Amount::from_units(sum.cost),
        rows: sum.rows,
        days: (sum.last != NO_DAY).then(|| (day_of(sum.first), day_of(sum.last))),
        quantity: quantity(&sum, &state.units),
    });
    let out: Vec<Sums> = out.collect();
    // What fits the sum of a thread may still be too much for `Decimal(38,18)`.
    let fits = |sum: &Sums| Amount::ZERO.checked_add(sum.cost).is_some();
    if out.iter().all(fits) {
        Ok(out)
    } else {
        Err(overflow())
    }
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
    let mut by_lower: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (number, text) in (0_u32..).zip(texts.texts()) {
        by_lower
            .entry(text.to_lowercase())
            .or_default()
            .push(number);
    }
    let mut best: Vec<u32> = (0_u32..)
        .zip(texts.texts())
        .map(|(number, _)| number)
        .collect();
    for numbers in by_lower.into_values().filter(|numbers| numbers.len() > 1) {
        let spelled = numbers.iter().filter_map(|number| {
            let count = counts.get(*number as usize).copied().unwrap_or_default();
            Some((texts.get(*number)?, count))
        });
        let Some(winner) = commonest(spelled) else {
            continue;
        };
        let winner = numbers
            .iter()
            .find(|number| texts.get(**number) == Some(winner));
        for number in &numbers {
            if let (Some(place), Some(winner)) = (best.get_mut(*number as usize), winner) {
                *place = *winner;
            }
        }
    }
    best
}
