//! Everything the screen shows, as plain values, and what can be done with it now.

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
use crate::domain::query::GroupKey;
use crate::domain::scope::{Agreement, ScopeId};
use crate::domain::table::{Body, Table};
use crate::ops::Identity;
use crate::ops::explore::saved_views::Kept;
use chrono::{DateTime, NaiveDate, Utc};

/// Where we are signed in, for the title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub demo: bool,
    /// Who is signed in, and how.
    pub identity: Identity,
    /// The cloud or endpoint, as ledger keys name it.
    pub origin: String,
}

/// What lies over a screen.
#[derive(Debug)]
pub enum Overlay {
    None,
    Help(Cursor),
    /// A page of the manual, by its place.
    Manual(usize, Cursor),
    Picker {
        picker: Picker,
        purpose: Purpose,
    },
    /// A line of text is asked for.
    Prompt {
        title: Said,
        hint: Said,
        field: Field,
        purpose: Asked,
    },
    /// Quit although jobs run?
    Quit,
    /// An error in full, how far it is scrolled, and what `y` copies.
    Problem {
        title: String,
        lines: Vec<String>,
        cursor: Cursor,
        copy: String,
        /// The command that prints the same, where there is one.
        command: Option<String>,
    },
}

/// What a picked entry is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    GroupTable,
    SortTable,
    GroupCompare,
    SortCompare,
    /// Which side the open data is, of a pair with these.
    Side(Vec<String>),
    /// Which side the first of two sources is.
    Which(Vec<String>),
    Columns,
    /// Values of a key; the question under way until they are there.
    Facets(GroupKey, Option<Ticket>),
    Steps,
    Days,
    Change,
    Top,
    Copy,
    /// Kept views; the question under way until they are there.
    Views(Option<Ticket>, Vec<Kept>),
    Palette,
}

/// What a line of text is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Search,
    ExportTo,
    /// The name to keep a view under.
    SaveView,
    /// The other side of what is open.
    OtherSide,
}

/// The line that talks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Talk {
    Silent,
    Hint(Said),
    Error(Said),
}

impl Talk {
    /// Something worth knowing.
    pub fn hint(said: impl Into<Said>) -> Self {
        Self::Hint(said.into())
    }

    /// Something went wrong.
    pub fn error(said: impl Into<Said>) -> Self {
        Self::Error(said.into())
    }
}

/// Why an action cannot be done now, for the line that talks.
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
    /// What the user has to do to sign in.
    pub prompt: Option<String>,
    pub scopes: Scopes,
    pub order: OrderForm,
    pub jobs: Jobs,
    pub table: TableScreen,
    pub compare: CompareScreen,
    /// Ids and amounts are hidden.
    pub masked: bool,
    /// Keys that wait for an answer.
    pub held: Vec<Key>,
    /// Makes masks that nobody can turn around; new in every run.
    pub salt: u64,
    /// The data folder as commands have to be told it; none where it is the usual one.
    pub data_dir: Option<String>,
    /// Where the row in detail was asked for.
    pub detail: Option<Ticket>,
    /// Where the other side of a file was asked for.
    pub partner: Option<Ticket>,
    /// The name that was exported to for last.
    pub export_name: Option<String>,
    pub keymap: Keymap,
    /// The mouse is ours.
    pub mouse: bool,
    /// Something changed since the last draw.
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

    /// A ticket that no earlier question has.
    pub fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    /// Whether the picture changes by itself once a second: a wait is on the screen.
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

    /// Whether keys are text.
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

    /// Scopes that are pinned or were ordered in this run, with their agreements as far as they are known.
    pub fn scopes_in_use(&self) -> Vec<(&ScopeId, Option<Agreement>)> {
        let pinned = self.scopes.marked.iter().filter(|marked| marked.pinned);
        let pinned = pinned.map(|marked| (&marked.scope.id, marked.scope.agreement));
        let orders = self.jobs.orders.iter().map(|ordered| &ordered.order);
        pinned
            .chain(orders.map(|order| (&order.scope, order.agreement)))
            .collect()
    }

    /// What the title begins with.
    pub fn title(&self) -> [&'static str; 2] {
        [" costscope", if self.place.demo { " DEMO" } else { "" }]
    }

    /// The screens as the title names them; brackets say where we are when colours cannot.
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

    /// Where keys are looked up, the nearest first.
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

    /// The context of the screen itself, whatever lies over it.
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

    /// What a key means now.
    pub fn action(&self, key: Key) -> Option<Action> {
        self.keymap.action(&self.contexts(), key)
    }

    /// Lines of the list on this screen, for paging and scrolling.
    pub fn list_height(&self) -> usize {
        self.list_height_of(self.view)
    }

    /// Lines of the list on any screen.
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

/// Lines of the totals under a table: one per currency, two where they are of two periods.
pub fn total_lines(table: &Table) -> usize {
    match &table.body {
        Body::Change(change) => (2 * change.currencies.len()).clamp(2, 4),
        _ => table.totals.len().clamp(1, 3),
    }
}
