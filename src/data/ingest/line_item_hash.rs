//! Numbers that tell the items of a cost file apart: what rows are for, whatever they cost.

use super::block_parser::texts_of;
use crate::data::columns::column_types::{Filling, NO_AMOUNT, NO_DAY};
use crate::data::columns::layout::Layout;
use crate::data::columns::text_column::NONE;
use crate::data::engine::scan::Slice;
use crate::data::error::DataError;
use crate::domain::query::columns::{Role, subscription_id};
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

/// Numbers for every row that rows of the same item share, whatever they are charged for.
pub(crate) fn places(slice: &Slice<'_>) -> Result<Vec<u64>, DataError> {
    let days = slice.days()?;
    places_by(days.iter().copied(), |items, role| {
        mix_in(items, slice, role)
    })
}

/// The same with their charge type, which no benefit changes.
pub(crate) fn charged(places: &[u64], slice: &Slice<'_>) -> Result<Vec<u64>, DataError> {
    charged_by(places, |items, role| mix_in(items, slice, role))
}

fn places_by<E>(
    days: impl Iterator<Item = i32>,
    mut mix_in: impl FnMut(&mut [u64], Role) -> Result<(), E>,
) -> Result<Vec<u64>, E> {
    let mut places: Vec<u64> = days.map(of_day).collect();
    for role in PLACE.into_iter().chain([Role::Currency]) {
        mix_in(&mut places, role)?;
    }
    Ok(places)
}

fn charged_by<E>(
    places: &[u64],
    mut mix_in: impl FnMut(&mut [u64], Role) -> Result<(), E>,
) -> Result<Vec<u64>, E> {
    let mut charged = places.to_vec();
    mix_in(&mut charged, Role::ChargeType)?;
    Ok(charged)
}

/// Mixes what each row says in a column into its number. Every text is looked at once.
fn mix_in(items: &mut [u64], slice: &Slice<'_>, role: Role) -> Result<(), DataError> {
    let texts = slice.role_texts(role)?;
    let mut changed = String::new();
    let of_code: Vec<u64> = (0..u32::try_from(texts.values.len()).unwrap_or(NONE))
        .map(|code| {
            changed.clear();
            let text = texts.get(code).unwrap_or_default().trim();
            let same = match role {
                Role::Subscription => subscription_id(text),
                _ => text,
            };
            push_lower(&mut changed, same);
            xxh3_64(changed.as_bytes())
        })
        .collect();
    for (item, code) in items.iter_mut().zip(texts.codes.iter()) {
        let hash = of_code.get(*code as usize).copied();
        *item = mixed(*item, hash.unwrap_or_default());
    }
    Ok(())
}

fn push_lower(lower: &mut String, text: &str) {
    if text.is_ascii() {
        lower.push_str(text);
        lower.make_ascii_lowercase();
    } else {
        lower.push_str(&text.to_lowercase());
    }
}

fn of_day(day: i32) -> u64 {
    mixed(0, i64::from(day).cast_unsigned())
}

/// One number of two. Costs come from the file: no pair of them may be easy to lose in it.
fn mixed(before: u64, next: u64) -> u64 {
    let both = u128::from(next) << 64 | u128::from(before);
    xxh3_64(&both.to_le_bytes())
}

pub(crate) fn units(cost: i128) -> i128 {
    if cost == NO_AMOUNT { 0 } else { cost }
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
