//! Arguments of the commands that work on local data.

use crate::domain::sql::spark_address::SparkSource;
use crate::ops::remote_sources;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Args)]
pub struct ShowArgs {
    /// Cost files (.csv, .csv.gz, .zip, .parquet, .json), export folders, Delta tables, ledger keys, sc:// or - (stdin)
    #[arg(required = true, value_name = "SOURCE")]
    pub sources: Vec<String>,
    /// Comma-separated keys: resource-group, charge-type, tag:KEY, month, a column's header, ...
    #[arg(long, value_name = "KEYS")]
    pub group_by: Option<String>,
    /// Rows to keep: 'charge-type = Usage and tag:env != prod'
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,
    /// cost (largest first), -cost, '|cost|' (largest size first, refunds like costs), rows, or a key; several are
    /// comma-separated, later ones break ties
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub sort: Option<String>,
    /// How many rows or groups, 0 for all (default: 20 rows, or all groups)
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
    /// Comma-separated columns; for groups, besides cost and rows: share, running, quantity, first-day, last-day
    #[arg(long, value_name = "COLUMNS")]
    pub columns: Option<String>,
    /// Groups to keep, by their totals: 'cost > 100', 'rows >= 10'
    #[arg(long, value_name = "TEST", requires = "group_by")]
    pub having: Option<String>,
    /// With --top: sum the remaining groups in one line
    #[arg(long, requires = "top", requires = "group_by")]
    pub others: bool,
    /// After the keys, one cost column for each month or day, or for the largest values of another key: month, date,
    /// service, tag:KEY, ...; the rest is one column
    #[arg(long, value_name = "KEY", requires = "group_by", conflicts_with_all = ["columns"])]
    pub pivot: Option<String>,
}

/// The arguments of `costscope show`.
#[derive(Debug, Args)]
pub struct ShowCommand {
    #[command(flatten)]
    pub what: ShowArgs,
    #[command(flatten)]
    pub printed: PrintSql,
}

/// Prints a view as an SQL statement, or verifies it.
#[derive(Debug, Args)]
pub struct PrintSql {
    /// Print this view as an SQL statement without running it: for `costscope sql` (polars) or a notebook (spark)
    #[arg(long, value_name = "polars|spark", num_args = 0..=1, default_missing_value = "polars", require_equals = false)]
    pub print_sql: Option<String>,
    /// Run with the built-in engine and with polars; if the results differ, name the first difference and exit with 6
    #[arg(long, conflicts_with = "print_sql")]
    pub verify: bool,
}

#[derive(Debug, Args)]
pub struct ExportArgs {
    #[command(flatten)]
    pub what: ShowArgs,
    /// The file to write: .csv, .parquet, .xlsx, .json or .md. It is written completely or not at all
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
}

#[derive(Debug, Args)]
pub struct ChangeArgs {
    /// The earlier period: comma-separated sources
    #[arg(value_name = "BEFORE")]
    pub before: Sources,
    /// The later period: comma-separated sources; without it, two periods of BEFORE are compared
    #[arg(value_name = "AFTER")]
    pub after: Option<Sources>,
    /// Limit the earlier period to a month (2026-09) or to days (2026-09-01..2026-09-15)
    #[arg(long, value_name = "PERIOD")]
    pub before_days: Option<String>,
    /// Limit the later period to a month or to days
    #[arg(long, value_name = "PERIOD")]
    pub after_days: Option<String>,
    /// Comma-separated keys
    #[arg(long, value_name = "KEYS")]
    pub group_by: Option<String>,
    /// Rows to keep in both periods
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,
    #[command(flatten)]
    pub printed: PrintSql,
    /// before, after, difference, percent, new, gone, quantity, price or a key (default: '|difference|', its size)
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub sort: Option<String>,
    /// How many groups (0: all)
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
}

#[derive(Debug, Args)]
pub struct OverviewArgs {
    /// Cost files, export folders, Delta tables, ledger keys, sc:// or - (stdin); an actual and an amortized one are a pair
    #[arg(required = true, value_name = "SOURCE")]
    pub sources: Vec<String>,
    /// Comma-separated sources of the month before (default: the sources themselves, or the ledger)
    #[arg(long, value_name = "SOURCE")]
    pub before: Option<Sources>,
    /// The tag whose values are ranked (default: the one that most rows have)
    #[arg(long, value_name = "KEY")]
    pub tag: Option<String>,
    /// Replace names and ids by pseudonyms, and amounts by an index in which the total of a currency is 100
    #[arg(long)]
    pub mask: bool,
}

