//! Joins the rows of a question's own table that are equal in all of its columns but the amounts. A joined row has the sum
//! of each amount and the number of rows that it stands for.

use crate::data::columns::column_types::{Filling, NO_AMOUNT, NO_DAY, amounts_of};
use crate::data::columns::text_column::{GrowingTexts, NONE};
use crate::data::error::DataError;
use crate::data::table::writer::{EncodedGroup, Schema, encode_plain};
use crate::domain::money::Amount;
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use std::borrow::Cow;

/// The columns of some rows: what rows are told apart by, and the amounts.
#[derive(Default)]
pub(super) struct TableRows {
    pub(super) columns: Vec<Filling>,
    /// The number of each row's tag set, if tags are read.
    pub(super) tags: Option<Vec<u32>>,
    /// The number of rows that each one stands for.
    counts: Vec<u32>,
}

impl TableRows {
    /// Rows that stand for themselves.
    pub(super) fn single(columns: Vec<Filling>, tags: Option<Vec<u32>>, rows: usize) -> Self {
        Self {
            columns,
            tags,
            counts: vec![1; rows],
        }
    }

    /// Joins equal rows of a block, in the order of the first of each. Returns `false` and changes nothing if few are
    /// equal, or if a sum would be too large.
    pub(super) fn join(&mut self) -> bool {
        let Some(alike) = AlikeRows::of(self) else {
            return false;
        };
        let is_summed = |column: &Filling| matches!(column, Filling::Amount(_));
        let amounts = self.columns.iter().filter(|column| is_summed(column));
        let Some(sums) = amounts.map(|column| alike.sums(column)).collect() else {
            return false;
        };
        let sums: Vec<Vec<i128>> = sums;
        let mut sums = sums.into_iter();
        for column in &mut self.columns {
            match column {
                Filling::Text(texts) => texts.keep_rows(&alike.firsts),
                Filling::Day(days) => days.values = alike.only_firsts(&days.values),
                Filling::Amount(units) => *units = sums.next().unwrap_or_default(),
            }
        }
        self.tags = self.tags.as_ref().map(|tags| alike.only_firsts(tags));
        self.counts = vec![0; alike.firsts.len()];
        for number in alike.numbers {
            if let Some(count) = self.counts.get_mut(number as usize) {
                *count += 1;
            }
        }
        true
    }

    /// For each column but the amounts: the codes and days here of the rows of a block.
    fn keys_of(&mut self, block: &Self) -> Vec<Vec<u32>> {
        let both = self.columns.iter_mut().zip(&block.columns);
        both.filter_map(|(own, other)| match (own, other) {
            (Filling::Text(own), Filling::Text(other)) => Some(own.codes_here(other)),
            (_, Filling::Day(days)) => {
                let days = days.values.iter();
                Some(days.map(|day| day.cast_unsigned()).collect())
            }
            (_, Filling::Text(_) | Filling::Amount(_)) => None,
        })
        .collect()
    }

    /// Adds a row of a block to an equal one; `None` if a sum would be too large.
    fn add(&mut self, at: usize, block: &Self, row: usize) -> Option<()> {
        let count = self.counts.get(at)?.checked_add(*block.counts.get(row)?)?;
        let mut sums = Vec::new();
        for (own, other) in self.columns.iter().zip(&block.columns) {
            if let (Filling::Amount(own), Filling::Amount(other)) = (own, other) {
                sums.push(plus(*own.get(at)?, *other.get(row)?)?);
            }
        }
        *self.counts.get_mut(at)? = count;
        let mut sums = sums.into_iter();
        for column in &mut self.columns {
            if let Filling::Amount(units) = column {
                *units.get_mut(at)? = sums.next()?;
            }
        }
        Some(())
    }

    /// Adds a row of a block as a new one, by the key that it has here.
    fn push(&mut self, key: &[u32], block: &Self, row: usize) {
        let mut key = key.iter().copied();
        for (own, other) in self.columns.iter_mut().zip(&block.columns) {
            match (own, other) {
                (Filling::Text(own), _) => own.push_code(key.next().unwrap_or(NONE)),
                (Filling::Day(own), _) => {
                    let day = key.next().map_or(NO_DAY, u32::cast_signed);
                    own.values.push(day);
                }
                (Filling::Amount(own), other) => {
                    let units = amounts_in(other).get(row);
                    own.push(units.copied().unwrap_or(NO_AMOUNT));
                }
            }
        }
        if let Some(tags) = &mut self.tags {
            tags.push(key.next().unwrap_or(NONE));
        }
        self.counts
            .push(block.counts.get(row).copied().unwrap_or_default());
    }

    /// The row group of these rows.
    pub(super) fn encoded(self, schema: &Schema) -> Result<EncodedGroup, DataError> {
        let group = encode_plain(schema, self.columns, self.counts.len())?;
        let group = match self.tags {
            Some(tags) => group.numbered(schema, tags)?,
            None => group,
        };
        group.numbered(schema, self.counts)
    }
}

/// The rows of a block that are equal: for each one the number of its kind, and the first row of each kind.
struct AlikeRows {
    numbers: Vec<u32>,
    firsts: Vec<u32>,
}

impl AlikeRows {
    /// `None` if there are more kinds than half of the rows.
    fn of(rows: &TableRows) -> Option<Self> {
        let mut numbers = vec![0; rows.counts.len()];
        let mut kinds = 1;
        for column in &rows.columns {
            if let Some(codes) = codes_of(column) {
                kinds = told_apart(&mut numbers, kinds, &codes)?;
            }
        }
        if let Some(tags) = &rows.tags {
            told_apart(&mut numbers, kinds, tags)?;
        }
        let mut firsts = Vec::new();
        for (row, number) in (0..).zip(&numbers) {
            if *number as usize == firsts.len() {
                firsts.push(row);
            }
        }
        Some(Self { numbers, firsts })
    }

