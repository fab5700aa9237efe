//! Open data: a stack of steps, each a query with its own cursor, and the window of it that was fetched.

use super::answer::AnswerView;
use super::bar::{FilterBar, Offers};
use super::branches::{Branches, Spot};
use super::columns::What;
use super::days::Days;
use super::statement_bar::StatementBar;
use super::step::Step;
use crate::domain::period::{DateRange, Month};
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::saved_view::SavedView;
use crate::domain::query::{GroupKey, Query};
use crate::domain::table::{Body, Group, GroupId, Table};
use crate::tui::action::Action;
use crate::tui::layout;
use crate::tui::message::{Loaded, Problem, Ticket};
use crate::tui::part::cursor::{Cursor, Step as Move};
use std::collections::BTreeSet;

/// Groups or rows fetched at once; scrolling inside them asks nobody.
const WINDOW: usize = 400;
/// Steps back that are remembered.
const UNDO: usize = 200;

/// An answer and the question it answers.
#[derive(Debug)]
pub struct Shown {
    pub offset: usize,
    pub group_by: Vec<GroupKey>,
    pub table: Table,
}

/// The search for a text in the lines.
#[derive(Debug, Clone, Default)]
pub struct Search {
    pub text: String,
    pub asked: Option<Ticket>,
}

/// Open data being explored.
#[derive(Debug)]
pub struct Explorer {
    pub loaded: Loaded,
    pub title: String,
    /// Days that were asked for and are not in the data.
    pub missing: Vec<DateRange>,
    /// Never empty.
    first: Step,
    deeper: Vec<Step>,
    past: Vec<(Step, Vec<Step>)>,
    future: Vec<(Step, Vec<Step>)>,
    pub shown: Option<Shown>,
    /// What is shown answers an older question.
    pub stale: bool,
    /// The question under way: its ticket and offset.
    pub asked: Option<(Ticket, usize)>,
    /// The user wants no answer to the question.
    pub stopped: bool,
    pub bar: Option<FilterBar>,
    /// A statement that is being typed.
    pub question: Option<StatementBar>,
    /// The answer to a statement, in front of the view.
    pub answer: Option<Box<AnswerView>>,
    pub problem: Option<Problem>,
    pub offers: Offers,
    pub days: Days,
    pub branches: Branches,
    pub search: Search,
    /// Whether the days of what is under the cursor stand above the table.
    pub chart: bool,
    /// What was wanted of lines that are still being worked out; done when they are there.
    pub waiting: Vec<Action>,
    /// How it was looked at in the beginning.
    pub started: SavedView,
    /// How its scope was left, until that is seen to fit.
    pub resumed: Option<SavedView>,
    /// The filter of which it was last asked what its reader has to know.
    pub noted: Option<Filter>,
    /// The filter of the last answer.
    answered_filter: Option<Filter>,
}

/// What is wanted of a line that stands for several groups.
pub const SEVERAL: &str = "these are several groups; ⟦table.enter⟧ lists them";

impl Explorer {
    /// Starts with the data grouped by what people ask for first.
    pub fn new(loaded: Loaded, title: String, missing: Vec<DateRange>) -> Self {
        Self {
            offers: Offers::of(&[&loaded]),
            loaded,
            first: Self::usual(&title),
            title,
            missing,
            deeper: Vec::new(),
            past: Vec::new(),
            future: Vec::new(),
            shown: None,
            stale: true,
            asked: None,
            stopped: false,
            bar: None,
            question: None,
            answer: None,
            problem: None,
            days: Days::default(),
            branches: Branches::default(),
            search: Search::default(),
            chart: false,
            waiting: Vec::new(),
            started: Self::usual("").saved(),
            resumed: None,
            noted: None,
            answered_filter: None,
        }
    }

    /// The step we are at.
    pub fn step(&self) -> &Step {
        self.deeper.last().unwrap_or(&self.first)
    }

    /// The step we are at, to be changed.
    pub fn step_mut(&mut self) -> &mut Step {
        self.deeper.last_mut().unwrap_or(&mut self.first)
    }

    /// Where the way began.
    pub fn first(&self) -> &Step {
        &self.first
    }

    /// What people ask for first.
    pub fn usual(title: &str) -> Step {
        Step::new(
            title.to_owned(),
            None,
            vec![GroupKey::Role(Role::ResourceGroup)],
        )
    }

    /// Begins anew with another step.
    pub fn restart(&mut self, step: Step) {
        self.note();
        self.first = step;
        self.deeper.clear();
        self.forget();
    }

    /// The labels of the way here.
    pub fn crumbs(&self) -> Vec<&str> {
        std::iter::once(&self.first)
            .chain(&self.deeper)
            .map(|step| step.label.as_str())
            .collect()
    }

