//! Expanded groups: their child rows are shown under them, indented, level by level.

use super::explorer::Explorer;
use super::step::Step;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::{Measure, Query};
use crate::domain::table::group::{Group, Others};
use crate::domain::table::{Body, Table};
use crate::tui::message::{Problem, Ticket};
use crate::tui::state::cursor::Cursor;

/// The number of child rows before the others, which are one row.
const MOST: usize = 50;

/// A child row under an expanded group.
#[derive(Debug, Clone)]
pub struct Twig {
    /// From 1.
    pub depth: usize,
    pub key: GroupKey,
    pub what: Inside,
    /// The filter for its rows.
    filter: Option<Filter>,
    /// The levels below it, the next one first.
    levels: Vec<GroupKey>,
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
    parent: usize,
    twigs: Vec<Twig>,
}

/// All expanded groups; valid for one question.
#[derive(Debug, Default)]
pub struct Branches {
    /// Sorted by the index of the group.
    open: Vec<Branch>,
    /// The pending question, and the row that it expands.
    pub asked: Option<(Ticket, Bud)>,
}

/// A row whose expansion is pending.
#[derive(Debug, Clone)]
pub struct Bud {
    parent: usize,
    /// The child row that expands; `None` for the group itself.
    twig: Option<usize>,
    depth: usize,
    key: GroupKey,
    filter: Option<Filter>,
    levels: Vec<GroupKey>,
}

/// The content of a line on the screen.
#[derive(Debug, Clone, Copy)]
pub enum Spot<'a> {
    /// A group, a row, or the others, by index in the answer.
    Line(usize),
    Twig(&'a Twig),
}

impl Branches {
    /// The content of a line.
    pub fn spot(&self, line: usize) -> Spot<'_> {
        let mut before = 0;
        for branch in &self.open {
            if line <= branch.parent + before {
                break;
            }
            if let Some(twig) = branch.twigs.get(line - branch.parent - before - 1) {
                return Spot::Twig(twig);
            }
            before += branch.twigs.len();
        }
        Spot::Line(line - before)
    }

    /// The index in the answer of a line, or of the parent group of a child row.
    pub fn place(&self, line: usize) -> usize {
        let mut before = 0;
        for branch in &self.open {
            if line <= branch.parent + before {
                break;
            }
            if line <= branch.parent + before + branch.twigs.len() {
                return branch.parent;
            }
            before += branch.twigs.len();
        }
        line - before
    }

    /// The line of an index in the answer.
    pub fn line_of(&self, place: usize) -> usize {
        let before = self.open.iter().filter(|branch| branch.parent < place);
        place + before.map(|branch| branch.twigs.len()).sum::<usize>()
    }

    /// Moves a cursor to its group, for when all groups are collapsed.
    pub fn fold(&self, cursor: &mut Cursor) {
        cursor.selected = self.place(cursor.selected);
        cursor.top = self.place(cursor.top);
    }

    /// The number of child rows.
    pub fn lines(&self) -> usize {
        self.open.iter().map(|branch| branch.twigs.len()).sum()
    }

    /// Whether a group is expanded.
    pub fn is_open(&self, place: usize) -> bool {
        self.open.iter().any(|branch| branch.parent == place)
    }

    /// Collapses a group or a child row. Returns `false` if it is not expanded.
    fn close(&mut self, line: usize) -> bool {
        let place = self.place(line);
        let Some(at) = self.open.iter().position(|branch| branch.parent == place) else {
            return false;
        };
        let first = self.line_of(place);
        let Some(branch) = self.open.get_mut(at) else {
            return false;
        };
        let Some(twig) = line.checked_sub(first + 1) else {
            self.open.remove(at);
            return true;
        };
        let Some(own) = branch.twigs.get_mut(twig).filter(|own| own.open) else {
            return false;
        };
        own.open = false;
        let depth = own.depth;
        let inside = branch.twigs.iter().skip(twig + 1);
        let count = inside.take_while(|below| below.depth > depth).count();
        branch.twigs.drain(twig + 1..=twig + count);
        true
    }

    fn grow(&mut self, bud: &Bud, twigs: Vec<Twig>) {
        let at = self
            .open
            .iter()
            .position(|branch| branch.parent >= bud.parent);
        let known = at.filter(|at| self.open.get(*at).is_some_and(|b| b.parent == bud.parent));
        match (bud.twig, known) {
            (None, None) => {
                let branch = Branch {
                    parent: bud.parent,
                    twigs,
                };
                self.open.insert(at.unwrap_or(self.open.len()), branch);
            }
            (Some(twig), Some(at)) => {
                if let Some(branch) = self.open.get_mut(at)
                    && let Some(own) = branch.twigs.get_mut(twig).filter(|own| !own.open)
                {
                    own.open = true;
                    branch.twigs.splice(twig + 1..=twig, twigs);
                }
            }
            // It was collapsed or expanded in the meantime.
            _ => {}
        }
    }
}

