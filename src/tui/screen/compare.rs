//! Actual beside amortized: the pair, the question, the answer.

use crate::domain::columns::Role;
use crate::domain::comparison::Comparison;
use crate::domain::filter::Filter;
use crate::domain::query::GroupKey;
use crate::tui::message::{Loaded, Problem, Ticket};
use crate::tui::part::cursor::{Cursor, Step};
use crate::tui::screen::table::FilterBar;

/// The compare screen.
#[derive(Debug, Default)]
pub enum CompareScreen {
    #[default]
    Nothing,
    Opening {
        ticket: Ticket,
        title: String,
    },
    Pair(Box<Pair>),
}

/// Two opened sides.
#[derive(Debug)]
pub struct Pair {
    pub actual: Loaded,
    pub amortized: Loaded,
    pub title: String,
    pub group_by: Vec<GroupKey>,
    pub filter: Option<Filter>,
    pub cursor: Cursor,
    pub compared: Option<Comparison>,
    pub asked: Option<Ticket>,
    pub bar: Option<FilterBar>,
    pub problem: Option<Problem>,
}

impl Pair {
    /// Starts grouped by resource group.
    pub fn new(actual: Loaded, amortized: Loaded, title: String) -> Self {
        Self {
            actual,
            amortized,
            title,
            group_by: vec![GroupKey::Role(Role::ResourceGroup)],
            filter: None,
            cursor: Cursor::default(),
            compared: None,
            asked: None,
            bar: None,
            problem: None,
        }
    }

    /// Moves the cursor.
    pub fn go(&mut self, step: Step, height: usize) {
        let count = self
            .compared
            .as_ref()
            .map_or(0, |compared| compared.groups.len());
        self.cursor.go(step, count, height);
    }

    /// Takes an answer, if it is to the newest question.
    pub fn answered(&mut self, ticket: Ticket, result: Result<Comparison, Problem>, height: usize) {
        if self.asked != Some(ticket) {
            return;
        }
        self.asked = None;
        match result {
            Ok(compared) => {
                self.cursor.keep(compared.groups.len(), height);
                self.compared = Some(compared);
                self.problem = None;
            }
            Err(problem) => self.problem = Some(problem),
        }
    }
}
