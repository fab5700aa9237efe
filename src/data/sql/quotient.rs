//! The mean of amounts: the exact quotient of a sum and a count, to 18 digits, half-even.

use super::table::{PRECISION, SCALE};
use polars::prelude::udf::UserDefinedFunction;
use polars::prelude::{
    AnonymousColumnsUdf, Column, ColumnsUdf, DataType, Field, Int128Chunked, IntoColumn,
    IntoSeries, NewChunkedArray, PlSmallStr, PolarsError, PolarsResult, Schema,
};
use polars::sql::{FunctionOptions, FunctionRegistry};
use std::sync::Arc;

/// The name under which statements call it.
pub(super) const QUOTIENT: &str = "costscope_quotient";

/// The functions that statements have beside those of polars.
pub(super) struct Functions;

impl FunctionRegistry for Functions {
    fn register(&mut self, name: &str, _fun: UserDefinedFunction) -> PolarsResult<()> {
        Err(PolarsError::ComputeError(
            format!("no function can be added: {name}").into(),
        ))
    }

    fn get_udf(&self, name: &str) -> PolarsResult<Option<UserDefinedFunction>> {
        Ok(self.contains(name).then(|| UserDefinedFunction {
            // Of sums that are there already, group by group.
            options: FunctionOptions::elementwise(),
            ..UserDefinedFunction::new(PlSmallStr::from_static(QUOTIENT), Quotient)
        }))
    }

    fn contains(&self, name: &str) -> bool {
        name.eq_ignore_ascii_case(QUOTIENT)
    }
}

#[derive(Clone, Copy)]
struct Quotient;

impl Quotient {
    fn dtype(sum: &DataType) -> DataType {
        if sum.is_float() {
            DataType::Float64
        } else {
            DataType::Decimal(PRECISION, SCALE)
        }
    }
}

impl AnonymousColumnsUdf for Quotient {
    fn as_column_udf(self: Arc<Self>) -> Arc<dyn ColumnsUdf> {
        self
    }

    fn deep_clone(self: Arc<Self>) -> Arc<dyn AnonymousColumnsUdf> {
        self
    }

    fn get_field(&self, _schema: &Schema, fields: &[Field]) -> PolarsResult<Field> {
        let sum = fields.first().ok_or_else(wrong)?;
        Ok(Field::new(sum.name().clone(), Self::dtype(sum.dtype())))
    }
}

impl ColumnsUdf for Quotient {
    fn call_udf(&self, columns: &mut [Column]) -> PolarsResult<Column> {
        let [sum, count] = columns else {
            return Err(wrong());
        };
        let name = sum.name().clone();
        if sum.dtype().is_float() {
            return &*sum / &count.cast(&DataType::Float64)?;
        }
        let decimals = sum.cast(&DataType::Decimal(PRECISION, SCALE))?;
        let sums = decimals.decimal()?.physical().clone();
        let counts = count.cast(&DataType::Int128)?;
        let counts = counts.i128()?;
        let several = sums.len().max(counts.len());
        let at = |column: &Int128Chunked, row: usize| {
            // A single value stands for every row.
            column.get(if column.len() == 1 { 0 } else { row })
        };
        let means = (0..several).map(|row| divided(at(&sums, row)?, at(counts, row)?));
        let means = Int128Chunked::from_iter_options(name, means);
        Ok(means
            .into_decimal(PRECISION, SCALE)?
            .into_series()
            .into_column())
    }
}

fn wrong() -> PolarsError {
    PolarsError::ComputeError("a mean has one argument".into())
}

/// A sum over a count, half-even; nothing of nothing.
fn divided(sum: i128, count: i128) -> Option<i128> {
    let (whole, rest) = (sum.checked_div(count)?, sum.checked_rem(count)?);
    let twice = rest.unsigned_abs().checked_mul(2)?;
    let up = match twice.cmp(&count.unsigned_abs()) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => whole % 2 != 0,
    };
    let step = if sum < 0 { -1 } else { 1 };
    Some(if up { whole + step } else { whole })
}
