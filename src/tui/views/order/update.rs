//! Handles the order form.

use super::state::{FormField, OrderForm};
use crate::domain::scope::{ONLY_USAGE, Scope};
use crate::ops::orders::order_spec::OrderSpec;
use crate::ops::orders::report;
use crate::tui::action::{Action, View};
use crate::tui::effect::Effect;
use crate::tui::said::Masked;
use crate::tui::shell::Shell;
use crate::tui::shell::request::Request;
use crate::tui::shell::status::StatusLine;

/// Fills in the form for one or several scopes and shows it.
pub fn begin(
    form: &mut OrderForm,
    shell: &mut Shell,
    scopes: Vec<Scope>,
    billing_period: Option<&str>,
) {
    let mut scopes = scopes.into_iter();
    let Some(scope) = scopes.next() else {
        return;
    };
    form.begin(scope, shell.today());
    form.others = scopes.collect();
    if let Some(name) = billing_period {
        form.choose_billing_period(name);
    }
    shell.view = View::Order;
}

pub(crate) fn act(form: &mut OrderForm, shell: &mut Shell, action: Action) -> Vec<Effect> {
    let today = shell.today();
    match action {
        Action::NextField | Action::Down => form.step(true),
        Action::PreviousField | Action::Up => form.step(false),
        Action::Right => form.change(true, today),
        Action::Left => form.change(false, today),
        Action::Refresh => form.refresh = !form.refresh,
        Action::Back => shell.view = View::Scopes,
        Action::Close => form.focus = FormField::Period,
        Action::Exports => exports(form, shell),
        Action::Enter => return send(form, shell),
        _ => {}
    }
    Vec::new()
}

/// Lists the exports of the scope.
fn exports(form: &OrderForm, shell: &mut Shell) {
    match (&form.scope, form.others.is_empty()) {
        (Some(scope), true) => shell.request(Request::ListExports(Box::new(scope.clone()))),
        (Some(_), false) => {
            shell.status = StatusLine::hint("several scopes are chosen; exports belong to one");
        }
        (None, _) => {
            shell.status =
                StatusLine::hint("pick a scope first: ⟦everywhere.show-scopes⟧ shows them");
        }
    }
}

/// Sends every part of the order, for each scope, and shows the jobs.
fn send(form: &OrderForm, shell: &mut Shell) -> Vec<Effect> {
    let today = shell.today();
    let order = match form.order(today) {
        Ok(order) => order,
        Err(why) => return shell.refuse(why),
    };
    let mut planned = Vec::new();
    for scope in form.scope.iter().chain(&form.others) {
        let order = OrderSpec {
            scope: scope.id.clone(),
            agreement: scope.agreement,
            ..order.clone()
        };
        match report::plan(&order, today) {
            Ok(plan) => planned.push((scope, order, plan)),
            // Nothing is sent unless everything can be.
            Err(error) => return shell.refuse(error.to_string()),
        }
    }
    let mut effects = Vec::new();
    for (scope, order, plan) in planned {
        // The form has already shown this note, and the jobs need the status line.
        let news = plan.notes.iter().find(|note| *note != ONLY_USAGE);
        if let Some(note) = news {
            shell.status = StatusLine::hint(note.clone());
        }
        shell.request(Request::Send {
            order: Box::new(order),
            name: Masked::from(scope.name.clone()),
            parts: plan.parts,
        });
        effects.push(Effect::Remember(Box::new(scope.clone())));
    }
    effects
}
