//! Single rows: the sort columns decide which rows make up a page, and only those rows are read in full.

use super::external::delegate;
use super::external::delegate::RowPage;
use super::order;
use super::order::add_totals;
use super::scan::{RowGroup, fold};
use super::sort_keys;
use super::sort_keys::{RowPlace, SortValue, Sorting};
use super::{filter, keys};
use crate::data::columns::column_types::{ColumnKind, NO_AMOUNT, NO_DAY, day_of};
use crate::data::dataset::Dataset;
use crate::data::error::DataError;
use crate::data::room;
use crate::data::table::stored::{Mask, mask_of};
use crate::data::table::totals::{self, ByCurrency};
use crate::domain::money::Amount;
use crate::domain::query::Query;
use crate::domain::query::columns::{Role, plain};
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::money_column::MoneyColumn;
use crate::domain::table::group::Cell;
use crate::domain::table::{Body, Table};
use std::collections::{BTreeMap, BinaryHeap};

/// Returns one page of the sorted rows.
pub(crate) fn run(data: &Dataset, query: &Query) -> Result<Table, DataError> {
    let (picks, names) = named_picks(data, query)?;
    if let Some(table) = delegate::rows(data, query, &names)? {
        return Ok(table);
    }
    let page = page(data, query)?;
    room::check_answer(page.numbers.len(), picks.len())?;
    let of = usize::try_from(page.rows).unwrap_or(usize::MAX);
    let rows = fetch(data, &page.numbers, &picks)?;
    Ok(Table {
        body: Body::Rows {
            columns: names,
            rows,
        },
        of,
        rows: page.rows,
        totals: totals::nameless_last(page.totals),
    })
}

/// The row numbers of a query's page, and the totals of all rows that the filter keeps.
pub(super) fn page(data: &Dataset, query: &Query) -> Result<RowPage, DataError> {
    /// Of more rows, their keys need less memory than the best rows so far.
    const MANY: usize = 10_000;
    if let Some(page) = delegate::page(data, query)? {
        return Ok(page);
    }
    let most = query.limit.map(|limit| limit.saturating_add(query.offset));
    if most.is_none_or(|most| most > MANY) {
        return order::all_rows(data, query);
    }
    best(data, query)
}

/// Like [`order::all_rows`], for few rows: only the best rows so far are kept.
pub(super) fn best(data: &Dataset, query: &Query) -> Result<RowPage, DataError> {
    let found = found(data, query)?;
    let mut best = found.best.into_sorted_vec();
    best.drain(..query.offset.min(best.len()));
    Ok(RowPage {
        numbers: best.into_iter().map(|place| place.row).collect(),
        rows: found.rows,
        totals: found.totals,
    })
}

/// The first rows in sort order, and the totals of all rows that the filter keeps.
fn found(data: &Dataset, query: &Query) -> Result<FoundRow, DataError> {
    let sort = Sorting::of(data, query)?;
    let most = query
        .limit
        .and_then(|limit| limit.checked_add(query.offset))
        .unwrap_or(usize::MAX);
    let start = || FoundRow {
        most,
        ..FoundRow::default()
    };
    let states = fold(data, start, |found, slice| find(found, slice, query, &sort))?;
    let mut found = start();
    for state in states {
        found.join(state)?;
    }
    Ok(found)
}

/// Passes on all rows in sort order, in batches, so that an export need not fit in memory. The first call has the column
/// names and no rows.
pub fn each(
    data: &Dataset,
    query: &Query,
    mut take: impl FnMut(&[String], Vec<Vec<Cell>>) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let (picks, names) = named_picks(data, query)?;
    if let Some(table) = delegate::rows(data, query, &names)? {
        take(&names, Vec::new())?;
        return take(&names, table.body.into_rows());
    }
    let page = page(data, query)?;
    let mut batches = page.numbers.chunks(batch(picks.len()));
    // Rows that are passed on may be printed at once, so damage is looked for first.
    let first = batches.next().unwrap_or_default();
    if first.len() < page.numbers.len() {
        check_columns(data, &page.numbers, &picks)?;
    }
    let mut rows = fetch(data, first, &picks)?;
    take(&names, Vec::new())?;
    loop {
        if !rows.is_empty() {
            take(&names, rows)?;
        }
        let Some(batch) = batches.next() else {
            return Ok(());
        };
        rows = fetch(data, batch, &picks)?;
    }
}

