//! Handles the scope tree.

use super::exports;
use super::sorting::{ScopeMonths, ScopeOrder};
use super::state::{Branch, Focus, Line, LineContent, Scopes, TreeLoading};
use crate::domain::scope::{Scope, ScopeId, ScopeKind};
use crate::ops::{AGREEMENTS_ASKED, FoundScopes, Identity};
use crate::tui::action::{Action, View};
use crate::tui::effect::Effect;
use crate::tui::said::Masked;
use crate::tui::shell::Shell;
use crate::tui::shell::overlay::Overlay;
use crate::tui::shell::pickers::{ALL, EXPORTS, subscriptions};
use crate::tui::shell::request::Request;
use crate::tui::shell::status::StatusLine;
use crate::tui::state::cursor::{Cursor, CursorStep};
use crate::tui::state::field::{TextField, Typed};
use crate::tui::ticket::{Problem, Ticket};

/// Asks for the top of the tree. The current list stays until the answer arrives.
pub(crate) fn ask(scopes: &mut Scopes, shell: &mut Shell) -> Vec<Effect> {
    let ticket = shell.ticket();
    if matches!(scopes.listing, TreeLoading::Found(_)) {
        shell.status = StatusLine::hint("asking Azure again …");
    } else {
        scopes.listing = TreeLoading::Asking(ticket);
    }
    scopes.refreshing = Some(ticket);
    vec![Effect::ListScopes(ticket)]
}

pub(crate) fn listed(
    scopes: &mut Scopes,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<FoundScopes, Problem>,
) -> Vec<Effect> {
    if scopes.refreshing != Some(ticket) {
        return Vec::new();
    }
    scopes.refreshing = None;
    match result {
        Ok(found) => {
            scopes.listing = TreeLoading::Found(found);
            // The children may have changed as well.
            scopes.branches.clear();
            // Only the error of an earlier list is cleared: what else is told is still of use.
            if scopes
                .refused
                .take()
                .is_some_and(|refused| refused == shell.status)
            {
                shell.status = StatusLine::Silent;
            }
        }
        Err(problem) if matches!(scopes.listing, TreeLoading::Found(_)) => {
            let refused = shell.refuse(problem.text);
            scopes.refused = Some(shell.status.clone());
            return refused;
        }
        Err(problem) => scopes.listing = TreeLoading::Failed(problem),
    }
    learn_names(scopes, shell);
    keep_cursor(scopes, shell);
    let listed = scopes.all().iter();
    let unknown: Vec<ScopeId> = listed
        .filter(|scope| scope.wants_agreement())
        .take(AGREEMENTS_ASKED)
        .map(|scope| scope.id.clone())
        .collect();
    let mut effects = Vec::new();
    if !unknown.is_empty() {
        effects.push(Effect::AskAgreements(unknown));
    }
    // Branches that were open before a refresh are listed again.
    let open = scopes.all().iter();
    let open: Vec<Scope> = open
        .filter(|scope| scopes.opened.contains(&scope.id))
        .cloned()
        .collect();
    effects.extend(list_branches(scopes, shell, open));
    effects
}

/// Makes the names of the listed scopes known to the other screens.
fn learn_names(scopes: &Scopes, shell: &mut Shell) {
    let listed = scopes.all().iter();
    let names = listed.map(|scope| (scope.id.clone(), Masked::from(scope.name.clone())));
    shell.scope_names.extend(names);
}

fn keep_cursor(scopes: &mut Scopes, shell: &Shell) {
    let height = shell.list_height(scopes.other_lines());
    let count = scopes.lines().len();
    scopes.cursor.keep(count, height);
}

/// Sorts the scopes; the cursor stays on its scope.
pub(crate) fn sort(scopes: &mut Scopes, shell: &mut Shell, order: ScopeOrder) {
    scopes.reorder(|scopes| scopes.order = order);
    keep_cursor(scopes, shell);
    shell.status = StatusLine::hint(order.words());
}

/// Takes the newest months of the ledger, which some orders depend on.
pub(crate) fn learn_months(scopes: &mut Scopes, shell: &Shell, months: ScopeMonths) {
    scopes.take_months(months);
    keep_cursor(scopes, shell);
}

/// Asks for the children of each of these scopes.
fn list_branches(
    scopes: &mut Scopes,
    shell: &mut Shell,
    parents: impl IntoIterator<Item = Scope>,
) -> Vec<Effect> {
    let ask = |scope: Scope| {
        let ticket = shell.ticket();
        let asking = Branch::Asking(ticket);
        scopes.branches.insert(scope.id.clone(), asking);
        Effect::ListBranch {
            ticket,
            scope: scope.id,
            agreement: scope.agreement,
        }
    };
    parents.into_iter().map(ask).collect()
}

