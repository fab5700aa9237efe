//! What a stored table adds up to, per currency.

use crate::data::error::DataError;
use crate::data::reading::columns::NO_AMOUNT;
use crate::data::stored::file::Stored;
use crate::domain::columns::Role;
use crate::domain::money::Amount;
use std::collections::BTreeMap;

pub(crate) type ByCurrency = BTreeMap<Option<String>, Amount>;

/// Sums of the cost column, and of the effective one where there is one.
pub(crate) fn of(stored: &Stored) -> Result<(ByCurrency, ByCurrency), DataError> {
    let mut sums = (ByCurrency::new(), ByCurrency::new());
    for (group, rows) in stored.groups().enumerate() {
        let codes = match stored.layout.role_header(Role::Currency) {
            Some(header) => Some(stored.texts(group, header, None)?),
            None => None,
        };
        for (role, sums) in [
            (Role::Cost, &mut sums.0),
            (Role::EffectiveCost, &mut sums.1),
        ] {
            let Some(header) = stored.layout.role_header(role) else {
                continue;
            };
            let amounts = stored.amounts(group, header, None)?;
            if amounts.len() != rows {
                return Err(DataError::Stored("a row group has lost rows".to_owned()));
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
                let total = sums
                    .entry(name.map(|name| name.trim().to_owned()))
                    .or_default();
                *total = total
                    .checked_add(Amount::from_units(sum))
                    .ok_or_else(overflow)?;
            }
        }
    }
    Ok(sums)
}

pub(crate) fn overflow() -> DataError {
    DataError::Overflow {
        what: "these amounts".to_owned(),
    }
}
