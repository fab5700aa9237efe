//! State of the scope tree: open branches, search and cursor. Branches are listed when they open.

use super::sorting::{ScopeMonths, ScopeOrder, ScopeSort};
use crate::domain::scope::{Agreement, ONLY_USAGE, Reports, Scope, ScopeId, ScopeKind};
use crate::ops::{FoundScopes, PinnedScope, PinnedScopes};
use crate::tui::said::Said;
use crate::tui::shell::status::StatusLine;
use crate::tui::state::cursor::{Cursor, CursorStep};
use crate::tui::state::field::TextField;
use crate::tui::state::picker::ranked;
use crate::tui::ticket::{Problem, Ticket};
use std::collections::{HashMap, HashSet};

/// The loading state of the top of the tree.
#[derive(Debug, Default)]
pub enum TreeLoading {
    #[default]
    NotAsked,
    Asking(Ticket),
    Found(FoundScopes),
    Failed(Problem),
}

/// The loading state of a scope's children.
#[derive(Debug)]
pub enum Branch {
    Asking(Ticket),
    /// Listed, with the errors of lists that were refused.
    Listed(Vec<Said>),
}

/// The target of keys.
#[derive(Debug, Clone, Default)]
pub enum Focus {
    #[default]
    Tree,
    Search,
    /// A scope that is being typed, and the error in it.
    Typing {
        field: TextField,
        wrong: Option<Said>,
    },
}

/// A pinned or recent scope.
#[derive(Debug, Clone)]
pub struct Marked {
    pub scope: Scope,
    pub pinned: bool,
}

/// The screen's state.
#[derive(Debug, Default)]
pub struct Scopes {
    pub listing: TreeLoading,
    /// The pending refresh. The current list stays until it arrives.
    pub refreshing: Option<Ticket>,
    /// The text of the status line when a refresh failed.
    pub refused: Option<StatusLine>,
    pub branches: HashMap<ScopeId, Branch>,
    pub opened: HashSet<ScopeId>,
    /// The branches opened among the matches of the search.
    pub opened_found: HashSet<ScopeId>,
    /// The management group whose subscriptions are offered once they are listed.
    pub offering: Option<Scope>,
    /// The pending question about exports.
    pub exports: Option<Ticket>,
    /// The scope that a new export is being typed for.
    pub creating: Option<ScopeId>,
    pub marked: Vec<Marked>,
    pub search: TextField,
    /// The search that was cleared last.
    pub last_search: String,
    pub focus: Focus,
    pub cursor: Cursor,
    pub order: ScopeOrder,
    /// The newest months of the scopes in the ledger.
    pub months: ScopeMonths,
}

/// The content of a line.
#[derive(Debug, Clone, Copy)]
pub enum LineContent<'a> {
    /// A scope, and whether its branch is open; `None` for a leaf.
    Scope(&'a Scope, Option<bool>),
    /// A pinned or recent scope above the tree.
    Marked(&'a Marked),
    /// The error of a list under the scope above.
    Refused(&'a Said),
    Listing,
    Empty,
}

/// The known content of a management group.
#[derive(Debug, Default)]
pub struct Inside {
    /// By name.
    pub subscriptions: Vec<Scope>,
    /// The groups whose children were never asked for.
    pub unlisted: Vec<ScopeId>,
    /// Whether an answer is still to come.
    pub is_asking: bool,
    /// Whether a list was refused, so that subscriptions may be missing.
    pub refused: bool,
}

/// One visible line of the tree.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    pub what: LineContent<'a>,
    pub depth: usize,
}

impl<'a> Line<'a> {
    /// The scope on the line.
    pub fn scope(&self) -> Option<&'a Scope> {
        match self.what {
            LineContent::Scope(scope, _) => Some(scope),
            LineContent::Marked(marked) => Some(&marked.scope),
            LineContent::Refused(_) | LineContent::Listing | LineContent::Empty => None,
        }
    }

    /// The reason that the scope on the line has no reports, if it has none.
    pub fn why_not(&self) -> Option<Said> {
        let scope = self.scope()?;
        match &scope.reports {
            Reports::Work | Reports::UsageDetails => None,
            Reports::WorkNot { why } => Some(format!("{}: {why}", scope.name).into()),
        }
    }

    /// Why the scope on the line has no reports, or a hint about it.
    pub fn remark(&self) -> Option<Said> {
        self.why_not().or_else(|| match self.what {
            LineContent::Refused(text) => Some(text.clone()),
            LineContent::Scope(scope, _) if scope.agreement == Some(Agreement::Payg) => {
                Some(format!("{}: {ONLY_USAGE}", scope.name).into())
            }
            LineContent::Scope(..)
            | LineContent::Marked(_)
            | LineContent::Listing
            | LineContent::Empty => None,
        })
    }
}

