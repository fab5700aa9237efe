//! Finds the rows of a pair without a counterpart on the other side. Rows are matched by hashes of day, resource, meter
//! and the like; texts are read only for the few rows that are shown.

use super::line_items::{charged, places};
use super::side_checksums;
use crate::data::columns::charge_class::ChargeClass;
use crate::data::columns::column_types::{NO_DAY, day_of, units};
use crate::data::dataset::Dataset;
use crate::data::engine::filter;
use crate::data::engine::scan::{RowGroup, fold};
use crate::data::error::{DataError, overflow};
use crate::data::ingest::checksums::line_item_hash::with_cost;
use crate::data::ingest::checksums::row_checksums::RowChecksums;
use crate::data::query::bridge_class::parts;
use crate::data::room;
use crate::data::table::totals::{self, ByCurrency};
use crate::domain::analysis::reconciliation::{ChargeOnDay, Covered, Residual, Unmatched};
use crate::domain::money::{Amount, Money};
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use hashbrown::HashMap;
use std::cmp::Reverse;
use std::thread;
use xxhash_rust::xxh3::xxh3_64;

/// Number of examples shown.
const SHOWN: usize = 5;
/// Number of candidates among which the most expensive are found.
const LOOKED_AT: usize = 1000;

/// Rows of an item on both sides.
#[derive(Clone, Copy, Default)]
struct Tally {
    actual: u64,
    amortized: u64,
    /// Amortized rows that may have no counterpart: the unused part of a benefit was never used.
    unused: u64,
    actual_cost: i128,
    /// Without the unused parts of benefits.
    amortized_cost: i128,
    /// The item regardless of its cost.
    place: u64,
    currency: u64,
}

impl Tally {
    fn join(&mut self, other: &Self) -> Option<()> {
        self.actual += other.actual;
        self.amortized += other.amortized;
        self.unused += other.unused;
        self.actual_cost = self.actual_cost.checked_add(other.actual_cost)?;
        self.amortized_cost = self.amortized_cost.checked_add(other.amortized_cost)?;
        (self.place, self.currency) = (other.place, other.currency);
        Some(())
    }

    /// Rows that only the actual file has. Covered usage of a day may be unused in the amortized one.
    fn only_actual(&self) -> u64 {
        self.actual.saturating_sub(self.amortized + self.unused)
    }

    fn only_amortized(&self) -> u64 {
        self.amortized.saturating_sub(self.actual)
    }
}

/// The tallies of one thread, or of all of them.
#[derive(Default)]
struct Met {
    items: HashMap<u64, Tally>,
    currencies: HashMap<u64, Option<String>>,
}

impl Met {
    fn join(&mut self, other: Self) -> Result<(), DataError> {
        self.check_room(other.items.len())?;
        for (item, tally) in other.items {
            let known = self.items.entry(item).or_default();
            known.join(&tally).ok_or_else(overflow)?;
        }
        self.currencies.extend(other.currencies);
        Ok(())
    }

    /// Fails if a table that grows for so many new items does not fit beside the one that it replaces.
    fn check_room(&self, more: usize) -> Result<(), DataError> {
        let (wanted, has) = (self.items.len() + more, self.items.capacity());
        if wanted <= has {
            return Ok(());
        }
        let items = wanted.max(2 * has);
        room::check((items * size_of::<(u64, Tally)>()) as u64)
    }
}

/// Both sides, under the same filter.
#[derive(Clone, Copy)]
struct BothSides<'a> {
    actual: &'a Dataset,
    amortized: &'a Dataset,
    filter: Option<&'a Filter>,
    /// Whether rows with a benefit are compared, or those without.
    covered: bool,
}

