//! Groups and sums rows: each thread aggregates row groups, then the partial sums are merged.

use super::aggregation::Aggregation;
use super::hash_agg;
use super::hash_agg::{Aggregated, HashAgg, add_count};
use super::measures::Measures;
use super::partial_agg::{PartialAgg, Split};
use super::share;
use super::shared_keys::{SharedKeys, folded};
use crate::data::columns::text_column::NONE;
use crate::data::dataset::Dataset;
use crate::data::engine::check::check;
use crate::data::engine::dictionary::DictColumn;
use crate::data::engine::external::delegate;
use crate::data::engine::scan::{RowCounts, RowGroup, fold};
use crate::data::engine::{filter, keys};
use crate::data::error::{DataError, overflow};
use crate::data::room;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use hashbrown::HashSet;

/// Bytes of a new group: its keys and sums, and texts that no other group has.
const GROUP: usize = 192;

/// Sums of one dataset under a filter.
pub(crate) fn sums(
    data: &Dataset,
    filter: Option<&Filter>,
    question: &Aggregation<'_>,
) -> Result<Aggregated, DataError> {
    sums_of(&[(data, filter)], question)
}

/// Sums over several datasets, each with its own filter. The mark tells the datasets apart; spellings are chosen across
/// all of them.
pub(crate) fn sums_of(
    sets: &[(&Dataset, Option<&Filter>)],
    question: &Aggregation<'_>,
) -> Result<Aggregated, DataError> {
    let shared = SharedKeys::new(question.keys.len());
    let bound = question.mark.as_ref().map_or(1, |(_, bound)| *bound);
    let marks = bound * u32::try_from(sets.len()).unwrap_or(1);
    let start = || HashAgg::new(question.keys.len(), marks);
    let mut all = start();
    for (number, (data, filter)) in (0_u32..).zip(sets) {
        check(data, question.keys, *filter)?;
        let first_mark = number * bound;
        if delegate::add(&mut all, &shared, (data, *filter), question, first_mark)? {
            continue;
        }
        let states = fold(data, start, |state, slice| {
            room::check(slice.rows.saturating_mul(GROUP) as u64)?;
            let mask = filter::kept(slice, *filter)?;
            add_slice(
                state,
                &shared,
                (slice, mask.as_deref()),
                question,
                first_mark,
            )
        })?;
        for state in states {
            all.join(state)?;
        }
    }
    if !question.shares.is_empty() {
        count_spellings_of_share(&mut all, &shared, sets, question.keys)?;
    }
    hash_agg::finish(all, shared, question.keys)
}

/// Whether rows are added directly: if few rows share a text, aggregating the row group first saves nothing.
fn adds_rows_at_once(question: &Aggregation<'_>, coded: &[DictColumn], rows: usize) -> bool {
    let texts = coded.first().map_or(0, |column| column.words.len());
    question.keys.len() == 1 && texts.saturating_mul(4) > rows
}

