//! The `--format` argument.

use super::Common;
use crate::cli::output::Format;
use crate::domain::text::escape::Csv;
use clap::ValueEnum;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    Table,
    Json,
    Csv,
    Md,
}

impl Common {
    /// The output format.
    pub fn form(&self) -> Format {
        match self.format {
            FormatArg::Table => Format::Table,
            FormatArg::Json => Format::Json,
            FormatArg::Csv => Format::Csv(self.csv()),
            FormatArg::Md => Format::Md,
        }
    }

    /// Whether CSV is raw or guarded against spreadsheet formulas.
    pub fn csv(&self) -> Csv {
        if self.raw { Csv::Raw } else { Csv::Guarded }
    }
}
