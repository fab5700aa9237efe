//! The order of all rows of a query, with sixteen bytes for each sort column of a row: texts get numbers while the rows are
//! read, and their places once all of them are known.

use super::dictionary::Interner;
use super::external::delegate::RowPage;
use super::scan::{RowGroup, fold};
use super::sort_keys::{SortValue, Sorting, text_value};
use super::{filter, keys};
use crate::data::columns::column_types::NO_AMOUNT;
use crate::data::dataset::Dataset;
use crate::data::error::{DataError, overflow};
use crate::data::table::totals::{self, ByCurrency};
use crate::data::threads::on_threads;
use crate::domain::money::Amount;
use crate::domain::query::Query;
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use std::cmp::Ordering;
use std::sync::{Mutex, PoisonError};

/// The keys of texts begin here, above those of all amounts, which have at most 38 digits.
const TEXTS: i128 = 100_000_000_000_000_000_000_000_000_000_000_000_000;
/// Rows without a value are last.
const ABSENT: i128 = i128::MAX;

/// The rows that one thread has found.
#[derive(Default)]
struct Keyed {
    rows: Vec<u64>,
    /// For each row, the key of each sort column.
    keys: Vec<i128>,
    kept: u64,
    totals: ByCurrency,
}

/// All rows that the filter keeps, in order, from the offset to the limit, with their totals.
pub(super) fn all_rows(data: &Dataset, query: &Query) -> Result<RowPage, DataError> {
    let sorting = Sorting::of(data, query)?;
    let texts: Vec<Mutex<Interner>> = sorting.directions().map(|_| Mutex::default()).collect();
    let states = fold(data, Keyed::default, |state, slice| {
        state.add(slice, query, &sorting, &texts)
    })?;
    let mut all = Keyed::default();
    for state in states {
        all.join(state)?;
    }
    let texts = texts.into_iter().zip(sorting.directions());
    let ranks: Vec<Vec<i128>> = texts
        .map(|(texts, down)| {
            let texts = texts.into_inner().unwrap_or_else(PoisonError::into_inner);
            ranks_of(&texts, down)
        })
        .collect();
    all.rank(&ranks);
    let count = u32::try_from(all.rows.len()).map_err(|_| {
        DataError::Stored(
            "these are more rows than can be sorted: narrow them with a filter".into(),
        )
    })?;
    let place = |at: u32| {
        let start = at as usize * ranks.len();
        let key = all.keys.get(start..start + ranks.len());
        let row = all.rows.get(at as usize).copied();
        (key.unwrap_or_default(), row.unwrap_or_default())
    };
    // No two rows have the same number, so there is one order.
    let order = sorted(
        (0..count).collect(),
        (data.threads(), LEAST),
        |one, other| place(one).cmp(&place(other)),
    )?;
    let shown = order.into_iter().skip(query.offset);
    let shown = shown.take(query.limit.unwrap_or(usize::MAX));
    Ok(RowPage {
        numbers: shown.map(|at| place(at).1).collect(),
        rows: all.kept,
        totals: all.totals,
    })
}

/// Rows that a thread sorts.
const LEAST: usize = 1 << 15;

/// Sorts items, in parts of at least so many on each thread.
fn sorted(
    mut items: Vec<u32>,
    (threads, least): (usize, usize),
    compare: impl Fn(u32, u32) -> Ordering + Sync,
) -> Result<Vec<u32>, DataError> {
    let size = items.len().div_ceil(threads.max(1)).max(least).max(1);
    let parts: Vec<Mutex<&mut [u32]>> = items.chunks_mut(size).map(Mutex::new).collect();
    on_threads(
        threads,
        parts.len(),
        || (),
        |(), at| {
            if let Some(part) = parts.get(at) {
                let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
                part.sort_unstable_by(|one, other| compare(*one, *other));
            }
            Ok(())
        },
    )?;
    drop(parts);
    let mut sorted: Vec<Vec<u32>> = items.chunks(size).map(<[u32]>::to_vec).collect();
    while sorted.len() > 1 {
        let pairs = sorted.chunks(2);
        let merged = pairs.map(|pair| merged(pair, &compare));
        sorted = merged.collect();
    }
    Ok(sorted.pop().unwrap_or_default())
}

