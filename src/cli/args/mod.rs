//! The command-line arguments, as types. Only this module uses clap.

pub mod actions;
pub mod exports;
pub mod findings;
pub mod groups;
pub mod local;
pub mod manual;
pub mod options;
pub mod repeated;

use crate::domain::metric::MetricChoice;
use crate::domain::text::printable;
use actions::{CacheAction, ConfigAction, JobsAction, LedgerAction};
use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use exports::ExportsArgs;
use findings::FindingsArgs;
use local::{
    ChangeArgs, CheckArgs, CompareArgs, ExportArgs, OverviewArgs, SampleArgs, ShowCommand, SqlArgs,
};
use options::{Common, read_duration};
use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

/// See where the Azure money went: order, store and explore raw cost reports.
///
/// Without a command, the terminal UI opens on Azure, with the sign-in of `az login`.
/// `costscope demo` opens it on made-up accounts; it needs no account and no network.
#[derive(Debug, Parser)]
#[command(
    name = "costscope",
    version,
    max_term_width = 100,
    disable_help_subcommand = true
)]
#[command(after_help = "Examples:
  costscope demo
  costscope report --scope 8608480 --last-month --metric both
  costscope show costs.csv --group-by resource-group,charge-type --filter 'cost > 10'
  costscope compare actual.csv amortized.csv --group-by tag:env --format json")]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub common: Common,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the UI on a built-in emulator with made-up accounts; no account, no network
    #[command(after_help = "Examples:
  costscope demo
  costscope demo --serve --port 8642 --scenario throttled")]
    Demo(DemoArgs),
    /// Open the UI on local data
    #[command(after_help = "Examples:
  costscope open costs.csv
  costscope open october.csv november.csv")]
    Open(OpenArgs),
    /// List the scopes that the signed-in identity can see
    #[command(after_help = "Examples:
  costscope scopes
  costscope scopes --search prod --format json")]
    Scopes(ScopesArgs),
    /// Order a report, wait for it, check it and store it in the ledger
    #[command(after_help = "Examples:
  costscope report --scope 8608480 --last-month --metric both
  costscope report --scope subscriptions/3f1c0000-0000-4000-8000-000000009a02 --month 2026-09
  costscope report --scope 8608480 --from 2026-09-15 --to 2026-10-15 --format json --out files
  costscope report --scope 8608480 --last-month --api usage --usage-filter 'resource-group = rg-web'")]
    Report(ReportArgs),
    /// Show all sources as one table, grouped or as rows
    #[command(after_help = "Examples:
  costscope show costs.csv --group-by resource-group
  costscope show costs.csv --group-by tag:env,month --filter 'charge-type = Usage and cost > 10'
  costscope show costs.csv --columns Date,MeterName,ResourceGroup --top 50 --format csv")]
    Show(ShowCommand),
    /// Compare actual with amortized cost, and show the bridge between them
    #[command(after_help = "Examples:
  costscope compare actual.csv amortized.csv
  costscope compare actual.csv amortized.csv --group-by resource-group --top 20 --strict
  costscope compare focus.csv --group-by tag:env")]
    Compare(CompareArgs),
    /// Compare two periods: effects of new, gone, quantity and price
    #[command(after_help = "Examples:
  costscope change september.csv october.csv --group-by resource-group
  costscope change exports/2026 --before-days 2026-09 --after-days 2026-10 --group-by service --top 10")]
    Change(ChangeArgs),
    /// Show where the money of a month went: total, days, largest groups, what went unused
    #[command(
        after_help = "Besides the other formats, --format svg and --format html write one page for a mail: no script, no link.

