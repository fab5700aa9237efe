//! The tree of scopes: what is open, what is searched for, what the cursor is on.

use crate::domain::scope::{Agreement, Reports, Scope, ScopeId};
use crate::ops::scopes::Found;
use crate::tui::message::{Problem, Ticket};
use crate::tui::part::cursor::{Cursor, Step};
use crate::tui::part::field::Field;
use crate::tui::part::picker::ranked;
use std::collections::HashSet;

/// How far the list is.
#[derive(Debug)]
pub enum Listing {
    NotAsked,
    Asking(Ticket),
    Found(Found),
    Failed(Problem),
}

/// What keys go to.
#[derive(Debug, Clone)]
pub enum Focus {
    Tree,
    Search,
    /// A scope is being typed; and what is wrong with it.
    Typing {
        field: Field,
        wrong: Option<String>,
    },
}

/// The screen's state.
#[derive(Debug)]
pub struct Scopes {
    pub listing: Listing,
    pub closed: HashSet<ScopeId>,
    pub search: Field,
    pub focus: Focus,
    pub cursor: Cursor,
}

impl Default for Scopes {
    fn default() -> Self {
        Self {
            listing: Listing::NotAsked,
            closed: HashSet::new(),
            search: Field::default(),
            focus: Focus::Tree,
            cursor: Cursor::default(),
        }
    }
}

/// One visible line of the tree.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    pub scope: &'a Scope,
    pub depth: usize,
    /// Open or closed; none for a leaf.
    pub open: Option<bool>,
}

impl Scopes {
    /// All scopes found.
    pub fn all(&self) -> &[Scope] {
        match &self.listing {
            Listing::Found(found) => &found.scopes,
            _ => &[],
        }
    }

    /// Whether a search narrows the list.
    pub fn is_searched(&self) -> bool {
        !self.search.text().trim().is_empty()
    }

    /// The visible lines: the tree, or the matches of a search, best first.
    pub fn lines(&self) -> Vec<Line<'_>> {
        let scopes = self.all();
        if self.is_searched() {
            let hits = self.hits();
            let line = |scope| Line {
                scope,
                depth: 0,
                open: None,
            };
            return hits.into_iter().map(line).collect();
        }
        let find = |id: &ScopeId| scopes.iter().find(|scope| scope.id == *id);
        let parents: HashSet<&ScopeId> = scopes
            .iter()
            .filter_map(|scope| scope.parent.as_ref())
            .collect();
        let mut lines = Vec::new();
        for scope in scopes {
            let mut depth = 0;
            let mut hidden = false;
            let mut above = scope.parent.as_ref();
            while let Some(parent) = above {
                depth += 1;
                hidden |= self.closed.contains(parent);
                above = find(parent).and_then(|scope| scope.parent.as_ref());
            }
            if !hidden {
                let open = parents
                    .contains(&scope.id)
                    .then(|| !self.closed.contains(&scope.id));
                lines.push(Line { scope, depth, open });
            }
        }
        lines
    }

    /// The scopes that a search means: by name, kind and agreement loosely, by id to the letter.
    fn hits(&self) -> Vec<&Scope> {
        let text = |scope: &Scope| {
            let agreement = scope.agreement.map_or("", Agreement::word);
            format!("{} {} {agreement}", scope.name, scope.id.kind())
        };
        let search = self.search.text();
        let mut hits = ranked(self.all(), search, text);
        let typed = search.trim().to_lowercase();
        let by_id = self
            .all()
            .iter()
            .filter(|scope| scope.id.path().to_lowercase().contains(&typed));
        let more: Vec<&Scope> = by_id
            .filter(|scope| !hits.iter().any(|hit| hit.id == scope.id))
            .collect();
        hits.extend(more);
        hits
    }

    /// The scope under the cursor.
    pub fn selected(&self) -> Option<&Scope> {
        self.lines()
            .get(self.cursor.selected)
            .map(|line| line.scope)
    }

    /// Why the selected scope has no reports, if it has none.
    pub fn why_not(&self) -> Option<String> {
        match &self.selected()?.reports {
            Reports::Work => None,
            Reports::WorkNot { why } => Some(format!("{}: {why}", self.selected()?.name)),
        }
    }

    /// Moves the cursor.
    pub fn go(&mut self, step: Step, height: usize) {
        let count = self.lines().len();
        self.cursor.go(step, count, height);
    }

    /// Opens the branch under the cursor, or steps into it.
    pub fn open(&mut self, height: usize) {
        let Some(line) = self.lines().get(self.cursor.selected).copied() else {
            return;
        };
        let (id, state) = (line.scope.id.clone(), line.open);
        match state {
            Some(false) => {
                self.closed.remove(&id);
            }
            Some(true) => self.go(Step::Down, height),
            None => {}
        }
    }

    /// Closes the branch under the cursor, or goes to the one it is in.
    pub fn close(&mut self, height: usize) {
        let Some(line) = self.lines().get(self.cursor.selected).copied() else {
            return;
        };
        let (id, state, parent) = (line.scope.id.clone(), line.open, line.scope.parent.clone());
        if state == Some(true) {
            self.closed.insert(id);
        } else if let Some(at) =
            parent.and_then(|parent| self.lines().iter().position(|line| line.scope.id == parent))
        {
            self.cursor.selected = at;
        }
        let count = self.lines().len();
        self.cursor.keep(count, height);
    }
}
