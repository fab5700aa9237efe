//! Handles the scope tree and the order form.

use crate::domain::scope::{ONLY_USAGE, Scope, ScopeId, ScopeKind};
use crate::ops::Identity;
use crate::ops::orders::report;
use crate::ops::{AGREEMENTS_ASKED, Found};
use crate::tui::action::{Action, View};
use crate::tui::effect::Effect;
use crate::tui::key::Key;
use crate::tui::message::{Problem, Ticket};
use crate::tui::model::{Model, Talk};
use crate::tui::part::cursor::{Cursor, Step};
use crate::tui::part::field::Field;
use crate::tui::screen::order::Part;
use crate::tui::screen::scopes::{Branch, Focus, Listing};

/// Asks for the top of the tree. The current list stays until the answer arrives.
pub(super) fn ask(model: &mut Model) -> Vec<Effect> {
    let ticket = model.ticket();
    if matches!(model.scopes.listing, Listing::Found(_)) {
        model.talk = Talk::hint("asking Azure again …");
    } else {
        model.scopes.listing = Listing::Asking(ticket);
    }
    model.scopes.refreshing = Some(ticket);
    vec![Effect::ListScopes(ticket)]
}

pub(super) fn listed(
    model: &mut Model,
    ticket: Ticket,
    result: Result<Found, Problem>,
) -> Vec<Effect> {
    if model.scopes.refreshing != Some(ticket) {
        return Vec::new();
    }
    model.scopes.refreshing = None;
    match result {
        Ok(found) => {
            model.scopes.listing = Listing::Found(found);
            // The children may have changed as well.
            model.scopes.branches.clear();
            // Only errors are cleared: hints about the sign-in or an earlier run are still of use.
            if model.view == View::Scopes && matches!(model.talk, Talk::Error(_)) {
                model.talk = Talk::Silent;
            }
        }
        Err(problem) if matches!(model.scopes.listing, Listing::Found(_)) => {
            model.talk = Talk::error(problem.text);
            return Vec::new();
        }
        Err(problem) => model.scopes.listing = Listing::Failed(problem),
    }
    name_orders(model);
    keep_cursor(model);
    let scopes = model.scopes.all().iter();
    let unknown: Vec<ScopeId> = scopes
        .filter(|scope| scope.wants_agreement())
        .take(AGREEMENTS_ASKED)
        .map(|scope| scope.id.clone())
        .collect();
    let mut effects = Vec::new();
    if !unknown.is_empty() {
        effects.push(Effect::AskAgreements(unknown));
    }
    // Branches that were open before a refresh are listed again.
    let open = model.scopes.all().iter();
    let open: Vec<Scope> = open
        .filter(|scope| model.scopes.opened.contains(&scope.id))
        .cloned()
        .collect();
    effects.extend(open.iter().map(|scope| list_branch(model, scope)));
    effects
}

fn keep_cursor(model: &mut Model) {
    let height = model.list_height_of(View::Scopes);
    let count = model.scopes.lines().len();
    model.scopes.cursor.keep(count, height);
}

/// Asks for the children of a scope.
fn list_branch(model: &mut Model, scope: &Scope) -> Effect {
    let ticket = model.ticket();
    let asking = Branch::Asking(ticket);
    model.scopes.branches.insert(scope.id.clone(), asking);
    Effect::ListBranch {
        ticket,
        scope: scope.id.clone(),
        agreement: scope.agreement,
    }
}

pub(super) fn branch(
    model: &mut Model,
    ticket: Ticket,
    id: &ScopeId,
    result: Result<Found, Problem>,
) -> Vec<Effect> {
    if !model.scopes.listed(ticket, id, result) {
        return Vec::new();
    }
    name_orders(model);
    keep_cursor(model);
    let open = model.scopes.all().iter().filter(|scope| {
        scope.parent.as_ref() == Some(id)
            && model.scopes.opened.contains(&scope.id)
            && !model.scopes.branches.contains_key(&scope.id)
    });
    let mut next: Vec<Scope> = open.cloned().collect();
    if model.scopes.is_searched() || matches!(model.scopes.focus, Focus::Search) {
        next.extend(model.scopes.unlisted());
    }
    next.iter().map(|scope| list_branch(model, scope)).collect()
}

/// Names resumed orders, which start before their scopes are listed.
fn name_orders(model: &mut Model) {
    let known = model.scopes.all();
    let mut names = Vec::new();
    for (at, ordered) in model.jobs.orders.iter().enumerate() {
        let id = &ordered.order.scope;
        if ordered.scope_name == id.tail() {
            let scope = known.iter().find(|scope| scope.id == *id);
            names.extend(scope.map(|scope| (at, scope.name.clone())));
        }
    }
    for (at, name) in names {
        if let Some(ordered) = model.jobs.orders.get_mut(at) {
            ordered.scope_name = name;
        }
    }
}

/// Shows the identity in the title, and reports once which credentials failed before it.
pub(super) fn signed_in(model: &mut Model, identity: Identity) -> Vec<Effect> {
    if !identity.failed.is_empty() && identity.tenant.is_some() {
        let failed = identity.failed.iter();
        let said: Vec<String> = failed
            .map(|a| format!("{}: {}", a.source, a.said))
            .collect();
        model.talk = Talk::hint(format!(
            "signed in with {}; failed: {}",
            identity.source,
            said.join("; ")
        ));
    }
    model.place.identity = identity;
    Vec::new()
}

/// Remembers the scope of an order.
fn remember(model: &Model) -> Option<Effect> {
    let scope = model.order.scope.as_ref()?;
    Some(Effect::Remember(Box::new(scope.clone())))
}