impl Twig {
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
    pub(super) fn step(&self, label: String, rows: bool) -> Step {
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

impl Explorer {
    /// The child row under the cursor.
    pub fn twig(&self) -> Option<&Twig> {
        match self.branches.spot(self.step().cursor.selected) {
            Spot::Twig(twig) => Some(twig),
            Spot::Line(_) => None,
        }
    }

    /// Expands or collapses the row under the cursor. Returns the query if one has to be run.
    pub fn toggle_branch(&mut self, ticket: Ticket) -> Result<Option<Query>, String> {
        let line = self.step().cursor.selected;
        if self.branches.close(line) {
            return Ok(None);
        }
        let bud = self.bud(line)?;
        let query = Query {
            filter: bud.filter.clone(),
            group_by: vec![bud.key.clone()],
            top: Some(MOST),
            limit: Some(MOST),
            others: true,
            measures: self.measures(),
            ..Query::default()
        };
        self.branches.asked = Some((ticket, bud));
        Ok(Some(query))
    }

    /// The measures that are shown.
    pub(super) fn measures(&self) -> Vec<Measure> {
        let shown = self.step().columns.shown.as_deref().unwrap_or_default();
        let wanted = Measure::ALL.into_iter();
        wanted
            .filter(|(name, _)| shown.iter().any(|known| known == name))
            .map(|(_, measure)| measure)
            .collect()
    }

    fn bud(&self, line: usize) -> Result<Bud, String> {
        let nothing = || "no further level; ⟦table.enter⟧ shows the rows".to_owned();
        let place = self.branches.place(line);
        let (depth, twig, filter, levels) = match self.branches.spot(line) {
            Spot::Twig(twig) if twig.opens() => {
                let at = line - self.branches.line_of(place) - 1;
                (twig.depth + 1, Some(at), twig.filter.clone(), &twig.levels)
            }
            Spot::Twig(_) => return Err(nothing()),
            Spot::Line(_) => {
                let (filter, _) = self.inside().ok_or_else(nothing)?;
                (1, None, filter, &self.step().levels)
            }
        };
        let (key, rest) = levels.split_first().ok_or_else(nothing)?;
        Ok(Bud {
            parent: place,
            twig,
            depth,
            key: key.clone(),
            filter,
            levels: rest.to_vec(),
        })
    }

    /// Stores child rows. Returns the result if it is an error or belongs to another question.
    pub fn take_branch(
        &mut self,
        ticket: Ticket,
        result: Result<Table, Problem>,
    ) -> Option<Result<Table, Problem>> {
        let Some((_, bud)) = self.branches.asked.take_if(|(asked, _)| *asked == ticket) else {
            return Some(result);
        };
        match result {
            Ok(Table {
                body: Body::Groups { groups, others },
                ..
            }) => {
                let twigs = self.twigs(&bud, groups, others);
                self.branches.grow(&bud, twigs);
                None
            }
            Ok(_) => None,
            Err(problem) => Some(Err(problem)),
        }
    }

    fn twigs(&self, bud: &Bud, groups: Vec<Group>, others: Option<Others>) -> Vec<Twig> {
        let totals = self.shown.as_ref().map(|shown| shown.table.totals.clone());
        let totals = totals.unwrap_or_default();
        let twig = |what, filter| Twig {
            depth: bud.depth,
            key: bud.key.clone(),
            what,
            filter,
            levels: bud.levels.clone(),
            open: false,
        };
        let mut twigs: Vec<Twig> = Vec::new();
        for mut group in groups {
            // The share is of the whole view, as that of the parent group.
            let total = totals.iter().find(|t| t.currency == group.cost.currency);
            group.share = total.and_then(|total| group.cost.amount.per_mille(total.amount));
            group.running = None;
            let value = group.keys.first().cloned().flatten();
            let mut filter = Filter::both(
                bud.filter.clone(),
                Some(Filter::equals(bud.key.clone(), value)),
            );
            if totals.len() > 1 && bud.key != GroupKey::Role(Role::Currency) {
                let key = GroupKey::Role(Role::Currency);
                let own = Filter::equals(key, group.cost.currency.clone());
                let has = matches!(&filter, Some(Filter::And(parts)) if parts.contains(&own));
                filter = Filter::both(filter, (!has).then_some(own));
            }
            twigs.push(twig(Inside::Group(Box::new(group)), filter));
        }
        let others = others.filter(|others| others.groups > 0);
        twigs.extend(others.map(|others| twig(Inside::Others(others), bud.filter.clone())));
        twigs
    }
}