impl Scopes {
    /// All scopes found so far.
    pub fn all(&self) -> &[Scope] {
        match &self.listing {
            TreeLoading::Found(found) => &found.scopes,
            TreeLoading::NotAsked | TreeLoading::Asking(_) | TreeLoading::Failed(_) => &[],
        }
    }

    /// The error of the first list that was refused, and the number of the others.
    pub fn trouble(&self) -> Option<(Said, usize)> {
        let TreeLoading::Found(found) = &self.listing else {
            return None;
        };
        let first = found.problems.first()?;
        Some((first.clone().into(), found.problems.len() - 1))
    }

    /// Whether a scope is pinned.
    pub fn is_pinned(&self, id: &ScopeId) -> bool {
        let mut pinned = self.marked.iter().filter(|marked| marked.pinned);
        pinned.any(|marked| marked.scope.id == *id)
    }

    /// Whether a search narrows the list.
    pub fn is_searched(&self) -> bool {
        !self.search.text().trim().is_empty()
    }

    /// Stores the marked scopes: pinned ones, then recent ones that are not pinned.
    pub fn take_marks(&mut self, marks: &PinnedScopes, height: usize) {
        let scope = |mark: &PinnedScope| {
            let known = || self.known_agreement(&mark.scope);
            let agreement = mark.agreement.or(mark.scope.agreement()).or_else(known);
            Scope::found(mark.scope.clone(), mark.name.clone(), agreement, None)
        };
        let pinned = marks.pinned.iter().map(|mark| Marked {
            scope: scope(mark),
            pinned: true,
        });
        let recent = marks
            .recent
            .iter()
            .filter(|mark| !marks.is_pinned(&mark.scope));
        let recent = recent.map(|mark| Marked {
            scope: scope(mark),
            pinned: false,
        });
        let before = self.marked.len();
        self.marked = pinned.chain(recent).collect();
        // The cursor stays on its line of the tree. A cursor that was never moved stays at the top.
        let selected = self.cursor.selected;
        if !self.is_searched() && selected > 0 && selected >= before {
            self.cursor.selected = selected - before + self.marked.len();
            let count = self.lines().len();
            self.cursor.keep(count, height);
        }
    }