    /// Whether there is no way back: local files were opened and this is the first step.
    pub fn is_at_root(&self) -> bool {
        let first = self.deeper.is_empty() && self.answer.is_none();
        first && self.loaded.opened.entries.is_empty()
    }

    /// Remembers the steps as they are, so that what comes next can be undone.
    pub fn note(&mut self) {
        if self.past.len() == UNDO {
            self.past.remove(0);
        }
        self.past.push(self.steps());
        self.future.clear();
    }

    /// The steps as they are; what is open in place is not part of them, so that cursors stand on groups.
    fn steps(&self) -> (Step, Vec<Step>) {
        let (mut first, mut deeper) = (self.first.clone(), self.deeper.clone());
        let step = deeper.last_mut().unwrap_or(&mut first);
        self.branches.fold(&mut step.cursor);
        (first, deeper)
    }

    /// Closes what is open in place; the cursor stays on its group.
    fn fold(&mut self) {
        let branches = std::mem::take(&mut self.branches);
        branches.fold(&mut self.step_mut().cursor);
    }

    /// Whether there is something to undo.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether something was undone.
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }

    /// The steps as they were before the last change, or after it again.
    pub fn time_travel(&mut self, back: bool) -> bool {
        self.fold();
        let (from, to) = if back {
            (&mut self.past, &mut self.future)
        } else {
            (&mut self.future, &mut self.past)
        };
        let Some((first, deeper)) = from.pop() else {
            return false;
        };
        to.push((
            std::mem::replace(&mut self.first, first),
            std::mem::replace(&mut self.deeper, deeper),
        ));
        self.forget();
        true
    }

    /// Goes one step deeper.
    pub fn push(&mut self, step: Step) {
        self.fold();
        self.note();
        self.deeper.push(step);
        self.forget();
    }

    /// One step back; `false` when this is the first.
    pub fn back(&mut self) -> bool {
        let deep = self.deeper.len();
        deep > 0 && self.go_to(deep - 1)
    }

    /// Back to a step of the way here, by its place; `false` where we are there.
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

    /// What is shown belongs to another question now.
    pub fn forget(&mut self) {
        self.fold();
        self.stale = true;
        self.stopped = false;
        self.problem = None;
        self.days = Days::default();
        self.search.asked = None;
    }

    /// Whether lines are on their way that keys may be about.
    pub fn expects_lines(&self) -> bool {
        self.stale && self.asked.is_some() || self.branches.asked.is_some()
    }

    /// The answer, where it is that of the question as it stands.
    pub fn fresh(&self) -> Option<&Shown> {
        self.shown.as_ref().filter(|_| !self.stale)
    }

    /// The group under the cursor, or the one that the line there is a part of.
    pub fn selected_group(&self) -> Option<&Group> {
        let shown = self.fresh()?;
        let Body::Groups { groups, .. } = &shown.table.body else {
            return None;
        };
        let place = self.branches.place(self.step().cursor.selected);
        groups.get(place.checked_sub(shown.offset)?)
    }

    /// The place of the line under the cursor in the answer; none where it was not fetched, or is no line of it.
    pub fn selected_place(&self) -> Option<usize> {
        let shown = self.fresh()?;
        match self.branches.spot(self.step().cursor.selected) {
            Spot::Twig(_) => None,
            Spot::Line(place) => place.checked_sub(shown.offset),
        }
    }

    /// Keys, their names and the currency of the line under the cursor, whatever groups are shown as.
    pub fn selected_keys(&self) -> Option<(GroupId, Vec<Option<String>>)> {
        let shown = self.fresh()?;
        let line = shown.table.body.group_line(self.selected_place()?)?;
        Some((line.id(), line.labels.to_vec()))
    }

    /// Whether the cursor stands on the line of those beyond the top.
    pub fn on_others(&self) -> bool {
        let Some((shown, top)) = self.fresh().zip(self.step().top) else {
            return false;
        };
        let first = self.branches.line_of(top);
        shown.table.of > top && self.step().cursor.selected >= first
    }

    /// Lines of what is beyond the top: of a pivot one for each currency.
    fn other_lines(&self) -> usize {
        match self.shown.as_ref().map(|shown| &shown.table.body) {
            Some(Body::Pivot(pivot)) => pivot.others.len(),
            _ => 1,
        }
    }

    /// What is wanted of the line of the others, which is no group.
    pub fn no_group(&self) -> Option<&'static str> {
        self.on_others().then_some(SEVERAL)
    }

    /// Lines between the filter and the list: what is missing, what reading noted, the chart.
    pub fn lines_above(&self) -> u16 {
        if let Some(answer) = &self.answer {
            return if answer.chart { layout::CHART } else { 0 };
        }
        let told =
            u16::from(!self.missing.is_empty()) + u16::from(!self.loaded.opened.notes.is_empty());
        told + if self.chart { layout::CHART } else { 0 }
    }

    /// How many lines there are, as far as we know.
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

    /// Whether the lines on the screen are not all fetched, or nothing is.
    pub fn needs_query(&self, height: usize) -> bool {
        let Some(shown) = self.fresh() else {
            return true;
        };
        let top = self.step().cursor.top;
        // What is open in place moves the others down.
        let last = self.branches.place(top + height.max(1) - 1) + 1;
        let top = self.branches.place(top);
        let lines = self
            .step()
            .top
            .map_or(shown.table.of, |top| top.min(shown.table.of));
        let last = last.min(lines);
        top < shown.offset || last > shown.offset + shown.table.shown()
    }

    /// The question for the lines around the cursor.
    pub fn query(&self) -> Query {
        let step = self.step();
        let top = self.branches.place(step.cursor.top);
        let offset = top.saturating_sub(WINDOW / 4);
        let limit = step
            .top
            .map_or(WINDOW, |top| WINDOW.min(top.saturating_sub(offset)));
        Query {
            filter: step.filter.clone(),
            group_by: step.group_by.clone(),
            sort: step.sort.clone(),
            top: step.top,
            offset,
            limit: Some(limit),
            measures: if step.group_by.is_empty() {
                Vec::new()
            } else {
                self.measures()
            },
            others: step.top.is_some(),
            pivot: step.pivot,
            change: step.change,
            ..Query::default()
        }
    }

    /// The same question for all lines.
    pub fn whole_query(&self) -> Query {
        let step = self.step();
        let rows = step.group_by.is_empty() && step.columns.shown.is_some();
        Query {
            offset: 0,
            limit: step.top,
            columns: if rows {
                self.columns().into_iter().map(|col| col.name).collect()
            } else {
                Vec::new()
            },
            ..self.query()
        }
    }

    /// Takes an answer, if it is to the newest question.
    pub fn answered(&mut self, ticket: Ticket, result: Result<Table, Problem>, height: usize) {
        let Some((_, offset)) = self.asked.filter(|(asked, _)| *asked == ticket) else {
            return;
        };
        self.asked = None;
        self.stale = false;
        match result {
            Ok(table) => {
                let group_by = self.step().group_by.clone();
                self.answered_filter = self.step().filter.clone();
                let offset = match table.body {
                    Body::Change(_) => 0,
                    _ => offset,
                };
                self.shown = Some(Shown {
                    offset,
                    group_by,
                    table,
                });
                let count = self.count();
                self.step_mut().cursor.keep(count, height);
                self.problem = None;
            }
            Err(problem) => self.refused(problem),
        }
    }

    /// A question that cannot be answered: a filter is given back to be mended, with the place it goes wrong.
    fn refused(&mut self, problem: Problem) {
        if let Some(at) = problem.at {
            let mut bar = FilterBar::on(self.step().filter.as_ref());
            bar.field.go_to(at);
            bar.wrong = Some(problem.clone());
            self.bar = Some(bar);
        }
        self.problem = Some(problem);
    }

    /// The first and the last day of the data.
    pub fn span(&self) -> Option<DateRange> {
        self.loaded.opened.data.days()
    }

    /// The months that the data has, the newest first.
    pub fn months(&self) -> Vec<Month> {
        let sources = self.loaded.opened.data.sources().iter();
        let days = sources.filter_map(|source| source.days);
        let months: BTreeSet<Month> = days
            .flat_map(|(from, to)| DateRange { from, to }.by_month())
            .map(|part| Month::of(part.from))
            .collect();
        months.into_iter().rev().collect()
    }

    /// Takes the filter as typed; `false` when it is wrong and stays in the bar.
    pub fn take_bar(&mut self) -> bool {
        let Some(filter) = self.bar.as_mut().and_then(FilterBar::read) else {
            return false;
        };
        self.bar = None;
        self.set_filter(filter);
        true
    }

    /// Changes the question of the step we are at: it can be undone, and its lines are others, from the first on.
    pub fn requery(&mut self, change: impl FnOnce(&mut Step)) {
        self.note();
        let step = self.step_mut();
        change(step);
        step.cursor = Cursor::default();
        self.forget();
    }

    /// Filters by this from now on.
    pub fn set_filter(&mut self, filter: Option<Filter>) {
        self.requery(|step| step.filter = filter);
    }

    /// Leaves the filter bar; a filter that could not be answered gives way to the last one that could.
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

    /// The month or day of a pivot whose money the column under the cursor shows; inside none for undated rows.
    pub fn cell_here(&self) -> Option<Option<String>> {
        let shown = self.fresh()?;
        let Body::Pivot(pivot) = &shown.table.body else {
            return None;
        };
        match self.column()?.what {
            What::Cell(at) => pivot.columns.get(at).cloned(),
            _ => None,
        }
    }
}
