//! State of the compare screen: the pair of actual and amortized, the drilldown and the answers.

pub mod chart;
pub mod columns;
pub mod commitments;
mod explore;
pub mod facts;
mod hits;
mod layout;
pub mod panel;
mod past;
pub mod pivot;
mod pivoting;
mod saved;
pub mod step;

use super::waterfall::{name, reason};
use crate::domain::analysis::comparison::{Comparison, Delta, Sort, SortBy};
use crate::domain::analysis::differences::DifferencePivot;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::text_table::Sheet;
use crate::domain::text::shell::word;
use crate::ops::compare::pair;
use crate::ops::compare::pair::Why;
use crate::ops::repeated_flags::RepeatedFlags;
use crate::tui::action::Action;
use crate::tui::message::{Loaded, SoFar};
use crate::tui::question::{Compared, Sides};
use crate::tui::said::{Masked, Said};
use crate::tui::shell::request::PairView;
use crate::tui::state::command_flags::{money_flag, question_flags, source_list};
use crate::tui::state::cursor::{Cursor, CursorStep};
use crate::tui::state::filter_bar::{FilterBar, Offers};
use crate::tui::state::history::History;
use crate::tui::state::search::LineSearch;
use crate::tui::ticket::{Problem, Ticket};
use chart::PairChart;
use columns::ChosenColumns;
use commitments::CommitmentTable;
use facts::FactsOfGroups;
use past::Past;
use pivot::PairPivot;
use step::PairStep;

/// The lines of the screen that do not belong to its list, apart from the totals.
const LINES_ABOVE: u16 = 11;
/// The same for the table of commitments.
const COMMITMENTS_ABOVE: u16 = 3;
/// The greatest number of currencies with a total in view.
const TOTALS: usize = 6;

/// The compare screen.
#[derive(Debug, Default)]
pub enum CompareScreen {
    #[default]
    Nothing,
    Opening {
        ticket: Ticket,
        title: Masked,
        /// The filter and groups of the table that was open.
        view: Option<PairView>,
        /// The rows of both sides read so far; `None` at the start.
        so_far: Option<Box<[SoFar; 2]>>,
    },
    Pair(Box<Pair>),
}

/// The error if there is no group under the cursor.
pub const NO_GROUP: &str =
    "no row matches on either side; ⟦compare.undo⟧ goes back, ⟦compare.filter⟧ edits the filter";

/// Two opened sides.
#[derive(Debug)]
pub struct Pair {
    pub actual: Loaded,
    pub amortized: Loaded,
    pub title: Masked,
    /// Notes on the two sides.
    notes: Vec<String>,
    /// Rows without a counterpart under the current filter.
    pub why: Option<Why>,
    pub order: Sort,
    pub pivot: PairPivot,
    chosen: ChosenColumns,
    /// The column under the cursor; `None` is the difference.
    column: Option<usize>,
    pub search: LineSearch,
    pub chart: PairChart,
    /// The texts of the panel about groups.
    pub facts: FactsOfGroups,
    /// The table of reservations and savings plans, in front of the groups.
    pub commitments: Option<CommitmentTable>,
    first: PairStep,
    deeper: Vec<PairStep>,
    history: History<Past>,
    pub compared: Option<Comparison>,
    /// The pivot of the same answer.
    pub pivoted: Option<DifferencePivot>,
    pub asked: Option<Ticket>,
    /// The pending question about rows without a counterpart.
    pub asked_why: Option<Ticket>,
    /// A page about one group that waits for its rows without a counterpart: title and lines so far.
    pub page: Option<(Ticket, String, Vec<String>)>,
    /// The pending question about the notes.
    pub asked_notes: Option<Ticket>,
    pub bar: Option<FilterBar>,
    /// Completions for the filter from both sides.
    pub offers: Offers,
    pub problem: Option<Problem>,
    /// The filter of the last answer.
    answered_filter: Option<Filter>,
}

