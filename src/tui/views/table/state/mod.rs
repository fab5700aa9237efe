//! State of the table screen: the ledger if nothing is open, the first rows while data is read, then the open data.

pub mod answer;
pub mod arrangement;
pub mod charts;
pub mod column;
pub mod columns;
pub mod command;
pub mod drilldown;
pub mod explorer;
pub mod hits;
pub mod query;
pub mod saved;
pub mod shown;
pub mod statement_bar;
pub mod step;
pub mod tree_rows;

use super::ledger::LedgerList;
use crate::domain::analysis::change::Change;
use crate::domain::period::DateRange;
use crate::domain::query::Query;
use crate::domain::query::saved_view::SavedView;
use crate::domain::table::{Body, Table};
use crate::ops::LedgerEntry;
use crate::tui::action::Action;
use crate::tui::message::{Loaded, SoFar, ToOpen};
use crate::tui::said::Masked;
use crate::tui::shell::Shell;
use crate::tui::shell::request::PairView;
use crate::tui::shell::status::Why;
use crate::tui::ticket::Ticket;
use charts::chart::ChartKind;
use explorer::Explorer;
use std::collections::HashMap;
use step::Step;

/// The reason that a filtered table is empty, and the keys that help.
pub const NO_ROW: &str =
    "no row matches the filter; ⟦table.undo⟧ goes back, ⟦table.filter⟧ edits it";

/// The table screen.
#[derive(Debug, Default)]
pub struct TableScreen {
    pub ledger: LedgerList,
    pub open: Open,
    /// Statements that were asked in this run, the newest first.
    pub statements: Vec<String>,
    /// The search for the file of the other metric, to show that instead.
    pub flipping: Option<Ticket>,
    /// The source that is opened again with a new SAS.
    pub unsigned: Option<Unsigned>,
    /// Whether the user hid the last chart.
    pub charts_hidden: bool,
    /// Whether the program was started with what is open.
    pub is_start: bool,
    /// The views that scopes were left with in this run. Those on disk may be older.
    pub left: HashMap<String, SavedView>,
}

/// Sources that wait for a new SAS.
#[derive(Debug, Clone)]
pub struct Unsigned {
    pub wanted: ToOpen,
    /// The view to show a pair in.
    pub view: Option<PairView>,
    /// The name of what is opened.
    pub name: Masked,
    /// The source that the SAS is for.
    pub place: String,
}

/// Two periods to compare in the data that is being opened, with the view of the previous data.
#[derive(Debug, Clone)]
pub struct Changing {
    pub periods: (DateRange, DateRange),
    pub view: SavedView,
}

/// The state that continues in the data that is being opened.
#[derive(Debug, Clone)]
pub enum Continued {
    Change(Box<Changing>),
    /// The newest two months, in this view.
    NewestMonths(Box<SavedView>),
    /// Every step of the previous data.
    Steps(Box<(Step, Vec<Step>)>),
    /// Data that was left earlier, at this step: undo or redo opens it again.
    TimeTravel {
        back: bool,
        step: Box<Step>,
    },
    /// Nothing. The sources were typed, and are asked for again if they cannot be opened.
    Typed(String),
}

/// The data that is open.
#[derive(Debug, Default)]
pub enum Open {
    #[default]
    Nothing,
    Opening {
        ticket: Ticket,
        name: Masked,
        wanted: Option<DateRange>,
        /// The first rows, shown while the rest is read.
        peek: Option<Box<Table>>,
        /// The rows read so far; `None` at the start.
        so_far: Option<Box<SoFar>>,
        /// The groups and the filter of the first numbers.
        first: Box<Query>,
        /// Actions that wait until everything is read.
        waiting: Vec<Action>,
        /// The state that continues once the data is open.
        continued: Option<Continued>,
        /// The previous data, if it comes back when this cannot be opened.
        previous: Option<Box<Explorer>>,
    },
    Data(Box<Explorer>),
}

impl TableScreen {
    /// Gives up the data that is being opened. What was open before comes back; returns `false` if nothing was.
    pub fn restore(&mut self) -> bool {
        let previous = match std::mem::take(&mut self.open) {
            Open::Opening { previous, .. } => previous,
            Open::Nothing | Open::Data(_) => None,
        };
        let Some(mut data) = previous else {
            return false;
        };
        data.interrupted();
        self.open = Open::Data(data);
        true
    }

    /// Takes out the data that gives its place to what is being opened.
    pub fn take_previous(&mut self) -> Option<Box<Explorer>> {
        match &mut self.open {
            Open::Opening { previous, .. } => previous.take(),
            Open::Nothing | Open::Data(_) => None,
        }
    }

    /// Whether data is being opened that does not go on with a view, and for which no action waits.
    pub fn opens_anew(&self) -> bool {
        match &self.open {
            Open::Opening {
                continued, waiting, ..
            } => matches!(continued, None | Some(Continued::Typed(_))) && waiting.is_empty(),
            Open::Nothing | Open::Data(_) => false,
        }
    }

