//! Global options, and helpers for option values.

use super::local::DatesArg;
use crate::cli::output::{Format, PageFormat};
use crate::domain::query::money_column::MoneyColumn;
use crate::domain::sign_in::Auth;
use crate::domain::text::escape::Csv;
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// Flags that every command takes, before or after its name.
// Each bool is a flag.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Common {
    /// Output format
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "table",
        value_name = "FORMAT"
    )]
    pub format: FormatArg,
    /// Azure cloud (default: public)
    #[arg(long, global = true, value_enum, env = "COSTSCOPE_CLOUD")]
    pub cloud: Option<CloudArg>,
    /// Another API endpoint: http only on loopback, https only for a host of the cloud
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint: Option<String>,
    /// Sign-in method
    #[arg(long, global = true, value_enum, value_name = "METHOD")]
    pub auth: Option<Auth>,
    /// The tenant to sign in to
    #[arg(long, global = true, value_name = "ID")]
    pub tenant: Option<String>,
    /// The application to sign in with (device code, secret, certificate), or a managed identity
    #[arg(long, global = true, value_name = "ID", env = "COSTSCOPE_CLIENT_ID")]
    pub client_id: Option<String>,
    /// Certificates to trust in addition to the system's (PEM), such as a proxy's
    #[arg(long, global = true, value_name = "FILE", env = "COSTSCOPE_CA_FILE")]
    pub ca_file: Option<PathBuf>,
    /// Data directory: ledger, jobs, log, temporary files
    #[arg(long, global = true, value_name = "DIR", env = "COSTSCOPE_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// How to read dates such as 01/02/2026 if the files are ambiguous
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "auto",
        value_name = "ORDER"
    )]
    pub dates: DatesArg,
    /// Query engine: built-in (own) or polars; both give the same digits
    #[arg(long, global = true, value_enum, value_name = "ENGINE")]
    pub engine: Option<EngineArg>,
    /// The money that counts as cost: billing, or usd (a column of MCA and FOCUS files), which gives several billing
    /// currencies one total
    #[arg(
        long,
        global = true,
        default_value = "billing",
        hide_default_value = true,
        value_name = "COLUMN",
        value_parser = MoneyColumn::parse
    )]
    pub money: MoneyColumn,
    /// Do not ask: fetch from blob storage, however much it is; create the export
    #[arg(long, global = true)]
    pub yes: bool,
    /// How long a list or a part of a file waits for a blob storage that is busy or away, such as 90s, 60m or 2h
    /// (default: 10m)
    #[arg(long, global = true, value_name = "TIME", value_parser = read_duration)]
    pub max_wait: Option<Duration>,
    /// Use only what is on this machine, never the network
    #[arg(long, global = true)]
    pub offline: bool,
    /// Convert every file anew: neither use nor keep converted copies of files
    #[arg(long, global = true)]
    pub no_cache: bool,
    /// CSV for programs: values unchanged, nothing for a missing value and "" for an empty one. Without it, CSV is for
    /// spreadsheets: values that would be calculated as formulas get a leading apostrophe
    #[arg(long, global = true)]
    pub raw: bool,
    /// Add a backtrace to the report of an internal error
    #[arg(long, global = true)]
    pub backtrace: bool,
    /// No colours
    #[arg(long, global = true)]
    pub no_color: bool,
    /// UI without boxes, bars or braille, for screen readers
    #[arg(long, global = true)]
    pub plain: bool,
    /// Each request with its answer and time, on stderr and in the log; twice: with the quotas that are left
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// The command-line name of a choice.
pub fn word_of<T: ValueEnum>(choice: &T) -> String {
    let known = choice.to_possible_value();
    known.map_or_else(String::new, |value| value.get_name().to_owned())
}

/// The names of all choices, in one line.
pub fn listed<T: ValueEnum>() -> String {
    let words: Vec<String> = words_of::<T>().into_iter().map(|(word, _)| word).collect();
    words.join(", ")
}

/// All choices with their names.
pub fn words_of<T: ValueEnum>() -> Vec<(String, T)> {
    let choices = T::value_variants().iter();
    choices
        .map(|choice| (word_of(choice), choice.clone()))
        .collect()
}

/// The query engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EngineArg {
    Own,
    Polars,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CloudArg {
    Public,
    Usgov,
    China,
}

impl ValueEnum for Auth {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Auto => (
                "auto",
                "Environment settings, workload identity, az, azd, and the managed identity of an Azure machine",
            ),
            Self::Cli => ("cli", "Azure CLI (`az login`)"),
            Self::Azd => ("azd", "Azure Developer CLI (`azd auth login`)"),
            Self::ManagedIdentity => (
                "managed-identity",
                "The managed identity of this machine, or the one in --client-id",
            ),
            Self::Workload => (
                "workload",
                "Kubernetes workload identity (`AZURE_FEDERATED_TOKEN_FILE`)",
            ),
            Self::Secret => (
                "secret",
                "`AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_CLIENT_SECRET`",
            ),
            Self::Certificate => (
                "certificate",
                "As secret, but with a PEM file in `AZURE_CLIENT_CERTIFICATE_PATH`",
            ),
            Self::DeviceCode => (
                "device-code",
                "A code to type on another machine; needs --client-id",
            ),
            Self::Pipelines => ("pipelines", "An Azure Pipelines service connection"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

pub(crate) fn read_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is not a duration; use a value such as 90s, 60m or 2h");
    let split = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "s" => 1,
        "" | "m" => 60,
        "h" => 3600,
        _ => return Err(wrong()),
    };
    number
        .checked_mul(seconds)
        .filter(|s| *s <= 30 * 24 * 3600)
        .map(Duration::from_secs)
        .ok_or_else(wrong)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    Table,
    Json,
    Csv,
    Md,
    /// A picture; only of an overview
    #[value(hide = true)]
    Svg,
    /// A page; only of an overview
    #[value(hide = true)]
    Html,
}

impl Common {
    /// The output format.
    pub fn form(&self) -> Format {
        match self.format {
            // Commands without pages never see the last two.
            FormatArg::Table | FormatArg::Svg | FormatArg::Html => Format::Table,
            FormatArg::Json => Format::Json,
            FormatArg::Csv => Format::Csv(self.csv()),
            FormatArg::Md => Format::Md,
        }
    }

    /// The page to write instead of a table, if one was requested.
    pub fn page(&self) -> Option<PageFormat> {
        match self.format {
            FormatArg::Svg => Some(PageFormat::Svg),
            FormatArg::Html => Some(PageFormat::Html),
            FormatArg::Table | FormatArg::Json | FormatArg::Csv | FormatArg::Md => None,
        }
    }

    /// Whether CSV is raw or guarded against spreadsheet formulas.
    pub fn csv(&self) -> Csv {
        if self.raw { Csv::Raw } else { Csv::Guarded }
    }
}
