//! Hashes that identify the line items of a cost file, regardless of their cost.

use crate::data::columns::column_types::{Filling, NO_AMOUNT, NO_DAY, amounts_of, texts_of, units};
use crate::data::columns::layout::Layout;
use crate::domain::query::columns::Role;
use std::convert::Infallible;
use xxhash_rust::xxh3::xxh3_64;

/// The columns that identify an item. They are the same in both files of a pair, regardless of cost.
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

/// The first part of the hash of an item.
pub(crate) fn of_day(day: i32) -> u64 {
    mixed(0, i64::from(day).cast_unsigned())
}

/// Combines two numbers into one. Costs come from the file, so collisions must not be easy to construct.
pub(crate) fn mixed(before: u64, next: u64) -> u64 {
    let both = u128::from(next) << 64 | u128::from(before);
    xxh3_64(&both.to_le_bytes())
}

/// The hash of an item at one cost.
pub(crate) fn with_cost(charged: u64, units: i128) -> u64 {
    let [low, high] = [units, units >> 64]
        .map(|half| u64::try_from(half.cast_unsigned() & u128::from(u64::MAX)).unwrap_or_default());
    mixed(mixed(charged, low), high)
}

/// For each row of a block being read: the hash of its item, and the one with its charge type and cost, as [`places`],
/// [`charged`] and [`with_cost`] make them. Texts are hashed exactly as written, because those hashes are already at
/// hand.
pub(crate) fn of_block(columns: &[Filling], layout: &Layout, rows: usize) -> Vec<(u64, u64)> {
    let days = match layout.role(Role::Date).and_then(|at| columns.get(at)) {
        Some(Filling::Day(days)) => days.values.as_slice(),
        _ => &[],
    };
    let costs = amounts_of(columns, layout.role(Role::Cost));
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