/// Compares all columns that are shown of these rows with their checksums.
pub(super) fn check_columns(
    data: &Dataset,
    wanted: &[u64],
    picks: &[Pick],
) -> Result<(), DataError> {
    let mut sorted: Vec<u64> = wanted.to_vec();
    sorted.sort_unstable();
    let check = |slice: &RowGroup<'_>, pick: &Pick| match &pick.from {
        From::Header(header) => slice.header(header).map_or(Ok(()), |header| {
            slice.part.stored.check(slice.group, header)
        }),
        From::Key(GroupKey::Role(Role::Cost)) => slice.costs().map(|_| ()),
        From::Key(key) => keys::of(slice, key).map(|_| ()),
    };
    let states = fold(
        data,
        || (),
        |(), slice| {
            if in_slice(&sorted, slice).is_empty() {
                return Ok(());
            }
            picks.iter().try_for_each(|pick| check(slice, pick))
        },
    );
    states.map(drop)
}

/// Rows in a batch: fewer where memory is tight. Each batch scans every column of every row group.
fn batch(columns: usize) -> usize {
    /// Bytes of a cell and its text.
    const CELL: usize = 96;
    let room = room::share(8, 8 << 20, 1 << 30);
    (room / (columns.max(1) * CELL)).clamp(2_000, 20_000)
}

/// The first rows in file order, without totals.
pub fn first(data: &Dataset, count: u64) -> Result<Table, DataError> {
    let picks = picks(data, &Query::default())?;
    let wanted: Vec<u64> = (0..data.rows().min(count)).collect();
    let rows = fetch(data, &wanted, &picks)?;
    Ok(Table {
        of: rows.len(),
        rows: data.rows(),
        body: Body::Rows {
            columns: picks.into_iter().map(|pick| pick.name).collect(),
            rows,
        },
        totals: Vec::new(),
    })
}

/// The best rows so far, and the totals of all rows that the filter keeps.
#[derive(Default)]
struct FoundRow {
    most: usize,
    best: BinaryHeap<RowPlace>,
    rows: u64,
    totals: ByCurrency,
}

impl FoundRow {
    fn add(&mut self, place: RowPlace) {
        if self.best.len() < self.most {
            self.best.push(place);
        } else if self.best.peek().is_some_and(|worst| place < *worst) {
            self.best.pop();
            self.best.push(place);
        }
    }

    /// The value that a new row must stay below to be among the best, once there are enough rows.
    fn bound(&self) -> Option<i128> {
        match self.best.peek() {
            Some(RowPlace {
                value: SortValue::Number(worst),
                ..
            }) if self.best.len() >= self.most => Some(*worst),
            _ => None,
        }
    }

    fn join(&mut self, other: Self) -> Result<(), DataError> {
        for place in other.best {
            self.add(place);
        }
        self.rows += other.rows;
        for (currency, amount) in other.totals {
            totals::add(&mut self.totals, currency, amount)?;
        }
        Ok(())
    }
}

fn find(
    found: &mut FoundRow,
    slice: &RowGroup<'_>,
    query: &Query,
    sorting: &Sorting,
) -> Result<(), DataError> {
    let mask = filter::kept(slice, query.filter.as_ref())?;
    let keep = |row: usize| filter::keeps(mask.as_deref(), row);
    found.rows += add_totals(&mut found.totals, slice, &keep)?;
    if let Some(down) = sorting.by_cost_alone() {
        return find_costs(found, slice, down, &keep);
    }
    let columns = sorting.columns(slice)?;
    for (row, at) in (0..slice.rows).zip(slice.first..) {
        if keep(row) {
            found.add(sort_keys::place(&columns, row, at));
        }
    }
    Ok(())
}