Examples:
  costscope overview october.csv --before september.csv
  costscope overview actual.csv amortized.csv --tag owner
  costscope overview exports/daily --mask --format html > overview.html"
    )]
    Overview(OverviewArgs),
    /// List what would otherwise be missed: jumps, new and gone resources, changed prices, unused commitments, ...
    #[command(after_help = findings::AFTER_HELP)]
    Findings(FindingsArgs),
    /// Query in SQL: keys and headers are columns of the table `costs`, tags are "tag:KEY"
    #[command(after_help = "Examples:
  costscope sql 'SELECT \"resource-group\", SUM(cost) AS total FROM costs GROUP BY 1 ORDER BY 2 DESC LIMIT 5' costs.csv
  costscope sql 'SELECT \"tag:env\", COUNT(*) FROM costs WHERE cost > 0.5 GROUP BY 1' exports/october --format json
  costscope sql - costs.csv --to answer.xlsx < question.sql")]
    Sql(SqlArgs),
    /// Write a table, or the rows behind it, to a file
    #[command(after_help = "Examples:
  costscope export costs.csv --group-by resource-group,month --to costs.xlsx
  costscope export costs.csv --filter 'tag:env is missing' --columns Date,ResourceId,cost --to untagged.csv
  costscope export exports/october --to october.parquet")]
    Export(ExportArgs),
    /// Check how the sources are read: layout, rows, repairs, totals
    #[command(after_help = "Examples:
  costscope check costs.csv
  costscope check exports/october --format json")]
    Check(CheckArgs),
    /// List, resume or cancel orders that still run on the server
    #[command(after_help = "Examples:
  costscope jobs list
  costscope jobs resume
  costscope jobs cancel public@ba-8608480@2026-10@actual")]
    Jobs(JobsArgs),
    /// List, show, run or create Cost Management exports, which write cost files to a storage account
    #[command(after_help = "Examples:
  costscope exports list --scope 8608480
  costscope exports run actual-daily --scope 8608480 --month 2026-10
  costscope exports create actual-daily --scope 8608480 --type actual --to az://costs/exports/cost --storage ID")]
    Exports(ExportsArgs),
    /// Check sign-in, clock, hosts, rights and quotas; each line says ok or what to do
    #[command(after_help = "Examples:
  costscope doctor
  costscope doctor --scope 8608480")]
    Doctor(DoctorArgs),
    /// List, verify or remove stored reports
    #[command(after_help = "Examples:
  costscope ledger list
  costscope ledger path
  costscope ledger remove public@ba-8608480@2026-10@actual")]
    Ledger(LedgerArgs),
    /// List or delete the converted copies of files that were opened
    #[command(after_help = "Examples:
  costscope cache list
  costscope cache clear
  costscope cache path")]
    Cache(CacheArgs),
    /// Write a made-up cost file of any size
    #[command(after_help = "Examples:
  costscope sample --rows 100000 --out actual.csv
  costscope sample --rows 100000 --metric amortized --dialect mca --seed 7 --out amortized.csv")]
    Sample(SampleArgs),
    /// Print completions for a shell
    #[command(after_help = "Examples:
  costscope completions bash > ~/.local/share/bash-completion/completions/costscope
  costscope completions zsh > ~/.zfunc/_costscope")]
    Completions(CompletionsArgs),
    /// Settings: the path of the file, the values in effect, a template, a check
    #[command(after_help = "Examples:
  costscope config template > settings.toml
  costscope config check settings.toml
  costscope config show")]
    Config(ConfigArgs),
    /// Print the manual page of the program or of one command
    #[command(after_help = "Examples:
  costscope man | man -l -
  costscope man show > costscope-show.1")]
    Man(ManArgs),
    /// Print a page of the manual or the help of a command; without a topic, list both
    #[command(after_help = "Examples:
  costscope help
  costscope help filters
  costscope help sql --format md > sql.md")]
    Help(HelpArgs),
}

#[derive(Debug, Args)]
pub struct CompletionsArgs {
    #[arg(value_enum)]
    pub shell: ShellArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ShellArg {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

#[derive(Debug, Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    pub action: Option<ConfigAction>,
}

#[derive(Debug, Args)]
pub struct ManArgs {
    /// A command (default: the whole program)
    pub command: Option<String>,
}

#[derive(Debug, Args)]
pub struct HelpArgs {
    /// A page of the manual, or a command
    pub topic: Vec<String>,
}

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Run only the emulator: print its URL as one line and serve until interrupted
    #[arg(long)]
    pub serve: bool,
    /// The port to listen on (0: any free port)
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub port: u16,
    /// happy, slow, throttled, failing, empty, expired-link, cut-body, or a TOML file
    #[arg(long, value_name = "NAME-OR-FILE")]
    pub scenario: Option<String>,
}

