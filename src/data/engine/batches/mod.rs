//! All rows of a query in order, as batches of columns: each distinct text once, amounts as numbers.

use super::dictionary::Interner;
use super::external::delegate;
use super::keys;
use super::rows::{From, Pick, check_columns, named_picks, page, picks};
use super::scan::{RowGroup, Unit, row_group, units};
use crate::data::columns::column_types::{ColumnKind, NO_AMOUNT, NO_DAY, day_of};
use crate::data::columns::text_column::NONE;
use crate::data::dataset::Dataset;
use crate::data::error::DataError;
use crate::data::room;
use crate::data::table::stored::{Mask, mask_of};
use crate::data::threads::on_threads;
use crate::domain::money::Amount;
use crate::domain::query::Query;
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::group::Cell;
use hashbrown::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// The values of one column in a batch.
pub(crate) enum Values {
    Texts(TextValues),
    /// [`NO_AMOUNT`] where a row has none.
    Amounts(Vec<i128>),
}

/// A column of texts: the number of each row's text, [`NONE`] where it has none, and the distinct texts.
#[derive(Default)]
pub(crate) struct TextValues {
    pub(crate) codes: Vec<u32>,
    pub(crate) texts: Interner,
}

/// Some rows, in order, as prepared columns.
pub(crate) struct Batch<T> {
    pub(crate) rows: usize,
    pub(crate) columns: Vec<T>,
}

impl TextValues {
    fn absent(rows: usize) -> Self {
        Self {
            codes: vec![NONE; rows],
            texts: Interner::default(),
        }
    }

    fn set(&mut self, at: u32, code: u32) {
        if let Some(slot) = self.codes.get_mut(at as usize) {
            *slot = code;
        }
    }

    /// The distinct texts by number.
    pub(crate) fn distinct(&self) -> impl Iterator<Item = &str> {
        let numbers = (0_u32..).take(self.texts.len());
        numbers.map(|number| self.texts.get(number).unwrap_or_default())
    }
}

impl Values {
    /// The same as texts; amounts are exact decimals.
    pub(crate) fn into_texts(self) -> TextValues {
        match self {
            Self::Texts(texts) => texts,
            Self::Amounts(units) => {
                let mut all = TextValues::absent(units.len());
                let places = (0_u32..).take(units.len()).map(|at| (at, at));
                let shown = |units| Amount::from_units(units).to_string();
                number(&mut all, places, &units, NO_AMOUNT, shown);
                all
            }
        }
    }
}

/// The names of the columns of a query.
pub(crate) fn names(data: &Dataset, query: &Query) -> Result<Vec<String>, DataError> {
    let picks = picks(data, query)?.into_iter();
    Ok(picks.map(|pick| pick.name).collect())
}

/// Passes on all rows in sort order, in batches of which so many are held at once. Each column is prepared by its position,
/// on the thread that read it.
pub(crate) fn each<T: Send>(
    data: &Dataset,
    query: &Query,
    held: usize,
    prepare: impl Fn(usize, Values) -> Result<T, DataError> + Sync,
    take: impl FnMut(Batch<T>) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let columns = picks(data, query)?.len();
    let size = size(data, columns) / held.max(1);
    each_of(data, query, size.max(1), (prepare, take))
}

/// Like [`each`], in batches of so many rows.
fn each_of<T: Send>(
    data: &Dataset,
    query: &Query,
    size: usize,
    (prepare, mut take): (
        impl Fn(usize, Values) -> Result<T, DataError> + Sync,
        impl FnMut(Batch<T>) -> Result<(), DataError>,
    ),
) -> Result<(), DataError> {
    let (picks, names) = named_picks(data, query)?;
    if let Some(table) = delegate::rows(data, query, &names)? {
        return take(of_cells(&table.body.into_rows(), picks.len(), prepare)?);
    }
    let page = page(data, query)?;
    let batches = page.numbers.chunks(size);
    // Rows that are passed on may be printed at once, so damage is looked for first.
    if batches.len() > 1 {
        check_columns(data, &page.numbers, &picks)?;
    }
    for numbers in batches {
        take(batch(data, numbers, &picks, &prepare)?)?;
    }
    Ok(())
}

/// Rows in a batch. Each batch reads all columns of every row group that has one of its rows.
fn size(data: &Dataset, columns: usize) -> usize {
    let rows = usize::try_from(data.rows().max(1)).unwrap_or(usize::MAX);
    let parts = data.parts().iter();
    let unpacked: u64 = parts.map(|part| part.stored.unpacked()).sum();
    let width = usize::try_from(unpacked).unwrap_or(usize::MAX) / rows;
    size_of(room::share(8, 4 << 20, 384 << 20), columns, width)
}

