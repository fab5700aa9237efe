//! Arguments of the commands that work on local data.

use crate::domain::sql::spark_address::SparkSource;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Args)]
pub struct ShowArgs {
    /// Cost files (.csv, .csv.gz, .zip, .parquet, .json), export folders, Delta tables, ledger keys, sc:// or - (stdin)
    #[arg(required = true, value_name = "SOURCE")]
    pub sources: Vec<String>,
    /// Keys between commas: resource-group, charge-type, tag:KEY, month, a column's header, ...
    #[arg(long, value_name = "KEYS")]
    pub group_by: Option<String>,
    /// Rows to keep: 'charge-type = Usage and tag:env != prod'
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,
    /// cost (largest first), -cost, rows, or a key; several between commas, the first that tells two lines apart counts
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub sort: Option<String>,
    /// How many rows or groups, 0 for all (20 rows, or all groups, where it is not given)
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
    /// Columns of the rows, between commas; for groups: share, running, quantity, first-day, last-day beside cost and rows
    #[arg(long, value_name = "COLUMNS")]
    pub columns: Option<String>,
    /// Groups to keep by what they add up to: 'cost > 100', 'rows >= 10'
    #[arg(long, value_name = "TEST", requires = "group_by")]
    pub having: Option<String>,
    /// With --top: add up the groups beyond it in one line
    #[arg(long, requires = "top", requires = "group_by")]
    pub others: bool,
    /// One column for each month (or day) of the cost, beside the keys
    #[arg(long, value_name = "month|date", value_enum, requires = "group_by", conflicts_with_all = ["columns"])]
    pub pivot: Option<PivotArg>,
}

/// A view, and the same question in SQL.
#[derive(Debug, Args)]
pub struct ShowCommand {
    #[command(flatten)]
    pub what: ShowArgs,
    #[command(flatten)]
    pub printed: PrintSql,
}

/// The same question as a statement, or answered twice.
#[derive(Debug, Args)]
pub struct PrintSql {
    /// Print the statement of this view and run nothing: for `costscope sql` (polars), or for a notebook (spark)
    #[arg(long, value_name = "polars|spark", num_args = 0..=1, default_missing_value = "polars", require_equals = false)]
    pub print_sql: Option<String>,
    /// Answer twice, by our own engine and by polars; exit 6 names the first digit that differs
    #[arg(long, conflicts_with = "print_sql")]
    pub verify: bool,
}

/// What a pivot has a column for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PivotArg {
    Month,
    Date,
}

#[derive(Debug, Args)]
pub struct ExportArgs {
    #[command(flatten)]
    pub what: ShowArgs,
    /// The file to write: .csv, .parquet, .xlsx, .json or .md. It is there whole, or not at all
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
}

#[derive(Debug, Args)]
pub struct ChangeArgs {
    /// The earlier period: sources between commas
    #[arg(value_name = "BEFORE")]
    pub before: Sources,
    /// The later period: sources between commas; without it, two periods of the first are compared
    #[arg(value_name = "AFTER")]
    pub after: Option<Sources>,
    /// Of the earlier period only this month (2026-09) or these days (2026-09-01..2026-09-15)
    #[arg(long, value_name = "PERIOD")]
    pub before_days: Option<String>,
    /// Of the later period only this month or these days
    #[arg(long, value_name = "PERIOD")]
    pub after_days: Option<String>,
    /// Keys between commas
    #[arg(long, value_name = "KEYS")]
    pub group_by: Option<String>,
    /// Rows to keep in both periods
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,
    #[command(flatten)]
    pub printed: PrintSql,
    /// before, after, difference, new, gone, quantity, price or a key (the size of the difference by default)
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub sort: Option<String>,
    /// How many groups (0: all)
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
}

#[derive(Debug, Args)]
pub struct SqlArgs {
    /// One SELECT over the table `costs`; - reads it from standard input
    #[arg(value_name = "STATEMENT", allow_hyphen_values = true)]
    pub statement: String,
    /// Cost files, export folders, Delta tables, ledger keys, sc:// or - (stdin)
    #[arg(required = true, value_name = "SOURCE")]
    pub sources: Vec<String>,
    /// Print what would be done instead
    #[arg(long)]
    pub explain: bool,
    /// How many rows (0: all); 20 where nothing says more, all of them in CSV and in files
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
    /// Actual cost: sources between commas; FOCUS sources carry both costs and are a pair by themselves
    #[arg(value_name = "ACTUAL")]
    pub actual: Sources,
    /// Amortized cost: sources between commas
    #[arg(value_name = "AMORTIZED")]
    pub amortized: Option<Sources>,
    /// Keys between commas
    #[arg(long, value_name = "KEYS")]
    pub group_by: Option<String>,
    /// Rows to keep on both sides
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,
    #[command(flatten)]
    pub printed: PrintSql,
    /// difference, actual, amortized, residual (largest first) or a key; `-` turns it round
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    pub sort: Option<String>,
    /// How many groups (0: all)
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
    /// Exit 6 when a residual is not zero
    #[arg(long)]
    pub strict: bool,
    /// Reservations and savings plans, too: bought, used, unused, by whom, against list prices
    #[arg(long)]
    pub commitments: bool,
}

/// Sources between commas; a comma in the name of a file or folder that is there belongs to it.
#[derive(Debug, Clone, Default)]
pub struct Sources(pub Vec<String>);

/// More commas than a name has that people give to a file.
const MOST_COMMAS: usize = 16;

impl From<String> for Sources {
    fn from(text: String) -> Self {
        // The commas in the address of a server are its own.
        if SparkSource::is_one(&text) {
            return Self(vec![text]);
        }
        let pieces: Vec<&str> = text.split(',').collect();
        let (mut names, mut from) = (Vec::new(), 0);
        while let Some(rest) = pieces.get(from..).filter(|rest| !rest.is_empty()) {
            let mut lengths = (1..=rest.len().min(MOST_COMMAS)).rev();
            let there = |length: &usize| {
                let name = rest.iter().take(*length).copied().collect::<Vec<_>>();
                Path::new(&name.join(",")).exists()
            };
            let (length, name) = match lengths.find(there) {
                Some(length) => (
                    length,
                    rest.iter()
                        .take(length)
                        .copied()
                        .collect::<Vec<_>>()
                        .join(","),
                ),
                None => (1, rest.first().map_or("", |piece| piece.trim()).to_owned()),
            };
            if !name.is_empty() {
                names.push(name);
            }
            from += length;
        }
        Self(names)
    }
}

impl Sources {
    /// These and the others, where there are some.
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
    /// As the files, their billing periods, siblings and manifests prove
    Auto,
    /// 01/02/2026 is the first of February
    DayFirst,
    /// 01/02/2026 is the second of January
    MonthFirst,
}