#[derive(Debug, Args)]
pub struct OpenArgs {
    /// Cost files (.csv, .csv.gz, .zip, .parquet, .json), export folders, Delta tables, ledger keys, sc:// or - (stdin)
    #[arg(required = true, value_name = "SOURCE")]
    pub sources: Vec<String>,
}

#[derive(Debug, Args)]
pub struct ScopesArgs {
    /// List only scopes whose name, id or kind contains these words
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MetricArg {
    Actual,
    Amortized,
    Both,
    /// Quantities (Usage Details only)
    Usage,
}

impl From<MetricArg> for MetricChoice {
    fn from(value: MetricArg) -> Self {
        match value {
            MetricArg::Actual => Self::Actual,
            MetricArg::Amortized => Self::Amortized,
            MetricArg::Both => Self::Both,
            MetricArg::Usage => Self::Usage,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ApiArg {
    /// generateCostDetailsReport, or Usage Details where an account has no reports
    Auto,
    /// generateCostDetailsReport, 2025-03-01
    Details,
    /// generateDetailedCostReport, 2021-10-01
    Detailed,
    /// Usage Details - List, 2024-08-01
    Usage,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("period").args(["from", "month", "last_month", "month_to_date", "invoice", "billing_period"]))]
pub struct ReportArgs {
    /// A path, a subscription id, or an EA billing account number; a path may end in its billing period
    #[arg(long, value_name = "SCOPE")]
    pub scope: String,
    /// The metric to order
    #[arg(long, value_enum, default_value = "actual")]
    pub metric: MetricArg,
    /// First day, YYYY-MM-DD (UTC)
    #[arg(long, value_name = "DAY", requires = "to")]
    pub from: Option<String>,
    /// Last day, YYYY-MM-DD (UTC)
    #[arg(long, value_name = "DAY", requires = "from")]
    pub to: Option<String>,
    /// A calendar month, YYYY-MM
    #[arg(long, value_name = "MONTH")]
    pub month: Option<String>,
    /// The last closed month
    #[arg(long)]
    pub last_month: bool,
    /// This month so far
    #[arg(long)]
    pub month_to_date: bool,
    /// An invoice, at a billing profile or customer
    #[arg(long, value_name = "ID")]
    pub invoice: Option<String>,
    /// A billing period by its name, such as 202610 (EA and pay-as-you-go)
    #[arg(long, value_name = "NAME")]
    pub billing_period: Option<String>,
    /// The API to order from
    #[arg(long, value_enum, default_value = "auto")]
    pub api: ApiArg,
    /// Rows of Usage Details to order, filtered by the server: 'resource-group = rg-a and tag:env = prod'
    #[arg(long, value_name = "FILTER")]
    pub usage_filter: Option<String>,
    /// Order only the most recent N rows of Usage Details
    #[arg(long, value_name = "N")]
    pub top_rows: Option<NonZeroU32>,
    /// Order even if the report is in the ledger
    #[arg(long)]
    pub refresh: bool,
    /// Stop waiting after this time, such as 90s, 60m or 2h
    #[arg(long, value_name = "TIME", default_value = "60m", value_parser = read_duration)]
    pub max_wait: Duration,
    /// Also save the files as received in this folder
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct JobsArgs {
    #[command(subcommand)]
    pub action: Option<JobsAction>,
}

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Also check rights, agreement and API of a scope
    #[arg(long, value_name = "SCOPE")]
    pub scope: Option<String>,
}

#[derive(Debug, Args)]
pub struct LedgerArgs {
    #[command(subcommand)]
    pub action: Option<LedgerAction>,
}

#[derive(Debug, Args)]
pub struct CacheArgs {
    #[command(subcommand)]
    pub action: Option<CacheAction>,
}

/// The parsed arguments, or the exit code and the text to stop with.
pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, (u8, String)> {
    Arguments::try_parse_from(arguments).map_err(|error| {
        let code = u8::try_from(error.exit_code()).unwrap_or(2);
        let text = error.render().to_string();
        let lines: Vec<String> = text.lines().map(printable).collect();
        (code, format!("{}\n", lines.join("\n")))
    })
}