    fn only_firsts<T: Copy>(&self, values: &[T]) -> Vec<T> {
        let rows = self.firsts.iter();
        rows.filter_map(|row| values.get(*row as usize).copied())
            .collect()
    }

    /// The sum of each kind; [`NO_AMOUNT`] if none of its rows has an amount. `None` if one is too large.
    fn sums(&self, column: &Filling) -> Option<Vec<i128>> {
        let mut sums = vec![NO_AMOUNT; self.firsts.len()];
        for (number, units) in self.numbers.iter().zip(amounts_in(column)) {
            let sum = sums.get_mut(*number as usize)?;
            *sum = plus(*sum, *units)?;
        }
        Some(sums)
    }
}

fn amounts_in(column: &Filling) -> &[i128] {
    amounts_of(std::slice::from_ref(column), Some(0))
}

/// The sum of two amounts, either of which may be missing; `None` if it is too large.
fn plus(one: i128, other: i128) -> Option<i128> {
    match (one, other) {
        (NO_AMOUNT, only) | (only, NO_AMOUNT) => Some(only),
        (one, other) => {
            let sum = Amount::from_units(one).checked_add(Amount::from_units(other))?;
            Some(sum.units())
        }
    }
}

/// Tells rows that have one number apart by their codes in a further column. The new numbers count up from 0 in the order of
/// the rows. Returns how many there are; `None` if they are more than half of the rows.
fn told_apart(numbers: &mut [u32], kinds: u32, codes: &[u32]) -> Option<u32> {
    /// Slots for a row, in a table that is faster than a hash map.
    const SLOTS: usize = 16;
    let most = u32::try_from(numbers.len() / 2).ok()?;
    let mut count = 0;
    let new = |count: &mut u32| {
        *count += 1;
        *count - 1
    };
    // A row without a value has the largest code, which becomes 0.
    let step = codes.iter().map(|code| code.wrapping_add(1)).max()?;
    let slots = (step as usize + 1).checked_mul(kinds as usize);
    if let Some(slots) = slots.filter(|slots| *slots <= numbers.len() * SLOTS) {
        let mut table = vec![NONE; slots];
        for (number, code) in numbers.iter_mut().zip(codes) {
            let at = code.wrapping_add(1) as usize * kinds as usize + *number as usize;
            let slot = table.get_mut(at)?;
            if *slot == NONE {
                *slot = new(&mut count);
            }
            *number = *slot;
        }
    } else {
        let mut known: HashMap<(u32, u32), u32> = HashMap::new();
        for (number, code) in numbers.iter_mut().zip(codes) {
            *number = match known.entry((*number, *code)) {
                Entry::Occupied(slot) => *slot.get(),
                Entry::Vacant(_) if count > most => return None,
                Entry::Vacant(slot) => *slot.insert(new(&mut count)),
            };
        }
    }
    (count <= most).then_some(count)
}

/// The codes that tell the rows of a column apart, without empty codes between them.
fn codes_of(column: &Filling) -> Option<Cow<'_, [u32]>> {
    match column {
        Filling::Text(texts) => Some(Cow::Borrowed(texts.codes())),
        Filling::Day(days) => {
            let there = days.values.iter().filter(|day| **day != NO_DAY);
            let first = there.min().copied().unwrap_or_default();
            let code = |day: &i32| match *day {
                NO_DAY => NONE,
                day => day.wrapping_sub(first).cast_unsigned(),
            };
            Some(days.values.iter().map(code).collect())
        }
        Filling::Amount(_) => None,
    }
}

/// Joins the rows of several blocks.
#[derive(Default)]
pub(super) struct RowJoiner {
    rows: TableRows,
    /// The row of each key: its codes, days and tag set.
    known: HashMap<Box<[u32]>, usize>,
}

impl RowJoiner {
    /// Adds rows of a block; their columns have the same types in all blocks.
    pub(super) fn add(&mut self, block: &TableRows) {
        if self.rows.columns.is_empty() {
            self.rows.columns = block.columns.iter().map(Filling::same_type).collect();
            self.rows.tags = block.tags.as_ref().map(|_| Vec::new());
        }
        let mut keys = self.rows.keys_of(block);
        keys.extend(block.tags.clone());
        let mut key = Vec::with_capacity(keys.len());
        for row in 0..block.counts.len() {
            key.clear();
            key.extend(keys.iter().filter_map(|column| column.get(row)));
            let at = self.known.get(key.as_slice()).copied();
            if at.is_some_and(|at| self.rows.add(at, block, row).is_some()) {
                continue;
            }
            // An equal row whose sum is full stays as it is.
            self.known
                .insert(key.as_slice().into(), self.rows.counts.len());
            self.rows.push(&key, block, row);
        }
    }

    /// Whether the rows should be written before others are added.
    pub(super) fn is_full(&self) -> bool {
        /// Rows, and bytes of their texts, that need not be more for a table to be small.
        const MOST: (usize, usize) = (1 << 15, 4 << 20);
        let texts = self.rows.columns.iter().filter_map(Filling::texts);
        self.rows.counts.len() > MOST.0 || texts.map(GrowingTexts::bytes).sum::<usize>() > MOST.1
    }

    /// The rows so far; `None` if there are none.
    pub(super) fn take(&mut self) -> Option<TableRows> {
        self.known.clear();
        let rows = std::mem::take(&mut self.rows);
        (!rows.counts.is_empty()).then_some(rows)
    }
}

#[cfg(test)]
mod tests;