impl CompareScreen {
    /// The lines of the screen that do not belong to its list.
    pub fn other_lines(&self) -> u16 {
        match self {
            Self::Pair(pair) => pair.other_lines(),
            Self::Nothing | Self::Opening { .. } => LINES_ABOVE + 1,
        }
    }
}

impl Pair {
    /// Both sides, for a question.
    pub fn sides(&self) -> Sides {
        Sides {
            actual: self.actual.opened.clone(),
            amortized: self.amortized.opened.clone(),
        }
    }

    /// The filter and the groups that a comparison begins with: those of a table, or all rows by resource group.
    pub fn view_at_start(view: Option<&PairView>) -> PairView {
        let usual = || (None, vec![GroupKey::Role(Role::ResourceGroup)]);
        view.cloned().unwrap_or_else(usual)
    }

    /// Starts grouped by resource group.
    pub fn new(
        actual: Loaded,
        amortized: Loaded,
        title: impl Into<Masked>,
        notes: Vec<String>,
    ) -> Self {
        let title = title.into();
        let (filter, group_by) = Self::view_at_start(None);
        Self {
            offers: Offers::of(&[&actual, &amortized]),
            actual,
            amortized,
            first: PairStep::new(title.clone(), filter, group_by),
            title,
            notes,
            why: None,
            order: Sort::default(),
            pivot: PairPivot::default(),
            chosen: ChosenColumns::default(),
            column: None,
            search: LineSearch::default(),
            chart: PairChart::default(),
            facts: FactsOfGroups::default(),
            commitments: None,
            deeper: Vec::new(),
            history: History::default(),
            compared: None,
            pivoted: None,
            asked: None,
            asked_why: None,
            page: None,
            asked_notes: None,
            bar: None,
            problem: None,
            answered_filter: None,
        }
    }

    /// Starts with the filter and groups of a table.
    pub fn begin(&mut self, (filter, group_by): PairView) {
        self.first = PairStep::new(self.title.clone(), filter, group_by);
    }

    /// Sets the filter. If it is not inside the groups that were entered, the drilldown starts anew.
    pub fn set_filter(&mut self, filter: Option<Filter>) {
        let inside = match (&self.step().within, &filter) {
            (None, _) => true,
            (Some(within), Some(filter)) => filter.implies(within),
            (Some(_), None) => false,
        };
        if !inside {
            // One step back leads to the first step.
            let group_by = self.step().group_by.clone();
            self.deeper = vec![PairStep::new("filtered", None, group_by)];
        }
        let step = self.step_mut();
        step.filter = filter;
        step.cursor = Cursor::default();
    }

    /// The current step.
    pub fn step(&self) -> &PairStep {
        self.deeper.last().unwrap_or(&self.first)
    }

    /// The current step, for changes.
    pub fn step_mut(&mut self) -> &mut PairStep {
        self.deeper.last_mut().unwrap_or(&mut self.first)
    }

    /// The labels of the breadcrumb.
    pub fn crumbs(&self) -> Vec<&Masked> {
        let steps = std::iter::once(&self.first).chain(&self.deeper);
        steps.map(|step| &step.label).collect()
    }

    /// Goes one step back. Returns `false` at the first step.
    pub fn back(&mut self) -> bool {
        if self.deeper.is_empty() {
            return false;
        }
        self.note();
        self.deeper.pop();
        self.forget();
        true
    }

    /// Discards the answer, which belongs to another question.
    pub fn forget(&mut self) {
        self.commitments = None;
        self.compared = None;
        self.pivoted = None;
        self.why = None;
        self.problem = None;
    }

    /// The groups in sorted order.
    pub fn groups(&self) -> &[Delta] {
        self.compared
            .as_ref()
            .map_or(&[], |compared| &compared.groups)
    }

    /// The totals of both sides, one per currency.
    pub fn currencies(&self) -> &[Delta] {
        self.compared
            .as_ref()
            .map_or(&[], |compared| &compared.currencies)
    }

