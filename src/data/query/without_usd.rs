//! Finds rows whose cost has no amount in USD.

use crate::data::columns::column_types::NO_AMOUNT;
use crate::data::dataset::Dataset;
use crate::data::engine::scan::fold;
use crate::data::error::DataError;
use crate::data::table::totals;
use crate::data::table::totals::ByCurrency;
use crate::domain::money::{Amount, Money};
use crate::domain::query::money_column::MoneyColumn;

/// The number of rows with a cost in their billing currency and none in USD, and these costs.
pub fn rows(data: &Dataset) -> Result<(u64, Vec<Money>), DataError> {
    if data.money() == MoneyColumn::Billing {
        return Ok((0, Vec::new()));
    }
    let states = fold(data, <(u64, ByCurrency)>::default, |(rows, sums), slice| {
        let Some(header) = slice.role(data.cost_role()) else {
            return Ok(());
        };
        let (billed, usd) = (slice.amounts(header)?, slice.costs()?);
        let currencies = slice.billing_currencies()?;
        for (row, (billed, usd)) in billed.iter().zip(usd.iter()).enumerate() {
            if *usd == NO_AMOUNT && *billed != NO_AMOUNT && *billed != 0 {
                *rows += 1;
                let code = currencies.row(row).map(|code| code.trim().to_uppercase());
                totals::add(sums, code, Amount::from_units(*billed))?;
            }
        }
        Ok(())
    })?;
    let (counts, sums): (Vec<u64>, Vec<ByCurrency>) = states.into_iter().unzip();
    let sums = totals::nameless_last(totals::joined(sums)?);
    Ok((counts.iter().sum(), sums))
}
