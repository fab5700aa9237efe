//! Arguments of `costscope findings`.

use super::local::Sources;
use clap::Args;

/// The thresholds with their defaults, and examples.
pub const AFTER_HELP: &str = "Thresholds, under [findings] in settings.toml:
  least = 1            the smallest amount of a finding, in its currency
  jump-deviations = 5  a day is a jump from this many deviations above the median of its weekday,
  jump-percent = 20      and this many percent
  jump-days = 3        a group with more such days has a new level, not jumps
  price-percent = 1    a unit price has changed from this many percent
  tag-percent = 50     a tag key is expected if more than this percentage of the money carries it
  idle-days = 3        a resource is idle from this many days with cost and a quantity of 0,
  idle-percent = 10      if its daily cost differs from before by at most this many percent

Examples:
  costscope findings october.csv --before september.csv
  costscope findings exports/2026 --tag owner,env --top 10
  costscope findings actual.csv --amortized amortized.csv --filter 'resource-group = rg-web'
  costscope findings --dismiss jump-4f1c2b7e9a02";

#[derive(Debug, Args)]
pub struct FindingsArgs {
    /// Cost files, export folders, Delta tables, ledger keys, sc:// or - (stdin); of several months, the last is searched
    #[arg(value_name = "SOURCE", required_unless_present_any = ["dismiss", "restore"])]
    pub sources: Vec<String>,
    /// The month before: comma-separated sources (default: the month before in SOURCE)
    #[arg(long, value_name = "SOURCES", requires = "sources")]
    pub before: Option<Sources>,
    /// Amortized costs of the same days, for unused commitments: comma-separated sources
    #[arg(long, value_name = "SOURCES", requires = "sources")]
    pub amortized: Option<Sources>,
    /// Rows to keep, on every side
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,
    /// Comma-separated tag keys that usage must carry (default: those that most money carries)
    #[arg(long, value_name = "KEYS")]
    pub tag: Option<String>,
    /// How many findings (0: all)
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
    /// Replace names and ids by pseudonyms, and amounts by an index in which the total of a currency is 100
    #[arg(long)]
    pub mask: bool,
    /// Also list dismissed findings
    #[arg(long)]
    pub all: bool,
    /// Dismiss findings by their ids; they stay dismissed
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub dismiss: Vec<String>,
    /// Restore dismissed findings
    #[arg(
        long,
        value_name = "ID",
        value_delimiter = ',',
        conflicts_with = "dismiss"
    )]
    pub restore: Vec<String>,
}

impl FindingsArgs {
    /// All sources.
    pub fn all_sources(&self) -> Vec<String> {
        let more = [&self.before, &self.amortized].into_iter().flatten();
        let more = more.flat_map(|sources| sources.0.iter());
        self.sources.iter().chain(more).cloned().collect()
    }
}
