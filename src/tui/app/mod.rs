//! The state of the terminal UI as plain values, and the actions that are available in it.

pub mod allows;
pub(crate) mod answers;
pub mod draw;
pub(crate) mod footer;
pub(crate) mod help_page;
pub(crate) mod ledger_read;
pub(crate) mod masking;
pub mod mouse;
pub mod overlay;
pub(crate) mod overview_subject;
pub(crate) mod palette;
pub mod type_ahead;
pub(crate) mod typing;
pub mod update;

use super::action::{Action, View};
use super::key::Key;
use super::keymap::Context;
use super::shell::overlay::Overlay;
use super::shell::{Shell, SignInPlace};
use super::views::compare::state::CompareScreen;
use super::views::jobs::state as jobs;
use super::views::jobs::state::Jobs;
use super::views::order::state::OrderForm;
use super::views::overview::state::OverviewScreen;
use super::views::scopes::state::{Focus, Scopes};
use super::views::table::state::answer::AnswerView;
use super::views::table::state::{Open, TableScreen};
use crate::domain::scope::{Agreement, ScopeId};
use chrono::{DateTime, Utc};

/// The state of the terminal UI.
#[derive(Debug)]
pub struct Model {
    pub shell: Shell,
    pub overview: OverviewScreen,
    pub scopes: Scopes,
    pub order: OrderForm,
    pub jobs: Jobs,
    pub table: TableScreen,
    pub compare: CompareScreen,
}

impl Model {
    /// An empty model that shows the scopes.
    pub fn new(place: SignInPlace, size: (u16, u16), now: DateTime<Utc>) -> Self {
        Self {
            shell: Shell::new(place, size, now),
            overview: OverviewScreen::default(),
            scopes: Scopes::default(),
            order: OrderForm::default(),
            jobs: Jobs::default(),
            table: TableScreen::default(),
            compare: CompareScreen::default(),
        }
    }

    /// Whether the screen is redrawn once a second, because it shows a wait.
    pub fn ticks(&self) -> bool {
        let waits = |view: &AnswerView| view.asked.is_some();
        let asks = matches!(&self.table.open, Open::Data(data) if data.answer.as_deref().is_some_and(waits));
        self.shell.view == View::Jobs && self.jobs.running() > 0
            || self.shell.view == View::Table && asks
    }

    /// Whether keys go to a text field.
    pub fn is_typing(&self) -> bool {
        match (&self.shell.overlay, self.shell.view) {
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
        [
            " costscope",
            if self.shell.place.demo { " DEMO" } else { "" },
        ]
    }

    /// The tabs of the title, by their numbers only where their names do not fit.
    pub fn tabs(&self) -> Vec<(View, String)> {
        let tabs = self.tabs_named(true);
        let title = self.title().concat().chars().count();
        let names = tabs.iter().map(|(_, name)| name.chars().count());
        if title + names.sum::<usize>() <= usize::from(self.shell.size.0) {
            return tabs;
        }
        self.tabs_named(false)
    }

    /// The tabs, each by its name or only the current one. Brackets mark the current screen even without colours.
    fn tabs_named(&self, all: bool) -> Vec<(View, String)> {
        let running = self.jobs.running();
        let named = (0..).zip(View::ALL).map(|(number, view)| {
            let count = if view == View::Jobs && running > 0 {
                format!(" ·{running}")
            } else {
                String::new()
            };
            let name = view.name();
            let shown = if view == self.shell.view {
                format!(" [{number} {name}{count}]")
            } else if all {
                format!("  {number} {name}{count}")
            } else {
                format!("  {number}{count}")
            };
            (view, shown)
        });
        named.collect()
    }

    /// The contexts in which keys are looked up, innermost first.
    pub fn contexts(&self) -> Vec<Context> {
        match &self.shell.overlay {
            Overlay::Help(_) => return vec![Context::Help, Context::Always],
            Overlay::Manual(..) | Overlay::Problem { .. } => {
                return vec![Context::Overlay, Context::Always];
            }
            Overlay::Quit | Overlay::Cancel(_) => return vec![Context::Question, Context::Always],
            Overlay::Picker { .. } => return vec![Context::Picker, Context::Always],
            Overlay::Prompt { .. } | Overlay::None => {}
        }
        if self.is_typing() {
            return vec![Context::Text, Context::Always];
        }
        self.screen_contexts()
    }

    /// The contexts of the screen itself, innermost first, whatever covers it.
    pub fn screen_contexts(&self) -> Vec<Context> {
        let mut contexts = vec![self.screen_context(), Context::Everywhere, Context::Always];
        if self.shell.view == View::Table && self.table.has_chart_focus(&self.shell) {
            contexts.insert(0, Context::Chart);
        }
        contexts
    }

    /// The screen that is drawn and that keys act on. Without data, the overview lists the stored reports, as the table does.
    pub fn acting_view(&self) -> View {
        match self.shell.view {
            View::Overview if self.overview.page.is_none() => View::Table,
            view => view,
        }
    }

    /// The context of the screen itself, regardless of overlays.
    pub fn screen_context(&self) -> Context {
        match self.acting_view() {
            View::Overview if self.overview.lists_findings() => Context::Findings,
            View::Overview => Context::Overview,
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
        self.shell.keymap.action(&self.contexts(), key)
    }

    /// The height of the list on this screen, for paging and scrolling.
    pub fn list_height(&self) -> usize {
        self.list_height_of(self.acting_view())
    }

    /// The height of the list on any screen.
    pub fn list_height_of(&self, view: View) -> usize {
        let others = match view {
            View::Scopes => self.scopes.other_lines(),
            View::Overview | View::Order => 0,
            View::Jobs => jobs::LINES_ABOVE,
            View::Table => self.table.other_lines(&self.shell),
            View::Compare => self.compare.other_lines(),
        };
        self.shell.list_height(others)
    }

    /// Whether `q` ends the program instead of going back.
    pub fn is_at_root(&self) -> bool {
        match (self.acting_view(), &self.table.open) {
            (View::Overview, _) if self.overview.lists_findings() => false,
            (View::Overview, Open::Data(_)) => !self.table.has_list_behind(),
            (View::Overview | View::Scopes, _) => true,
            (View::Table, _) => self.table.is_at_root(),
            _ => false,
        }
    }
}
