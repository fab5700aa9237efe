//! Facts about the shown groups beyond their sums: daily costs, child rows, the search.

use super::charts::chart::StackedGroup;
use super::step::Step;
use crate::domain::money::Amount;
use crate::domain::period::DateRange;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::Table;
use crate::domain::table::group::{Group, GroupId, Others};
use crate::domain::table::line_facts::FactsOfLine;
use crate::tui::said::Masked;
use crate::tui::state::cursor::Cursor;
use crate::tui::ticket::Ticket;
use chrono::NaiveDate;
use std::collections::HashMap;
use unicode_width::UnicodeWidthStr;

/// The daily costs of groups, as far as requested.
#[derive(Debug, Default)]
pub struct Days {
    pub first: Option<NaiveDate>,
    pub lines: HashMap<GroupId, Vec<Amount>>,
    /// The groups that the chart stacks.
    pub stack: Vec<StackedGroup>,
    /// The pending question, and its groups.
    pub asked: Option<(Ticket, Vec<GroupId>)>,
}

/// Facts of the rows of lines beyond their sums, as far as requested.
#[derive(Debug, Default)]
pub struct FactsOfLines {
    pub known: HashMap<GroupId, FactsOfLine>,
    /// The pending question, and its line.
    pub asked: Option<(Ticket, GroupId)>,
}

/// The number of child rows before the others, which are one row.
pub(crate) const MOST: usize = 50;

/// A child row under an expanded group.
#[derive(Debug, Clone)]
pub struct ChildRow {
    /// From 1.
    pub depth: usize,
    pub key: GroupKey,
    pub what: Inside,
    /// The filter for its rows.
    pub(super) filter: Option<Filter>,
    /// The levels below it, the next one first.
    pub(super) levels: Vec<GroupKey>,
    pub open: bool,
}

/// The content of a child row.
#[derive(Debug, Clone)]
pub enum Inside {
    Group(Box<Group>),
    /// The groups beyond the maximum, added up.
    Others(Others),
}

/// An expanded group and its child rows.
#[derive(Debug)]
struct Branch {
    /// The index of the group in the answer.
    pub(super) parent: usize,
    child_rows: Vec<ChildRow>,
}

/// All expanded groups; valid for one question.
#[derive(Debug, Default)]
pub struct TreeRows {
    /// Sorted by the index of the group.
    open: Vec<Branch>,
    /// The pending question, and the row that it expands.
    pub asked: Option<(Ticket, PendingExpand)>,
}

/// A row whose expansion is pending.
#[derive(Debug, Clone)]
pub struct PendingExpand {
    pub(super) parent: usize,
    /// The child row that expands; `None` for the group itself.
    pub(super) child_row: Option<usize>,
    pub(super) depth: usize,
    pub(super) key: GroupKey,
    pub(super) filter: Option<Filter>,
    pub(super) levels: Vec<GroupKey>,
}

/// The content of a line on the screen.
#[derive(Debug, Clone, Copy)]
pub enum LineKind<'a> {
    /// A group, a row, or the others, by index in the answer.
    Line(usize),
    ChildRow(&'a ChildRow),
}

impl TreeRows {
    /// The index in the answer of a line, or of the parent group of a child row, and that row.
    fn find(&self, line: usize) -> (usize, Option<&ChildRow>) {
        let mut before = 0;
        for branch in &self.open {
            if line <= branch.parent + before {
                break;
            }
            if let Some(child_row) = branch.child_rows.get(line - branch.parent - before - 1) {
                return (branch.parent, Some(child_row));
            }
            before += branch.child_rows.len();
        }
        (line - before, None)
    }