/// Merges sorted parts, of which there are at most two.
fn merged(parts: &[Vec<u32>], compare: &impl Fn(u32, u32) -> Ordering) -> Vec<u32> {
    let mut all = Vec::with_capacity(parts.iter().map(Vec::len).sum());
    let mut parts = parts.iter().map(|part| part.iter().copied().peekable());
    let Some(mut left) = parts.next() else {
        return all;
    };
    let Some(mut right) = parts.next() else {
        all.extend(left);
        return all;
    };
    while let (Some(one), Some(other)) = (left.peek(), right.peek()) {
        let next = if compare(*one, *other).is_gt() {
            right.next()
        } else {
            left.next()
        };
        all.extend(next);
    }
    all.extend(left.chain(right));
    all
}

impl Keyed {
    /// Adds the rows of a row group that the filter keeps.
    fn add(
        &mut self,
        slice: &RowGroup<'_>,
        query: &Query,
        sorting: &Sorting,
        texts: &[Mutex<Interner>],
    ) -> Result<(), DataError> {
        let mask = filter::kept(slice, query.filter.as_ref())?;
        let keep = |row: usize| filter::keeps(mask.as_deref(), row);
        self.kept += add_totals(&mut self.totals, slice, &keep)?;
        let columns = sorting.columns(slice)?;
        // The keys of the texts of this row group, by code.
        let mut known: Vec<Vec<Option<i128>>> = vec![Vec::new(); columns.len()];
        for (row, at) in (0..slice.rows).zip(slice.first..) {
            if !keep(row) {
                continue;
            }
            self.rows.push(at);
            for ((column, texts), known) in columns.iter().zip(texts).zip(&mut known) {
                let number = |text: &str| {
                    let mut texts = texts.lock().unwrap_or_else(PoisonError::into_inner);
                    TEXTS + i128::from(texts.number(text))
                };
                let key = column.key(row, known, number);
                self.keys.push(key.unwrap_or(ABSENT));
            }
        }
        Ok(())
    }

    fn join(&mut self, mut other: Self) -> Result<(), DataError> {
        self.rows.append(&mut other.rows);
        self.keys.append(&mut other.keys);
        self.kept += other.kept;
        for (currency, amount) in other.totals {
            totals::add(&mut self.totals, currency, amount)?;
        }
        Ok(())
    }

    /// Replaces the numbers of texts by keys in their order.
    fn rank(&mut self, ranks: &[Vec<i128>]) {
        for (key, ranks) in self.keys.iter_mut().zip(ranks.iter().cycle()) {
            let number = key.checked_sub(TEXTS).map(usize::try_from);
            if let Some(Ok(number)) = number
                && let Some(rank) = ranks.get(number)
            {
                *key = *rank;
            }
        }
    }
}

/// The key of each text by its number.
fn ranks_of(texts: &Interner, down: bool) -> Vec<i128> {
    let value = |number: u32| text_value(texts.get(number).unwrap_or_default(), down);
    let mut order: Vec<u32> = (0..).take(texts.len()).collect();
    order.sort_by_cached_key(|number| value(*number));
    let mut ranks = vec![ABSENT; texts.len()];
    for (rank, number) in (0_i128..).zip(order) {
        if let Some(slot) = ranks.get_mut(number as usize) {
            *slot = match value(number) {
                SortValue::Number(units) => units,
                SortValue::Up(_) | SortValue::Down(_) | SortValue::Absent => TEXTS + rank,
            };
        }
    }
    ranks
}

/// Adds the costs of the rows that are kept to the totals; returns the number of these rows.
pub(super) fn add_totals(
    all: &mut ByCurrency,
    slice: &RowGroup<'_>,
    keep: &impl Fn(usize) -> bool,
) -> Result<u64, DataError> {
    let currencies = keys::of(slice, &GroupKey::Role(Role::Currency))?;
    let width = currencies.words.len();
    let mut sums = vec![(0_i128, 0_u64); width + 1];
    let codes = currencies.codes.get();
    for (row, (cost, code)) in slice.costs()?.iter().zip(codes).enumerate() {
        if keep(row)
            && let Some((sum, rows)) = sums.get_mut((*code as usize).min(width))
        {
            *rows += 1;
            if *cost != NO_AMOUNT {
                *sum = sum.checked_add(*cost).ok_or_else(overflow)?;
            }
        }
    }
    let mut kept = 0;
    for (code, (sum, rows)) in (0_u32..).zip(sums) {
        if rows > 0 {
            let name = currencies.words.get(code).map(ToOwned::to_owned);
            totals::add(all, name, Amount::from_units(sum))?;
            kept += rows;
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests;
