//! Which rows of a pair have no counterpart on the other side. Rows are told apart by day, resource, meter and the like,
//! as numbers; texts are fetched for the few that are shown.

use super::benefit::Part;
use super::compare::parts;
use super::dataset::Dataset;
use super::engine::filter;
use super::engine::scan::{Slice, fold};
use super::engine::totals::overflow;
use super::error::DataError;
use super::reading::columns::{NO_AMOUNT, NO_DAY, day_of};
use super::reading::texts::NONE;
use crate::domain::columns::Role;
use crate::domain::filter::Filter;
use crate::domain::money::{Amount, Money};
use crate::domain::partners::{Alone, Covered, Item, Residual};
use hashbrown::HashMap;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use xxhash_rust::xxh3::xxh3_64;

/// Examples that are shown.
const SHOWN: usize = 5;
/// Of so many the dearest are looked for.
const LOOKED_AT: usize = 1000;

/// What tells an item from others: what is the same in both files, whatever the row costs.
const PLACE: [Role; 5] = [
    Role::Resource,
    Role::Meter,
    Role::Subscription,
    Role::ResourceGroup,
    Role::Service,
];

/// A number for every row that rows of the same item share. The charge type counts where no benefit changes it.
fn items(slice: &Slice<'_>, charged: bool) -> Result<Vec<u64>, DataError> {
    let days = slice.days()?;
    let mut out: Vec<u64> = days
        .iter()
        .map(|day| mixed(0, i64::from(*day).cast_unsigned()))
        .collect();
    let charge = charged.then_some(Role::ChargeType);
    for role in PLACE.into_iter().chain(charge).chain([Role::Currency]) {
        let texts = slice.role_texts(role)?;
        let hashes: Vec<u64> = (0..texts.values.len())
            .map(|code| {
                let text = texts.get(u32::try_from(code).unwrap_or(NONE));
                xxh3_64(text.unwrap_or_default().trim().to_lowercase().as_bytes())
            })
            .collect();
        for (item, code) in out.iter_mut().zip(&texts.codes) {
            *item = mixed(
                *item,
                hashes.get(*code as usize).copied().unwrap_or_default(),
            );
        }
    }
    Ok(out)
}

fn mixed(before: u64, next: u64) -> u64 {
    let mut bytes = [0_u8; 16];
    for (slot, byte) in bytes
        .iter_mut()
        .zip(before.to_le_bytes().into_iter().chain(next.to_le_bytes()))
    {
        *slot = byte;
    }
    xxh3_64(&bytes)
}

/// Rows of an item on both sides.
#[derive(Clone, Copy, Default)]
struct Tally {
    actual: u64,
    amortized: u64,
    /// Amortized rows that may stand alone: what stayed unused was never used.
    unused: u64,
    actual_cost: i128,
    amortized_cost: i128,
    /// The item whatever its cost.
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

    /// Rows that only the actual file has. The covered usage of a day may have stayed unused in the other.
    fn only_actual(&self) -> u64 {
        self.actual.saturating_sub(self.amortized + self.unused)
    }

    fn only_amortized(&self) -> u64 {
        self.amortized.saturating_sub(self.actual)
    }
}

/// What one thread, or all of them, have met.
#[derive(Default)]
struct Met {
    items: HashMap<u64, Tally>,
    currencies: HashMap<u64, Option<String>>,
}

impl Met {
    fn join(&mut self, other: Self) -> Option<()> {
        for (item, tally) in other.items {
            self.items.entry(item).or_default().join(&tally)?;
        }
        self.currencies.extend(other.currencies);
        Some(())
    }
}

/// Both sides, each under the filter.
#[derive(Clone, Copy)]
struct Pair<'a> {
    actual: &'a Dataset,
    amortized: &'a Dataset,
    filter: Option<&'a Filter>,
    /// Rows with a benefit are looked at, else those without.
    covered: bool,
}

