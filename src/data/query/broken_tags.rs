//! Sums the cost of rows whose tags cannot be parsed.

use crate::data::columns::column_types::units;
use crate::data::columns::tags;
use crate::data::dataset::Dataset;
use crate::data::engine::keys;
use crate::data::engine::scan::fold;
use crate::data::error::DataError;
use crate::data::table::totals::{self, ByCurrency};
use crate::domain::money::{Amount, Money};
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;

/// The cost of rows whose Tags text cannot be parsed, per currency.
pub fn money(data: &Dataset) -> Result<Vec<Money>, DataError> {
    let states = fold(data, ByCurrency::new, |sums, slice| {
        let texts = slice.role_texts(Role::Tags)?;
        let codes = 0..u32::try_from(texts.values.len()).unwrap_or_default();
        let broken: Vec<bool> = codes
            .map(|code| {
                texts
                    .get(code)
                    .is_some_and(|text| tags::parse(text).is_none())
            })
            .collect();
        if !broken.contains(&true) {
            return Ok(());
        }
        let currencies = keys::of(slice, &GroupKey::Role(Role::Currency))?;
        let rows = texts
            .codes
            .iter()
            .zip(currencies.codes.get())
            .zip(slice.costs()?.iter());
        for ((text, currency), cost) in rows {
            if broken.get(*text as usize) != Some(&true) {
                continue;
            }
            let currency = currencies.words.get(*currency).map(ToOwned::to_owned);
            totals::add(sums, currency, Amount::from_units(units(*cost)))?;
        }
        Ok(())
    })?;
    Ok(totals::listed(totals::joined(states)?))
}
