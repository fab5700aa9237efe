//! State of open data: a stack of steps, each a query with its own cursor, and the fetched window of its answer.

pub mod undo;

use super::answer::AnswerView;
use super::charts::chart::{ChartState, largest};
use super::shown::{Days, FactsOfLines, LineKind, Search, Shown, TreeRows, key_widths};
use super::statement_bar::StatementBar;
use super::step::Step;
use crate::domain::period::DateRange;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::money_column::MoneyColumn;
use crate::domain::query::saved_view::SavedView;
use crate::domain::table::group::GroupId;
use crate::domain::table::{Body, Table};
use crate::tui::action::Action;
use crate::tui::message::Loaded;
use crate::tui::said::Masked;
use crate::tui::state::cursor::{Cursor, CursorStep as Move};
use crate::tui::state::filter_bar::{FilterBar, Offers};
use crate::tui::state::history::History;
use crate::tui::ticket::{Problem, Ticket};

/// Open data being explored.
#[derive(Debug)]
pub struct Explorer {
    pub loaded: Loaded,
    pub title: Masked,
    /// Requested days that are not in the data.
    pub missing: Vec<DateRange>,
    /// Never empty.
    first: Step,
    deeper: Vec<Step>,
    history: History<UndoPoint>,
    /// Other data that undo and redo open again.
    left: History<LeftData>,
    pub shown: Option<Shown>,
    /// The last answer with lines, while the current one has none.
    before: Option<Shown>,
    /// Whether the shown table answers an older question.
    pub stale: bool,
    /// The pending question: its ticket and offset.
    pub asked: Option<(Ticket, usize)>,
    /// Whether the user stopped the question.
    pub stopped: bool,
    pub bar: Option<FilterBar>,
    /// A statement that is being typed.
    pub question: Option<StatementBar>,
    /// The answer to a statement, in front of the view.
    pub answer: Option<Box<AnswerView>>,
    pub problem: Option<Problem>,
    pub offers: Offers,
    pub days: Days,
    pub facts: FactsOfLines,
    pub branches: TreeRows,
    pub search: Search,
    /// The chart of days.
    pub chart: ChartState,
    /// The place in the overview that this view was opened from, to go back to.
    pub from_overview: Option<FromOverview>,
    /// Actions that wait for lines, and run when these arrive.
    pub waiting: Vec<Action>,
    /// The view at the start.
    pub started: SavedView,
    /// The view that its scope was left with, until it is known to fit the data.
    pub resumed: Option<SavedView>,
    /// The filter whose notes were requested last.
    pub noted: Option<Filter>,
    /// A word that is looked for in the group column, and in every text column if it is not there.
    pub(super) word: Option<String>,
    /// The filter of the last answer.
    answered_filter: Option<Filter>,
}

/// The steps of a view, the money that counted as cost, and the place in the overview that it was opened from.
#[derive(Debug, Clone)]
struct UndoPoint {
    steps: (Step, Vec<Step>),
    money: MoneyColumn,
    from_overview: Option<FromOverview>,
}

/// Data that gave its place to other data, as it was left. Its rows are read again when it comes back.
#[derive(Debug, Clone)]
pub struct LeftData {
    pub sources: Vec<String>,
    pub name: Masked,
    missing: Vec<DateRange>,
    view: UndoPoint,
    history: History<UndoPoint>,
}

/// A place in the overview.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FromOverview {
    Panels,
    /// The list of findings.
    Findings,
}

/// The error for an action on a line that stands for several groups.
pub const SEVERAL: &str = "these are several groups; ⟦table.enter⟧ lists them";

impl Explorer {
    /// Starts at the default step.
    pub fn new(loaded: Loaded, title: impl Into<Masked>, missing: Vec<DateRange>) -> Self {
        let title = title.into();
        Self {
            offers: Offers::of(&[&loaded]),
            started: Self::usual("").saved().in_money(loaded.opened.data.money()),
            loaded,
            first: Self::usual(title.clone()),
            title,
            missing,
            deeper: Vec::new(),
            history: History::default(),
            left: History::default(),
            shown: None,
            before: None,
            stale: true,
            asked: None,
            stopped: false,
            bar: None,
            question: None,
            answer: None,
            problem: None,
            days: Days::default(),
            facts: FactsOfLines::default(),
            branches: TreeRows::default(),
            search: Search::default(),
            chart: ChartState::default(),
            from_overview: None,
            waiting: Vec::new(),
            resumed: None,
            noted: None,
            word: None,
            answered_filter: None,
        }
    }

    /// The current step.
    pub fn step(&self) -> &Step {
        self.deeper.last().unwrap_or(&self.first)
    }

    /// The current step, for changes.
    pub fn step_mut(&mut self) -> &mut Step {
        self.deeper.last_mut().unwrap_or(&mut self.first)
    }

    /// The first step.
    pub fn first(&self) -> &Step {
        &self.first
    }

    /// The default step: grouped by resource group.
    pub fn usual(title: impl Into<Masked>) -> Step {
        Step::new(title, None, vec![GroupKey::Role(Role::ResourceGroup)])
    }

