//! Numbers that tell the items of a cost file apart: what rows are for, whatever they cost.

use crate::data::columns::column_types::texts_of;
use crate::data::columns::column_types::units;
use crate::data::columns::column_types::{Filling, NO_AMOUNT, NO_DAY};
use crate::data::columns::layout::Layout;
use crate::domain::query::columns::Role;
use std::convert::Infallible;
use xxhash_rust::xxh3::xxh3_64;

/// What tells an item from others: what is the same in both files, whatever the row costs.
const PLACE: [Role; 5] = [
    Role::Resource,
    Role::Meter,
    Role::Subscription,
    Role::ResourceGroup,
    Role::Service,
];

pub(crate) fn places_by<E>(
    days: impl Iterator<Item = i32>,
    mut mix_in: impl FnMut(&mut [u64], Role) -> Result<(), E>,
) -> Result<Vec<u64>, E> {
    let mut places: Vec<u64> = days.map(of_day).collect();
    for role in PLACE.into_iter().chain([Role::Currency]) {
        mix_in(&mut places, role)?;
    }
    Ok(places)
}

pub(crate) fn charged_by<E>(
    places: &[u64],
    mut mix_in: impl FnMut(&mut [u64], Role) -> Result<(), E>,
) -> Result<Vec<u64>, E> {
    let mut charged = places.to_vec();
    mix_in(&mut charged, Role::ChargeType)?;
    Ok(charged)
}

fn of_day(day: i32) -> u64 {
    mixed(0, i64::from(day).cast_unsigned())
}

/// One number of two. Costs come from the file: no pair of them may be easy to lose in it.
pub(crate) fn mixed(before: u64, next: u64) -> u64 {
    let both = u128::from(next) << 64 | u128::from(before);
    xxh3_64(&both.to_le_bytes())
}

/// The number of an item at one cost.
pub(crate) fn with_cost(charged: u64, units: i128) -> u64 {
    let [low, high] = [units, units >> 64]
        .map(|half| u64::try_from(half.cast_unsigned() & u128::from(u64::MAX)).unwrap_or_default());
    mixed(mixed(charged, low), high)
}

/// For each row of a block that is read its number, and the one with its charge type and cost, as [`places`], [`charged`]
/// and [`with_cost`] make them, but of texts exactly as they are written: their hashes are at hand already.
pub(crate) fn of_block(columns: &[Filling], layout: &Layout, rows: usize) -> Vec<(u64, u64)> {
    let column = |role| layout.role(role).and_then(|at| columns.get(at));
    let days = match column(Role::Date) {
        Some(Filling::Day(days)) => days.values.as_slice(),
        _ => &[],
    };
    let costs = match column(Role::Cost) {
        Some(Filling::Amount(costs)) => costs.as_slice(),
        _ => &[],
    };
    let mix_in = |items: &mut [u64], role| {
        let texts = texts_of(columns, layout.role(role));
        for (row, item) in items.iter_mut().enumerate() {
            let hash = texts.and_then(|texts| Some(texts.hash(*texts.codes().get(row)?)));
            *item = mixed(*item, hash.unwrap_or_default());
        }
        Ok::<_, Infallible>(())
    };
    let day = |row| days.get(row).copied().unwrap_or(NO_DAY);
    let Ok(places) = places_by((0..rows).map(day), mix_in);
    let Ok(mut charged) = charged_by(&places, mix_in);
    for (row, item) in charged.iter_mut().enumerate() {
        let cost = costs.get(row).copied().unwrap_or(NO_AMOUNT);
        *item = with_cost(*item, units(cost));
    }
    places.into_iter().zip(charged).collect()
}