fn size_of(room: usize, columns: usize, width: usize) -> usize {
    /// The bytes of a number or an amount, on average.
    const CELL: usize = 12;
    /// A text is held as it was read, by its number, and as it is written.
    const TIMES: usize = 3;
    let row = columns
        .saturating_mul(CELL)
        .saturating_add(width.saturating_mul(TIMES));
    (room / row.max(1)).clamp(1_000, 250_000)
}

/// A batch of the rows of a finished answer.
fn of_cells<T>(
    rows: &[Vec<Cell>],
    columns: usize,
    prepare: impl Fn(usize, Values) -> Result<T, DataError>,
) -> Result<Batch<T>, DataError> {
    let column = |at: usize| {
        let mut all = TextValues::absent(rows.len());
        for (row, cells) in (0_u32..).zip(rows) {
            if let Some(text) = cells.get(at).and_then(Cell::exact) {
                let code = all.texts.number(&text);
                all.set(row, code);
            }
        }
        prepare(at, Values::Texts(all))
    };
    Ok(Batch {
        rows: rows.len(),
        columns: (0..columns).map(column).collect::<Result<_, _>>()?,
    })
}

/// The rows of a batch that are in one row group.
struct Chosen {
    unit: Unit,
    /// For each row, its place in the row group and in the batch.
    places: Vec<(u32, u32)>,
    /// Selects these rows, if they are few.
    mask: Option<Mask>,
}

impl Chosen {
    fn of(unit: Unit, wanted: &[(u64, u32)]) -> Self {
        /// Of fewer rows, only those are decoded.
        const SHARE: usize = 8;
        let place = |row: u64| u32::try_from(row - unit.first).unwrap_or(NONE);
        let places: Vec<(u32, u32)> = wanted.iter().map(|(row, at)| (place(*row), *at)).collect();
        let mask = (places.len() * SHARE < unit.rows).then(|| {
            let places: Vec<usize> = places.iter().map(|(place, _)| *place as usize).collect();
            mask_of(unit.rows, &places)
        });
        Self { unit, places, mask }
    }

    /// For each row, its place in the whole column and in the batch.
    fn all(&self) -> impl Iterator<Item = (u32, u32)> {
        self.places.iter().copied()
    }

    /// For each row, its place among the decoded values and in the batch.
    fn decoded(&self) -> impl Iterator<Item = (u32, u32)> {
        let is_masked = self.mask.is_some();
        let numbered = (0_u32..).zip(&self.places);
        numbered.map(move |(number, (place, at))| (if is_masked { number } else { *place }, *at))
    }
}

/// The row groups that have rows of a batch.
fn chosen(data: &Dataset, numbers: &[u64]) -> Vec<Chosen> {
    let mut wanted: Vec<(u64, u32)> = numbers.iter().copied().zip(0..).collect();
    wanted.sort_unstable();
    let mut rest = wanted.as_slice();
    let mut all = Vec::new();
    for unit in units(data) {
        let end = unit.first + unit.rows as u64;
        let count = rest.partition_point(|(row, _)| *row < end);
        let (own, others) = rest.split_at(count);
        rest = others;
        if !own.is_empty() {
            all.push(Chosen::of(unit, own));
        }
    }
    all
}

fn batch<T: Send>(
    data: &Dataset,
    numbers: &[u64],
    picks: &[Pick],
    prepare: &(impl Fn(usize, Values) -> Result<T, DataError> + Sync),
) -> Result<Batch<T>, DataError> {
    let groups = chosen(data, numbers);
    let made: Vec<Mutex<Option<T>>> = picks.iter().map(|_| Mutex::default()).collect();
    on_threads(
        data.threads(),
        picks.len(),
        || (),
        |(), at| {
            if let (Some(pick), Some(slot)) = (picks.get(at), made.get(at)) {
                let column = prepare(at, column(data, pick, &groups, numbers.len())?)?;
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(column);
            }
            Ok(())
        },
    )?;
    let made = made.into_iter();
    let columns = made.filter_map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner));
    Ok(Batch {
        rows: numbers.len(),
        columns: columns.collect(),
    })
}

/// Whether a column holds amounts in all parts that have it.
fn is_amounts(data: &Dataset, pick: &Pick) -> bool {
    let name = match &pick.from {
        From::Key(key) => return *key == GroupKey::Role(Role::Cost),
        From::Header(name) => name,
    };
    let stored = data.parts().iter().map(|part| &part.stored);
    let mut kinds = stored.filter_map(|stored| Some(stored.kind(stored.layout.header(name)?)));
    kinds.all(|kind| matches!(kind, ColumnKind::Amount { .. }))
}