    /// Starts anew with another first step.
    pub fn restart(&mut self, step: Step) {
        self.note();
        self.first = step;
        self.deeper.clear();
        self.forget();
    }

    /// Continues with the steps of other data. If they do not fit this data, the default view comes back.
    pub fn follow(&mut self, (mut first, deeper): (Step, Vec<Step>)) {
        self.note();
        first.label.clone_from(&self.title);
        self.first = first;
        self.deeper = deeper;
        self.started = self.left();
        self.resumed = Some(self.started.clone());
        self.forget();
    }

    /// The labels of the breadcrumb.
    pub fn crumbs(&self) -> Vec<&Masked> {
        std::iter::once(&self.first)
            .chain(&self.deeper)
            .map(|step| &step.label)
            .collect()
    }

    /// Whether no other step or screen of this data is behind this one.
    pub fn is_first_step(&self) -> bool {
        let first = self.deeper.is_empty() && self.answer.is_none();
        first && self.from_overview.is_none()
    }

    /// The current steps, without expanded groups, so that their cursors are on groups.
    pub fn steps(&self) -> (Step, Vec<Step>) {
        let (mut first, mut deeper) = (self.first.clone(), self.deeper.clone());
        let step = deeper.last_mut().unwrap_or(&mut first);
        self.branches.fold(&mut step.cursor);
        (first, deeper)
    }

    /// Collapses all groups. The cursor stays on its group.
    fn fold(&mut self) {
        let branches = std::mem::take(&mut self.branches);
        branches.fold(&mut self.step_mut().cursor);
    }

    /// Goes deeper by these steps, which are undone as one.
    pub fn push(&mut self, steps: impl IntoIterator<Item = Step>) {
        self.fold();
        self.note();
        for mut step in steps {
            let wider = self.step().filter.as_ref();
            step.within = step.filter.as_ref().and_then(|own| own.beyond(wider));
            self.deeper.push(step);
        }
        self.forget();
    }

    /// Drops the steps of the path whose group the current filter has left. The current step stays, named by its shape.
    fn retrace(&mut self) {
        let filter = self.step().filter.clone();
        let Some(mut here) = self.deeper.pop() else {
            return;
        };
        self.deeper.retain(|step| step.is_within(filter.as_ref()));
        if !here.is_within(filter.as_ref()) {
            here.label = here.shape().into();
            here.within = None;
        }
        self.deeper.push(here);
    }

    /// Goes one step back. Returns `false` at the first step.
    pub fn back(&mut self) -> bool {
        let deep = self.deeper.len();
        deep > 0 && self.go_to(deep - 1)
    }

    /// Goes back to an earlier step by index. Returns `false` if it is not an earlier one.
    pub fn go_to(&mut self, place: usize) -> bool {
        if place >= self.deeper.len() {
            return false;
        }
        self.fold();
        self.note();
        self.deeper.truncate(place);
        self.forget();
        true
    }

    /// Marks the shown table as stale after the question changed.
    pub fn forget(&mut self) {
        self.fold();
        self.stale = true;
        self.stopped = false;
        self.problem = None;
        self.days = Days::default();
        self.facts = FactsOfLines::default();
        self.search.asked = None;
    }

    /// The last answer with lines, if the current one has none and is of the same shape.
    pub fn last_lines(&self) -> Option<&Shown> {
        let (now, before) = (self.fresh()?, self.before.as_ref()?);
        let shape = |shown: &Shown| std::mem::discriminant(&shown.table.body);
        let same = now.group_by == before.group_by && shape(now) == shape(before);
        same.then_some(before)
    }

    /// Forgets pending questions, whose answers went to other data.
    pub fn interrupted(&mut self) {
        self.asked = None;
        self.branches.asked = None;
        self.waiting.clear();
        self.forget();
    }

    /// Whether lines that keys may act on are pending.
    pub fn expects_lines(&self) -> bool {
        self.stale && self.asked.is_some() || self.branches.asked.is_some()
    }

    /// The answer, if it belongs to the current question.
    pub fn fresh(&self) -> Option<&Shown> {
        self.shown.as_ref().filter(|_| !self.stale)
    }

    /// The index of the line under the cursor in the answer; `None` if it was not fetched or is a child row.
    pub fn selected_place(&self) -> Option<usize> {
        let shown = self.fresh()?;
        match self.branches.spot(self.step().cursor.selected) {
            LineKind::ChildRow(_) => None,
            LineKind::Line(place) => place.checked_sub(shown.offset),
        }
    }

    /// The keys, their names and the currency of the line under the cursor, in any shape of the table.
    pub fn selected_keys(&self) -> Option<(GroupId, Vec<Option<String>>)> {
        let shown = self.fresh()?;
        let line = shown.table.body.group_line(self.selected_place()?)?;
        Some((line.id(), line.labels.to_vec()))
    }

