//! Sums by keys: each thread adds up row groups, then the threads' sums are joined.

use super::filter;
use super::keys;
use super::scan::{Slice, fold};
use super::sums::{self, Found, MIXED, NAMELESS, NO_UNIT, Shared, State, Sum, add_count};
use super::totals::overflow;
use super::words::Coded;
use crate::data::dataset::Dataset;
use crate::data::error::DataError;
use crate::data::reading::columns::{Kind, NO_AMOUNT, NO_DAY};
use crate::data::reading::texts::NONE;
use crate::domain::columns::Role;
use crate::domain::filter::Filter;
use crate::domain::money::Amount;
use crate::domain::query::{GroupKey, Measure};
use hashbrown::HashMap;

/// Combinations of codes that have a place in an index, whatever the rows; of very many more than rows, a map is smaller.
const DENSE: usize = 1 << 16;

/// What is added up.
pub(crate) struct Question<'a> {
    pub(crate) keys: &'a [GroupKey],
    pub(crate) measures: &'a [Measure],
    /// Splits the groups further by a number for each row, below the given bound.
    pub(crate) mark: Option<(Marker<'a>, u32)>,
}

type Marker<'a> = &'a (dyn Fn(&Slice<'_>) -> Result<Vec<u32>, DataError> + Sync);

/// Sums of one dataset under a filter.
pub(crate) fn sums(
    data: &Dataset,
    filter: Option<&Filter>,
    question: &Question<'_>,
) -> Result<Found, DataError> {
    sums_of(&[(data, filter)], question)
}

/// Fails for keys and filters that no column of the data can answer.
pub(crate) fn check(
    data: &Dataset,
    keys: &[GroupKey],
    filter: Option<&Filter>,
) -> Result<(), DataError> {
    for key in keys {
        keys::check(data.headers(), key)?;
    }
    filter.map_or(Ok(()), |filter| filter::check(data, filter))
}

/// Sums over several datasets, each under a filter of its own; a mark tells them apart, spellings are chosen over all of
/// them.
pub(crate) fn sums_of(
    sets: &[(&Dataset, Option<&Filter>)],
    question: &Question<'_>,
) -> Result<Found, DataError> {
    let mut all = State::new(question.keys.len());
    let shared = Shared::new(question.keys.len());
    let bound = question.mark.as_ref().map_or(1, |(_, bound)| *bound);
    for (number, (data, filter)) in (0_u32..).zip(sets) {
        check(data, question.keys, *filter)?;
        let states = fold(
            data,
            || State::new(question.keys.len()),
            |state, slice| {
                let mask = filter::kept(slice, *filter)?;
                add_slice(
                    state,
                    &shared,
                    (slice, mask.as_deref()),
                    question,
                    number * bound,
                )
            },
        )?;
        for state in states {
            all.join(state)?;
        }
    }
    sums::finish(all, shared, question.keys)
}

fn add_slice(
    state: &mut State,
    shared: &Shared,
    (slice, mask): (&Slice<'_>, Option<&[bool]>),
    question: &Question<'_>,
    first_mark: u32,
) -> Result<(), DataError> {
    let mut coded = question
        .keys
        .iter()
        .map(|key| keys::of(slice, key))
        .collect::<Result<Vec<Coded>, _>>()?;
    coded.push(keys::of(slice, &GroupKey::Role(Role::Currency))?);
    let marks = match &question.mark {
        Some((marker, _)) => Some(marker(slice)?),
        None => None,
    };
    let spelled = count_spellings(state, shared, question.keys, &coded);
    let rows = Rows::of(slice, question)?;
    let mut local = add_rows(&coded, marks.as_deref(), mask, &rows)?;
    // The codes of this row group become the numbers that all threads use.
    for (at, column) in coded.iter().enumerate() {
        let numbers = match spelled.get(at) {
            Some(Some(numbers)) => numbers,
            _ => &used_numbers(&local, shared, at, column),
        };
        for code in local.keys.iter_mut().skip(at).step_by(local.width) {
            *code = numbers.get(*code as usize).copied().unwrap_or(NONE);
        }
    }
    for mark in local.keys.iter_mut().skip(coded.len()).step_by(local.width) {
        *mark += first_mark;
    }
    if let Some(units) = &rows.units {
        let used: Vec<u32> = local.sums.iter().map(|sum| sum.unit).collect();
        let numbers = shared.units(&units.words, &used);
        for (sum, number) in local.sums.iter_mut().zip(numbers) {
            if number != NONE {
                sum.unit = number;
            }
        }
    }
    let groups = local.keys.chunks_exact(local.width).zip(&local.sums);
    let mut groups: Vec<(&[u32], &Sum)> = groups.collect();
    if state.wants_order() {
        groups.sort_unstable_by_key(|(key, _)| key.first());
    }
    groups
        .into_iter()
        .try_for_each(|(key, sum)| state.add(key, sum))
}

/// The numbers of the codes that stand in groups, each looked up once.
fn used_numbers(local: &Local, shared: &Shared, at: usize, column: &Coded) -> Vec<u32> {
    let places = local.keys.iter().skip(at).step_by(local.width);
    let mut used: Vec<u32> = places.copied().collect();
    used.sort_unstable();
    used.dedup();
    by_code(shared, at, column, &used)
}

/// The numbers of these codes, each where its code says.
fn by_code(shared: &Shared, at: usize, column: &Coded, codes: &[u32]) -> Vec<u32> {
    let mut all = vec![NONE; column.words.len()];
    let numbers = shared.numbers(at, &column.words, codes);
    for (code, number) in codes.iter().zip(numbers) {
        if let Some(slot) = all.get_mut(*code as usize) {
            *slot = number;
        }
    }
    all
}

/// How often each spelling stands in the column, for keys that compare without case; the filter does not matter. Gives the
/// numbers of all codes of such keys.
fn count_spellings(
    state: &mut State,
    shared: &Shared,
    keys: &[GroupKey],
    coded: &[Coded],
) -> Vec<Option<Vec<u32>>> {
    let mut out = Vec::with_capacity(keys.len());
    for (at, ((key, column), counts)) in keys.iter().zip(coded).zip(&mut state.counts).enumerate() {
        if !key.ignores_case() {
            out.push(None);
            continue;
        }
        let mut rows = vec![0_u64; column.words.len()];
        for code in column.codes.get() {
            if let Some(count) = rows.get_mut(*code as usize) {
                *count += 1;
            }
        }
        let used = (0_u32..).zip(&rows).filter(|(_, rows)| **rows > 0);
        let used: Vec<u32> = used.map(|(code, _)| code).collect();
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

/// The columns that are added up.
struct Rows<'a> {
    costs: &'a [i128],
    days: Option<Vec<i32>>,
    quantities: Option<Vec<i128>>,
    unit_codes: Option<Vec<u32>>,
    units: Option<Coded>,
}

impl<'a> Rows<'a> {
    fn of(slice: &'a Slice<'_>, question: &Question<'_>) -> Result<Self, DataError> {
        let wants = |measure: Measure| question.measures.contains(&measure);
        let days = (wants(Measure::FirstDay) || wants(Measure::LastDay))
            .then(|| slice.days())
            .transpose()?;
        let mut rows = Self {
            costs: slice.costs()?,
            days,
            quantities: None,
            unit_codes: None,
            units: None,
        };
        let quantity = slice.role(Role::Quantity);
        if wants(Measure::Quantity)
            && let Some(header) = quantity
        {
            let units = match slice.role(Role::Unit) {
                Some(header) => Coded::column(slice.texts(header)?),
                None => Coded::absent(slice.rows),
            };
            rows.quantities = Some(quantities(slice, header)?);
            rows.unit_codes = Some(units.codes.get().to_vec());
            rows.units = Some(units);
        }
        Ok(rows)
    }

    /// Adds one row to a sum.
    fn add(&self, sum: &mut Sum, row: usize, cost: i128) -> Option<()> {
        if cost != NO_AMOUNT {
            sum.cost = sum.cost.checked_add(cost)?;
        }
        sum.rows += 1;
        if let Some(day) = self.days.as_ref().and_then(|days| days.get(row))
            && *day != NO_DAY
        {
            sum.first = sum.first.min(*day);
            sum.last = sum.last.max(*day);
        }
        if let (Some(quantities), Some(units)) = (&self.quantities, &self.unit_codes)
            && let (Some(quantity), Some(unit)) = (quantities.get(row), units.get(row))
        {
            match *quantity {
                NO_AMOUNT => {}
                INEXACT => sum.unit = MIXED,
                quantity => {
                    sum.quantity = sum.quantity.checked_add(quantity)?;
                    let unit = if *unit == NONE { NAMELESS } else { *unit };
                    sum.unit = match sum.unit {
                        NO_UNIT => unit,
                        known if known == unit => known,
                        _ => MIXED,
                    };
                }
            }
        }
        Some(())
    }
}

/// A quantity that cannot be added exactly.
const INEXACT: i128 = i128::MIN + 1;

/// The quantities of a slice; where the column is text, each is read by itself.
fn quantities(slice: &Slice<'_>, header: &str) -> Result<Vec<i128>, DataError> {
    if slice.kind(header) != Kind::Text {
        return slice.amounts(header);
    }
    let texts = slice.texts(header)?;
    let read = |code: &u32| match texts.get(*code).map(Amount::parse) {
        None => NO_AMOUNT,
        Some(Ok(parsed)) if !parsed.rounded => parsed.amount.units(),
        Some(_) => INEXACT,
    };
    Ok(texts.codes.iter().map(read).collect())
}

/// Groups of one slice, by the codes of its columns and the mark.
struct Local {
    width: usize,
    keys: Vec<u32>,
    sums: Vec<Sum>,
}

fn add_rows(
    coded: &[Coded],
    marks: Option<&[u32]>,
    mask: Option<&[bool]>,
    rows: &Rows<'_>,
) -> Result<Local, DataError> {
    let bound = marks
        .and_then(|marks| marks.iter().max())
        .map_or(1, |most| *most as usize + 1);
    let mut sizes: Vec<usize> = coded.iter().map(|column| column.words.len() + 1).collect();
    sizes.push(bound);
    let product = sizes
        .iter()
        .try_fold(1_usize, |all, size| all.checked_mul(*size));
    let dense = product.filter(|all| *all <= DENSE.max(rows.costs.len() * 64));
    let keep = |row: usize| filter::keeps(mask, row);
    let mut local = Local {
        width: sizes.len(),
        keys: Vec::new(),
        sums: Vec::new(),
    };
    if let Some(product) = dense {
        let index = dense_index(coded, marks, &sizes, rows.costs.len());
        tabled(&mut local, (&sizes, product), &index, rows, keep)?;
        return Ok(local);
    }
    if product.is_some_and(|all| u32::try_from(all).is_ok()) {
        let index = dense_index(coded, marks, &sizes, rows.costs.len());
        sparse(&mut local, &sizes, &index, rows, keep)?;
        return Ok(local);
    }
    let code_at = |at: usize, row: usize| -> u32 {
        match coded.get(at) {
            Some(column) => column.codes.get().get(row).copied().unwrap_or(NONE),
            None => marks
                .and_then(|marks| marks.get(row))
                .copied()
                .unwrap_or_default(),
        }
    };
    let mut map: HashMap<Vec<u32>, Sum> = HashMap::new();
    let mut key = Vec::with_capacity(sizes.len());
    for (row, cost) in rows.costs.iter().enumerate().filter(|(row, _)| keep(*row)) {
        key.clear();
        key.extend((0..sizes.len()).map(|at| code_at(at, row)));
        match map.get_mut(&key) {
            Some(sum) => rows.add(sum, row, *cost),
            None => rows.add(map.entry(key.clone()).or_insert(Sum::EMPTY), row, *cost),
        }
        .ok_or_else(overflow)?;
    }
    for (key, sum) in map {
        local.keys.extend(key);
        local.sums.push(sum);
    }
    Ok(local)
}

/// An index with a place for every combination of codes.
fn tabled(
    local: &mut Local,
    (sizes, product): (&[usize], usize),
    index: &[u32],
    rows: &Rows<'_>,
    keep: impl Fn(usize) -> bool,
) -> Result<(), DataError> {
    let mut places = vec![NONE; product];
    for (row, (cost, at)) in rows.costs.iter().zip(index).enumerate() {
        if !keep(row) {
            continue;
        }
        let Some(place) = places.get_mut(*at as usize) else {
            continue;
        };
        if *place == NONE {
            *place = u32::try_from(local.sums.len()).unwrap_or(NONE);
            push_codes(&mut local.keys, *at as usize, sizes);
            local.sums.push(Sum::EMPTY);
        }
        if let Some(sum) = local.sums.get_mut(*place as usize) {
            rows.add(sum, row, *cost).ok_or_else(overflow)?;
        }
    }
    Ok(())
}

/// Too many combinations for a table, but each still is one number.
fn sparse(
    local: &mut Local,
    sizes: &[usize],
    index: &[u32],
    rows: &Rows<'_>,
    keep: impl Fn(usize) -> bool,
) -> Result<(), DataError> {
    let mut map: HashMap<u32, Sum> = HashMap::new();
    let all = rows.costs.iter().zip(index).enumerate();
    for (row, (cost, at)) in all.filter(|(row, _)| keep(*row)) {
        let sum = map.entry(*at).or_insert(Sum::EMPTY);
        rows.add(sum, row, *cost).ok_or_else(overflow)?;
    }
    for (at, sum) in map {
        push_codes(&mut local.keys, at as usize, sizes);
        local.sums.push(sum);
    }
    Ok(())
}

/// For each row its place in a table that has one for every combination of codes.
fn dense_index(coded: &[Coded], marks: Option<&[u32]>, sizes: &[usize], rows: usize) -> Vec<u32> {
    let mut index = vec![0_u32; rows];
    for (column, size) in coded.iter().zip(sizes) {
        let size = u32::try_from(*size).unwrap_or(NONE);
        if size == 1 {
            continue;
        }
        for (at, code) in index.iter_mut().zip(column.codes.get()) {
            *at = *at * size + (*code).min(size - 1);
        }
    }
    if let (Some(marks), Some(size)) = (marks, sizes.last()) {
        let size = u32::try_from(*size).unwrap_or(NONE);
        for (at, mark) in index.iter_mut().zip(marks) {
            *at = *at * size + (*mark).min(size - 1);
        }
    }
    index
}

/// Adds the codes that a place in the table stands for; the last code of a column is that of rows without a value.
fn push_codes(keys: &mut Vec<u32>, mut at: usize, sizes: &[usize]) {
    let start = keys.len();
    for size in sizes.iter().rev() {
        keys.push(u32::try_from(at % size).unwrap_or(NONE));
        at /= size;
    }
    if let Some(codes) = keys.get_mut(start..) {
        codes.reverse();
    }
}
