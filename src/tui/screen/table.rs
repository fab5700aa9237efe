//! Open data: a stack of steps, each a query with its own cursor, and the window of it that was fetched.

use crate::domain::columns::Role;
use crate::domain::filter::Filter;
use crate::domain::filter_text;
use crate::domain::period::DateRange;
use crate::domain::query::{GroupKey, Query};
use crate::domain::sort::Sort;
use crate::domain::table::{Body, Group, Table};
use crate::tui::message::{Loaded, Problem, Reading, Ticket};
use crate::tui::part::cursor::{Cursor, Step as Move};
use crate::tui::part::field::Field;
use crate::tui::screen::ledger::LedgerList;

/// Groups or rows fetched at once; scrolling inside them asks nobody.
const WINDOW: usize = 400;

/// The table screen.
#[derive(Debug, Default)]
pub struct TableScreen {
    pub ledger: LedgerList,
    pub open: Open,
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
    },
    Data(Box<Explorer>),
}

/// One step of the way into the money.
#[derive(Debug, Clone)]
pub struct Step {
    /// What the breadcrumb says.
    pub label: String,
    pub filter: Option<Filter>,
    pub group_by: Vec<GroupKey>,
    pub sort: Sort,
    pub cursor: Cursor,
    /// First column shown, for rows.
    pub left: usize,
}

/// The filter bar while it is edited.
#[derive(Debug, Clone)]
pub struct FilterBar {
    pub field: Field,
    pub wrong: Option<Problem>,
}

impl FilterBar {
    /// The bar on the text of a filter.
    pub fn on(filter: Option<&Filter>) -> Self {
        let text = filter.map(ToString::to_string).unwrap_or_default();
        Self {
            field: Field::with(&text),
            wrong: None,
        }
    }

    /// The filter as typed, inside none when it is blank; nothing when it is wrong, which then stays in the bar.
    pub fn read(&mut self) -> Option<Option<Filter>> {
        if self.field.text().trim().is_empty() {
            return Some(None);
        }
        match filter_text::parse(self.field.text()) {
            Ok(filter) => Some(Some(filter)),
            Err(error) => {
                let text = format!("{}; here would fit: {}", error.wrong, error.expected);
                let at = Some(error.at);
                self.field.go_to(error.at);
                self.wrong = Some(Problem { text, at });
                None
            }
        }
    }
}

/// An answer and the question it answers.
#[derive(Debug)]
pub struct Shown {
    pub offset: usize,
    pub group_by: Vec<GroupKey>,
    pub table: Table,
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
    pub shown: Option<Shown>,
    /// What is shown answers an older question.
    pub stale: bool,
    /// The question under way: its ticket and offset.
    pub asked: Option<(Ticket, usize)>,
    pub bar: Option<FilterBar>,
    pub problem: Option<Problem>,
    /// The filter of the last answer.
    answered_filter: Option<Filter>,
}