    /// The content of a line.
    pub fn spot(&self, line: usize) -> LineKind<'_> {
        let (place, child_row) = self.find(line);
        child_row.map_or(LineKind::Line(place), LineKind::ChildRow)
    }

    /// The index in the answer of a line, or of the parent group of a child row.
    pub fn place(&self, line: usize) -> usize {
        self.find(line).0
    }

    /// The line of an index in the answer.
    pub fn line_of(&self, place: usize) -> usize {
        let before = self.open.iter().filter(|branch| branch.parent < place);
        place + before.map(|branch| branch.child_rows.len()).sum::<usize>()
    }

    /// Moves a cursor to its group, for when all groups are collapsed.
    pub fn fold(&self, cursor: &mut Cursor) {
        cursor.selected = self.place(cursor.selected);
        cursor.top = self.place(cursor.top);
    }

    /// The number of child rows.
    pub fn lines(&self) -> usize {
        self.open.iter().map(|branch| branch.child_rows.len()).sum()
    }

    /// Whether a group is expanded.
    pub fn is_open(&self, place: usize) -> bool {
        self.open.iter().any(|branch| branch.parent == place)
    }

    /// Collapses a group or a child row. Returns `false` if it is not expanded.
    pub(super) fn close(&mut self, line: usize) -> bool {
        let place = self.place(line);
        let Some(at) = self.open.iter().position(|branch| branch.parent == place) else {
            return false;
        };
        let first = self.line_of(place);
        let Some(branch) = self.open.get_mut(at) else {
            return false;
        };
        let Some(child_row) = line.checked_sub(first + 1) else {
            self.open.remove(at);
            return true;
        };
        let Some(own) = branch.child_rows.get_mut(child_row).filter(|own| own.open) else {
            return false;
        };
        own.open = false;
        let depth = own.depth;
        let inside = branch.child_rows.iter().skip(child_row + 1);
        let count = inside.take_while(|below| below.depth > depth).count();
        branch.child_rows.drain(child_row + 1..=child_row + count);
        true
    }

    pub(super) fn grow(&mut self, expand: &PendingExpand, child_rows: Vec<ChildRow>) {
        let at = self
            .open
            .iter()
            .position(|branch| branch.parent >= expand.parent);
        let known = at.filter(|at| {
            self.open
                .get(*at)
                .is_some_and(|b| b.parent == expand.parent)
        });
        match (expand.child_row, known) {
            (None, None) => {
                let branch = Branch {
                    parent: expand.parent,
                    child_rows,
                };
                self.open.insert(at.unwrap_or(self.open.len()), branch);
            }
            (Some(child_row), Some(at)) => {
                if let Some(branch) = self.open.get_mut(at)
                    && let Some(own) = branch.child_rows.get_mut(child_row).filter(|own| !own.open)
                {
                    own.open = true;
                    branch
                        .child_rows
                        .splice(child_row + 1..=child_row, child_rows);
                }
            }
            // It was collapsed or expanded in the meantime.
            _ => {}
        }
    }
}

impl ChildRow {
    /// The group; `None` for the others.
    pub fn group(&self) -> Option<&Group> {
        match &self.what {
            Inside::Group(group) => Some(group),
            Inside::Others(_) => None,
        }
    }

    /// Whether it has a level below.
    pub fn opens(&self) -> bool {
        !self.levels.is_empty() && self.group().is_some()
    }

    /// The step that enters it: its next level, or its rows. Entering the others lists the groups of their level.
    pub(crate) fn step(&self, label: Masked, rows: bool) -> Step {
        let mut levels = self.levels.clone();
        let next = match &self.what {
            Inside::Others(_) => vec![self.key.clone()],
            Inside::Group(_) if rows || levels.is_empty() => Vec::new(),
            Inside::Group(_) => vec![levels.remove(0)],
        };
        let mut step = Step::new(label, self.filter.clone(), next);
        if !step.group_by.is_empty() {
            step.levels = levels;
        }
        step
    }
}

/// An answer and the question it answers.
#[derive(Debug)]
pub struct Shown {
    pub offset: usize,
    pub group_by: Vec<GroupKey>,
    /// The two periods that are compared.
    pub change: Option<(DateRange, DateRange)>,
    /// The width of the widest value of each key, in the lines fetched so far.
    pub key_widths: Vec<usize>,
    pub table: Table,
}

/// The width of the widest value of each key.
pub(super) fn key_widths(table: &Table, keys: usize) -> Vec<usize> {
    let mut widths = vec![0; keys];
    let lines = (0..table.shown()).filter_map(|at| table.body.group_line(at));
    for line in lines {
        let names = line.labels.iter().zip(line.keys);
        for (width, (label, key)) in widths.iter_mut().zip(names) {
            let name = label.as_ref().or(key.as_ref());
            *width = (*width).max(name.map_or(0, |name| name.width()));
        }
    }
    widths
}

/// The search for a text in the lines.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The text that is marked; empty if there is no search.
    pub text: String,
    /// The text that was searched last.
    pub last: String,
    pub asked: Option<Ticket>,
}

impl Search {
    /// Starts to search a text.
    pub fn begin(&mut self, text: &str) {
        text.clone_into(&mut self.text);
        text.clone_into(&mut self.last);
    }
}