fn find_costs(
    found: &mut FoundRow,
    slice: &RowGroup<'_>,
    down: bool,
    keep: &impl Fn(usize) -> bool,
) -> Result<(), DataError> {
    let mut bound = found.bound();
    for ((row, cost), at) in slice.costs()?.iter().enumerate().zip(slice.first..) {
        let value = match *cost {
            NO_AMOUNT => i128::MAX,
            cost if down => -cost,
            cost => cost,
        };
        if bound.is_some_and(|bound| value > bound) || !keep(row) {
            continue;
        }
        let value = match *cost {
            NO_AMOUNT => SortValue::Absent,
            _ => SortValue::Number(value),
        };
        found.add(RowPlace {
            value,
            more: Vec::new(),
            row: at,
        });
        bound = found.bound();
    }
    Ok(())
}

/// A column to show: its name and the source of its values.
pub(super) struct Pick {
    pub(super) name: String,
    pub(super) from: From,
}

pub(super) enum From {
    Header(String),
    Key(GroupKey),
}

/// The requested columns, and their names.
pub(super) fn named_picks(
    data: &Dataset,
    query: &Query,
) -> Result<(Vec<Pick>, Vec<String>), DataError> {
    let picks = picks(data, query)?;
    let names = picks.iter().map(|pick| pick.name.clone()).collect();
    Ok((picks, names))
}

/// The requested columns, by header or key name and without duplicates; all headers if none are requested. Fails if the
/// filter names an unknown column.
pub(super) fn picks(data: &Dataset, query: &Query) -> Result<Vec<Pick>, DataError> {
    super::check::check(data, &[], query.filter.as_ref())?;
    let header = |header: &String| Pick {
        name: header.clone(),
        from: From::Header(header.clone()),
    };
    if query.columns.is_empty() {
        return Ok(data.headers().iter().map(header).collect());
    }
    let mut picks: Vec<Pick> = Vec::new();
    for name in &query.columns {
        let written = data
            .headers()
            .iter()
            .find(|known| known.eq_ignore_ascii_case(name));
        let key = GroupKey::parse(name).filter(|key| !matches!(key, GroupKey::Column(_)));
        let pick = match (key, written) {
            // A key wins over a header of the same name, unless the header is the key's own column or was typed
            // exactly.
            (Some(key), Some(known)) if known == name && key.name() != *name => header(known),
            (Some(key), Some(known)) if is_of_key(data, &key, known) => header(known),
            (Some(key), _) => Pick {
                name: key.name(),
                from: From::Key(key),
            },
            (None, Some(known)) => header(known),
            (None, None) => header(&keys::find_header(data.headers(), name)?),
        };
        if picks.iter().all(|known| known.name != pick.name) {
            picks.push(pick);
        }
    }
    Ok(picks)
}

/// Whether a key refers to this column in all parts of the data.
fn is_of_key(data: &Dataset, key: &GroupKey, header: &str) -> bool {
    let GroupKey::Role(role) = key else {
        return false;
    };
    // Costs and currencies of other money are in no column of the key.
    if data.money() != MoneyColumn::Billing && matches!(role, Role::Cost | Role::Currency) {
        return false;
    }
    let is_it = |own: Option<&str>| own.is_none_or(|own| own.eq_ignore_ascii_case(header));
    if let Some(server) = data.server() {
        return is_it(server.role(*role));
    }
    let mut parts = data.parts().iter();
    parts.all(|part| is_it(part.stored.layout.role_header(*role)))
}

/// The rows of a row group among sorted ones.
fn in_slice<'a>(sorted: &'a [u64], slice: &RowGroup<'_>) -> &'a [u64] {
    let end = slice.first + slice.rows as u64;
    let from = sorted.partition_point(|row| *row < slice.first);
    let to = sorted.partition_point(|row| *row < end);
    sorted.get(from..to).unwrap_or_default()
}

