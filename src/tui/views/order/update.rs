//! Handles the order form.

use super::state::{FormField, OrderForm};
use crate::domain::scope::{ONLY_USAGE, Scope};
use crate::ops::orders::report;
use crate::tui::action::{Action, View};
use crate::tui::effect::Effect;
use crate::tui::shell::Shell;
use crate::tui::shell::request::Request;
use crate::tui::shell::status::StatusLine;
use crate::tui::state::said::Masked;

/// Fills in the form for a scope and shows it.
pub fn begin(form: &mut OrderForm, shell: &mut Shell, scope: Scope, billing_period: Option<&str>) {
    form.begin(scope, shell.today());
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
        Action::Enter => return send(form, shell),
        _ => {}
    }
    Vec::new()
}

/// Sends every part of the order and shows the jobs.
fn send(form: &OrderForm, shell: &mut Shell) -> Vec<Effect> {
    let today = shell.today();
    let planned = form.order(today).and_then(|order| {
        let plan = report::plan(&order, today).map_err(|error| error.to_string())?;
        Ok((order, plan))
    });
    let (order, plan) = match planned {
        Ok(planned) => planned,
        Err(why) => return shell.refuse(why),
    };
    let name = form
        .scope
        .as_ref()
        .map(|scope| Masked::from(scope.name.clone()))
        .unwrap_or_default();
    // The form has already shown this note, and the jobs need the status line.
    let news = plan.notes.iter().find(|note| *note != ONLY_USAGE);
    if let Some(note) = news {
        shell.status = StatusLine::hint(note.clone());
    }
    shell.request(Request::Send {
        order: Box::new(order),
        name,
        parts: plan.parts,
    });
    remember(form).into_iter().collect()
}

/// Remembers the scope of an order.
fn remember(form: &OrderForm) -> Option<Effect> {
    let scope = form.scope.as_ref()?;
    Some(Effect::Remember(Box::new(scope.clone())))
}
