//! Reads the answer of a SQL engine, value by value.

use crate::data::engine::aggregate::accumulator::{MIXED, Quantity};
use crate::data::error::{DataError, overflow};
use crate::domain::money::Amount;
use crate::domain::sql::grouped::Quantities;
use crate::domain::sql::statement::AnswerValue;
use chrono::NaiveDate;

/// One row of an answer, read value by value.
pub(crate) struct RowValues<I>(pub(crate) I);

impl<I: Iterator<Item = AnswerValue>> RowValues<I> {
    pub(crate) fn next(&mut self) -> Result<AnswerValue, DataError> {
        self.0.next().ok_or_else(unlike)
    }

    pub(crate) fn whole(&mut self) -> Result<u64, DataError> {
        whole(&self.next()?)
    }

    pub(crate) fn amount(&mut self) -> Result<Option<Amount>, DataError> {
        amount(&self.next()?)
    }

    pub(crate) fn day(&mut self) -> Result<Option<i32>, DataError> {
        let Some(text) = self.next()?.text() else {
            return Ok(None);
        };
        let day: NaiveDate = text.parse().map_err(|_| unlike())?;
        Ok(Some(day.to_epoch_days()))
    }

    /// The unit of a group, and the text of its quantity.
    pub(crate) fn unit(
        &mut self,
        quantities: Quantities,
    ) -> Result<(Option<String>, Option<String>), DataError> {
        Ok(match quantities {
            Quantities::No => (None, None),
            Quantities::Amounts => (self.next()?.text(), None),
            Quantities::Texts => (self.next()?.text(), self.next()?.text()),
        })
    }

    /// The quantity of a group, by the text that [`Row::unit`] read and the number of its unit. `None` if no row has a
    /// quantity, or quantities were not requested.
    pub(crate) fn quantity(
        &mut self,
        quantities: Quantities,
        text: Option<String>,
        unit: u32,
    ) -> Result<Option<Quantity>, DataError> {
        match quantities {
            Quantities::No => Ok(None),
            Quantities::Amounts => {
                let (sum, count) = (self.amount()?, self.whole()?);
                let units = sum.map_or(0, Amount::units);
                Ok((count > 0).then_some(Quantity { units, unit }))
            }
            Quantities::Texts => {
                let count = self.whole()?;
                let Some(text) = text.filter(|_| count > 0) else {
                    return Ok(None);
                };
                let Some(amount) = Amount::parse_exact(&text) else {
                    // It cannot be summed exactly.
                    let (units, unit) = (0, MIXED);
                    return Ok(Some(Quantity { units, unit }));
                };
                let units = amount.units().checked_mul(i128::from(count));
                let units = units.ok_or_else(overflow)?;
                Ok(Some(Quantity { units, unit }))
            }
        }
    }
}

pub(crate) fn whole(value: &AnswerValue) -> Result<u64, DataError> {
    match value {
        AnswerValue::Integer(number) => u64::try_from(*number).map_err(|_| unlike()),
        AnswerValue::Text(text) => text.parse().map_err(|_| unlike()),
        AnswerValue::Missing
        | AnswerValue::Decimal(_)
        | AnswerValue::Double(_)
        | AnswerValue::Boolean(_) => Err(unlike()),
    }
}

pub(crate) fn amount(value: &AnswerValue) -> Result<Option<Amount>, DataError> {
    match value {
        AnswerValue::Missing => Ok(None),
        value => value.amount().map(Some).ok_or_else(unlike),
    }
}

/// The error for an answer whose shape does not match the statement.
pub(crate) fn unlike() -> DataError {
    DataError::Statement("the engine's answer does not match the query".to_owned())
}