impl<'a> Pair<'a> {
    fn sides(&self) -> [(&'a Dataset, bool); 2] {
        [(self.actual, false), (self.amortized, true)]
    }

    /// Whether a row is of the kind that is looked at.
    fn looks_at(&self, part: u32) -> bool {
        match Part::at(part) {
            Part::NoBenefit => !self.covered,
            Part::Purchase | Part::Refund => false,
            _ => self.covered,
        }
    }

    /// The rows of a slice that are looked at: their place, their number, and the number that rows of the same item
    /// share. What no benefit covers costs the same in both files, so that its cost tells rows of one item apart.
    fn rows(&self, slice: &Slice<'_>) -> Result<Vec<(usize, u64, u64)>, DataError> {
        let mask = filter::kept(slice, self.filter)?;
        let (parts, items) = (parts(slice)?, items(slice, !self.covered)?);
        let costs = slice.costs()?;
        let rows = parts.iter().zip(&items).zip(costs).enumerate();
        let kept = |row: usize| {
            mask.as_ref()
                .is_none_or(|mask| mask.get(row) == Some(&true))
        };
        let own = rows.filter(|(row, ((part, _), _))| self.looks_at(**part) && kept(*row));
        Ok(own
            .map(|(row, ((_, place), cost))| {
                let units = if *cost == NO_AMOUNT { 0 } else { *cost };
                let [low, high] = [units, units >> 64].map(|half| {
                    u64::try_from(half.cast_unsigned() & u128::from(u64::MAX)).unwrap_or_default()
                });
                let item = if self.covered {
                    *place
                } else {
                    mixed(mixed(*place, low), high)
                };
                (row, *place, item)
            })
            .collect())
    }
}

fn meet(pair: Pair<'_>) -> Result<Met, DataError> {
    let mut all = Met::default();
    for (data, second) in pair.sides() {
        let states = fold(data, Met::default, |met, slice| {
            let (parts, costs) = (parts(slice)?, slice.costs()?);
            let currencies = slice.role_texts(Role::Currency)?;
            for (row, place, item) in pair.rows(slice)? {
                let code = currencies.row(row).map(str::trim);
                let currency = code.map_or(0, |code| xxh3_64(code.as_bytes()));
                if !met.currencies.contains_key(&currency) {
                    met.currencies.insert(currency, code.map(ToOwned::to_owned));
                }
                let part = Part::at(parts.get(row).copied().unwrap_or_default());
                let unused = matches!(part, Part::UnusedReservation | Part::UnusedSavingsPlan);
                let cost = costs.get(row).copied().filter(|cost| *cost != NO_AMOUNT);
                let tally = met.items.entry(item).or_default();
                (tally.place, tally.currency) = (place, currency);
                let (rows, sum) = match (second, unused) {
                    (false, _) => (&mut tally.actual, &mut tally.actual_cost),
                    (true, false) => (&mut tally.amortized, &mut tally.amortized_cost),
                    (true, true) => (&mut tally.unused, &mut tally.amortized_cost),
                };
                *rows += 1;
                *sum = sum
                    .checked_add(cost.unwrap_or_default())
                    .ok_or_else(overflow)?;
            }
            Ok(())
        })?;
        for state in states {
            all.join(state).ok_or_else(overflow)?;
        }
    }
    Ok(all)
}

/// Rows of an item that stand alone, and what they add.
struct Left {
    item: u64,
    rows: u64,
    units: i128,
    currency: u64,
}

/// Covered rows without a counterpart.
pub fn covered(
    actual: &Dataset,
    amortized: &Dataset,
    filter: Option<&Filter>,
) -> Result<Covered, DataError> {
    if same(actual, amortized) {
        return Ok(Covered::default());
    }
    let pair = Pair {
        actual,
        amortized,
        filter,
        covered: true,
    };
    let met = meet(pair)?;
    let left = |rows: fn(&Tally) -> u64, units: fn(&Tally) -> i128| -> Vec<Left> {
        let alone = met.items.iter().filter(|(_, tally)| rows(tally) > 0);
        alone
            .map(|(item, tally)| Left {
                item: *item,
                rows: rows(tally),
                units: units(tally),
                currency: tally.currency,
            })
            .collect()
    };
    let first = left(Tally::only_actual, |tally| tally.actual_cost);
    let second = left(Tally::only_amortized, |tally| tally.amortized_cost);
    Ok(Covered {
        only_actual: alone(pair, &met, first)?,
        only_amortized: alone(pair, &met, second)?,
    })
}

/// Why the residual is not 0.
pub fn residual(
    actual: &Dataset,
    amortized: &Dataset,
    filter: Option<&Filter>,
) -> Result<Residual, DataError> {
    let pair = Pair {
        actual,
        amortized,
        filter,
        covered: false,
    };
    let met = meet(pair)?;
    // Rows of a place that both sides have, at different costs, differ; the others stand on one side only.
    let mut places: HashMap<u64, (bool, bool)> = HashMap::new();
    for tally in met.items.values() {
        let place = places.entry(tally.place).or_default();
        place.0 |= tally.only_actual() > 0;
        place.1 |= tally.only_amortized() > 0;
    }
    let [mut first, mut second, mut both] = [Vec::new(), Vec::new(), Vec::new()];
    for (item, tally) in &met.items {
        let rows = tally.only_actual() + tally.only_amortized();
        if rows == 0 {
            continue;
        }
        let difference = tally.amortized_cost.checked_sub(tally.actual_cost);
        let difference = difference.ok_or_else(overflow)?;
        let differs = places.get(&tally.place) == Some(&(true, true));
        let only = tally.only_actual() > 0;
        let left = Left {
            item: *item,
            rows,
            units: if only && !differs {
                -difference
            } else {
                difference
            },
            currency: tally.currency,
        };
        match (differs, only) {
            (true, _) => both.push(left),
            (false, true) => first.push(left),
            (false, false) => second.push(left),
        }
    }
    Ok(Residual {
        only_actual: alone(pair, &met, first)?,
        only_amortized: alone(pair, &met, second)?,
        different: alone(pair, &met, both)?,
    })
}

fn same(actual: &Dataset, amortized: &Dataset) -> bool {
    let (first, second) = (actual.parts().first(), amortized.parts().first());
    matches!((first, second), (Some(a), Some(b)) if std::ptr::eq(a, b))
}

/// Rows that stand alone: how many, what they cost, and the dearest by name.
fn alone(pair: Pair<'_>, met: &Met, mut left: Vec<Left>) -> Result<Alone, DataError> {
    let mut totals: BTreeMap<Option<String>, Amount> = BTreeMap::new();
    for one in &left {
        let currency = met.currencies.get(&one.currency).cloned().flatten();
        let total = totals.entry(currency).or_default();
        let sum = total.checked_add(Amount::from_units(one.units));
        *total = sum.ok_or_else(overflow)?;
    }
    let rows = left.iter().map(|one| one.rows).sum();
    left.sort_by_key(|one| (Reverse(one.units.unsigned_abs()), one.item));
    left.truncate(LOOKED_AT);
    let totals = totals.into_iter();
    Ok(Alone {
        rows,
        totals: totals
            .map(|(currency, amount)| Money { currency, amount })
            .collect(),
        examples: examples(pair, &left)?,
    })
}

/// The dearest, by name.
fn examples(pair: Pair<'_>, left: &[Left]) -> Result<Vec<Item>, DataError> {
    let wanted: HashMap<u64, &Left> = left.iter().map(|one| (one.item, one)).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut found: HashMap<u64, Item> = HashMap::new();
    for (data, _) in pair.sides() {
        let states = fold(data, HashMap::<u64, Item>::new, |state, slice| {
            let days = slice.days()?;
            for (row, _, item) in pair.rows(slice)? {
                if let Some(one) = wanted.get(&item)
                    && !state.contains_key(&item)
                {
                    state.insert(item, read(slice, row, days.get(row).copied(), one)?);
                }
            }
            Ok(())
        })?;
        for (item, one) in states.into_iter().flatten() {
            found.entry(item).or_insert(one);
        }
    }
    let mut items: Vec<Item> = found.into_values().collect();
    items.sort_by_cached_key(|item| {
        let texts = [&item.resource, &item.meter, &item.charge_type].map(Clone::clone);
        (Reverse(item.cost.amount.abs()), item.date, texts)
    });
    items.truncate(SHOWN);
    Ok(items)
}

/// An item with the texts of one of its rows.
fn read(slice: &Slice<'_>, row: usize, day: Option<i32>, left: &Left) -> Result<Item, DataError> {
    let text = |role: Role| -> Result<Option<String>, DataError> {
        Ok(slice.role_texts(role)?.row(row).map(ToOwned::to_owned))
    };
    Ok(Item {
        date: day.filter(|day| *day != NO_DAY).map(day_of),
        resource: text(Role::Resource)?,
        meter: text(Role::Meter)?,
        charge_type: text(Role::ChargeType)?,
        rows: left.rows,
        cost: Money {
            amount: Amount::from_units(left.units),
            currency: text(Role::Currency)?.map(|code| code.trim().to_owned()),
        },
    })
}
