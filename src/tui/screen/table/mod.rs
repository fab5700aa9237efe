//! State of the table screen: the ledger if nothing is open, the first rows while data is read, then the open data.

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
    /// The views that scopes were left with in this run. Those on disk may be older.
    pub left: HashMap<String, SavedView>,
}

/// Two periods to compare in the data that is being opened, with the view of the previous data.
#[derive(Debug, Clone)]
pub struct Changing {
    pub periods: (DateRange, DateRange),
    pub view: SavedView,
}

/// The data that is open.
#[derive(Debug, Default)]
pub enum Open {
    #[default]
    Nothing,
    Opening {
        ticket: Ticket,
        name: String,
        wanted: Option<DateRange>,
        /// The first rows, shown while the rest is read.
        peek: Option<Box<Table>>,
        reading: Option<Reading>,
        /// The periods to compare once the data is open.
        change: Option<Box<Changing>>,
    },
    Data(Box<Explorer>),
}
