//! Handles actions and answers on the table screen.

pub mod answer;
pub mod ask;
pub mod change;
pub mod chart;
pub mod copy;
pub mod data;
pub mod detail;
pub mod filter;
pub mod ledger;
pub mod level_search;
pub mod money;
pub mod opening;
pub mod pick;
pub mod prompts;
pub mod saved_views;
pub mod search;

use super::allows::allows;
use super::state::explorer::Explorer;
use super::state::{Open, TableScreen};
use crate::domain::sql::statement::StatementAnswer;
use crate::domain::table::line_facts::FactsOfLine;
use crate::domain::table::{Body, Series, Table};
use crate::tui::action::{Action, View};
use crate::tui::effect::Effect;
use crate::tui::shell::Shell;
use crate::tui::shell::overlay::Overlay;
use crate::tui::shell::request::Request;
use crate::tui::shell::status::StatusLine;
use crate::tui::state::field::Typed;
use crate::tui::ticket::{Problem, Ticket};
use ask::{ask, ask_if_needed};

/// Handles an action.
pub(crate) fn act(screen: &mut TableScreen, shell: &mut Shell, action: Action) -> Vec<Effect> {
    if action == Action::Findings {
        shell.request(Request::Show(View::Overview));
        shell.request(Request::Act(Action::Findings));
        return Vec::new();
    }
    if opening::wait(screen, shell, action) {
        return Vec::new();
    }
    match &screen.open {
        Open::Data(data) if data.question.is_some() => answer::act_on_bar(screen, shell, action),
        Open::Data(data) if data.bar.is_some() => filter::act(screen, shell, action),
        Open::Data(data) if data.answer.is_some() => answer::act(screen, shell, action),
        Open::Data(data) if data.has_chart_focus(shell) => chart::act(screen, shell, action),
        Open::Data(_) => data::act(screen, shell, action),
        Open::Opening { .. } if matches!(action, Action::Back | Action::Quit) => {
            let mut effects = vec![Effect::StopOpening];
            if screen.restore() {
                shell.status = StatusLine::hint("stopped; what was open before is open again");
                effects.extend(ask(screen, shell));
            } else {
                shell.status = StatusLine::hint("stopped; nothing was kept");
                effects.push(opening::read_ledger(screen, shell));
            }
            effects
        }
        // The screen does not show the ledger.
        Open::Opening { .. } => Vec::new(),
        Open::Nothing => ledger::act(screen, shell, action),
    }
}

/// Handles a key typed into a bar.
pub(crate) fn typed(screen: &mut TableScreen, shell: &mut Shell, typed: Typed<'_>) -> Vec<Effect> {
    if matches!(&screen.open, Open::Data(data) if data.question.is_some()) {
        answer::typed(screen, typed);
        return Vec::new();
    }
    filter::typed(screen, shell, typed)
}

/// Runs the queued actions that waited for lines.
fn catch_up(screen: &mut TableScreen, shell: &mut Shell) -> Vec<Effect> {
    let mut effects = Vec::new();
    let Open::Data(data) = &mut screen.open else {
        return effects;
    };
    let mut waiting = std::mem::take(&mut data.waiting).into_iter();
    while let Some(action) = waiting.next() {
        effects.extend(allowed(screen, shell, action));
        match &mut screen.open {
            Open::Data(data) if data.expects_lines() => {
                data.waiting.extend(waiting);
                break;
            }
            Open::Data(_) if !shell.requests.is_empty() => {
                // Another screen is about to be shown. The remaining actions are for that one.
                shell.requests.extend(waiting.map(Request::Act));
                break;
            }
            Open::Data(_) if matches!(shell.overlay, Overlay::None) => {}
            // The remaining actions were meant for this view, which is left.
            Open::Nothing | Open::Opening { .. } | Open::Data(_) => break,
        }
    }
    effects
}

/// Stores an answer, then continues with what waited for it.
pub(crate) fn shown(
    screen: &mut TableScreen,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<Table, Problem>,
) -> Vec<Effect> {
    let height = screen.list_height(shell);
    if let Open::Data(data) = &mut screen.open {
        let newest = data.asked.is_some_and(|(asked, _)| asked == ticket);
        let resumed = newest && data.resumed.take().is_some();
        if let (Err(problem), true) = (&result, resumed) {
            // The remembered view does not fit this data.
            shell.status = StatusLine::hint(format!("default view: {}", problem.text.in_clear()));
            if !data.time_travel(true) {
                data.restart(Explorer::usual(data.title.clone()));
            }
            data.started = data.left();
            return ask(screen, shell);
        }
        data.answered(ticket, result, height);
        if let Some(Body::Change(change)) = data.fresh().map(|shown| &shown.table.body)
            && let Some(why) = change.one_sided()
        {
            shell.status = StatusLine::error(why);
        }
    }
    let mut effects = catch_up(screen, shell);
    effects.extend(ask_if_needed(screen, shell));
    effects.extend(filter::ask_notes(screen, shell));
    effects
}

/// Stores daily costs.
pub(crate) fn days(
    screen: &mut TableScreen,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<Series, Problem>,
) -> Vec<Effect> {
    if let Open::Data(data) = &mut screen.open {
        data.take_days(ticket, result);
    }
    ask_if_needed(screen, shell)
}

/// Stores what the rows of a line say.
pub(crate) fn line_facts(
    screen: &mut TableScreen,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<FactsOfLine, Problem>,
) -> Vec<Effect> {
    if let Open::Data(data) = &mut screen.open {
        data.take_facts(ticket, result);
    }
    ask_if_needed(screen, shell)
}

/// Stores an answer in SQL, then continues with what waited for it.
pub(crate) fn answered_sql(
    screen: &mut TableScreen,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<Box<StatementAnswer>, Problem>,
) -> Vec<Effect> {
    if answer::answered(screen, ticket, result) {
        catch_up(screen, shell)
    } else {
        Vec::new()
    }
}

/// Runs an action, or shows why it is not available.
fn allowed(screen: &mut TableScreen, shell: &mut Shell, action: Action) -> Vec<Effect> {
    if let Err(why) = allows(screen, shell, action) {
        return shell.refuse(why);
    }
    shell.status = StatusLine::Silent;
    act(screen, shell, action)
}

/// Passes the values of a key to the picker, the branch or the bar that asked for them.
pub(crate) fn values(
    screen: &mut TableScreen,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<Table, Problem>,
) -> Vec<Effect> {
    let Some(result) = shell.fill_facets(ticket, result, pick::values) else {
        return Vec::new();
    };
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    let growing = data
        .branches
        .asked
        .as_ref()
        .is_some_and(|(asked, _)| *asked == ticket);
    let Some(result) = data.take_branch(ticket, result) else {
        let mut effects = catch_up(screen, shell);
        effects.extend(ask_if_needed(screen, shell));
        return effects;
    };
    if let (true, Err(problem)) = (growing, &result) {
        data.waiting.clear();
        return shell.refuse(problem.text.clone());
    }
    let Some(key) = data.offers.asked(ticket) else {
        return Vec::new();
    };
    let groups = match result.map(|table| table.body) {
        Ok(Body::Groups { groups, .. }) => Some(groups.into_iter()),
        _ => None,
    };
    let answered = groups.is_some();
    let values = groups.map(|groups| groups.filter_map(|group| group.keys.into_iter().next()?));
    data.offers.answer(key, values);
    if answered && let Some(bar) = &mut data.bar {
        let _ = bar.suggest(&data.offers, &shell.filters);
    }
    Vec::new()
}