    /// The height of the totals: one line per currency.
    pub fn total_lines(&self) -> usize {
        self.currencies().len().clamp(1, TOTALS)
    }

    /// The lines of the screen that do not belong to the list.
    pub fn other_lines(&self) -> u16 {
        if let Some(table) = &self.commitments {
            return COMMITMENTS_ABOVE + u16::try_from(table.totals().len()).unwrap_or(1);
        }
        LINES_ABOVE + u16::try_from(self.total_lines()).unwrap_or(1)
    }

    /// The group under the cursor.
    pub fn selected(&self) -> Option<&Delta> {
        self.groups().get(self.step().cursor.selected)
    }

    /// The filter for the rows of a group on both sides.
    pub fn inside(&self, delta: &Delta) -> Option<Filter> {
        let step = self.step();
        let mixed = self
            .compared
            .as_ref()
            .is_some_and(Comparison::several_currencies);
        let inside = Filter::inside(step.filter.clone(), &step.group_by, &delta.keys);
        let currency = GroupKey::Role(Role::Currency);
        if !mixed || step.group_by.contains(&currency) {
            return inside;
        }
        let own = Filter::equals(currency, delta.currency.clone());
        Filter::both(inside, Some(own))
    }

    /// Whether an action needs an answer that is still being calculated.
    pub fn pending(&self, action: Action) -> bool {
        // Actions that only change the question need no answer, and text typed after them must not be lost.
        let question = matches!(
            action,
            Action::Filter
                | Action::GroupBy
                | Action::SortBy
                | Action::SortUp
                | Action::SortDown
                | Action::Left
                | Action::Right
                | Action::Search
                | Action::Undo
                | Action::Redo
                | Action::OpenActual
                | Action::OpenAmortized
                | Action::CopyCommand
                | Action::SaveView
                | Action::Views
                | Action::Pivot
        );
        // The groups on the screen answer another question until then.
        let groups = self.asked.is_some() && !question;
        let rows = action == Action::Trust && self.asked_why.is_some();
        groups || rows
    }

    /// Enters the group under the cursor on both sides.
    pub fn enter(&mut self) -> Result<(), String> {
        let delta = self.selected().ok_or(match self.asked {
            Some(_) => "the comparison is being calculated",
            None => NO_GROUP,
        })?;
        let Some((next, rest)) = self.step().levels.split_first() else {
            return Err("no further level; ⟦compare.detail⟧ shows why it differs".to_owned());
        };
        let label = Masked::of_values(&self.step().group_by, name(delta));
        let mut step = PairStep::new(label, self.inside(delta), vec![next.clone()]);
        step.within.clone_from(&step.filter);
        step.levels = rest.to_vec();
        self.note();
        self.deeper.push(step);
        self.forget();
        Ok(())
    }

    /// Sorts the groups.
    pub fn sort(&mut self) {
        let keys = self.step().group_by.len();
        if matches!(self.order.by, SortBy::Key(at) if at >= keys) {
            self.order = Sort::default();
        }
        let order = self.order;
        if let Some(compared) = &mut self.compared {
            compared.sort(order);
        }
        self.sort_cells();
    }

    /// Moves the cursor.
    pub fn go(&mut self, step: CursorStep, height: usize) {
        let count = self.groups().len();
        self.step_mut().cursor.go(step, count, height);
    }

    /// Stores an answer if it belongs to the newest question. Returns why there is no pivot, if one was wanted.
    /// `height` gives the height of the list under so many other lines.
    pub fn answered(
        &mut self,
        ticket: Ticket,
        result: Result<Box<Compared>, Problem>,
        height: &dyn Fn(u16) -> usize,
    ) -> Option<Problem> {
        if self.asked != Some(ticket) {
            return None;
        }
        self.asked = None;
        let mut failed = None;
        match result {
            Ok(answer) => {
                self.pivoted = match answer.pivot {
                    Some(Ok(found)) => Some(found),
                    Some(Err(problem)) => {
                        // The comparison is whole without it.
                        self.pivot = PairPivot::default();
                        failed = Some(problem);
                        None
                    }
                    None => None,
                };
                self.compared = Some(answer.comparison);
                self.problem = None;
                self.answered_filter = self.step().filter.clone();
                self.sort();
                let count = self.groups().len();
                let height = height(self.other_lines());
                self.step_mut().cursor.keep(count, height);
            }
            Err(problem) => self.refused(problem),
        }
        failed
    }