    /// Whether the cursor is on a line of the others, the groups beyond the top.
    pub fn on_others(&self) -> bool {
        let Some((shown, top)) = self.fresh().zip(self.step().top) else {
            return false;
        };
        let first = self.branches.line_of(top);
        shown.table.of > top && self.step().cursor.selected >= first
    }

    /// The number of lines of the others: in a pivot one per currency.
    fn other_lines(&self) -> usize {
        match self.shown.as_ref().map(|shown| &shown.table.body) {
            Some(Body::Pivot(pivot)) => pivot.others.len(),
            _ => 1,
        }
    }

    /// The error for an action that needs a group while the cursor is on the others.
    pub fn no_group(&self) -> Option<&'static str> {
        self.on_others().then_some(SEVERAL)
    }

    /// The number of lines, as far as known.
    pub fn count(&self) -> usize {
        let of = self.shown.as_ref().map_or(0, |shown| shown.table.of);
        let lines = match self.step().top {
            Some(top) if of > top => top + self.other_lines(),
            _ => of,
        };
        lines + self.branches.lines()
    }

    /// Moves the cursor.
    pub fn go(&mut self, step: Move, height: usize) {
        let count = self.count();
        self.step_mut().cursor.go(step, count, height);
    }

    /// Whether any line on the screen is not fetched.
    pub fn needs_query(&self, height: usize) -> bool {
        let Some(shown) = self.fresh() else {
            return true;
        };
        let top = self.step().cursor.top;
        // Expanded groups move later lines down.
        let last = self.branches.place(top + height.max(1) - 1) + 1;
        let top = self.branches.place(top);
        let lines = self
            .step()
            .top
            .map_or(shown.table.of, |top| top.min(shown.table.of));
        let last = last.min(lines);
        top < shown.offset || last > shown.offset + shown.table.shown()
    }

    /// Stores an answer if it belongs to the newest question.
    pub fn answered(&mut self, ticket: Ticket, result: Result<Table, Problem>, height: usize) {
        let Some((_, offset)) = self.asked.filter(|(asked, _)| *asked == ticket) else {
            return;
        };
        self.asked = None;
        self.stale = false;
        match result {
            Ok(table) if table.rows == 0 && self.word.is_some() => self.look_everywhere(),
            Ok(table) => {
                self.word = None;
                let (group_by, change) = (self.step().group_by.clone(), self.step().change);
                self.answered_filter = self.step().filter.clone();
                self.retrace();
                let offset = match table.body {
                    Body::Change(_) => 0,
                    Body::Groups { .. } | Body::Rows { .. } | Body::Pivot(_) => offset,
                };
                if offset == 0 || self.days.stack.is_empty() {
                    self.days.stack = largest(&table);
                }
                let empty = table.of == 0;
                let mut key_widths = key_widths(&table, group_by.len());
                // Scrolling moves no column, and no panel beside them.
                if let Some(older) = self.shown.as_ref().filter(|_| offset > 0) {
                    for (width, known) in key_widths.iter_mut().zip(&older.key_widths) {
                        *width = (*width).max(*known);
                    }
                }
                let older = self.shown.replace(Shown {
                    offset,
                    group_by,
                    change,
                    key_widths,
                    table,
                });
                let older = older.filter(|older| older.table.of > 0);
                self.before = older.or(self.before.take()).filter(|_| empty);
                let count = self.count();
                self.step_mut().cursor.keep(count, height);
                self.problem = None;
            }
            Err(problem) => self.refused(problem),
        }
    }

    /// Stores the error of a query. An invalid filter is reopened with the caret at the error.
    fn refused(&mut self, problem: Problem) {
        if let Some(at) = problem.at {
            let mut bar = FilterBar::on(self.step().filter.as_ref());
            bar.field.go_to(at);
            bar.wrong = Some(problem.clone());
            self.bar = Some(bar);
        }
        self.problem = Some(problem);
    }

    /// Applies the typed filter or word. Returns `false` if it is invalid and stays in the bar.
    pub fn take_bar(&mut self) -> bool {
        if self.take_word() {
            return true;
        }
        let Some(filter) = self.bar.as_mut().and_then(FilterBar::read) else {
            return false;
        };
        self.bar = None;
        self.set_filter(filter);
        true
    }

    /// Changes the query of the current step. The change can be undone, and the cursor moves to the first line.
    pub fn requery(&mut self, change: impl FnOnce(&mut Step)) {
        self.note();
        let step = self.step_mut();
        change(step);
        step.cursor = Cursor::default();
        self.forget();
    }

    /// Sets the filter.
    pub fn set_filter(&mut self, filter: Option<Filter>) {
        self.word = None;
        self.requery(|step| step.filter = filter);
    }

    /// Closes the filter bar. A filter that failed is replaced with the last one that worked; then this returns `true`.
    pub fn leave_bar(&mut self) -> bool {
        self.bar = None;
        if self.problem.take().is_none() {
            return false;
        }
        let answered = self.answered_filter.clone();
        self.step_mut().filter = answered;
        self.forget();
        true
    }
}