pub(crate) fn branch(
    scopes: &mut Scopes,
    shell: &mut Shell,
    ticket: Ticket,
    id: &ScopeId,
    result: Result<FoundScopes, Problem>,
) -> Vec<Effect> {
    if !scopes.listed(ticket, id, result) {
        return Vec::new();
    }
    learn_names(scopes, shell);
    keep_cursor(scopes, shell);
    let open = scopes.all().iter().filter(|scope| {
        scope.parent.as_ref() == Some(id)
            && scopes.opened.contains(&scope.id)
            && !scopes.branches.contains_key(&scope.id)
    });
    let mut next: Vec<Scope> = open.cloned().collect();
    if scopes.is_searched() || matches!(scopes.focus, Focus::Search) {
        next.extend(scopes.unlisted());
    }
    let mut effects = list_branches(scopes, shell, next);
    if let Some(group) = scopes.offering.take()
        && shell.view == View::Scopes
        && matches!(shell.overlay, Overlay::None)
    {
        effects.extend(offer(scopes, shell, &group));
    }
    effects
}

/// Offers the subscriptions of a management group, which has no reports of its own. Groups below it are listed first.
fn offer(scopes: &mut Scopes, shell: &mut Shell, group: &Scope) -> Vec<Effect> {
    let inside = scopes.inside(&group.id);
    if inside.is_asking || !inside.unlisted.is_empty() {
        scopes.offering = Some(group.clone());
        shell.status = StatusLine::hint("asking Azure for its subscriptions …");
        // A pinned group may not be in the tree.
        let listed = scopes.all().iter().chain(std::iter::once(group));
        let unlisted = listed.filter(|scope| inside.unlisted.contains(&scope.id));
        let mut unlisted: Vec<Scope> = unlisted.cloned().collect();
        unlisted.sort_by(|a, b| a.id.cmp(&b.id));
        unlisted.dedup_by(|a, b| a.id == b.id);
        return list_branches(scopes, shell, unlisted);
    }
    if inside.subscriptions.is_empty() {
        return shell.refuse(
            "this management group has no subscription that you can see; ⟦scopes.exports⟧ lists its exports",
        );
    }
    shell.status = if inside.refused {
        StatusLine::error("a list was refused: subscriptions may be missing here")
    } else {
        StatusLine::Silent
    };
    shell.overlay = subscriptions(shell.keymap, group.clone(), inside.subscriptions);
    Vec::new()
}

/// Begins one order for the subscriptions that were picked, or for all of them, or lists the exports of their group.
pub(crate) fn picked(
    scopes: &mut Scopes,
    shell: &mut Shell,
    (group, found): (Scope, Vec<Scope>),
    names: &[String],
) -> Vec<Effect> {
    if names.iter().any(|name| name == EXPORTS) {
        return exports::ask_for(scopes, shell, group);
    }
    let all = names.iter().any(|name| name == ALL);
    let chosen = found
        .into_iter()
        .filter(|scope| all || names.iter().any(|name| name == scope.id.path()));
    let chosen: Vec<Scope> = chosen.collect();
    if !chosen.is_empty() {
        shell.request(Request::BeginOrder {
            scopes: chosen,
            billing_period: None,
        });
    }
    Vec::new()
}

/// Shows the identity in the title, and reports once which credentials failed before it.
pub(crate) fn signed_in(shell: &mut Shell, identity: Identity) -> Vec<Effect> {
    if !identity.failed.is_empty() && identity.tenant.is_some() {
        let failed = identity.failed.iter();
        let said: Vec<String> = failed
            .map(|a| format!("{}: {}", a.source, a.said))
            .collect();
        shell.status = StatusLine::hint(format!(
            "signed in with {}; failed: {}",
            identity.source,
            said.join("; ")
        ));
    }
    shell.place.identity = identity;
    Vec::new()
}

pub(crate) fn begin_typing(scopes: &mut Scopes) {
    scopes.focus = Focus::Typing {
        field: TextField::default(),
        wrong: None,
    };
}

/// Shows the whole tree again, with the cursor on the same scope. Returns `false` if no search narrows it.
pub(crate) fn clear_search(scopes: &mut Scopes, shell: &Shell) -> bool {
    if !scopes.is_searched() {
        return false;
    }
    let here = scopes.selected().map(|scope| scope.id.clone());
    scopes.last_search = scopes.search.text().trim().to_owned();
    scopes.search = TextField::default();
    scopes.opened_found.clear();
    let is_here = |line: &Line<'_>| match line.what {
        LineContent::Scope(scope, _) => here.as_ref() == Some(&scope.id),
        LineContent::Marked(_)
        | LineContent::Refused(_)
        | LineContent::Listing
        | LineContent::Empty => false,
    };
    let place = scopes.lines().iter().position(is_here);
    scopes.cursor.selected = place.unwrap_or_default();
    keep_cursor(scopes, shell);
    true
}

