//! Calculates what covered usage would have cost at list prices, if the file has them.

use super::commitment_id::{Id, id_of};
use crate::data::columns::charge_class::ChargeClass as Counts;
use crate::data::columns::column_types::{NO_AMOUNT, units};
use crate::data::dataset::Dataset;
use crate::data::engine::filter::{keeps, kept};
use crate::data::engine::scan::{RowGroup, fold};
use crate::data::error::{DataError, overflow};
use crate::data::query::bridge_class::parts;
use crate::domain::analysis::commitments::ListPrice;
use crate::domain::money::Amount;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::money_column::MoneyColumn;
use hashbrown::HashMap;

/// List price columns: of the whole row in the billing currency and in USD, and of one unit.
const LIST_COST: &str = "paygcostinbillingcurrency";
const LIST_COST_USD: &str = "paygcostinusd";
const LIST_PRICE: &str = "paygprice";
/// The currency of unit prices, and its exchange rate to the billing currency.
const PRICED_IN: [&str; 2] = ["pricingcurrency", "pricingcurrencycode"];
const RATE: &str = "exchangeratepricingtobilling";

/// The amounts of a column, stored as numbers or as text. `None` for a value that is not an exact amount.
fn amounts(slice: &RowGroup<'_>, header: &str) -> Result<Vec<Option<Amount>>, DataError> {
    let exact = |text: &str| Amount::parse_exact(text).map_or(NO_AMOUNT, Amount::units);
    let units = slice.numbers(header, exact)?.into_iter();
    let known = |units: i128| (units != NO_AMOUNT).then(|| Amount::from_units(units));
    Ok(units.map(known).collect())
}

/// The exchange rate of each row from its pricing currency to the billing currency, where the columns `pricingCurrency`
/// and `exchangeRatePricingToBilling` give it. `None` if there is no pricing currency column.
fn rates(slice: &RowGroup<'_>) -> Result<Option<Vec<Option<Amount>>>, DataError> {
    let mut names = PRICED_IN.iter();
    let Some(header) = names.find_map(|name| slice.header(name)) else {
        return Ok(None);
    };
    let (priced, billed) = (slice.texts(header)?, slice.role_texts(Role::Currency)?);
    let known = slice.header(RATE).map(|header| amounts(slice, header));
    let known = known.transpose()?.unwrap_or_default();
    let rate = |row: usize| {
        let priced = priced.row(row).unwrap_or_default().trim();
        let billed = billed.row(row).unwrap_or_default().trim();
        if priced.is_empty() || priced.eq_ignore_ascii_case(billed) {
            return Some(Amount::from_whole(1));
        }
        known.get(row).copied().flatten()
    };
    Ok(Some((0..slice.rows).map(rate).collect()))
}

/// The list costs of the rows of a slice. `None` where they are unknown or 0.
fn lists(slice: &RowGroup<'_>) -> Result<Option<Vec<Option<Amount>>>, DataError> {
    // Unit prices have no column in USD.
    if slice.money == MoneyColumn::Usd {
        let lists = slice
            .header(LIST_COST_USD)
            .map(|header| amounts(slice, header));
        let known = |list: Option<Amount>| list.filter(|list| *list != Amount::ZERO);
        let lists = lists.transpose()?;
        return Ok(lists.map(|all| all.into_iter().map(known).collect()));
    }
    let whole = slice.header(LIST_COST).map(|header| amounts(slice, header));
    let (price, quantity) = (slice.header(LIST_PRICE), slice.role(Role::Quantity));
    let unit = match (price, quantity) {
        (Some(price), Some(quantity)) => Some((amounts(slice, price)?, amounts(slice, quantity)?)),
        _ => None,
    };
    let whole = whole.transpose()?;
    if whole.is_none() && unit.is_none() {
        return Ok(None);
    }
    let rates = if unit.is_some() { rates(slice)? } else { None };
    let list = |row: usize| {
        let at = |all: &Vec<Option<Amount>>| all.get(row).copied().flatten();
        let known = |list: &Amount| *list != Amount::ZERO;
        let of_unit = || {
            let (prices, quantities) = unit.as_ref()?;
            let list = at(prices)?.proportion(at(quantities)?, Amount::from_whole(1))?;
            match &rates {
                Some(rates) => list.proportion(at(rates)?, Amount::from_whole(1)),
                None => Some(list),
            }
        };
        let of_row = whole.as_ref().and_then(at).filter(known);
        of_row.or_else(of_unit).filter(known)
    };
    Ok(Some((0..slice.rows).map(list).collect()))
}

fn add(sum: &mut ListPrice, list: Amount, cost: Amount) -> Result<(), DataError> {
    sum.list = sum.list.checked_add(list).ok_or_else(overflow)?;
    sum.cost = sum.cost.checked_add(cost).ok_or_else(overflow)?;
    Ok(())
}

/// Sums the list costs of the usage that each commitment covered.
pub(crate) fn of(
    amortized: &Dataset,
    filter: Option<&Filter>,
) -> Result<HashMap<Id, ListPrice>, DataError> {
    let states = fold(amortized, HashMap::<Id, ListPrice>::new, |state, slice| {
        let Some(lists) = lists(slice)? else {
            return Ok(());
        };
        let mask = kept(slice, filter)?;
        let (parts, costs) = (parts(slice)?, slice.costs()?);
        let reservation = slice.role_texts(Role::Reservation)?;
        let benefit = slice.role_texts(Role::Benefit)?;
        let currency = slice.role_texts(Role::Currency)?;
        for (row, ((part, cost), list)) in parts.iter().zip(costs.iter()).zip(lists).enumerate() {
            if !keeps(mask.as_deref(), row) || Counts::at(*part) != Counts::Used {
                continue;
            }
            let code = currency.row(row).map(|code| code.trim().to_uppercase());
            let id = id_of(reservation.row(row), benefit.row(row));
            let sum = state.entry((id.map(str::to_lowercase), code)).or_default();
            let Some(list) = list else {
                sum.rows_without += 1;
                continue;
            };
            add(sum, list, Amount::from_units(units(*cost)))?;
        }
        Ok(())
    })?;
    let mut all: HashMap<Id, ListPrice> = HashMap::new();
    for (id, one) in states.into_iter().flatten() {
        let sum = all.entry(id).or_default();
        add(sum, one.list, one.cost)?;
        sum.rows_without += one.rows_without;
    }
    Ok(all)
}
