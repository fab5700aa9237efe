//! What commands with several actions can do.

use super::read_duration;
use clap::Subcommand;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Clone, Subcommand)]
pub enum ConfigAction {
    /// Where the settings file is, whether it is there or not
    #[command(after_help = "Examples:
  costscope config path
  $EDITOR \"$(costscope config path)\"")]
    Path,
    /// What holds now, and where it comes from
    #[command(after_help = "Examples:
  costscope config show
  costscope config show --format json")]
    Show,
    /// A file with every setting, every style and the whole table of keys
    #[command(after_help = "Examples:
  costscope config template > \"$(costscope config path)\"")]
    Template,
    /// Whether a file reads: exit 0, or 2 with the place of everything that is wrong
    #[command(after_help = "Examples:
  costscope config check
  costscope config check other.toml")]
    Check {
        /// Another file than the one in the data folder
        file: Option<PathBuf>,
    },
}

#[derive(Debug, Clone, Subcommand)]
pub enum JobsAction {
    /// Every order that is noted
    #[command(after_help = "Examples:
  costscope jobs list
  costscope jobs list --format json")]
    List,
    /// Go on with all of them, or with these; nothing is ordered twice
    #[command(after_help = "Examples:
  costscope jobs resume
  costscope jobs resume 2026-10@actual --max-wait 2h")]
    Resume {
        /// Ids, or parts of them
        ids: Vec<String>,
        /// Give up after this long, such as 90s, 60m or 2h
        #[arg(long, value_name = "TIME", default_value = "60m", value_parser = read_duration)]
        max_wait: Duration,
    },
    /// Stop following (Azure has no cancel: the server goes on)
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
    /// Every stored report
    #[command(after_help = "Examples:
  costscope ledger list
  costscope ledger list --format json")]
    List,
    /// The folder they are in
    #[command(after_help = "Examples:
  costscope ledger path
  du -sh \"$(costscope ledger path)\"")]
    Path,
    /// Read every byte of the reports and compare checksums, rows and totals; exit 6 names what is damaged
    #[command(after_help = "Examples:
  costscope ledger verify
  costscope ledger verify public@ba-8608480@2026-10@actual")]
    Verify {
        /// Whole keys; all reports where none is given
        #[arg(value_name = "KEY")]
        keys: Vec<String>,
    },
    /// Delete reports, for good: a later order fetches them anew
    #[command(after_help = "Examples:
  costscope ledger remove public@ba-8608480@2026-10@actual")]
    Remove {
        /// Whole keys, as `costscope ledger list` shows them
        #[arg(required = true, value_name = "KEY")]
        keys: Vec<String>,
    },
}