pub(super) fn begin_typing(model: &mut Model) {
    model.scopes.focus = Focus::Typing {
        field: Field::default(),
        wrong: None,
    };
}

pub(super) fn typed(model: &mut Model, key: Key) {
    match &mut model.scopes.focus {
        Focus::Search => {
            if model.scopes.search.key(key) {
                model.scopes.cursor = Cursor::default();
            }
        }
        Focus::Typing { field, wrong } => {
            field.key(key);
            let text = field.text().trim();
            *wrong = if text.is_empty() {
                None
            } else {
                ScopeId::parse_with_period(text)
                    .err()
                    .map(|error| error.to_string())
            };
        }
        Focus::Tree => {}
    }
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let height = model.list_height();
    if let Some(step) = super::step_of(action) {
        if !matches!(model.scopes.focus, Focus::Typing { .. }) {
            model.scopes.go(step, height);
        }
        return Vec::new();
    }
    match (&model.scopes.focus, action) {
        (Focus::Typing { .. }, Action::Enter) => return take_typed(model),
        (Focus::Search, Action::Close) => {
            model.scopes.search = Field::default();
            model.scopes.focus = Focus::Tree;
        }
        // Enter leaves the search and keeps its result; a second Enter orders.
        (Focus::Search, Action::Enter) | (_, Action::Close) => model.scopes.focus = Focus::Tree,
        (Focus::Tree, Action::Enter) => {
            if let Some(scope) = model.scopes.selected().cloned() {
                begin_order(model, scope);
            }
        }
        (_, Action::Search) => {
            model.scopes.focus = Focus::Search;
            // A search also covers branches that were never opened.
            let unlisted = model.scopes.unlisted();
            let unlisted = unlisted.iter();
            return unlisted.map(|scope| list_branch(model, scope)).collect();
        }
        (_, Action::Pin) => {
            let scope = model.scopes.selected().cloned();
            return scope
                .map(|scope| Effect::TogglePin(Box::new(scope)))
                .into_iter()
                .collect();
        }
        (_, Action::TypeScope) => begin_typing(model),
        (_, Action::Refresh) => return ask(model),
        (_, Action::Right) if model.scopes.is_leaf() => {
            model.talk = Talk::hint("no children; enter orders");
        }
        (_, Action::Right) => {
            let opened = model.scopes.open(height);
            return opened
                .map(|scope| list_branch(model, &scope))
                .into_iter()
                .collect();
        }
        (_, Action::Left) => model.scopes.close(height),
        _ => {}
    }
    Vec::new()
}

/// Orders a typed scope as if it had been listed. A scope that is in the tree keeps its details.
fn take_typed(model: &mut Model) -> Vec<Effect> {
    let Focus::Typing { field, .. } = &model.scopes.focus else {
        return Vec::new();
    };
    match ScopeId::parse_with_period(field.text()) {
        Err(error) => model.talk = Talk::error(error.to_string()),
        Ok((id, period)) => {
            let known = model
                .scopes
                .all()
                .iter()
                .find(|scope| scope.id == id)
                .cloned();
            let agreement = id.agreement();
            let scope = known
                .unwrap_or_else(|| Scope::found(id.clone(), id.tail().to_owned(), agreement, None));
            model.scopes.focus = Focus::Tree;
            match id.kind() {
                // These scopes have usage details, which the form selects.
                ScopeKind::ResourceGroup | ScopeKind::ManagementGroup => begin_order(model, scope),
                kind => match kind.why_no_reports() {
                    Some(why) => model.talk = Talk::error(why),
                    None => begin_order(model, scope),
                },
            }
            if let Some(name) = period {
                model.order.choose_billing_period(&name);
            }
        }
    }
    Vec::new()
}

fn begin_order(model: &mut Model, scope: Scope) {
    let today = model.today();
    model.order.begin(scope, today);
    model.view = View::Order;
}

pub(super) fn act_on_order(model: &mut Model, action: Action) -> Vec<Effect> {
    let today = model.today();
    match action {
        Action::NextField | Action::Down => model.order.step(true),
        Action::PreviousField | Action::Up => model.order.step(false),
        Action::Right => model.order.change(true, today),
        Action::Left => model.order.change(false, today),
        Action::Refresh => model.order.refresh = !model.order.refresh,
        Action::Back => model.view = View::Scopes,
        Action::Close => model.order.focus = Part::Period,
        Action::Enter => return send(model),
        _ => {}
    }
    Vec::new()
}

/// Sends every part of the order and shows the jobs.
fn send(model: &mut Model) -> Vec<Effect> {
    let today = model.today();
    let planned = model.order.order(today).and_then(|order| {
        let plan = report::plan(&order, today).map_err(|error| error.to_string())?;
        Ok((order, plan))
    });
    let (order, plan) = match planned {
        Ok(planned) => planned,
        Err(why) => {
            model.talk = Talk::error(why);
            return Vec::new();
        }
    };
    let name = model
        .order
        .scope
        .as_ref()
        .map(|scope| scope.name.clone())
        .unwrap_or_default();
    let ids = model
        .jobs
        .add(order.clone(), name, plan.parts.clone(), model.now);
    model.view = View::Jobs;
    // The form has already shown this note, and the jobs need the status line.
    let news = plan.notes.iter().find(|note| *note != ONLY_USAGE);
    if let Some(note) = news {
        model.talk = Talk::hint(note.clone());
    }
    let height = model.list_height();
    model.jobs.go(Step::Home, height);
    let fetch = |(job, request)| Effect::Fetch {
        job,
        order: Box::new(order.clone()),
        request: Box::new(request),
    };
    let fetches = ids.into_iter().zip(plan.parts).map(fetch);
    fetches.chain(remember(model)).collect()
}