    /// The visible lines: marks and the tree, or the matches of a search. These are in the order if one of them has money,
    /// else the best is first.
    pub fn lines(&self) -> Vec<Line<'_>> {
        self.lines_in(self.order)
    }

    /// The visible lines in an order.
    pub(super) fn lines_in(&self, order: ScopeOrder) -> Vec<Line<'_>> {
        let mut under: HashMap<&ScopeId, Vec<&Scope>> = HashMap::new();
        for scope in self.all() {
            if let Some(parent) = &scope.parent {
                under.entry(parent).or_default().push(scope);
            }
        }
        if order.by != ScopeSort::Listed {
            for children in under.values_mut() {
                order.arrange(children, &self.months);
            }
        }
        if self.is_searched() {
            let mut hits = self.hits();
            let ranked = self.branches_of(&hits, &under);
            // Without money there are no heads, which would name the order.
            if order.by == ScopeSort::Listed || !self.have_money(&ranked) {
                return ranked;
            }
            order.arrange(&mut hits, &self.months);
            return self.branches_of(&hits, &under);
        }
        let marked = self.marked.iter().map(|marked| Line {
            what: LineContent::Marked(marked),
            depth: 0,
        });
        let mut lines: Vec<Line<'_>> = marked.collect();
        let roots = self.all().iter().filter(|scope| scope.parent.is_none());
        let mut roots: Vec<&Scope> = roots.collect();
        order.arrange(&mut roots, &self.months);
        lines.extend(self.branches_of(&roots, &under));
        lines
    }

    /// These scopes, each with what is open below it.
    fn branches_of<'a>(
        &'a self,
        scopes: &[&'a Scope],
        under: &HashMap<&ScopeId, Vec<&'a Scope>>,
    ) -> Vec<Line<'a>> {
        let mut lines = Vec::new();
        for scope in scopes {
            self.add_lines(scope, 0, under, &mut lines);
        }
        lines
    }

    /// The open branches of the tree, or of the matches of a search.
    fn shown_open(&self) -> &HashSet<ScopeId> {
        if self.is_searched() {
            &self.opened_found
        } else {
            &self.opened
        }
    }

    fn shown_open_mut(&mut self) -> &mut HashSet<ScopeId> {
        if self.is_searched() {
            &mut self.opened_found
        } else {
            &mut self.opened
        }
    }

    fn add_lines<'a>(
        &'a self,
        scope: &'a Scope,
        depth: usize,
        under: &HashMap<&ScopeId, Vec<&'a Scope>>,
        lines: &mut Vec<Line<'a>>,
    ) {
        let is_open = self.shown_open().contains(&scope.id);
        let open = scope.is_branch().then_some(is_open);
        lines.push(Line {
            what: LineContent::Scope(scope, open),
            depth,
        });
        if open != Some(true) {
            return;
        }
        let children = under.get(&scope.id).map(Vec::as_slice).unwrap_or_default();
        for child in children {
            self.add_lines(child, depth + 1, under, lines);
        }
        let mut add = |what| {
            lines.push(Line {
                what,
                depth: depth + 1,
            });
        };
        match self.branches.get(&scope.id) {
            Some(Branch::Listed(refused)) => {
                for text in refused {
                    add(LineContent::Refused(text));
                }
                if refused.is_empty() && children.is_empty() {
                    add(LineContent::Empty);
                }
            }
            Some(Branch::Asking(_)) => add(LineContent::Listing),
            None => {}
        }
    }

    /// The scopes that match a search by parts of their name, kind and agreement, or of their id. If there are none, a few
    /// missing letters in between do not matter.
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
        hits.extend(by_id);
        // A scope may match by its name and by its id, and a subscription is in the list and under its management
        // group; it is shown once.
        let mut seen = HashSet::new();
        hits.retain(|scope| seen.insert(&scope.id));
        let holds = |scope: &&Scope| {
            let (text, path) = (text(scope).to_lowercase(), scope.id.path().to_lowercase());
            typed.split_whitespace().all(|word| text.contains(word)) || path.contains(&typed)
        };
        if hits.iter().any(holds) {
            hits.retain(holds);
        }
        hits
    }

    /// The scope under the cursor.
    pub fn selected(&self) -> Option<&Scope> {
        self.lines().get(self.cursor.selected).and_then(Line::scope)
    }

    /// Whether the line under the cursor has no children to list.
    pub fn is_leaf(&self) -> bool {
        let lines = self.lines();
        let line = lines.get(self.cursor.selected);
        line.is_none_or(|line| !matches!(line.what, LineContent::Scope(_, Some(_))))
    }

    /// Moves the cursor.
    pub fn go(&mut self, step: CursorStep, height: usize) {
        let count = self.lines().len();
        self.cursor.go(step, count, height);
    }

    /// Opens the branch under the cursor, or steps into it. Returns the scope whose children have to be listed.
    pub fn open(&mut self, height: usize) -> Option<Scope> {
        let line = self.lines().get(self.cursor.selected).copied()?;
        let LineContent::Scope(scope, open) = line.what else {
            return None;
        };
        let scope = scope.clone();
        match open {
            Some(false) => {
                self.shown_open_mut().insert(scope.id.clone());
                let known = self.branches.contains_key(&scope.id);
                (!known).then_some(scope)
            }
            Some(true) => {
                self.go(CursorStep::Down, height);
                None
            }
            None => None,
        }
    }

    /// Closes the branch under the cursor, or goes to the one it is in.
    pub fn close(&mut self, height: usize) {
        let Some(line) = self.lines().get(self.cursor.selected).copied() else {
            return;
        };
        match line.what {
            LineContent::Scope(scope, Some(true)) => {
                let id = scope.id.clone();
                self.shown_open_mut().remove(&id);
            }
            _ if line.depth > 0 => self.go_to_parent(line.depth, height),
            LineContent::Scope(..)
            | LineContent::Marked(_)
            | LineContent::Refused(_)
            | LineContent::Listing
            | LineContent::Empty => {}
        }
    }

    /// The nearest line above that is less deep.
    fn go_to_parent(&mut self, depth: usize, height: usize) {
        let lines = self.lines();
        let above = lines.iter().take(self.cursor.selected);
        let mut parents = above.enumerate().filter(|(_, line)| line.depth < depth);
        let at = parents.next_back().map(|(at, _)| at);
        let count = lines.len();
        if let Some(at) = at {
            self.cursor.selected = at;
            self.cursor.keep(count, height);
        }
    }

    /// The subscriptions in a management group and in those below it, as far as they are listed.
    pub fn inside(&self, group: &ScopeId) -> Inside {
        let mut inside = Inside::default();
        let mut groups = vec![group];
        let mut seen: HashSet<&ScopeId> = HashSet::from([group]);
        while let Some(parent) = groups.pop() {
            match self.branches.get(parent) {
                None => inside.unlisted.push(parent.clone()),
                Some(Branch::Asking(_)) => inside.is_asking = true,
                Some(Branch::Listed(refused)) => inside.refused |= !refused.is_empty(),
            }
            let children = self.all().iter();
            let children = children.filter(|scope| scope.parent.as_ref() == Some(parent));
            for child in children.filter(|child| seen.insert(&child.id)) {
                match child.id.kind() {
                    ScopeKind::ManagementGroup => groups.push(&child.id),
                    ScopeKind::Subscription => inside.subscriptions.push(child.clone()),
                    ScopeKind::ResourceGroup
                    | ScopeKind::BillingAccount
                    | ScopeKind::BillingProfile
                    | ScopeKind::InvoiceSection
                    | ScopeKind::Department
                    | ScopeKind::EnrollmentAccount
                    | ScopeKind::Customer => {}
                }
            }
        }
        // The list of subscriptions knows their agreements, the one below the group does not.
        for found in &mut inside.subscriptions {
            let mut known = self.all().iter().filter(|scope| scope.id == found.id);
            let agreement = known.find_map(|scope| scope.agreement);
            if let (None, Some(agreement)) = (found.agreement, agreement) {
                found.learn(agreement);
            }
        }
        inside
            .subscriptions
            .sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        inside
    }

    /// Branches that a search would miss because they were never listed. Management groups are skipped, since the list
    /// of subscriptions has all of their content.
    pub fn unlisted(&self) -> Vec<Scope> {
        let hidden = self.all().iter().filter(|scope| {
            scope.is_branch()
                && !matches!(
                    scope.id.kind(),
                    ScopeKind::ManagementGroup | ScopeKind::Department
                )
                && !self.branches.contains_key(&scope.id)
        });
        hidden.cloned().collect()
    }

    /// Stores the list of a branch. Returns `false` if it is not the one that was requested last.
    pub fn listed(
        &mut self,
        ticket: Ticket,
        id: &ScopeId,
        result: Result<FoundScopes, Problem>,
    ) -> bool {
        let asked =
            matches!(self.branches.get(id), Some(Branch::Asking(asked)) if *asked == ticket);
        if !asked {
            return false;
        }
        let refused = match result {
            Ok(under) => {
                if let TreeLoading::Found(found) = &mut self.listing {
                    found.scopes.extend(under.scopes);
                }
                under.problems.into_iter().map(Said::from).collect()
            }
            Err(problem) => vec![problem.text],
        };
        self.branches.insert(id.clone(), Branch::Listed(refused));
        true
    }
}