    /// Reopens a filter that failed, with the caret at the error. The previous filter applies until it is fixed.
    fn refused(&mut self, problem: Problem) {
        let Some(at) = problem.at.filter(|_| self.compared.is_some()) else {
            self.problem = Some(problem);
            return;
        };
        let mut bar = FilterBar::on(self.step().filter.as_ref());
        bar.field.go_to(at);
        bar.wrong = Some(problem);
        self.bar = Some(bar);
        let before = self.answered_filter.clone();
        self.step_mut().filter = before;
        self.asked_why = None;
    }

    /// The headless command of this comparison.
    pub fn command(&self, repeated: &RepeatedFlags) -> String {
        let sort = self
            .order_word()
            .map(|name| format!("--sort={}", word(&name)));
        // A command has no pivot: each column becomes lines with the value as a key.
        let mut group_by = self.step().group_by.clone();
        group_by.extend(self.pivot_key().cloned());
        self.printed(question_flags(&group_by, self.filter()), sort, repeated)
    }

    /// The order as it is typed; `None` for the usual one.
    fn order_word(&self) -> Option<String> {
        let SortBy::Key(at) = self.order.by else {
            return self.order.word();
        };
        let key = self.step().group_by.get(at)?;
        let sign = if self.order.reversed { "-" } else { "" };
        Some(format!("{sign}{key}"))
    }

    /// The headless command for the reservations and savings plans of this comparison.
    pub fn commitments_command(&self, repeated: &RepeatedFlags) -> String {
        let flag = Some("--commitments".to_owned());
        self.printed(question_flags(&[], self.filter()), flag, repeated)
    }

    fn filter(&self) -> Option<&Filter> {
        self.step().filter.as_ref()
    }

    fn printed(
        &self,
        flags: Vec<String>,
        flag: Option<String>,
        repeated: &RepeatedFlags,
    ) -> String {
        let (one, other) = (&self.actual.opened, &self.amortized.opened);
        let mut words = vec!["costscope compare".to_owned(), source_list(one)];
        if one.names != other.names {
            words.push(source_list(other));
        }
        words.extend(flags);
        words.extend(flag);
        words.extend(money_flag(one));
        words.extend(repeated.on(one.names.iter().chain(&other.names)));
        words.join(" ")
    }

    /// The groups, or the commitments in front of them, as a table of exact text, with names that no two columns share.
    pub fn sheet(&self) -> Sheet {
        if let Some(table) = &self.commitments {
            return table.sheet();
        }
        let groups = (self.step().group_by.as_slice(), self.groups());
        let mut sheet = pair::group_sheet(groups, "cause", reason);
        if let Some(found) = &self.pivoted {
            sheet.add_differences(found, self.groups().iter().map(Delta::id));
            sheet.footer.extend(found.total_lines());
        }
        sheet.with_unique_names()
    }

    /// Stores the notes on the two sides.
    pub fn take_notes(&mut self, notes: Vec<String>) {
        self.notes = notes;
    }

    /// All notes on the pair under its current filter.
    pub fn noted(&self) -> Vec<Said> {
        let words = self.why.iter().flat_map(pair::why_words);
        let mut all: Vec<Said> = words
            .chain(self.notes.iter().cloned())
            .map(Said::from)
            .collect();
        let whole = self.step().filter.is_none();
        if let Some(compared) = self.compared.as_ref().filter(|_| whole) {
            all.extend(pair::missing(compared).into_iter().map(Said::from));
        }
        all
    }
}
