//! Searches the table and answers in SQL.

use super::ask::{ask_if_needed, open_data};
use crate::domain::analysis::change::Changed;
use crate::domain::table::name_search::has_name;
use crate::domain::table::{Body, Seek};
use crate::tui::effect::Effect;
use crate::tui::question::TableQuestion;
use crate::tui::said::Said;
use crate::tui::shell::Shell;
use crate::tui::shell::status::StatusLine;
use crate::tui::state::cursor::CursorStep as Move;
use crate::tui::state::search::next_match;
use crate::tui::ticket::{Problem, Ticket};
use crate::tui::views::table::state::{Open, TableScreen};

/// Ends the search and removes its marks. Returns `false` if there is none.
pub(crate) fn clear(screen: &mut TableScreen) -> bool {
    let Some(data) = open_data(screen) else {
        return false;
    };
    let searched = !data.search.text.is_empty();
    data.search.text.clear();
    data.search.asked = None;
    searched
}

/// Asks for the next match of the search.
pub(crate) fn seek(screen: &mut TableScreen, shell: &mut Shell, forward: bool) -> Vec<Effect> {
    let ticket = shell.ticket();
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    if data.step().change.is_some() {
        return seek_in_changes(screen, shell, forward);
    }
    data.search.asked = Some(ticket);
    let seek = Seek {
        text: data.search.text.clone(),
        from: Some(data.branches.place(data.step().cursor.selected)),
        forward,
    };
    let question = TableQuestion::Seek {
        data: data.loaded.opened.data.clone(),
        query: data.query(),
        seek,
    };
    vec![shell.ask_under(ticket, question)]
}

/// Moves the cursor to the next group of two compared periods that has the text. All of these groups are in memory.
fn seek_in_changes(screen: &mut TableScreen, shell: &mut Shell, forward: bool) -> Vec<Effect> {
    let height = screen.list_height(shell);
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    let text = data.search.text.clone();
    let lower = text.to_lowercase();
    let Some(Body::Change(change)) = data.fresh().map(|shown| &shown.table.body) else {
        return shell.refuse("the table is being calculated");
    };
    let says = |changed: &Changed| has_name(&lower, &changed.labels, &changed.keys);
    let (count, here) = (change.groups.len(), data.step().cursor.selected);
    let found = next_match(count, here, forward, |at| {
        change.groups.get(at).is_some_and(says)
    });
    shell.status = match found {
        Some(at) => {
            let cursor = &mut data.step_mut().cursor;
            cursor.selected = at;
            cursor.keep(count, height);
            StatusLine::hint(format!(
                "`{text}` in line {}; ⟦table.next-match⟧: next",
                at + 1
            ))
        }
        None => StatusLine::error(format!(
            "`{text}` not found in this level; ⟦table.group-by⟧ shows other levels"
        )),
    };
    Vec::new()
}

/// Moves the cursor to the match.
pub(crate) fn sought(
    screen: &mut TableScreen,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<Option<usize>, Problem>,
) -> Vec<Effect> {
    let height = screen.list_height(shell);
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    let asked = &mut data.search.asked;
    if asked.take_if(|asked| *asked == ticket).is_none() {
        return Vec::new();
    }
    let text = data.search.text.clone();
    match result {
        Ok(Some(line)) => {
            let beyond = data.step().top.is_some_and(|top| line >= top);
            let line = data.step().top.map_or(line, |top| line.min(top));
            let place = data.branches.line_of(line);
            data.step_mut().cursor.selected = place;
            data.go(Move::Up, height);
            data.go(Move::Down, height);
            data.step_mut().cursor.selected = place;
            let count = data.count();
            data.step_mut().cursor.keep(count, height);
            let among = if beyond {
                " in the others: ⟦table.enter⟧ lists them"
            } else {
                ""
            };
            shell.status = StatusLine::hint(format!(
                "`{text}` in line {}{among}; ⟦table.next-match⟧: next",
                line + 1
            ));
        }
        Ok(None) => {
            let why = format!(
                "`{text}` not found in this level; ⟦table.search⟧ ⟦text.next-field⟧ searches all levels, ⟦table.filter⟧ {text} every column"
            );
            shell.status = StatusLine::error(why);
        }
        Err(problem) => shell.status = StatusLine::error(problem.text),
    }
    ask_if_needed(screen, shell)
}

/// Searches the column names, then the lines.
pub(crate) fn search_answer(
    screen: &mut TableScreen,
    shell: &mut Shell,
    text: &str,
) -> Vec<Effect> {
    let Some(data) = open_data(screen) else {
        return Vec::new();
    };
    let Some(view) = &mut data.answer else {
        return Vec::new();
    };
    if text.is_empty() {
        data.search.text.clone_from(&data.search.last);
    } else {
        data.search.begin(text);
        let lower = text.to_lowercase();
        let mut names = view.columns().iter();
        if let Some(at) = names.position(|(name, _)| name.to_lowercase().contains(&lower)) {
            view.column = at;
            shell.status = StatusLine::hint(Said::open(
                "column found; ⟦answer.next-match⟧ searches the lines".to_owned(),
            ));
            return Vec::new();
        }
    }
    seek_in_answer(screen, shell, true)
}

pub(super) fn seek_in_answer(
    screen: &mut TableScreen,
    shell: &mut Shell,
    forward: bool,
) -> Vec<Effect> {
    let height = screen.list_height(shell);
    let Some(data) = open_data(screen) else {
        return Vec::new();
    };
    let text = data.search.text.clone();
    let Some(view) = &mut data.answer else {
        return Vec::new();
    };
    if text.is_empty() {
        return Vec::new();
    }
    shell.status = match view.find(&text, forward) {
        Some(at) => {
            view.cursor.selected = at;
            let count = view.count();
            view.cursor.keep(count, height);
            StatusLine::hint(format!(
                "`{text}` in line {}; ⟦answer.next-match⟧: next",
                at + 1
            ))
        }
        None => StatusLine::error(format!("`{text}` not found")),
    };
    Vec::new()
}