#[derive(Debug, Args)]
pub struct SqlArgs {
    /// One SELECT over the table `costs`; - reads it from standard input
    #[arg(value_name = "STATEMENT", allow_hyphen_values = true)]
    pub statement: String,
    /// Cost files, export folders, Delta tables, ledger keys, sc:// or - (stdin)
    #[arg(required = true, value_name = "SOURCE")]
    pub sources: Vec<String>,
    /// Print the query plan instead
    #[arg(long)]
    pub explain: bool,
    /// How many rows, 0 for all (default: 20, or all in CSV and in files)
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
    /// The file to write: .csv, .parquet, .xlsx, .json or .md
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Cost files, export folders, Delta tables, ledger keys, sc:// or - (stdin)
    #[arg(required = true, value_name = "SOURCE")]
    pub sources: Vec<String>,
}

#[derive(Debug, Args)]
pub struct CompareArgs {
    /// Actual cost: comma-separated sources; FOCUS sources contain both costs and are a pair by themselves
    #[arg(value_name = "ACTUAL")]
    pub actual: Sources,
    /// Amortized cost: comma-separated sources
    #[arg(value_name = "AMORTIZED")]
    pub amortized: Option<Sources>,
    /// Comma-separated keys
    #[arg(long, value_name = "KEYS")]
    pub group_by: Option<String>,
    /// Rows to keep on both sides
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,
    #[command(flatten)]
    pub printed: PrintSql,
    /// difference, actual, amortized, residual, percent (largest first) or a key; `-` reverses the order
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub sort: Option<String>,
    /// How many groups (0: all)
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
    /// Exit 6 when a residual is not zero
    #[arg(long)]
    pub strict: bool,
    /// Also report reservations and savings plans: bought, used (and by whom), unused, compared with list prices
    #[arg(long)]
    pub commitments: bool,
}

/// Comma-separated sources. A comma in the name of an existing file or folder belongs to the name.
#[derive(Debug, Clone, Default)]
pub struct Sources(pub Vec<String>);

/// The greatest number of comma-separated pieces that are tried as one file name.
const MOST_COMMAS: usize = 16;

impl From<String> for Sources {
    fn from(text: String) -> Self {
        // Commas in the address of a server do not separate sources.
        if SparkSource::is_one(&text) {
            return Self(vec![text]);
        }
        // So do those in a name in blob storage, unless another address follows.
        if remote_sources::is_one(&text) {
            return Self(remote_sources::separated(&text));
        }
        let pieces: Vec<&str> = text.split(',').collect();
        let (mut names, mut from) = (Vec::new(), 0);
        while let Some(rest) = pieces.get(from..).filter(|rest| !rest.is_empty()) {
            let lengths = (1..=rest.len().min(MOST_COMMAS)).rev();
            let mut joined =
                lengths.filter_map(|length| Some((length, rest.get(..length)?.join(","))));
            let found = joined.find(|(_, name)| Path::new(name).exists());
            let first = || (1, rest.first().map_or("", |piece| piece.trim()).to_owned());
            let (length, name) = found.unwrap_or_else(first);
            if !name.is_empty() {
                names.push(name);
            }
            from += length;
        }
        Self(names)
    }
}

impl Sources {
    /// These sources, followed by the others if there are any.
    pub fn with(&self, others: Option<&Self>) -> Vec<String> {
        let others = others.map_or(&[][..], |others| &others.0);
        [self.0.as_slice(), others].concat()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SampleDialect {
    Ea,
    Mca,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SampleMetric {
    Actual,
    Amortized,
}

#[derive(Debug, Args)]
pub struct SampleArgs {
    /// How many rows
    #[arg(long, value_name = "N")]
    pub rows: u64,
    /// Which side of the pair
    #[arg(long, value_enum, default_value = "actual")]
    pub metric: SampleMetric,
    /// The layout
    #[arg(long, value_enum, default_value = "ea")]
    pub dialect: SampleDialect,
    /// The same seed gives the same file, and a matching pair
    #[arg(long, default_value_t = 7, value_name = "S")]
    pub seed: u64,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DatesArg {
    /// Inferred from the files, their billing periods, neighbouring files and manifests
    Auto,
    /// 01/02/2026 is the first of February
    DayFirst,
    /// 01/02/2026 is the second of January
    MonthFirst,
}
