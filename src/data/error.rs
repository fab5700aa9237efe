//! What can be wrong with cost data, with the file, line and column that say where.

use crate::domain::sql::statement::StatementError;
use polars_error::PolarsError;
use std::borrow::Cow;
use std::io;

/// Why data could not be read or queried.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error("{file}: {source}")]
    Io { file: String, source: io::Error },
    #[error("{file}, line {line}: {problem}")]
    Line {
        file: String,
        line: u64,
        problem: String,
    },
    #[error("{file}, line {line}, column {column}: {problem}")]
    Field {
        file: String,
        line: u64,
        column: String,
        problem: String,
    },
    #[error(
        "{file}: no cost column was found. costscope knows CostInBillingCurrency, BilledCost, PreTaxCost, Cost and ExtendedCost; the header reads: {headers}{money}"
    )]
    NoCost {
        file: String,
        headers: String,
        money: String,
    },
    #[error(
        "{file}: the column {column} cannot be read (its type is none of text, number or date), and what it holds would be missing \
         from every answer; write it as a decimal, or as text"
    )]
    UnreadCost { file: String, column: String },
    #[error(
        "{name}: the rows come without costs, only with quantities: this identity may see usage but no prices. Ask for \
         Cost Management Reader, or in a partner's tenant for the customer's own costs"
    )]
    NoCostInRows { name: String },
    #[error(
        "{file}: the column {header} stands there twice; which of them is meant cannot be told"
    )]
    Twice { file: String, header: String },
    /// A header stands inside the text: whoever reads it cuts it there.
    #[error("{file}: a second header stands inside it, where one table was expected")]
    SeveralTables { file: String },
    #[error(
        "{file}, line {line}: the dates can be read day first or month first and nothing in the file decides; choose with \
         --dates day-first or --dates month-first"
    )]
    DateOrder { file: String, line: u64 },
    #[error(
        "{file}, line {line}: the file ends in the middle of this row: it was cut off; download it again"
    )]
    CutOff { file: String, line: u64 },
    #[error("{file}: this is {kind}")]
    NotCsv {
        file: String,
        kind: Cow<'static, str>,
    },
    /// A dataset of Cost Management that holds no costs.
    #[error("{file}: this is {kind}; give a cost file (actual, amortized, FOCUS or usage)")]
    OtherDataset { file: String, kind: &'static str },
    #[error(
        "{file}: the rows add up to {rows} but the loaded table to {loaded} ({currency}); the file is not used. Please report this file's header"
    )]
    SumMismatch {
        file: String,
        currency: String,
        rows: String,
        loaded: String,
    },
    #[error("there is no column `{name}` in this data.{hint}")]
    UnknownColumn {
        name: String,
        at: Option<usize>,
        hint: String,
    },
    #[error("cost is summed, not grouped by; pick another key")]
    CostAsKey,
    #[error("the sum of {what} has more than 20 digits before the decimal point")]
    Overflow { what: String },
    #[error("{file}: this {kind} is damaged ({problem}); fetch it again")]
    Packed {
        file: String,
        kind: &'static str,
        problem: String,
    },
    /// Something about a stored table is not as it was written.
    #[error("{0}")]
    Stored(String),
    /// A stored table fails its checksum or its own counts.
    #[error("{0}; the table is damaged and is not used")]
    Damaged(String),
    /// A statement that cannot be asked.
    #[error("{0}")]
    Place(StatementError),
    /// A statement that cannot be answered.
    #[error("{0}")]
    Statement(String),
    /// A server that does not answer, or not as it should, and the exit code for it.
    #[error("{text}")]
    Server { text: String, exit: u8 },
    #[error("cancelled")]
    Cancelled,
    /// Whoever took the rows could not go on.
    #[error("{0}")]
    Taker(io::Error),
    #[error("the table could not be worked on: {0}")]
    Engine(#[from] PolarsError),
}

impl DataError {
    /// Whether the user asked for something that cannot be, rather than the data being bad.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::UnknownColumn { .. } | Self::CostAsKey | Self::Place(_)
        )
    }

    /// The same of one side of a pair, where the other side has the column.
    #[must_use]
    pub fn on_side(self, side: &str) -> Self {
        match self {
            Self::UnknownColumn { name, at, .. } => Self::UnknownColumn {
                name,
                at,
                hint: format!(
                    " Only the {side} side lacks it: a comparison needs columns that both have."
                ),
            },
            other => other,
        }
    }
}

pub(crate) fn overflow() -> DataError {
    DataError::Overflow {
        what: "these amounts".to_owned(),
    }
}
