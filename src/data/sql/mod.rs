//! SQL over a dataset: [`guard`] says what may be asked, [`rewrite`] makes it exact, polars answers, [`answer`] hands out
//! values of ours. The frame never leaves this folder.

mod aggregates;
mod answer;
mod guard;
mod kinds;
mod names;
mod resolve;
mod rewrite;
mod run;
mod table;
mod walk;
mod widths;

use crate::data::dataset::Dataset;
use crate::data::engine::delegate::SqlEngine;
use crate::data::error::DataError;
use crate::domain::sql::Dialect;
use crate::domain::statement::Answer;
pub use run::{Asked, plan, run};

/// Polars, asked in place of our own engine.
pub struct Polars;

impl SqlEngine for Polars {
    fn name(&self) -> &'static str {
        "polars"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Polars
    }

    fn answer(&self, data: &Dataset, statement: &str) -> Result<Answer, DataError> {
        let asked = Asked {
            text: statement,
            most: None,
        };
        run(data, &asked, || data.check_wanted().is_ok())
    }

    fn typed(
        &self,
        _data: &Dataset,
        _statement: &str,
        _most: Option<usize>,
    ) -> Option<Result<Answer, DataError>> {
        None
    }

    fn view(&self, _data: &Dataset, _name: &str, _statement: &str) -> Option<String> {
        None
    }

    fn work(&self) -> Option<String> {
        None
    }
}