/// The values of a column for the rows of a batch.
fn column(
    data: &Dataset,
    pick: &Pick,
    groups: &[Chosen],
    rows: usize,
) -> Result<Values, DataError> {
    if is_amounts(data, pick) {
        let mut all = vec![NO_AMOUNT; rows];
        each_group(data, groups, |group, chosen| {
            add_amounts(&mut all, group, chosen, pick)
        })?;
        return Ok(Values::Amounts(all));
    }
    let mut all = TextValues::absent(rows);
    each_group(data, groups, |group, chosen| match &pick.from {
        From::Header(name) => add_header(&mut all, group, chosen, name),
        From::Key(key) => {
            let column = keys::of(group, key)?;
            let (codes, words) = (column.codes.get(), &column.words);
            add_codes(
                &mut all,
                chosen.all(),
                codes,
                (words.len(), |code| words.get(code)),
            );
            Ok(())
        }
    })?;
    Ok(Values::Texts(all))
}

fn each_group(
    data: &Dataset,
    groups: &[Chosen],
    mut add: impl FnMut(&RowGroup<'_>, &Chosen) -> Result<(), DataError>,
) -> Result<(), DataError> {
    groups.iter().try_for_each(|chosen| {
        data.check_wanted()?;
        row_group(data, &chosen.unit).map_or(Ok(()), |group| add(&group, chosen))
    })
}

fn add_amounts(
    all: &mut [i128],
    group: &RowGroup<'_>,
    chosen: &Chosen,
    pick: &Pick,
) -> Result<(), DataError> {
    let mut put = |units: &[i128], (place, at): (u32, u32)| {
        if let (Some(units), Some(slot)) = (units.get(place as usize), all.get_mut(at as usize)) {
            *slot = *units;
        }
    };
    let header = match &pick.from {
        From::Key(_) => {
            let costs = group.costs()?;
            chosen.all().for_each(|places| put(costs, places));
            return Ok(());
        }
        From::Header(name) => group.header(name),
    };
    if let Some(header) = header {
        let units = group
            .part
            .stored
            .amounts(group.group, header, chosen.mask.as_ref())?;
        chosen.decoded().for_each(|places| put(&units, places));
    }
    Ok(())
}

fn add_header(
    all: &mut TextValues,
    group: &RowGroup<'_>,
    chosen: &Chosen,
    name: &str,
) -> Result<(), DataError> {
    let Some(header) = group.header(name) else {
        return Ok(());
    };
    let (stored, mask) = (&group.part.stored, chosen.mask.as_ref());
    match stored.kind(header) {
        ColumnKind::Text => {
            let texts = stored.texts(group.group, header, mask)?;
            let words = (texts.values.len(), |code| texts.get(code));
            add_codes(all, chosen.decoded(), &texts.codes, words);
        }
        ColumnKind::Day { .. } => {
            let days = stored.days(group.group, header, mask)?;
            number(all, chosen.decoded(), &days, NO_DAY, |day| {
                day_of(day).to_string()
            });
        }
        ColumnKind::Amount { .. } => {
            let units = stored.amounts(group.group, header, mask)?;
            let shown = |units| Amount::from_units(units).to_string();
            number(all, chosen.decoded(), &units, NO_AMOUNT, shown);
        }
    }
    Ok(())
}

/// Adds texts by their codes; each code that is used is looked up once.
fn add_codes<'t>(
    all: &mut TextValues,
    places: impl Iterator<Item = (u32, u32)>,
    codes: &[u32],
    (count, text): (usize, impl Fn(u32) -> Option<&'t str>),
) {
    /// Not looked up yet.
    const NEW: u32 = NONE - 1;
    let mut known = vec![NEW; count];
    for (place, at) in places {
        let code = codes.get(place as usize).copied().unwrap_or(NONE);
        let Some(number) = known.get_mut(code as usize) else {
            continue;
        };
        if *number == NEW {
            *number = text(code).map_or(NONE, |text| all.texts.number(text));
        }
        all.set(at, *number);
    }
}

/// Adds values as texts; each distinct value is shown once.
fn number<V: Copy + Eq + Hash>(
    all: &mut TextValues,
    places: impl Iterator<Item = (u32, u32)>,
    values: &[V],
    none: V,
    show: impl Fn(V) -> String,
) {
    let mut known: HashMap<V, u32> = HashMap::new();
    for (place, at) in places {
        let Some(value) = values.get(place as usize).filter(|value| **value != none) else {
            continue;
        };
        let new = || all.texts.number(&show(*value));
        let code = *known.entry(*value).or_insert_with(new);
        all.set(at, code);
    }
}

#[cfg(test)]
mod tests;
