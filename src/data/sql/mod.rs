//! SQL over a dataset: `guard` checks the statement, `rewrite` makes it exact, polars runs it, and `answer`
//! converts the result to our own values. Polars frames never leave this module.

pub(crate) mod aggregates;
pub(crate) mod answer;
pub(crate) mod estimate;
pub mod execute;
pub(crate) mod expressions;
pub(crate) mod guard;
pub(crate) mod kinds;
pub(crate) mod largest;
pub(crate) mod names;
pub(crate) mod resolve;
pub(crate) mod rewrite;
pub(crate) mod table;
pub(crate) mod walk;
pub(crate) mod widths;

use super::dataset::{Dataset, SqlEngine};
use super::error::DataError;
use crate::domain::sql::dialect::SqlDialect;
use crate::domain::sql::statement::StatementAnswer;

/// Polars as a replacement for our own engine.
pub struct Polars;

impl SqlEngine for Polars {
    fn name(&self) -> &'static str {
        "polars"
    }

    fn dialect(&self) -> SqlDialect {
        SqlDialect::Polars
    }

    fn answer(&self, data: &Dataset, statement: &str) -> Result<StatementAnswer, DataError> {
        execute::run(data, statement, None, || data.check_wanted().is_ok())
    }
}