    /// Whether the list of stored reports is behind the open data. It is not behind files that the program was started with.
    pub fn has_list_behind(&self) -> bool {
        match &self.open {
            Open::Data(data) => !self.is_start || !data.loaded.opened.entries.is_empty(),
            Open::Nothing | Open::Opening { .. } => false,
        }
    }

    /// Whether there is nothing to go back to.
    pub fn is_at_root(&self) -> bool {
        match &self.open {
            Open::Nothing => true,
            Open::Opening { .. } => false,
            Open::Data(data) => data.is_first_step() && !self.has_list_behind(),
        }
    }

    /// The lines of the screen that do not belong to its list.
    pub fn other_lines(&self, shell: &Shell) -> u16 {
        match &self.open {
            Open::Data(data) => data.lines_around(shell),
            Open::Nothing => 3 + u16::from(!self.ledger.unreadable.is_empty()),
            Open::Opening { .. } => 3,
        }
    }

    /// Whether the chart has the keys.
    pub fn has_chart_focus(&self, shell: &Shell) -> bool {
        matches!(&self.open, Open::Data(data) if data.has_chart_focus(shell))
    }

    /// Whether a chart is on the screen.
    pub fn has_chart(&self, shell: &Shell) -> bool {
        matches!(&self.open, Open::Data(data) if data.has_chart(shell))
    }

    /// Opened data at its default step. Its chart appears by itself, unless the last one was hidden.
    pub fn explorer(
        &self,
        loaded: Loaded,
        title: impl Into<Masked>,
        missing: Vec<DateRange>,
    ) -> Explorer {
        let mut data = Explorer::new(loaded, title, missing);
        if self.charts_hidden {
            data.chart.kind = ChartKind::Hidden;
        }
        data
    }

    /// Keeps the cursors on their lists and visible.
    pub fn keep_cursor(&mut self, shell: &Shell) {
        let height = self.list_height(shell);
        let count = self.ledger.entries().len();
        self.ledger.cursor.keep(count, height);
        if let Open::Data(data) = &mut self.open {
            // A cursor that undo put back belongs to the answer that is still to come.
            if !data.stale {
                let count = data.count();
                data.step_mut().cursor.keep(count, height);
            }
            if let Some(answer) = &mut data.answer {
                let count = answer.count();
                answer.cursor.keep(count, height);
            }
        }
    }

    /// The height of the list.
    pub fn list_height(&self, shell: &Shell) -> usize {
        shell.list_height(self.other_lines(shell))
    }

    /// The keys of the other metric for the same days, or why there is no pair.
    pub fn partner_of(&self, entries: &[LedgerEntry]) -> Result<Vec<String>, Why> {
        let key = |entry: &LedgerEntry| match self.ledger.partner(entry) {
            Some(partner) => Ok(partner.key.to_string()),
            None => Err(Why::open(format!(
                "the ledger has only the {} report of {}; order both",
                entry.request.metric,
                entry
                    .request
                    .range()
                    .map_or_else(String::new, |range| range.to_string())
            ))),
        };
        entries.iter().map(key).collect()
    }
}

/// The greatest number of totals that have a line each.
const ALONE: usize = 3;
/// The width of the count before the totals.
const COUNT: usize = 25;

/// The height of the totals under a table on a screen of this size. Every currency is in view, as long as half of the
/// screen is left to the lines.
pub fn total_lines(table: &Table, (width, height): (u16, u16)) -> usize {
    let needed = match &table.body {
        Body::Change(change) if parts_shown(change) => 2 * change.currencies.len(),
        Body::Change(change) => change.currencies.len(),
        Body::Pivot(pivot) => pivot.totals.len(),
        Body::Groups { .. } | Body::Rows { .. } => {
            table.totals.len().div_ceil(totals_per_line(table, width))
        }
    };
    needed.clamp(1, usize::from(height / 2).max(1))
}

/// Whether the totals of two periods have a line for the parts of the difference. Many currencies have one line each, and so
/// have those of a pivot.
pub fn parts_shown(change: &Change) -> bool {
    change.currencies.len() < ALONE && change.pivot.is_none()
}

/// The number of totals in a line: one, unless there are many currencies.
pub fn totals_per_line(table: &Table, width: u16) -> usize {
    if table.totals.len() <= ALONE {
        return 1;
    }
    let wide = total_width(table) + 2;
    (usize::from(width).saturating_sub(COUNT) / wide).max(1)
}

/// The width of a total with its currency.
pub fn total_width(table: &Table) -> usize {
    let totals = table.totals.iter();
    let wide = totals.map(|money| money.amount.display().len().max(18) + 1 + money.code().len());
    wide.max().unwrap_or_default()
}
