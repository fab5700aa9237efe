//! The state of the terminal UI as plain values, and the actions that are available in it.

pub mod allows;

use super::action::{Action, View};
use super::key::Key;
use super::keymap::{Context, Keymap};
use super::layout;
use super::message::Ticket;
use super::part::cursor::Cursor;
use super::part::field::Field;
use super::part::picker::Picker;
use super::part::said::Said;
use super::screen::compare::CompareScreen;
use super::screen::jobs::Jobs;
use super::screen::order::OrderForm;
use super::screen::scopes::{Focus, Scopes};
use super::screen::table::{Open, TableScreen};
use crate::domain::query::group_key::GroupKey;
use crate::domain::scope::{Agreement, ScopeId};
use crate::domain::table::{Body, Table};
use crate::ops::Identity;
use crate::ops::explore::saved_views::Kept;
use chrono::{DateTime, NaiveDate, Utc};

/// The sign-in, as the title shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub demo: bool,
    /// Who is signed in, and how.
    pub identity: Identity,
    /// The cloud or endpoint, as ledger keys name it.
    pub origin: String,
}

/// The overlay over a screen.
#[derive(Debug)]
pub enum Overlay {
    None,
    Help(Cursor),
    /// A page of the manual, by index.
    Manual(usize, Cursor),
    Picker {
        picker: Picker,
        purpose: Purpose,
    },
    /// A prompt for a line of text.
    Prompt {
        title: Said,
        hint: Said,
        field: Field,
        purpose: Asked,
    },
    /// The question whether to quit while jobs are running.
    Quit,
    /// A page of text, such as an error in full, its scroll position, and the text that `y` copies.
    Problem {
        title: String,
        lines: Vec<String>,
        cursor: Cursor,
        copy: String,
        /// The command that prints the same text, if there is one.
        command: Option<String>,
    },
}

/// The purpose of a picker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    GroupTable,
    SortTable,
    GroupCompare,
    SortCompare,
    /// The side of the open data in a pair with these sources.
    Side(Vec<String>),
    /// The side of the first of two sources.
    Which(Vec<String>),
    Columns,
    /// The values of a key, and the pending question until they arrive.
    Facets(GroupKey, Option<Ticket>),
    Steps,
    Days,
    Change,
    Top,
    Copy,
    /// The saved views, and the pending question until they arrive.
    Views(Option<Ticket>, Vec<Kept>),
    Palette,
}

/// The purpose of a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Search,
    ExportTo,
    /// The name to save a view under.
    SaveView,
    /// The other side of the open data.
    OtherSide,
}

/// The status line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Talk {
    Silent,
    Hint(Said),
    Error(Said),
}

impl Talk {
    /// A hint.
    pub fn hint(said: impl Into<Said>) -> Self {
        Self::Hint(said.into())
    }

    /// An error.
    pub fn error(said: impl Into<Said>) -> Self {
        Self::Error(said.into())
    }
}

/// The reason that an action is not available, for the status line.
pub type Why = Said;

/// The state of the terminal UI.
#[derive(Debug)]
pub struct Model {
    pub place: Place,
    pub now: DateTime<Utc>,
    pub size: (u16, u16),
    pub view: View,
    pub overlay: Overlay,
    pub talk: Talk,
    /// The instructions to sign in.
    pub prompt: Option<String>,
    pub scopes: Scopes,
    pub order: OrderForm,
    pub jobs: Jobs,
    pub table: TableScreen,
    pub compare: CompareScreen,
    /// Whether names, ids and amounts are hidden.
    pub masked: bool,
    /// Keys that wait for an answer.
    pub held: Vec<Key>,
    /// Salt that makes masks irreversible; new in every run.
    pub salt: u64,
    /// The data folder for copied commands; `None` for the default one.
    pub data_dir: Option<String>,
    /// The pending question for a detail page.
    pub detail: Option<Ticket>,
    /// The pending question for the other side of a file.
    pub partner: Option<Ticket>,
    /// The file name of the last export.
    pub export_name: Option<String>,
    pub keymap: Keymap,
    /// Whether the mouse is captured.
    pub mouse: bool,
    /// Whether something changed since the last draw.
    pub dirty: bool,
    tickets: u64,
}

impl Model {
    /// An empty model that shows the scopes.
    pub fn new(place: Place, size: (u16, u16), now: DateTime<Utc>) -> Self {
        Self {
            place,
            now,
            size,
            view: View::Scopes,
            overlay: Overlay::None,
            talk: Talk::Silent,
            prompt: None,
            scopes: Scopes::default(),
            order: OrderForm::default(),
            jobs: Jobs::default(),
            table: TableScreen::default(),
            compare: CompareScreen::default(),
            masked: false,
            held: Vec::new(),
            salt: 0,
            data_dir: None,
            detail: None,
            partner: None,
            export_name: None,
            keymap: Keymap::default(),
            mouse: false,
            dirty: true,
            tickets: 0,
        }
    }

    /// Today, as Azure counts days.
    pub fn today(&self) -> NaiveDate {
        self.now.date_naive()
    }

