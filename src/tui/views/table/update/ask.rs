//! Runs the queries of the table screen, and opens what several of its parts need.

use crate::domain::query::Query;
use crate::domain::query::group_key::GroupKey;
use crate::ops::explore::saved_views::scope_of;
use crate::tui::action::{Action, View};
use crate::tui::effect::Effect;
use crate::tui::question::{OutputQuestion, TableQuestion};
use crate::tui::shell::{Shell, remember};
use crate::tui::state::filter_bar::OFFERED;
use crate::tui::views::table::state::answer::AnswerView;
use crate::tui::views::table::state::explorer::Explorer;
use crate::tui::views::table::state::{Open, TableScreen};

pub(crate) fn open_data(screen: &mut TableScreen) -> Option<&mut Explorer> {
    match &mut screen.open {
        Open::Data(data) => Some(data),
        Open::Nothing | Open::Opening { .. } => None,
    }
}

/// Asks for the lines on the screen, unless they are fetched or requested.
pub(crate) fn ask_if_needed(screen: &mut TableScreen, shell: &mut Shell) -> Vec<Effect> {
    let height = screen.list_height(shell);
    let Open::Data(data) = &screen.open else {
        return Vec::new();
    };
    // A query that failed or was stopped is not rerun automatically.
    let settled = data.asked.is_some() || data.problem.is_some() || data.stopped;
    if data.needs_query(height) {
        return if settled {
            Vec::new()
        } else {
            ask(screen, shell)
        };
    }
    let mut effects = ask_days(screen, shell);
    effects.extend(ask_facts(screen, shell));
    effects
}

/// Runs the query of the current step. Answers to older queries are then ignored.
pub(crate) fn ask(screen: &mut TableScreen, shell: &mut Shell) -> Vec<Effect> {
    let ticket = shell.ticket();
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    let query = data.query();
    data.asked = Some((ticket, query.offset));
    data.problem = None;
    data.stopped = false;
    let question = TableQuestion::Show {
        data: data.loaded.opened.data.clone(),
        query,
    };
    vec![shell.ask_under(ticket, question)]
}

/// Asks for the daily costs of the visible groups, where they are needed and not known.
pub(crate) fn ask_days(screen: &mut TableScreen, shell: &mut Shell) -> Vec<Effect> {
    let height = screen.list_height(shell);
    let ticket = shell.ticket();
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    // The chart of a screen that is not shown waits.
    let charts = shell.view == View::Table && data.has_chart(shell);
    let groups = data.dayless(height, charts);
    if groups.is_empty() {
        return Vec::new();
    }
    data.days.asked = Some((ticket, groups.clone()));
    let grouped = groups.iter().any(|id| !id.keys.is_empty());
    let step = data.step();
    let question = TableQuestion::Series {
        data: data.loaded.opened.data.clone(),
        filter: step.filter.clone(),
        group_by: if grouped {
            step.group_by.clone()
        } else {
            Vec::new()
        },
        groups,
    };
    vec![shell.ask_under(ticket, question)]
}

/// Asks what the rows of the line under the cursor say, if a panel shows it. A newer question stops an older one.
fn ask_facts(screen: &mut TableScreen, shell: &mut Shell) -> Vec<Effect> {
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    if shell.view != View::Table || !data.has_panel(shell) {
        return Vec::new();
    }
    let Some(id) = data.factless() else {
        return Vec::new();
    };
    let (filter, _) = data.of_line(&id);
    let question = TableQuestion::LineFacts {
        data: data.loaded.opened.data.clone(),
        periods: data.step().change,
        filter,
        keys: GroupKey::of_parts(&data.step().group_by, &data.loaded.tag_keys),
    };
    let (ticket, effect) = shell.ask(question);
    data.facts.asked = Some((ticket, id));
    vec![effect]
}

/// Runs a statement. It replaces the current answer.
pub(crate) fn ask_sql(screen: &mut TableScreen, shell: &mut Shell, text: String) -> Vec<Effect> {
    let (ticket, now) = (shell.ticket(), shell.now);
    remember(&mut screen.statements, text.clone());
    let Some(data) = open_data(screen) else {
        return Vec::new();
    };
    data.question = None;
    data.waiting.clear();
    let previous = data.answer.take();
    let view = AnswerView::asked(text.clone(), (ticket, now), previous);
    data.answer = Some(Box::new(view));
    let question = OutputQuestion::Sql {
        data: data.loaded.opened.data.clone(),
        statement: text,
    };
    vec![shell.ask_under(ticket, question)]
}

/// The query for the most expensive values of a key.
pub(crate) fn values_of(key: GroupKey) -> Query {
    Query {
        group_by: vec![key],
        limit: Some(OFFERED),
        ..Query::default()
    }
}

/// The effect that remembers the view of the open data when it is left.
pub(crate) fn remember_view(screen: &mut TableScreen) -> Option<Effect> {
    let Open::Data(data) = &screen.open else {
        return None;
    };
    let scope = scope_of(&data.loaded.opened.entries)?;
    let view = data.left();
    // A comparison of periods and the proof of a finding apply to this data only.
    let lasts = data.first().change.is_none() && data.from_overview.is_none();
    if view == data.started || !lasts {
        return None;
    }
    screen.left.insert(scope.clone(), view.clone());
    Some(Effect::RememberView {
        scope,
        view: Box::new(view),
    })
}

/// Queues an action until the answer it needs arrives. Actions beyond the limit are dropped.
pub(crate) fn wait(waiting: &mut Vec<Action>, action: Action) {
    const MOST: usize = 32;
    if waiting.len() < MOST {
        waiting.push(action);
    }
}
