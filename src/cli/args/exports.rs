//! The arguments of `costscope exports`.

use super::options::read_duration;
use crate::domain::export::definition::Dataset;
use crate::ops::exports::files::AddressForm;
use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use std::time::Duration;

#[derive(Debug, Args)]
pub struct ExportsArgs {
    #[command(subcommand)]
    pub action: ExportsAction,
}

#[derive(Debug, Subcommand)]
pub enum ExportsAction {
    #[command(flatten)]
    Azure(ExportsCall),
    /// List the blobs that the newest complete runs of a source consist of, for other programs
    #[command(after_help = "Examples:
  costscope exports files az://costs/exports/cost/actual-daily
  costscope exports files az://costs/exports/cost/actual-daily/20261001-20261031 --form az --format json
  costscope show \"sc://spark.example.org/?files=$(costscope exports files az://costs/exports/cost/actual-daily \\
    --form abfss --joined)\" --group-by service")]
    Files(FilesArgs),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormArg {
    Https,
    /// For Spark
    Abfss,
    /// For `DuckDB`
    Az,
}

impl From<FormArg> for AddressForm {
    fn from(value: FormArg) -> Self {
        match value {
            FormArg::Https => Self::Https,
            FormArg::Abfss => Self::Abfss,
            FormArg::Az => Self::Az,
        }
    }
}

#[derive(Debug, Args)]
pub struct FilesArgs {
    /// A place in blob storage, such as `az://costs/exports/cost`
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// How the addresses are written
    #[arg(long, value_enum, default_value = "https")]
    pub form: FormArg,
    /// Print the addresses on one line, comma-separated and encoded, as `sc://HOST/?files=` takes them
    #[arg(long)]
    pub joined: bool,
}

/// An action that asks Azure.
#[derive(Debug, Subcommand)]
pub enum ExportsCall {
    /// List the exports of a scope with their last and next runs
    #[command(after_help = "Examples:
  costscope exports list --scope 8608480
  costscope exports list --scope 8608480 --format json")]
    List {
        /// A path, a subscription id, or an EA billing account number
        #[arg(long, value_name = "SCOPE")]
        scope: String,
    },
    /// Show one export: its definition and its latest runs
    #[command(after_help = "Examples:
  costscope exports show actual-daily --scope 8608480
  costscope exports show actual-daily --scope 8608480 --format json")]
    Show {
        /// The name of the export
        name: String,
        /// A path, a subscription id, or an EA billing account number
        #[arg(long, value_name = "SCOPE")]
        scope: String,
    },
    /// Run an export now and watch the run to its end, usually 15 to 30 minutes
    #[command(after_help = "Examples:
  costscope exports run actual-daily --scope 8608480
  costscope exports run actual-daily --scope 8608480 --month 2026-10 --open
  costscope exports run actual-daily --scope 8608480 --from 2026-11-01 --to 2026-11-15 --no-wait")]
    Run(RunArgs),
    /// Create an export: print the request and what it costs to keep, ask, then send it
    #[command(after_help = "Examples:
  costscope exports create actual-daily --scope 8608480 --type actual --to az://costs/exports/cost --storage ID
  costscope exports create focus-monthly --scope 8608480 --type focus --to az://costs/exports --storage ID --monthly --yes

ID is printed by `az storage account show --name NAME --query id`.")]
    Create(CreateArgs),
}

impl ExportsCall {
    /// Whether the UI opens at its end.
    pub fn opens(&self) -> bool {
        matches!(self, Self::Run(wanted) if wanted.open)
    }
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("period").args(["from", "month"]))]
pub struct RunArgs {
    /// The name of the export
    pub name: String,
    /// A path, a subscription id, or an EA billing account number
    #[arg(long, value_name = "SCOPE")]
    pub scope: String,
    /// A calendar month, YYYY-MM (default: the days that the export runs for by itself)
    #[arg(long, value_name = "MONTH")]
    pub month: Option<String>,
    /// First day, YYYY-MM-DD (UTC)
    #[arg(long, value_name = "DAY", requires = "to")]
    pub from: Option<String>,
    /// Last day, YYYY-MM-DD (UTC), of the same month
    #[arg(long, value_name = "DAY", requires = "from")]
    pub to: Option<String>,
    /// Only start the run
    #[arg(long, conflicts_with = "open")]
    pub no_wait: bool,
    /// Open the files of the completed run in the UI
    #[arg(long)]
    pub open: bool,
    /// Stop waiting after this time, such as 60m or 4h; the same command resumes
    #[arg(long, value_name = "TIME", default_value = "4h", value_parser = read_duration)]
    pub max_wait: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DatasetArg {
    Actual,
    Amortized,
    /// Both costs in one file, not of management groups
    Focus,
    /// The only type of management groups and pay-as-you-go accounts
    Usage,
}

impl From<DatasetArg> for Dataset {
    fn from(value: DatasetArg) -> Self {
        match value {
            DatasetArg::Actual => Self::Actual,
            DatasetArg::Amortized => Self::Amortized,
            DatasetArg::Focus => Self::Focus,
            DatasetArg::Usage => Self::Usage,
        }
    }
}

#[derive(Debug, Args)]
pub struct CreateArgs {
    /// The name of the export: letters, digits, - and _
    pub name: String,
    /// A path, a subscription id, or an EA billing account number
    #[arg(long, value_name = "SCOPE")]
    pub scope: String,
    /// The dataset
    #[arg(long = "type", value_enum, value_name = "TYPE")]
    pub dataset: DatasetArg,
    /// The place of the files, such as `az://costs/exports/cost`
    #[arg(long, value_name = "PLACE")]
    pub to: String,
    /// The resource id of the storage account
    #[arg(long, value_name = "ID")]
    pub storage: String,
    /// Run once a month for the month before, instead of every day for the month to date
    #[arg(long)]
    pub monthly: bool,
    /// Let the export sign in to the storage account, which firewalls and disabled keys require
    #[arg(long)]
    pub identity: bool,
}
