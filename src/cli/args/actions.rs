//! The actions of `costscope cache`, `config`, `jobs` and `ledger`.

use super::options::read_duration;
use clap::Subcommand;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum CacheAction {
    /// List all copies, the one used last first
    #[command(after_help = "Examples:
  costscope cache list
  costscope cache list --format json")]
    List,
    /// Delete all copies; the files they were made from stay as they are
    #[command(after_help = "Examples:
  costscope cache clear")]
    Clear,
    /// Print the folder of the copies, whether or not it exists
    #[command(after_help = "Examples:
  costscope cache path
  du -sh \"$(costscope cache path)\"")]
    Path,
}

#[derive(Debug, Clone, Subcommand)]
pub enum ConfigAction {
    /// Print the path of the settings file, whether or not it exists
    #[command(after_help = "Examples:
  costscope config path
  $EDITOR \"$(costscope config path)\"")]
    Path,
    /// Print the settings in effect, and where each one comes from
    #[command(after_help = "Examples:
  costscope config show
  costscope config show --format json")]
    Show,
    /// Print a settings file with every setting, every style and the whole key table
    #[command(after_help = "Examples:
  costscope config template > \"$(costscope config path)\"")]
    Template,
    /// Check a settings file: exit 0 if it is valid, or 2 with the position of every error
    #[command(after_help = "Examples:
  costscope config check
  costscope config check other.toml")]
    Check {
        /// The file to check instead of the one in the data folder
        file: Option<PathBuf>,
    },
}

#[derive(Debug, Clone, Subcommand)]
pub enum JobsAction {
    /// List all recorded orders: those that run on the server, those that wait for their turn, and watched runs of exports
    #[command(after_help = "Examples:
  costscope jobs list
  costscope jobs list --all
  costscope jobs list --all --format json")]
    List {
        /// Also list the orders that have ended; as JSON with every call to the server
        #[arg(long)]
        all: bool,
    },
    /// Resume all of them, or only these; nothing is ordered twice
    #[command(after_help = "Examples:
  costscope jobs resume
  costscope jobs resume 2026-10@actual --max-wait 2h")]
    Resume {
        /// Ids, or parts of them
        ids: Vec<String>,
        /// Stop waiting after this time, such as 90s, 60m or 2h
        #[arg(long, value_name = "TIME", default_value = "60m", value_parser = read_duration)]
        max_wait: Duration,
    },
    /// Stop following orders (Azure has no cancel: the server carries on)
    #[command(after_help = "Examples:
  costscope jobs cancel 2026-10@actual")]
    Cancel {
        /// Ids, or parts of them
        #[arg(required = true)]
        ids: Vec<String>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum LedgerAction {
    /// List all stored reports
    #[command(after_help = "Examples:
  costscope ledger list
  costscope ledger list --format json")]
    List,
    /// Print the folder of the ledger
    #[command(after_help = "Examples:
  costscope ledger path
  du -sh \"$(costscope ledger path)\"")]
    Path,
    /// Read every byte of the reports and compare checksums, rows and totals; if any are damaged, name them and exit with 6
    #[command(after_help = "Examples:
  costscope ledger verify
  costscope ledger verify public@ba-8608480@2026-10@actual")]
    Verify {
        /// Complete keys (default: all reports)
        #[arg(value_name = "KEY")]
        keys: Vec<String>,
    },
    /// Delete reports permanently; a later order fetches them again
    #[command(after_help = "Examples:
  costscope ledger remove public@ba-8608480@2026-10@actual")]
    Remove {
        /// Complete keys, as `costscope ledger list` shows them
        #[arg(required = true, value_name = "KEY")]
        keys: Vec<String>,
    },
}
