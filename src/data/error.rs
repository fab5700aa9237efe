//! Errors of reading and querying cost data, with file, line and column.

use crate::domain::sql::statement::StatementError;
use crate::domain::text::io_words::{io_words, is_shortage};
use polars_error::PolarsError;
use std::borrow::Cow;
use std::io;

/// The reason data could not be read or queried.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error("{file}: {}", io_words(source))]
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
    /// A row of JSON, counted from 1.
    #[error(
        "{file}, row {row}{}: {problem}",
        .column.as_deref().map_or_else(String::new, |column| format!(", column {column}"))
    )]
    Row {
        file: String,
        row: u64,
        column: Option<String>,
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
        "{file}: the column {column} is {kind}, which is not read, so its values would be missing from every answer; \
         write it as {better}"
    )]
    UnreadColumn {
        file: String,
        column: String,
        kind: &'static str,
        better: &'static str,
    },
    #[error(
        "{name}: the rows have quantities without costs: this identity can see usage but not prices. Ask for \
         Cost Management Reader, or in a partner's tenant for the customer's own costs"
    )]
    NoCostInRows { name: String },
    #[error("{file}: the column {header} appears twice, and it is unclear which one to use")]
    Twice { file: String, header: String },
    /// A header appears inside the text. The caller splits the text there.
    #[error("{file}: expected one table, but found a second header inside it")]
    SeveralTables { file: String },
    #[error(
        "{file}, line {line}: the dates can be read day first or month first, and the file does not show which; choose with \
         --dates day-first or --dates month-first"
    )]
    DateOrder { file: String, line: u64 },
    #[error(
        "{file}, line {line}: the file was cut off in the middle of this row; download or export it again"
    )]
    CutOff { file: String, line: u64 },
    #[error("{file}: this is {kind}")]
    NotCsv {
        file: String,
        kind: Cow<'static, str>,
    },
    /// A Cost Management dataset without costs.
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
    #[error("{file}: this {kind} is damaged ({problem}); download or export it again")]
    Packed {
        file: String,
        kind: &'static str,
        problem: String,
    },
    /// A stored table is not as it was written.
    #[error("{0}")]
    Stored(String),
    /// A stored table fails its checksum or its own counts.
    #[error("{0}; the table is damaged and is not used")]
    Damaged(String),
    /// A file without amounts in USD.
    #[error(
        "{file}: there is no cost in USD: expected the column {wanted}. Its columns of money: {has}"
    )]
    NoUsd {
        file: String,
        wanted: String,
        has: String,
    },
    #[error(
        "{file}: the column {header} holds text that is not an amount, so it cannot be summed in USD"
    )]
    UsdNotNumbers { file: String, header: String },
    #[error(
        "{file}: it mixes rows of two layouts, and each has its own column in USD; open files of one layout each"
    )]
    UsdOfTwoLayouts { file: String },
    #[error(
        "a server answers in its billing currencies; costs in USD need files or stored reports"
    )]
    UsdOnServer,
    /// An invalid statement.
    #[error("{0}")]
    Place(StatementError),
    /// A statement that cannot be answered.
    #[error("{0}")]
    Statement(String),
    /// A server that does not answer, or not as expected, and the exit code for it.
    #[error("{text}")]
    Server { text: String, exit: u8 },
    /// An answer that does not fit the memory that this process may use, which is named.
    #[error(
        "this answer does not fit the memory that this process may use ({0}): show fewer lines with --top, narrow the rows \
         with --filter, or group by fewer keys"
    )]
    Room(String),
    /// A file that cannot be read in the memory that this process may use.
    #[error(
        "{file}: reading it does not fit the memory that this process may use ({limit}): raise the limit (`ulimit -d`, \
         `ulimit -v` or that of the container), or set COSTSCOPE_THREADS=1"
    )]
    RoomToRead { file: String, limit: String },
    #[error("cancelled")]
    Cancelled,
    /// The consumer of the rows failed.
    #[error("{}", io_words(.0))]
    Taker(io::Error),
    #[error("the table could not be processed: {0}")]
    Engine(#[from] PolarsError),
}

/// The cause of an I/O error of work that was cancelled.
#[derive(Debug, thiserror::Error)]
#[error("cancelled")]
pub(crate) struct Stopped;

impl DataError {
    /// Turns a failure to read or write this file into its error; a read that was [`Stopped`] did not fail.
    pub(crate) fn io(file: &str) -> impl Fn(io::Error) -> Self + Copy {
        move |source| match source.get_ref() {
            Some(cause) if cause.is::<Stopped>() => Self::Cancelled,
            _ => Self::Io {
                file: file.to_owned(),
                source,
            },
        }
    }

    /// Whether the error is of this machine, such as too many open files: it says nothing about the data.
    pub fn is_shortage(&self) -> bool {
        match self {
            Self::Io { source, .. } | Self::Taker(source) => is_shortage(source),
            Self::Room(_) | Self::RoomToRead { .. } => true,
            _ => false,
        }
    }

    /// Whether the request is invalid, rather than the data.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::UnknownColumn { .. }
                | Self::CostAsKey
                | Self::Place(_)
                | Self::NoUsd { .. }
                | Self::UsdNotNumbers { .. }
                | Self::UsdOfTwoLayouts { .. }
                | Self::UsdOnServer
        )
    }

    /// Whether the data cannot be counted in USD.
    pub fn is_of_usd(&self) -> bool {
        matches!(
            self,
            Self::NoUsd { .. }
                | Self::UsdNotNumbers { .. }
                | Self::UsdOfTwoLayouts { .. }
                | Self::UsdOnServer
                | Self::Twice { .. }
        )
    }

    /// Refuses a file that is something else.
    pub(crate) fn not_csv(file: &str, kind: impl Into<Cow<'static, str>>) -> Self {
        Self::NotCsv {
            file: file.to_owned(),
            kind: kind.into(),
        }
    }

    /// Says that only this side of a pair lacks the column.
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
