//! The money that counts as cost: a billing currency for each row, or USD for all.

use crate::data::dataset::Dataset;
use crate::data::query::without_usd;
use crate::domain::money::listed;
use crate::domain::query::money_column::MoneyColumn;
use crate::domain::text::counted;
use crate::ops::error::OpsError;

/// The same rows with this money as their cost.
pub fn put_on(data: &Dataset, money: MoneyColumn) -> Result<Dataset, OpsError> {
    Ok(data.in_money(money)?)
}

/// Names the money that is missing from totals in USD.
pub fn without_usd(data: &Dataset) -> Result<Option<String>, OpsError> {
    let (rows, money) = without_usd::rows(data)?;
    Ok((rows > 0).then(|| {
        let rows = counted(rows, "row");
        format!(
            "{rows} with a cost but no amount in USD: {} is missing from every total",
            listed(&money)
        )
    }))
}

/// Says which money counts as cost, and what it leaves out.
pub fn told(data: &Dataset) -> Result<String, OpsError> {
    let left_out = without_usd(data)?;
    Ok(match (data.money(), left_out) {
        (MoneyColumn::Billing, _) => "costs are in their billing currencies".to_owned(),
        (MoneyColumn::Usd, None) => "costs are in USD, from the USD column of the data".to_owned(),
        (MoneyColumn::Usd, Some(rows)) => rows,
    })
}
