//! Totals of a stored table, per currency.

use super::stored::Stored;
use crate::data::columns::column_types::NO_AMOUNT;
use crate::data::error::{DataError, overflow};
use crate::data::threads::{on_threads, threads};
use crate::domain::money::{Amount, Money};
use crate::domain::query::columns::Role;
use std::collections::BTreeMap;

pub(crate) type ByCurrency = BTreeMap<Option<String>, Amount>;

/// The totals of the cost column, and of the effective cost column if there is one.
pub(crate) fn of(stored: &Stored) -> Result<(ByCurrency, ByCurrency), DataError> {
    let groups: Vec<usize> = stored.groups().collect();
    let states = on_threads(
        threads(),
        groups.len(),
        <[ByCurrency; 2]>::default,
        |sums, group| {
            let rows = groups.get(group).copied().unwrap_or_default();
            add_group(stored, group, rows, sums)
        },
    )?;
    let states = states.into_iter();
    let pairs = states.map(|[cost, effective]| (cost, effective));
    let (costs, effective): (Vec<ByCurrency>, Vec<ByCurrency>) = pairs.unzip();
    Ok((joined(costs)?, joined(effective)?))
}

/// Adds up the sums of all threads.
pub(crate) fn joined(states: Vec<ByCurrency>) -> Result<ByCurrency, DataError> {
    let mut all = ByCurrency::new();
    for (currency, amount) in states.into_iter().flatten() {
        add(&mut all, currency, amount)?;
    }
    Ok(all)
}

/// The sums as money, ordered by currency.
pub(crate) fn listed(sums: ByCurrency) -> Vec<Money> {
    let sums = sums.into_iter();
    sums.map(|(currency, amount)| Money { currency, amount })
        .collect()
}

/// The sums as money; the one without a currency comes last.
pub(crate) fn nameless_last(sums: ByCurrency) -> Vec<Money> {
    let mut money = listed(sums);
    money.sort_by_key(|money| money.currency.is_none());
    money
}

/// Adds an amount to the sum of its currency.
pub(crate) fn add(
    sums: &mut ByCurrency,
    currency: Option<String>,
    amount: Amount,
) -> Result<(), DataError> {
    let total = sums.entry(currency).or_default();
    *total = total.checked_add(amount).ok_or_else(overflow)?;
    Ok(())
}

/// Adds the amounts of one row group.
fn add_group(
    stored: &Stored,
    group: usize,
    rows: usize,
    [costs, effective]: &mut [ByCurrency; 2],
) -> Result<(), DataError> {
    let codes = match stored.layout.role_header(Role::Currency) {
        Some(header) => Some(stored.texts(group, header, None)?),
        None => None,
    };
    for (role, sums) in [(Role::Cost, costs), (Role::EffectiveCost, effective)] {
        let Some(header) = stored.layout.role_header(role) else {
            continue;
        };
        let amounts = stored.amounts(group, header, None)?;
        if amounts.len() != rows {
            return Err(DataError::Stored("a row group has missing rows".to_owned()));
        }
        let width = codes.as_ref().map_or(0, |texts| texts.values.len());
        let mut by_code = vec![0_i128; width + 1];
        for (row, amount) in amounts.iter().enumerate() {
            let code = codes
                .as_ref()
                .and_then(|texts| texts.codes.get(row))
                .map_or(width, |code| (*code as usize).min(width));
            if let Some(sum) = by_code.get_mut(code)
                && *amount != NO_AMOUNT
            {
                *sum = sum.checked_add(*amount).ok_or_else(overflow)?;
            }
        }
        for (code, sum) in (0_u32..).zip(by_code) {
            let name = codes.as_ref().and_then(|texts| texts.get(code));
            let currency = name.map(|name| name.trim().to_uppercase());
            add(sums, currency, Amount::from_units(sum))?;
        }
    }
    Ok(())
}