impl Explorer {
    /// Starts with the data grouped by what people ask for first.
    pub fn new(loaded: Loaded, title: String, missing: Vec<DateRange>) -> Self {
        let group_by = vec![GroupKey::Role(Role::ResourceGroup)];
        let first = Step {
            label: title.clone(),
            filter: None,
            group_by,
            sort: Sort::default(),
            cursor: Cursor::default(),
            left: 0,
        };
        Self {
            loaded,
            title,
            missing,
            first,
            deeper: Vec::new(),
            shown: None,
            stale: true,
            asked: None,
            bar: None,
            problem: None,
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

    /// The labels of the way here.
    pub fn crumbs(&self) -> Vec<&str> {
        std::iter::once(&self.first)
            .chain(&self.deeper)
            .map(|step| step.label.as_str())
            .collect()
    }

    /// Whether there is no way back: local files were opened and this is the first step.
    pub fn is_at_root(&self) -> bool {
        self.deeper.is_empty() && self.loaded.opened.entries.is_empty()
    }

    /// One step back; `false` when this is the first.
    pub fn back(&mut self) -> bool {
        let went = self.deeper.pop().is_some();
        if went {
            self.forget();
        }
        went
    }

    /// What is shown belongs to another question now.
    pub fn forget(&mut self) {
        self.stale = true;
        self.problem = None;
    }

    /// Into the rows of the group under the cursor.
    pub fn enter(&mut self) -> Result<(), &'static str> {
        let Some(group) = self.selected_group().cloned() else {
            return Err("these are the rows themselves: there is nothing further inside");
        };
        let step = self.step();
        let by = step.group_by.clone();
        let tests = by
            .iter()
            .zip(&group.keys)
            .map(|(key, value)| Filter::equals(key.clone(), value.clone()));
        let mut tests: Vec<Filter> = tests.collect();
        let by_currency = by.contains(&GroupKey::Role(Role::Currency));
        let mixed = self
            .shown
            .as_ref()
            .is_some_and(|shown| shown.table.totals.len() > 1);
        let currency = (mixed && !by_currency).then(|| group.cost.currency.clone());
        if let Some(code) = &currency {
            tests.push(Filter::equals(GroupKey::Role(Role::Currency), code.clone()));
        }
        let filter = tests
            .into_iter()
            .fold(step.filter.clone(), |filter, test| match filter {
                Some(filter) => Some(filter.and(test)),
                None => Some(test),
            });
        let names = group
            .labels
            .iter()
            .zip(&group.keys)
            .map(|(label, key)| label.clone().or_else(|| key.clone()));
        let names = names.chain(currency);
        let label: Vec<String> = names
            .map(|name| name.unwrap_or_else(|| "(none)".to_owned()))
            .collect();
        let next = Step {
            label: label.join(" · "),
            filter,
            group_by: Vec::new(),
            sort: Sort::default(),
            cursor: Cursor::default(),
            left: 0,
        };
        self.deeper.push(next);
        self.forget();
        Ok(())
    }

    /// The group under the cursor.
    pub fn selected_group(&self) -> Option<&Group> {
        let shown = self.shown.as_ref().filter(|_| !self.stale)?;
        let Body::Groups { groups, .. } = &shown.table.body else {
            return None;
        };
        groups.get(self.step().cursor.selected.checked_sub(shown.offset)?)
    }

    /// How many groups or rows there are, as far as we know.
    pub fn count(&self) -> usize {
        self.shown.as_ref().map_or(0, |shown| shown.table.of)
    }

    /// Moves the cursor.
    pub fn go(&mut self, step: Move, height: usize) {
        let count = self.count();
        self.step_mut().cursor.go(step, count, height);
    }

    /// Whether the lines on the screen are not all fetched, or nothing is.
    pub fn needs_query(&self, height: usize) -> bool {
        let Some(shown) = self.shown.as_ref().filter(|_| !self.stale) else {
            return true;
        };
        let top = self.step().cursor.top;
        let last = (top + height).min(shown.table.of);
        top < shown.offset || last > shown.offset + shown.table.shown()
    }

    /// The question for the lines around the cursor.
    pub fn query(&self) -> Query {
        let step = self.step();
        Query {
            filter: step.filter.clone(),
            group_by: step.group_by.clone(),
            sort: vec![step.sort.clone()],
            offset: step.cursor.top.saturating_sub(WINDOW / 4),
            limit: Some(WINDOW),
            ..Query::default()
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
                let count = table.of;
                self.shown = Some(Shown {
                    offset,
                    group_by,
                    table,
                });
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

    /// Takes the filter as typed; `false` when it is wrong and stays in the bar.
    pub fn take_bar(&mut self) -> bool {
        let Some(filter) = self.bar.as_mut().and_then(FilterBar::read) else {
            return false;
        };
        self.bar = None;
        let step = self.step_mut();
        step.filter = filter;
        step.cursor = Cursor::default();
        self.forget();
        true
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
}