impl<'a> BothSides<'a> {
    fn sides(&self) -> [(&'a Dataset, bool); 2] {
        [(self.actual, false), (self.amortized, true)]
    }

    /// The rows of a slice to compare. Without a benefit, a row costs the same in both files, so its cost tells rows of
    /// one item apart.
    fn rows(&self, slice: &RowGroup<'_>) -> Result<Vec<ComparedRow>, DataError> {
        let mask = filter::kept(slice, self.filter)?;
        let (parts, places, costs) = (parts(slice)?, places(slice)?, slice.costs()?);
        let places = if self.covered {
            places
        } else {
            charged(&places, slice)?
        };
        let mut rows = Vec::new();
        for (number, ((part, place), cost)) in
            parts.iter().zip(places).zip(costs.iter()).enumerate()
        {
            if !filter::keeps(mask.as_deref(), number) {
                continue;
            }
            let part = ChargeClass::at(*part);
            let units = units(*cost);
            let item = match (part, self.covered) {
                (ChargeClass::Purchase | ChargeClass::Refund, _)
                | (ChargeClass::NoBenefit, true) => continue,
                (ChargeClass::NoBenefit, false) => with_cost(place, units),
                (_, true) => place,
                (_, false) => continue,
            };
            rows.push(ComparedRow {
                number,
                unused: part.is_unused(),
                units,
                place,
                item,
            });
        }
        Ok(rows)
    }
}

/// A row to compare.
struct ComparedRow {
    number: usize,
    unused: bool,
    units: i128,
    place: u64,
    item: u64,
}

fn meet(pair: BothSides<'_>) -> Result<Met, DataError> {
    let mut all = Met::default();
    for (data, second) in pair.sides() {
        let states = fold(data, Met::default, |met, slice| {
            let currencies = slice.role_texts(Role::Currency)?;
            let rows = pair.rows(slice)?;
            met.check_room(rows.len())?;
            for row in rows {
                let code = currencies.row(row.number);
                let code = code.map(|code| code.trim().to_uppercase());
                let currency = code.as_ref().map_or(0, |code| xxh3_64(code.as_bytes()));
                met.currencies.entry(currency).or_insert(code);
                let tally = met.items.entry(row.item).or_default();
                (tally.place, tally.currency) = (row.place, currency);
                let (rows, sum) = match (second, row.unused) {
                    (false, _) => (&mut tally.actual, &mut tally.actual_cost),
                    (true, false) => (&mut tally.amortized, &mut tally.amortized_cost),
                    (true, true) => {
                        tally.unused += 1;
                        continue;
                    }
                };
                *rows += 1;
                *sum = sum.checked_add(row.units).ok_or_else(overflow)?;
            }
            Ok(())
        })?;
        for state in states {
            all.join(state)?;
        }
    }
    Ok(all)
}

/// Rows of an item without a counterpart, and their cost.
struct Left {
    item: u64,
    rows: u64,
    units: i128,
    currency: u64,
}

/// The row checksums of both sides from when they were read. Both tables are verified in parallel.
fn summed_up(actual: &Dataset, amortized: &Dataset) -> Option<(RowChecksums, RowChecksums)> {
    thread::scope(|scope| {
        let other = thread::Builder::new().spawn_scoped(scope, || amortized.checksums());
        let one = actual.checksums()?;
        let other = match other {
            Ok(other) => other.join().ok().flatten(),
            // The system allows no further thread.
            Err(_) => amortized.checksums(),
        };
        Some((one, other?))
    })
}

/// Covered rows without a counterpart, and whether the rows without a benefit are the same on both sides.
pub fn covered(
    actual: &Dataset,
    amortized: &Dataset,
    filter: Option<&Filter>,
) -> Result<(Covered, bool), DataError> {
    // The row checksums from reading the files are enough for valid pairs. They cover all rows, with texts exactly as
    // written.
    if filter.is_none()
        && let Some((one, other)) = summed_up(actual, amortized)
        && one.same_plain(&other)
        && one.same_covered(&other)
    {
        return Ok((Covered::default(), true));
    }
    let (one, other) = (
        side_checksums::of(actual, filter)?,
        side_checksums::of(amortized, filter)?,
    );
    let same = one.same_plain(&other);
    if one.same_covered(&other) {
        return Ok((Covered::default(), same));
    }
    let pair = BothSides {
        actual,
        amortized,
        filter,
        covered: true,
    };
    Ok((item_by_item(pair)?, same))
}

/// Covered rows without a counterpart.
fn item_by_item(pair: BothSides<'_>) -> Result<Covered, DataError> {
    let kept = meet(pair)?;
    // A filter by cost may keep only one side of an item, so the counterpart is searched among all rows.
    let whole = match pair.filter {
        None => None,
        Some(_) => Some(meet(BothSides {
            filter: None,
            ..pair
        })?),
    };
    let met = whole.as_ref().unwrap_or(&kept);
    // If both sides have an item, it is unknown which of its rows is the extra one and what that costs.
    let left =
        |rows: fn(&Tally) -> u64, own: fn(&Tally) -> u64, units: fn(&Tally) -> i128| -> Vec<Left> {
            let alone = met.items.iter().filter_map(|(item, tally)| {
                let seen = kept.items.get(item).map_or(0, own);
                let rows = rows(tally).min(seen);
                (rows > 0).then(|| Left {
                    item: *item,
                    rows,
                    units: units(tally),
                    currency: tally.currency,
                })
            });
            alone.collect()
        };
    let first = left(
        Tally::only_actual,
        |tally| tally.actual,
        |tally| match (tally.amortized, tally.unused) {
            (0, 0) => tally.actual_cost,
            _ => 0,
        },
    );
    let second = left(
        Tally::only_amortized,
        |tally| tally.amortized,
        |tally| match tally.actual {
            0 => tally.amortized_cost,
            _ => 0,
        },
    );
    Ok(Covered {
        only_actual: alone(pair, met, first)?,
        only_amortized: alone(pair, met, second)?,
    })
}

/// Finds the rows that make the residual differ from 0.
pub fn residual(
    actual: &Dataset,
    amortized: &Dataset,
    filter: Option<&Filter>,
) -> Result<Residual, DataError> {
    let pair = BothSides {
        actual,
        amortized,
        filter,
        covered: false,
    };
    let met = meet(pair)?;
    // If both sides have rows of a place at different costs, the rows differ. All others are on one side only.
    let mut places: HashMap<u64, (bool, bool)> = HashMap::new();
    for tally in met.items.values() {
        let place = places.entry(tally.place).or_default();
        place.0 |= tally.only_actual() > 0;
        place.1 |= tally.only_amortized() > 0;
    }
    let [mut first, mut second] = [Vec::new(), Vec::new()];
    let mut both: HashMap<u64, (Left, [u64; 2])> = HashMap::new();
    for (item, tally) in &met.items {
        let rows = [tally.only_actual(), tally.only_amortized()];
        if rows == [0, 0] {
            continue;
        }
        let difference = tally.amortized_cost.checked_sub(tally.actual_cost);
        let difference = difference.ok_or_else(overflow)?;
        let left = |units| Left {
            item: *item,
            rows: rows.iter().sum(),
            units,
            currency: tally.currency,
        };
        if places.get(&tally.place) == Some(&(true, true)) {
            // One row at two costs is one row that differs.
            let (known, counts) = both.entry(tally.place).or_insert_with(|| (left(0), [0, 0]));
            known.units = known.units.checked_add(difference).ok_or_else(overflow)?;
            // The smallest item represents the place, regardless of the order.
            if *item < known.item {
                (known.item, known.currency) = (*item, tally.currency);
            }
            for (count, more) in counts.iter_mut().zip(rows) {
                *count += more;
            }
            known.rows = counts.iter().copied().max().unwrap_or_default();
        } else if tally.only_actual() > 0 {
            first.push(left(-difference));
        } else {
            second.push(left(difference));
        }
    }
    let both = both.into_values().map(|(left, _)| left).collect();
    Ok(Residual {
        only_actual: alone(pair, &met, first)?,
        only_amortized: alone(pair, &met, second)?,
        different: alone(pair, &met, both)?,
    })
}

/// Summarizes rows without a counterpart: their number, their cost, and the most expensive as examples.
fn alone(pair: BothSides<'_>, met: &Met, mut left: Vec<Left>) -> Result<Unmatched, DataError> {
    let mut sums = ByCurrency::new();
    for one in &left {
        let currency = met.currencies.get(&one.currency).cloned().flatten();
        totals::add(&mut sums, currency, Amount::from_units(one.units))?;
    }
    let rows = left.iter().map(|one| one.rows).sum();
    left.sort_by_key(|one| (Reverse(one.units.unsigned_abs()), one.item));
    left.truncate(LOOKED_AT);
    Ok(Unmatched {
        rows,
        totals: totals::listed(sums),
        examples: examples(pair, &left)?,
    })
}

/// The most expensive items, with their texts.
fn examples(pair: BothSides<'_>, left: &[Left]) -> Result<Vec<ChargeOnDay>, DataError> {
    let wanted: HashMap<u64, &Left> = left.iter().map(|one| (one.item, one)).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    // The first row of an item represents it, regardless of the order of threads; the actual side comes first.
    let mut found: HashMap<u64, (bool, u64, ChargeOnDay)> = HashMap::new();
    for (data, second) in pair.sides() {
        let states = fold(
            data,
            HashMap::<u64, (u64, ChargeOnDay)>::new,
            |state, slice| {
                let days = slice.days()?;
                for ComparedRow { number, item, .. } in pair.rows(slice)? {
                    if let Some(one) = wanted.get(&item)
                        && !state.contains_key(&item)
                    {
                        let read = read(slice, number, days.get(number).copied(), one)?;
                        state.insert(item, (slice.first + number as u64, read));
                    }
                }
                Ok(())
            },
        )?;
        for (item, (row, read)) in states.into_iter().flatten() {
            let known = found.get(&item).map(|(side, row, _)| (*side, *row));
            if known.is_none_or(|known| (second, row) < known) {
                found.insert(item, (second, row, read));
            }
        }
    }
    let mut items: Vec<(u64, ChargeOnDay)> = found
        .into_iter()
        .map(|(number, (_, _, item))| (number, item))
        .collect();
    items.sort_by_cached_key(|(number, item)| {
        let texts = [&item.resource, &item.meter, &item.charge_type].map(Clone::clone);
        let Money { currency, amount } = item.cost.clone();
        let amount_first = Reverse(amount.abs());
        (amount_first, item.date, texts, amount, currency, *number)
    });
    items.truncate(SHOWN);
    Ok(items.into_iter().map(|(_, item)| item).collect())
}

/// An item with the texts of one of its rows.
fn read(
    slice: &RowGroup<'_>,
    row: usize,
    day: Option<i32>,
    left: &Left,
) -> Result<ChargeOnDay, DataError> {
    let text = |role: Role| -> Result<Option<String>, DataError> {
        Ok(slice.role_texts(role)?.row(row).map(ToOwned::to_owned))
    };
    Ok(ChargeOnDay {
        date: day.filter(|day| *day != NO_DAY).map(day_of),
        resource: text(Role::Resource)?,
        meter: text(Role::Meter)?,
        charge_type: text(Role::ChargeType)?,
        rows: left.rows,
        cost: Money {
            amount: Amount::from_units(left.units),
            currency: text(Role::Currency)?.map(|code| code.trim().to_uppercase()),
        },
    })
}