/// Reads whole rows by number, in the given order.
fn fetch(data: &Dataset, wanted: &[u64], picks: &[Pick]) -> Result<Vec<Vec<Cell>>, DataError> {
    let mut sorted: Vec<u64> = wanted.to_vec();
    sorted.sort_unstable();
    let states = fold(data, BTreeMap::new, |found, slice| {
        let rows = in_slice(&sorted, slice);
        if rows.is_empty() {
            return Ok(());
        }
        for (row, cells) in rows.iter().zip(cells(slice, rows, picks)?) {
            found.insert(*row, cells);
        }
        Ok(())
    })?;
    let mut all: BTreeMap<u64, Vec<Cell>> = states.into_iter().flatten().collect();
    let rows = wanted.iter().filter_map(|row| all.remove(row)).collect();
    Ok(rows)
}

fn cells(slice: &RowGroup<'_>, rows: &[u64], picks: &[Pick]) -> Result<Vec<Vec<Cell>>, DataError> {
    let places: Vec<usize> = rows
        .iter()
        .filter_map(|row| usize::try_from(row - slice.first).ok())
        .collect();
    let mask = mask_of(slice.rows, &places);
    let mut out: Vec<Vec<Cell>> = places
        .iter()
        .map(|_| Vec::with_capacity(picks.len()))
        .collect();
    for pick in picks {
        let column = match &pick.from {
            From::Header(header) => header_cells(slice, header, &mask)?,
            From::Key(GroupKey::Role(Role::Cost)) => {
                let costs = slice.costs()?;
                let at = |place: &usize| amount_cell(costs.get(*place).copied());
                places.iter().map(at).collect()
            }
            From::Key(key) => key_cells(slice, key, &places)?,
        };
        for (row, cell) in out.iter_mut().zip(column) {
            row.push(cell);
        }
    }
    Ok(out)
}

fn amount_cell(units: Option<i128>) -> Cell {
    let units = units.filter(|units| *units != NO_AMOUNT);
    Cell::Amount(units.map(Amount::from_units))
}

fn key_cells(
    slice: &RowGroup<'_>,
    key: &GroupKey,
    places: &[usize],
) -> Result<Vec<Cell>, DataError> {
    let coded = keys::of(slice, key)?;
    let text = |place: &usize| {
        let code = coded.codes.get().get(*place)?;
        coded.words.get(*code).map(ToOwned::to_owned)
    };
    Ok(places.iter().map(|place| Cell::Text(text(place))).collect())
}

/// A column as received, with dates in ISO format and exact amounts.
fn header_cells(slice: &RowGroup<'_>, name: &str, mask: &Mask) -> Result<Vec<Cell>, DataError> {
    let stored = &slice.part.stored;
    let rows = mask.set_bits();
    let Some(header) = slice.header(name) else {
        let is_cost = Role::Cost.candidates().contains(&plain(name).as_str());
        let absent = if is_cost {
            Cell::Amount(None)
        } else {
            Cell::Text(None)
        };
        return Ok(vec![absent; rows]);
    };
    Ok(match stored.kind(header) {
        ColumnKind::Amount { .. } => {
            let is_cost = [Role::Cost, Role::EffectiveCost]
                .into_iter()
                .any(|role| slice.role(role) == Some(header))
                || slice.cost_header() == Some(header);
            let units = stored.amounts(slice.group, header, Some(mask))?;
            let cell = |units| match amount_cell(Some(units)) {
                // Only costs are shown as money; a quantity is shown as text.
                Cell::Amount(amount) if !is_cost => {
                    Cell::Text(amount.map(|amount| amount.to_string()))
                }
                cell => cell,
            };
            units.into_iter().map(cell).collect()
        }
        ColumnKind::Day { .. } => {
            let days = stored.days(slice.group, header, Some(mask))?;
            let text = |day: i32| (day != NO_DAY).then(|| day_of(day).to_string());
            days.into_iter().map(|day| Cell::Text(text(day))).collect()
        }
        ColumnKind::Text => {
            let texts = stored.texts(slice.group, header, Some(mask))?;
            let text = |row: usize| texts.row(row).map(ToOwned::to_owned);
            (0..rows).map(|row| Cell::Text(text(row))).collect()
        }
    })
}