    /// A new ticket, different from all earlier ones.
    pub fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    /// Whether the screen is redrawn once a second, because it shows a wait.
    pub fn ticks(&self) -> bool {
        let asks = match &self.table.open {
            Open::Data(data) => data
                .answer
                .as_ref()
                .is_some_and(|view| view.asked.is_some()),
            _ => false,
        };
        self.view == View::Jobs && self.jobs.running() > 0 || self.view == View::Table && asks
    }

    /// Whether keys go to a text field.
    pub fn is_typing(&self) -> bool {
        match (&self.overlay, self.view) {
            (Overlay::Prompt { .. }, _) => true,
            (Overlay::None, View::Scopes) => !matches!(self.scopes.focus, Focus::Tree),
            (Overlay::None, View::Order) => self.order.is_typing(),
            (Overlay::None, View::Table) => {
                matches!(&self.table.open, Open::Data(data) if data.bar.is_some() || data.question.is_some())
            }
            (Overlay::None, View::Compare) => {
                matches!(&self.compare, CompareScreen::Pair(pair) if pair.bar.is_some())
            }
            _ => false,
        }
    }

    /// Scopes that are pinned or were ordered in this run, with their agreements where known.
    pub fn scopes_in_use(&self) -> Vec<(&ScopeId, Option<Agreement>)> {
        let pinned = self.scopes.marked.iter().filter(|marked| marked.pinned);
        let pinned = pinned.map(|marked| (&marked.scope.id, marked.scope.agreement));
        let orders = self.jobs.orders.iter().map(|ordered| &ordered.order);
        pinned
            .chain(orders.map(|order| (&order.scope, order.agreement)))
            .collect()
    }

    /// The start of the title.
    pub fn title(&self) -> [&'static str; 2] {
        [" costscope", if self.place.demo { " DEMO" } else { "" }]
    }

    /// The tabs of the title. Brackets mark the current screen even without colours.
    pub fn tabs(&self) -> Vec<(View, String)> {
        let running = self.jobs.running();
        let named = (1..).zip(View::ALL).map(|(number, view)| {
            let count = if view == View::Jobs && running > 0 {
                format!(" ·{running}")
            } else {
                String::new()
            };
            let name = view.name();
            let shown = if view == self.view {
                format!(" [{number} {name}{count}]")
            } else {
                format!("  {number} {name}{count}")
            };
            (view, shown)
        });
        named.collect()
    }

    /// The contexts in which keys are looked up, innermost first.
    pub fn contexts(&self) -> Vec<Context> {
        match &self.overlay {
            Overlay::Help(_) | Overlay::Manual(..) | Overlay::Problem { .. } => {
                return vec![Context::Overlay, Context::Always];
            }
            Overlay::Quit => return vec![Context::Question, Context::Always],
            Overlay::Picker { .. } => return vec![Context::Picker, Context::Always],
            Overlay::Prompt { .. } | Overlay::None => {}
        }
        if self.is_typing() {
            return vec![Context::Text, Context::Always];
        }
        vec![self.screen_context(), Context::Everywhere, Context::Always]
    }

    /// The context of the screen itself, regardless of overlays.
    pub fn screen_context(&self) -> Context {
        match self.view {
            View::Scopes => Context::Scopes,
            View::Order => Context::Order,
            View::Jobs => Context::Jobs,
            View::Compare => Context::Compare,
            View::Table => match self.table.open {
                Open::Data(ref data) if data.answer.is_some() => Context::Answer,
                Open::Data(_) => Context::Table,
                Open::Opening { .. } => Context::Opening,
                Open::Nothing => Context::Ledger,
            },
        }
    }

    /// The action of a key in the current contexts.
    pub fn action(&self, key: Key) -> Option<Action> {
        self.keymap.action(&self.contexts(), key)
    }

    /// The height of the list on this screen, for paging and scrolling.
    pub fn list_height(&self) -> usize {
        self.list_height_of(self.view)
    }

    /// The height of the list on any screen.
    pub fn list_height_of(&self, view: View) -> usize {
        let others = match view {
            View::Scopes => 2,
            View::Order => 0,
            View::Jobs => 9,
            View::Table => match &self.table.open {
                Open::Data(data) => {
                    let totals = data.shown.as_ref();
                    let totals = totals.filter(|_| data.answer.is_none());
                    let totals = totals.map_or(1, |shown| total_lines(&shown.table));
                    5 + data.lines_above() + u16::try_from(totals).unwrap_or(1)
                }
                _ => 3,
            },
            View::Compare => 12,
        };
        layout::list_height(self.size.1, others)
    }

    /// Whether `q` ends the program here rather than going back.
    pub fn is_at_root(&self) -> bool {
        match (self.view, &self.table.open) {
            (View::Scopes, _) | (View::Table, Open::Nothing) => true,
            (View::Table, Open::Data(data)) => data.is_at_root(),
            _ => false,
        }
    }
}

/// The height of the totals under a table: one line per currency, or two for a comparison of periods.
pub fn total_lines(table: &Table) -> usize {
    match &table.body {
        Body::Change(change) => (2 * change.currencies.len()).clamp(2, 4),
        _ => table.totals.len().clamp(1, 3),
    }
}
