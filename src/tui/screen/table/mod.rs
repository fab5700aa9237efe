//! The table screen: the ledger with nothing open, the first rows while something is read, open data after that.

pub mod answer;
pub mod bar;
pub mod branches;
pub mod columns;
pub mod command;
pub mod days;
pub mod explorer;
pub mod moves;
pub mod saved;
pub mod statement_bar;
pub mod step;

use super::ledger::LedgerList;
use crate::domain::period::DateRange;
use crate::domain::query::saved_view::SavedView;
use crate::domain::table::Table;
use crate::tui::message::{Reading, Ticket};
use explorer::Explorer;
use std::collections::HashMap;

/// The table screen.
#[derive(Debug, Default)]
pub struct TableScreen {
    pub ledger: LedgerList,
    pub open: Open,
    /// Filters that were used in this run, the newest first.
    pub history: Vec<String>,
    /// Statements that were asked in this run, the newest first.
    pub statements: Vec<String>,
    /// How scopes were left in this run; what is on disk may be older still.
    pub left: HashMap<String, SavedView>,
}

/// Two periods of what is being opened, to be looked at as what was open before.
#[derive(Debug, Clone)]
pub struct Changing {
    pub periods: (DateRange, DateRange),
    pub view: SavedView,
}

/// What is open.
#[derive(Debug, Default)]
pub enum Open {
    #[default]
    Nothing,
    Opening {
        ticket: Ticket,
        name: String,
        wanted: Option<DateRange>,
        /// The first rows, and how far the rest is.
        peek: Option<Box<Table>>,
        reading: Option<Reading>,
        /// Two periods to compare at once, and how.
        change: Option<Box<Changing>>,
    },
    Data(Box<Explorer>),
}
