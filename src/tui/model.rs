//! Everything the screen shows, as plain values, and what can be done with it now.

use super::action::{Action, View};
use super::key::Key;
use super::keymap::{Context, Keymap};
use super::layout;
use super::message::Ticket;
use super::part::cursor::Cursor;
use super::part::field::Field;
use super::part::picker::Picker;
use super::screen::compare::CompareScreen;
use super::screen::jobs::{Job, JobGroup, Jobs};
use super::screen::order::OrderForm;
use super::screen::scopes::{Focus, Scopes};
use super::screen::table::{Explorer, Open, TableScreen};
use crate::domain::metric::Metric;
use crate::domain::query::GroupKey;
use crate::domain::table::Body;
use crate::ops::Identity;
use crate::ops::report::Outcome;
use crate::ops::views::Kept;
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
    Picker {
        picker: Picker,
        purpose: Purpose,
    },
    /// A line of text is asked for.
    Prompt {
        title: String,
        hint: String,
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
    },
}

/// What a picked entry is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    GroupTable,
    SortTable,
    GroupCompare,
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
}

/// The line that talks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Talk {
    Silent,
    Hint(String),
    Error(String),
}

/// Why an action cannot be done now, for the line that talks.
pub type Why = String;

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
    /// Makes masks that nobody can turn around; new in every run.
    pub salt: u64,
    /// The data folder as commands have to be told it; none where it is the usual one.
    pub data_dir: Option<String>,
    /// Where the row in detail was asked for.
    pub detail: Option<Ticket>,
    pub keymap: Keymap,
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
            salt: 0,
            data_dir: None,
            detail: None,
            keymap: Keymap::default(),
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
        self.view == View::Jobs && self.jobs.running() > 0
    }

    /// Whether keys are text.
    pub fn is_typing(&self) -> bool {
        match (&self.overlay, self.view) {
            (Overlay::Prompt { .. }, _) => true,
            (Overlay::None, View::Scopes) => !matches!(self.scopes.focus, Focus::Tree),
            (Overlay::None, View::Order) => self.order.is_typing(),
            (Overlay::None, View::Table) => {
                matches!(&self.table.open, Open::Data(data) if data.bar.is_some())
            }
            (Overlay::None, View::Compare) => {
                matches!(&self.compare, CompareScreen::Pair(pair) if pair.bar.is_some())
            }
            _ => false,
        }
    }

    /// Where keys are looked up, the nearest first.
    pub fn contexts(&self) -> Vec<Context> {
        match &self.overlay {
            Overlay::Help(_) | Overlay::Problem { .. } => {
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
                    let totals = data.shown.as_ref().map_or(1, |shown| {
                        let count = match &shown.table.body {
                            Body::Change(change) => change.currencies.len(),
                            _ => shown.table.totals.len(),
                        };
                        count.clamp(1, 3)
                    });
                    let missing = u16::from(!data.missing.is_empty())
                        + u16::from(!data.loaded.opened.notes.is_empty());
                    let chart = if data.chart { layout::CHART } else { 0 };
                    5 + missing + chart + u16::try_from(totals).unwrap_or(1)
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

    /// Whether an action can be done now, or why not. Update, footer and help ask this.
    pub fn allows(&self, action: Action) -> Result<(), Why> {
        if let (Overlay::Picker { picker, .. }, Action::Toggle) = (&self.overlay, action)
            && !picker.several
        {
            return Err("only one of these can be taken".to_owned());
        }
        if let (Overlay::Picker { purpose, .. }, Action::Drop) = (&self.overlay, action)
            && !matches!(purpose, Purpose::Facets(..) | Purpose::Views(..))
        {
            return Err("only values of a column and kept views can be dropped".to_owned());
        }
        match (self.view, action) {
            (_, _) if !matches!(self.overlay, Overlay::None) || self.is_typing() => Ok(()),
            (View::Scopes, Action::Pin) => match self.scopes.selected() {
                None => Err("no scope is selected".to_owned()),
                Some(_) => Ok(()),
            },
            (View::Scopes, Action::Enter) => match self.scopes.selected() {
                None => Err("no scope is selected; i takes a typed one".to_owned()),
                Some(_) => self.scopes.why_not().map_or(Ok(()), Err),
            },
            (
                View::Order,
                Action::NextField
                | Action::PreviousField
                | Action::Left
                | Action::Right
                | Action::Refresh,
            ) if self.order.scope.is_none() => Err("pick a scope first: 1 shows them".to_owned()),
            (View::Order, Action::Enter) => self.order.order(self.today()).map(|_| ()),
            (View::Jobs, action) => self.jobs_allow(action),
            (View::Table, action) => self.table_allows(action),
            (View::Compare, Action::GroupBy | Action::Filter) => match &self.compare {
                CompareScreen::Pair(_) => Ok(()),
                _ => Err("nothing is compared yet; x in the table does".to_owned()),
            },
            _ => Ok(()),
        }
    }

    fn jobs_allow(&self, action: Action) -> Result<(), Why> {
        let selected = self.jobs.selected_job().map(|(_, job)| job);
        let no = |text: &str| Err(text.to_owned());
        match action {
            Action::Enter
            | Action::Compare
            | Action::CancelJob
            | Action::Retry
            | Action::MoreTime
            | Action::Copy
                if self.jobs.selected().is_none() =>
            {
                no("there are no jobs; order a report first")
            }
            Action::CancelJob => self.cancel_allowed(selected),
            Action::MoreTime => match selected {
                Some(job) if job.gave_up() || (job.runs() && job.limit.is_some()) => Ok(()),
                Some(job) if job.runs() => {
                    no("this job waits for its turn; its time has not begun")
                }
                Some(_) => no("this job is over"),
                None => no("pick one of the reports of this order"),
            },
            Action::Copy => match selected {
                Some(job) if !job.ids.is_empty() => Ok(()),
                Some(_) => no("no answer had an id yet"),
                None => no("pick one of the reports of this order"),
            },
            Action::Retry if self.jobs.retryable().is_empty() => match selected {
                Some(job) if job.runs() => no("this job still runs"),
                Some(_) => no("this report is ready; enter opens it"),
                None => no("no report of this order has failed"),
            },
            Action::Enter => match self.jobs.selected_order() {
                Some(ordered) if self.openable(ordered).is_some() => Ok(()),
                Some(ordered) if selected.is_none() && ordered.jobs.iter().any(Job::runs) => {
                    no("these reports are not ready yet")
                }
                _ => match selected {
                    Some(job) if job.runs() => no("this report is not ready yet"),
                    Some(job) if job.problem().is_some() => Ok(()),
                    _ => no("there is no report here to open"),
                },
            },
            Action::Compare => match self.jobs.selected_order() {
                Some(ordered) if ordered.pair().is_some() => Ok(()),
                _ => no(
                    "comparing needs the actual and the amortized report of this order, both ready",
                ),
            },
            _ => Ok(()),
        }
    }

    fn cancel_allowed(&self, selected: Option<&Job>) -> Result<(), Why> {
        let over = match (selected, self.jobs.selected_order()) {
            (Some(job), _) => !job.runs() && !job.may_go_on(),
            (None, Some(ordered)) => !ordered.jobs.iter().any(Job::runs),
            (None, None) => false,
        };
        match (over, selected) {
            (false, _) => Ok(()),
            (true, Some(_)) => Err("this job is over".to_owned()),
            (true, None) => Err("these jobs are over".to_owned()),
        }
    }

    /// The reports that enter opens: the one under the cursor, or all of the order's first metric that has any.
    pub fn openable(&self, ordered: &JobGroup) -> Option<Vec<String>> {
        let key = |entry: &crate::ops::Entry| entry.key.as_str().to_owned();
        if let Some((_, job)) = self.jobs.selected_job() {
            return job
                .outcome
                .as_ref()
                .and_then(Outcome::entry)
                .map(|entry| vec![key(entry)]);
        }
        let of = |metric| {
            ordered
                .ready(metric)
                .into_iter()
                .map(key)
                .collect::<Vec<_>>()
        };
        [Metric::Actual, Metric::Amortized]
            .into_iter()
            .map(of)
            .find(|keys| !keys.is_empty())
    }

    fn table_allows(&self, action: Action) -> Result<(), Why> {
        let no = |text: &str| Err(text.to_owned());
        match (&self.table.open, action) {
            (Open::Data(data), action) if action != Action::Compare => data_allows(data, action),
            (Open::Data(data), Action::Compare)
                if data.loaded.opened.data.amortized_side().is_some() =>
            {
                Ok(())
            }
            (Open::Data(data), Action::Compare) => {
                self.partner_of(&data.loaded.opened.entries).map(|_| ())
            }
            (_, Action::Enter | Action::AllMonths) if self.table.ledger.selected().is_none() => {
                no("the ledger is empty; order a report first (1, then enter)")
            }
            (_, Action::Compare) => match self.table.ledger.selected() {
                None => no("the ledger is empty; order a report first (1, then enter)"),
                Some(entry) => self.partner_of(std::slice::from_ref(entry)).map(|_| ()),
            },
            _ => Ok(()),
        }
    }

    /// The keys of the other metric for the same days, or why there is no pair.
    pub fn partner_of(&self, entries: &[crate::ops::Entry]) -> Result<Vec<String>, Why> {
        if entries.is_empty() {
            return Err(
                "comparing needs reports from the ledger; for files use `costscope compare`"
                    .to_owned(),
            );
        }
        let mut keys = Vec::with_capacity(entries.len());
        for entry in entries {
            let Some(partner) = self.table.ledger.partner(entry) else {
                let period = entry
                    .request
                    .range()
                    .map(|range| range.to_string())
                    .unwrap_or_default();
                return Err(format!(
                    "the ledger has only the {} report of {period}; order both",
                    entry.request.metric
                ));
            };
            keys.push(partner.key.as_str().to_owned());
        }
        Ok(keys)
    }
}

/// Whether open data allows an action, or why not.
fn data_allows(data: &Explorer, action: Action) -> Result<(), Why> {
    let no = |text: &str| Err(text.to_owned());
    let grouped = !data.step().group_by.is_empty();
    match action {
        action if data.stale && data.asked.is_some() && action.needs_line() => Ok(()),
        Action::Enter | Action::Rows | Action::Detail if data.stale => {
            no("the table is being worked out")
        }
        Action::Enter | Action::Rows | Action::Detail if data.count() == 0 => {
            no("there is nothing here to go into")
        }
        Action::Branch if data.stale => no("the table is being worked out"),
        Action::Rows | Action::Branch | Action::Pivot | Action::Top | Action::Picture
            if !grouped =>
        {
            no("these are the rows themselves; g groups them")
        }
        Action::Branch if data.step().pivot.is_some() || data.step().change.is_some() => {
            no("groups unfold in a plain table only; enter goes into them")
        }
        Action::Branch if data.twig().is_none() && data.step().levels.is_empty() => {
            no("nothing is further inside; enter shows the rows")
        }
        Action::Top if data.step().change.is_some() => {
            no("two periods beside each other show every group; C shows one table again")
        }
        Action::Undo if !data.can_undo() => no("nothing was changed that could be undone"),
        Action::Redo if !data.can_redo() => no("nothing was undone"),
        Action::NextMatch | Action::PreviousMatch if data.search.text.is_empty() => {
            no("nothing is searched for; / searches")
        }
        Action::StopQuery if data.asked.is_none() && !data.stopped => {
            no("nothing is being worked out")
        }
        Action::Steps if data.crumbs().len() < 2 => no("this is the first step"),
        _ => Ok(()),
    }
}