pub(crate) fn typed(scopes: &mut Scopes, typed: Typed<'_>) {
    match &mut scopes.focus {
        Focus::Search => {
            if scopes.search.typed(typed) {
                scopes.cursor = Cursor::default();
                scopes.opened_found.clear();
            }
        }
        Focus::Typing { field, wrong } => {
            field.typed(typed);
            let text = field.text().trim();
            *wrong = if text.is_empty() {
                None
            } else {
                ScopeId::parse_with_period(text)
                    .err()
                    .map(|error| error.to_string().into())
            };
        }
        Focus::Tree => {}
    }
}

pub(crate) fn act(scopes: &mut Scopes, shell: &mut Shell, action: Action) -> Vec<Effect> {
    let height = shell.list_height(scopes.other_lines());
    if let Some(step) = action.step() {
        let recalls = matches!(scopes.focus, Focus::Search) && step == CursorStep::Up;
        if recalls && !scopes.is_searched() && !scopes.last_search.is_empty() {
            scopes.search = TextField::with(&scopes.last_search);
            scopes.cursor = Cursor::default();
            return Vec::new();
        }
        if !matches!(scopes.focus, Focus::Typing { .. }) {
            scopes.go(step, height);
        }
        return Vec::new();
    }
    match (&scopes.focus, action) {
        (Focus::Typing { .. }, Action::Enter) => return take_typed(scopes, shell),
        (Focus::Search, Action::Close) => {
            clear_search(scopes, shell);
            scopes.focus = Focus::Tree;
        }
        // Enter leaves the search and keeps its result; a second Enter orders.
        (Focus::Search, Action::Enter) | (_, Action::Close) => scopes.focus = Focus::Tree,
        (Focus::Tree, Action::Enter) => {
            if let Some(scope) = scopes.selected().cloned() {
                if scope.id.kind() == ScopeKind::ManagementGroup {
                    return offer(scopes, shell, &scope);
                }
                begin_order(shell, scope, None);
            }
        }
        (_, Action::Search) => {
            if clear_search(scopes, shell) {
                scopes.cursor = Cursor::default();
            }
            scopes.focus = Focus::Search;
            // A search also covers branches that were never opened.
            let unlisted = scopes.unlisted();
            return list_branches(scopes, shell, unlisted);
        }
        (_, Action::Pin) => return pin(scopes, shell),
        (_, Action::Exports) => return exports::ask(scopes, shell),
        (_, Action::SortBy) => {
            let order = ScopeOrder::of(scopes.order.by.next());
            sort(scopes, shell, order);
        }
        (_, Action::SortUp | Action::SortDown) => {
            let order = scopes.order.directed(action == Action::SortUp);
            sort(scopes, shell, order);
        }
        (_, Action::TypeScope) => begin_typing(scopes),
        (_, Action::Refresh) => return ask(scopes, shell),
        (_, Action::Right) if scopes.is_leaf() => {
            shell.status = StatusLine::hint("no children; ⟦scopes.enter⟧ orders");
        }
        (_, Action::Right) => {
            let opened = scopes.open(height);
            return list_branches(scopes, shell, opened);
        }
        (_, Action::Left) => scopes.close(height),
        _ => {}
    }
    Vec::new()
}

/// Pins or unpins the scope under the cursor.
fn pin(scopes: &Scopes, shell: &mut Shell) -> Vec<Effect> {
    let Some(scope) = scopes.selected().cloned() else {
        return Vec::new();
    };
    shell.status = StatusLine::hint(if scopes.is_pinned(&scope.id) {
        "unpinned"
    } else {
        "pinned ★: the scope is at the top of the list"
    });
    vec![Effect::TogglePin(Box::new(scope))]
}

/// Orders a typed scope as if it had been listed. A scope that is in the tree keeps its details.
fn take_typed(scopes: &mut Scopes, shell: &mut Shell) -> Vec<Effect> {
    let Focus::Typing { field, .. } = &scopes.focus else {
        return Vec::new();
    };
    match ScopeId::parse_with_period(field.text()) {
        Err(error) => shell.status = StatusLine::error(error.to_string()),
        Ok((id, period)) => {
            let known = scopes.all().iter().find(|scope| scope.id == id).cloned();
            let agreement = id.agreement();
            let scope = known
                .unwrap_or_else(|| Scope::found(id.clone(), id.tail().to_owned(), agreement, None));
            scopes.focus = Focus::Tree;
            match id.kind() {
                // These scopes have usage details, which the form selects.
                ScopeKind::ResourceGroup | ScopeKind::ManagementGroup => {
                    begin_order(shell, scope, period);
                }
                kind => match kind.why_no_reports() {
                    Some(why) => shell.status = StatusLine::error(why),
                    None => begin_order(shell, scope, period),
                },
            }
        }
    }
    Vec::new()
}

/// Fills in the order form for a scope.
fn begin_order(shell: &mut Shell, scope: Scope, billing_period: Option<String>) {
    shell.request(Request::BeginOrder {
        scopes: vec![scope],
        billing_period,
    });
}
