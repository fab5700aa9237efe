//! The money that counts as cost: a billing currency for each row, or USD for all.

use crate::data::dataset::Dataset;
use crate::data::query::without_usd;
use crate::domain::money::listed;
use crate::domain::query::columns::Role;
use crate::domain::query::money_column::MoneyColumn;
use crate::domain::text;
use crate::ops::context::OpenDataset;
use crate::ops::error::OpsError;

/// The same rows with this money as their cost.
pub fn put_on(data: &Dataset, money: MoneyColumn) -> Result<Dataset, OpsError> {
    Ok(data.in_money(money)?)
}

/// Names the money that is missing from totals in USD. Data with both costs is counted for both.
pub fn without_usd(data: &Dataset) -> Result<Vec<String>, OpsError> {
    let mut notes: Vec<String> = missing(data)?.into_iter().collect();
    let other = data
        .amortized_side()
        .filter(|_| data.cost_role() == Role::Cost);
    if let Some(other) = other {
        notes.extend(missing(&other)?.map(|rows| format!("amortized: {rows}")));
    }
    Ok(notes)
}

/// Names the same for the two sides of a comparison.
pub fn of_sides(actual: &OpenDataset, amortized: &OpenDataset) -> Result<Vec<String>, OpsError> {
    let mut notes = Vec::new();
    for (side, opened) in [("actual", actual), ("amortized", amortized)] {
        notes.extend(missing(&opened.data)?.map(|rows| format!("{side}: {rows}")));
    }
    Ok(notes)
}

/// Names the same if the data is in USD; `None` if it is not.
pub fn counted(data: &Dataset) -> Result<Option<Vec<String>>, OpsError> {
    let in_usd = data.money() == MoneyColumn::Usd;
    in_usd.then(|| without_usd(data)).transpose()
}

/// The remarks on opened data that concern its money. Those on USD are counted if they are not known.
pub fn noted(opened: &OpenDataset) -> Result<Vec<String>, OpsError> {
    let mut notes = opened.noted();
    if opened.without_usd.is_none() {
        notes.extend(without_usd(&opened.data)?);
    }
    Ok(notes)
}

/// Names the money that is missing from totals in USD, of the one cost that counts.
pub fn missing(data: &Dataset) -> Result<Option<String>, OpsError> {
    let (rows, money) = without_usd::rows(data)?;
    Ok((rows > 0).then(|| {
        let rows = text::counted(rows, "row");
        format!(
            "{rows} with a cost but no amount in USD: {} is missing from every total",
            listed(&money)
        )
    }))
}

/// Says what USD leaves out; `None` if it leaves nothing out.
pub fn left_out(data: &Dataset) -> Result<Option<String>, OpsError> {
    let notes = without_usd(data)?;
    Ok((!notes.is_empty()).then(|| notes.join("; ")))
}

/// Says which money counts as cost, and what it leaves out.
pub fn told(data: &Dataset) -> Result<String, OpsError> {
    let usual = match data.money() {
        MoneyColumn::Billing => return Ok("costs are in their billing currencies".to_owned()),
        MoneyColumn::Usd => "costs are in USD, from the USD column of the data",
    };
    Ok(left_out(data)?.unwrap_or_else(|| usual.to_owned()))
}
