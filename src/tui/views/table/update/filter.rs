//! Handles the filter bar: typing, completion and the row count.

use super::ask::{ask, open_data, values_of};
use crate::domain::money::Money;
use crate::domain::query::filter::Filter;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::question::{TableQuestion, ValuesFor};
use crate::tui::shell::Shell;
use crate::tui::shell::status::StatusLine;
use crate::tui::state::field::Typed;
use crate::tui::state::filter_bar::{FilterBar, Offer};
use crate::tui::ticket::{Problem, Ticket};
use crate::tui::views::table::state::explorer::Explorer;
use crate::tui::views::table::state::{Open, TableScreen};

/// Opens the bar with the filter of the step.
pub(crate) fn begin(screen: &mut TableScreen, shell: &mut Shell) -> Vec<Effect> {
    if let Some(data) = open_data(screen) {
        data.bar = Some(FilterBar::behind(data.step().filter.as_ref()));
    }
    changed(screen, shell)
}

/// Handles a key or a text typed into the bar.
pub(crate) fn typed(screen: &mut TableScreen, shell: &mut Shell, typed: Typed<'_>) -> Vec<Effect> {
    if let Some(bar) = open_data(screen).and_then(|data| data.bar.as_mut()) {
        bar.field.typed(typed);
        bar.wrong = None;
    }
    changed(screen, shell)
}

pub(crate) fn act(screen: &mut TableScreen, shell: &mut Shell, action: Action) -> Vec<Effect> {
    let Some(data) = open_data(screen) else {
        return Vec::new();
    };
    if action == Action::Close {
        return if data.leave_bar() {
            ask(screen, shell)
        } else {
            Vec::new()
        };
    }
    let Some(bar) = &mut data.bar else {
        return Vec::new();
    };
    match action {
        Action::Up | Action::Down => bar.pick(action == Action::Down),
        Action::NextField if bar.complete() => {
            bar.wrong = None;
            return changed(screen, shell);
        }
        Action::Enter => {
            let text = bar.field.text().trim().to_owned();
            if data.take_bar() {
                shell.remember_filter(text);
                return ask(screen, shell);
            }
        }
        _ => {}
    }
    Vec::new()
}

/// Updates the suggestions and the count after a change of the text.
fn changed(screen: &mut TableScreen, shell: &mut Shell) -> Vec<Effect> {
    let tickets = (shell.ticket(), shell.ticket());
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    let Some(bar) = &mut data.bar else {
        return Vec::new();
    };
    let mut effects = Vec::new();
    if let Some(key) = bar.suggest(&data.offers, &shell.filters) {
        let asked = Offer::Asked(tickets.0);
        data.offers.values.insert(key.clone(), asked);
        let question = TableQuestion::Values {
            data: data.loaded.opened.data.clone(),
            query: values_of(key),
            used: ValuesFor::Completion,
        };
        effects.push(shell.ask_under(tickets.0, question));
    }
    effects.extend(count(data, shell, tickets.1));
    effects
}

/// Counts the rows that the typed filter would keep, unless the count is known. Only one count runs at a time.
fn count(data: &mut Explorer, shell: &mut Shell, ticket: Ticket) -> Option<Effect> {
    let set = data.loaded.opened.data.clone();
    let bar = data.bar.as_mut()?;
    let text = bar.field.text().to_owned();
    if bar.counting.is_some() || bar.counted.as_ref() == Some(&text) {
        return None;
    }
    let filter = bar.draft()?;
    bar.counting = Some((ticket, text));
    Some(shell.ask_under(ticket, TableQuestion::Count { data: set, filter }))
}

/// Stores a count, and starts another one if the text has changed since.
pub(crate) fn counted(
    screen: &mut TableScreen,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<(u64, Vec<Money>), Problem>,
) -> Vec<Effect> {
    let next = shell.ticket();
    let Some(data) = open_data(screen) else {
        return Vec::new();
    };
    let Some(bar) = &mut data.bar else {
        return Vec::new();
    };
    if let Some((_, text)) = bar.counting.take_if(|(asked, _)| *asked == ticket) {
        // An unknown column is reported when the filter is applied.
        bar.count = result.ok();
        bar.counted = Some(text);
    }
    count(data, shell, next).into_iter().collect()
}

/// Asks for the notes on a filtered answer, once for each filter.
pub(crate) fn ask_notes(screen: &mut TableScreen, shell: &mut Shell) -> Option<Effect> {
    let Open::Data(data) = &mut screen.open else {
        return None;
    };
    let rows = data.fresh()?.table.rows;
    let filter = data.step().filter.clone();
    if data.noted == filter {
        return None;
    }
    data.noted.clone_from(&filter);
    let (_, effect) = shell.ask(TableQuestion::FilterNotes {
        data: data.loaded.opened.data.clone(),
        filter: filter?,
        rows,
    });
    Some(effect)
}

/// Shows the notes on a filter, if it is still the current one.
pub(crate) fn noted(
    screen: &mut TableScreen,
    shell: &mut Shell,
    filter: &Filter,
    notes: &[String],
) -> Vec<Effect> {
    let Open::Data(data) = &screen.open else {
        return Vec::new();
    };
    if data.step().filter.as_ref() == Some(filter) && !notes.is_empty() {
        shell.status = StatusLine::hint(notes.join("; "));
    }
    Vec::new()
}