fn add_slice(
    state: &mut HashAgg,
    shared: &SharedKeys,
    (slice, mask): (&RowGroup<'_>, Option<&[bool]>),
    question: &Aggregation<'_>,
    first_mark: u32,
) -> Result<(), DataError> {
    let mut coded = question
        .keys
        .iter()
        .map(|key| keys::of(slice, key))
        .collect::<Result<Vec<DictColumn>, _>>()?;
    coded.push(keys::of(slice, &GroupKey::Role(Role::Currency))?);
    let marks = match &question.mark {
        Some((marker, _)) => Some(marker(slice)?),
        None => None,
    };
    let columns = (question.keys, coded.as_slice());
    let (mut spelled, mut kept) = (Vec::new(), None::<Vec<bool>>);
    if question.shares.is_empty() {
        let rows = slice.counts()?;
        spelled = count_spellings(&mut state.counts, shared, (columns, rows), None);
    } else {
        kept = Some(share::kept(question.shares, columns, slice.rows, mask));
    }
    let mask = kept.as_deref().or(mask);
    let rows = Measures::of(slice, question.measures, shared)?;
    let left_out = marks.as_deref().zip(question.without);
    let left_out = left_out.map(|(marks, without)| with_other_marks(marks, without, mask));
    let mask = left_out.as_deref().or(mask);
    let split = Split {
        coded: &coded,
        marks: marks.as_deref(),
        mask,
    };
    let mut numbers = |at: usize, column: &DictColumn, used: &dyn Fn() -> Vec<u32>| {
        let known = spelled.get_mut(at).and_then(Option::take);
        known.unwrap_or_else(|| by_code(shared, at, column, &used()))
    };
    if adds_rows_at_once(question, &coded, slice.rows) {
        let columns = coded.iter().enumerate();
        let numbers =
            columns.map(|(at, column)| numbers(at, column, &|| filter::kept_codes(column, mask)));
        return add_rows(
            state,
            &split,
            &numbers.collect::<Vec<_>>(),
            &rows,
            first_mark,
        );
    }
    let mut local = PartialAgg::of(&split, &rows)?;
    // The codes of this row group are replaced by the numbers shared by all threads.
    for (at, column) in coded.iter().enumerate() {
        let numbers = numbers(at, column, &|| used_codes(&local, at));
        for code in local.keys.iter_mut().skip(at).step_by(local.width) {
            *code = numbers.get(*code as usize).copied().unwrap_or(NONE);
        }
    }
    for mark in local.keys.iter_mut().skip(coded.len()).step_by(local.width) {
        *mark += first_mark;
    }
    let groups = local.keys.chunks_exact(local.width).zip(&local.sums);
    let mut groups = groups.enumerate();
    groups.try_for_each(|(at, (key, sum))| state.add(key, sum, local.quantities.get(at)))
}

/// The rows that are kept and have a different mark.
fn with_other_marks(marks: &[u8], without: u8, mask: Option<&[bool]>) -> Vec<bool> {
    let rows = marks.iter().enumerate();
    rows.map(|(row, mark)| *mark != without && filter::keeps(mask, row))
        .collect()
}

/// Rows whose sums are fetched together: enough to overlap the cache misses, few enough to stay in the cache.
const AT_ONCE: usize = 128;

/// Adds each row directly to its group in the shared state.
fn add_rows(
    state: &mut HashAgg,
    split: &Split<'_>,
    numbers: &[Vec<u32>],
    rows: &Measures<'_>,
    first_mark: u32,
) -> Result<(), DataError> {
    let [column, currency] = split.coded else {
        return Ok(());
    };
    let [column_numbers, currency_numbers] = numbers else {
        return Ok(());
    };
    let number = |numbers: &[u32], code: u32| numbers.get(code as usize).copied().unwrap_or(NONE);
    let mut waiting: Vec<(usize, u32)> = Vec::with_capacity(AT_ONCE);
    let codes = column.codes.get().iter().zip(currency.codes.get());
    for (row, (code, currency)) in codes.enumerate() {
        if !filter::keeps(split.mask, row) {
            continue;
        }
        let group = state.group(&[
            number(column_numbers, *code),
            number(currency_numbers, *currency),
            first_mark + split.mark(row),
        ]);
        waiting.push((row, group));
        if waiting.len() == AT_ONCE {
            add_waiting(state, &mut waiting, rows)?;
        }
    }
    add_waiting(state, &mut waiting, rows)
}

/// Adds rows to their groups.
fn add_waiting(
    state: &mut HashAgg,
    waiting: &mut Vec<(usize, u32)>,
    rows: &Measures<'_>,
) -> Result<(), DataError> {
    state.fetch(waiting.iter().map(|(_, group)| *group));
    for (row, group) in waiting.drain(..) {
        let added = state.sum_mut(group).and_then(|sum| rows.add(sum, row));
        added.ok_or_else(overflow)?;
        if rows.has_quantities() {
            let added = state.add_quantity(group, |sum| rows.add_quantity(sum, row));
            added.ok_or_else(overflow)?;
        }
    }
    Ok(())
}

/// The distinct codes that occur in the groups.
fn used_codes(local: &PartialAgg, at: usize) -> Vec<u32> {
    let places = local.keys.iter().skip(at).step_by(local.width);
    let mut used: Vec<u32> = places.copied().collect();
    used.sort_unstable();
    used.dedup();
    used
}

/// The numbers of these codes, indexed by code.
fn by_code(shared: &SharedKeys, at: usize, column: &DictColumn, codes: &[u32]) -> Vec<u32> {
    let mut all = vec![NONE; column.words.len()];
    let numbers = shared.numbers(at, &column.words, codes);
    for (code, number) in codes.iter().zip(numbers) {
        if let Some(slot) = all.get_mut(*code as usize) {
            *slot = number;
        }
    }
    all
}

/// For case-insensitive keys: the hashes of the texts that count, whatever their case.
type CountedTexts = Vec<Option<HashSet<u64>>>;

/// Counts the rows of each spelling, for case-insensitive keys and regardless of the filter. Returns the numbers of all
/// codes of these keys that are counted.
fn count_spellings(
    counts: &mut [Vec<u64>],
    shared: &SharedKeys,
    ((keys, coded), row_counts): ((&[GroupKey], &[DictColumn]), &RowCounts),
    wanted: Option<&CountedTexts>,
) -> Vec<Option<Vec<u32>>> {
    let mut out = Vec::with_capacity(keys.len());
    for (at, ((key, column), counts)) in keys.iter().zip(coded).zip(counts).enumerate() {
        if !key.ignores_case() {
            out.push(None);
            continue;
        }
        let mut rows = vec![0_u64; column.words.len()];
        for (row, code) in column.codes.get().iter().enumerate() {
            if let Some(count) = rows.get_mut(*code as usize) {
                *count += row_counts.of(row);
            }
        }
        let used = (0_u32..).zip(&rows).filter(|(_, rows)| **rows > 0);
        let mut used: Vec<u32> = used.map(|(code, _)| code).collect();
        if let Some(Some(wanted)) = wanted.and_then(|wanted| wanted.get(at)) {
            let is_wanted = |text| wanted.contains(&folded(text));
            used.retain(|code| column.words.get(*code).is_some_and(is_wanted));
        }
        let numbers = by_code(shared, at, column, &used);
        for (number, rows) in numbers.iter().zip(rows) {
            if *number != NONE && rows > 0 {
                add_count(counts, *number, rows);
            }
        }
        out.push(Some(numbers));
    }
    out
}

/// Counts the spellings of the texts that are in a share, in all rows. It takes a pass of its own, because the spellings of
/// other shares would fill the memory.
fn count_spellings_of_share(
    all: &mut HashAgg,
    shared: &SharedKeys,
    sets: &[(&Dataset, Option<&Filter>)],
    keys: &[GroupKey],
) -> Result<(), DataError> {
    let wanted = keys.iter().enumerate();
    let wanted: CountedTexts = wanted
        .map(|(at, key)| key.ignores_case().then(|| shared.folded(at)))
        .collect();
    if wanted.iter().all(Option::is_none) {
        return Ok(());
    }
    for (data, _) in sets {
        let start = || HashAgg::new(keys.len(), 1);
        let states = fold(data, start, |state, slice| {
            let column = |key: &GroupKey| {
                if key.ignores_case() {
                    keys::of(slice, key)
                } else {
                    Ok(DictColumn::absent(0))
                }
            };
            let coded = keys.iter().map(column).collect::<Result<Vec<_>, _>>()?;
            let columns = (keys, coded.as_slice());
            let rows = slice.counts()?;
            count_spellings(&mut state.counts, shared, (columns, rows), Some(&wanted));
            Ok(())
        })?;
        for state in states {
            all.join(state)?;
        }
    }
    Ok(())
}
