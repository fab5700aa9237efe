//! Handles actions on open data: drilldown, sorting, columns, engines and comparisons.

use super::ask::{ask, ask_if_needed, remember_view, wait};
use super::opening::{neighbours, open_continued, sides};
use super::{answer, detail, filter, money, pick, prompts, search};
use crate::ops::engine::Engine;
use crate::tui::action::{Action, View};
use crate::tui::effect::Effect;
use crate::tui::question::{OutputQuestion, TableQuestion, ValuesFor};
use crate::tui::said::Said;
use crate::tui::shell::Shell;
use crate::tui::shell::copy::{COLUMNS_AS_LINES, copied_with};
use crate::tui::shell::overlay::Overlay;
use crate::tui::shell::request::Request;
use crate::tui::shell::status::StatusLine;
use crate::tui::state::direction;
use crate::tui::views::table::state::charts::chart::ChartKind;
use crate::tui::views::table::state::explorer::{Explorer, FromOverview};
use crate::tui::views::table::state::step::Width;
use crate::tui::views::table::state::{Continued, Open, TableScreen};

/// Queues an action that needs lines that have not arrived, and every action after it. Returns whether it was queued.
fn queued(data: &mut Explorer, action: Action) -> bool {
    // Going back discards the pending answer, but not ahead of queued actions: keys act in the order they were typed.
    if action == Action::StopQuery || action == Action::Back && data.waiting.is_empty() {
        data.waiting.clear();
        return false;
    }
    let moves = action.step().is_some();
    let line = data.expects_lines() && action.needs_line();
    let unfolds = data.branches.asked.is_some() && (moves || action.needs_line());
    let waits = line || unfolds || !data.waiting.is_empty();
    if waits {
        wait(&mut data.waiting, action);
    }
    waits
}

pub(crate) fn act(screen: &mut TableScreen, shell: &mut Shell, action: Action) -> Vec<Effect> {
    let height = screen.list_height(shell);
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    if queued(data, action) {
        return Vec::new();
    }
    if let Some(step) = action.step() {
        data.go(step, height);
        return ask_if_needed(screen, shell);
    }
    match action {
        Action::Enter if data.step().group_by.is_empty() => detail::show(screen, shell),
        Action::Enter | Action::Rows => {
            let done = data.enter(action == Action::Rows);
            told(screen, shell, done)
        }
        Action::Back => back(screen, shell),
        Action::Left | Action::Right => {
            data.sideways(action == Action::Right);
            Vec::new()
        }
        Action::Keep | Action::Drop => {
            let done = data.keep_or_drop(action == Action::Keep);
            told(screen, shell, done)
        }
        Action::SortUp | Action::SortDown | Action::SortSize => sort(screen, shell, action),
        Action::Filter => filter::begin(screen, shell),
        Action::Statement => {
            let told = "⟦text.enter⟧ runs the statement; a cleared line lists others";
            shell.status = StatusLine::hint(told);
            answer::begin(screen)
        }
        Action::Verify => verify(data, shell),
        Action::Engine => switch_engine(screen, shell),
        Action::Money => money::switch(screen, shell),
        Action::StopQuery => stop(screen, shell),
        Action::Branch => branch(screen, shell),
        Action::Compare => sides::begin(screen, shell),
        Action::Detail => detail::show(screen, shell),
        Action::Search | Action::Export | Action::SaveView => {
            prompts::prompt(screen, shell, action);
            Vec::new()
        }
        Action::NextMatch => search::seek(screen, shell, true),
        Action::PreviousMatch => search::seek(screen, shell, false),
        action => act_more(screen, shell, action),
    }
}

/// Sorts by the column under the cursor, or by the size of the amounts.
fn sort(screen: &mut TableScreen, shell: &mut Shell, action: Action) -> Vec<Effect> {
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    if action == Action::SortSize {
        let way = if data.sort_by_size() {
            "sorted by size: large refunds come before small costs"
        } else {
            "the sort by size is off"
        };
        shell.status = StatusLine::hint(way);
        return ask(screen, shell);
    }
    let up = action == Action::SortUp;
    let way = direction::words(up);
    let hidden = data.names_value_here();
    match data.sort_here(up) {
        Ok(name) => {
            let sorted = format!("sorted by {name} {way}");
            shell.status = StatusLine::hint(Said::of_column(sorted, hidden));
            ask(screen, shell)
        }
        Err(why) => shell.refuse(why),
    }
}

/// Handles undo, pivots, the copied command and the quality report; the rest only changes how the answer is shown.
fn act_more(screen: &mut TableScreen, shell: &mut Shell, action: Action) -> Vec<Effect> {
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    match action {
        Action::Undo | Action::Redo => time_travel(screen, shell, action == Action::Undo),
        Action::Pivot => pick::open(screen, shell, action),
        Action::CopyCommand => {
            let text = data.command(&shell.repeated);
            let step = data.step();
            let note = if step.differences().is_some() {
                COLUMNS_AS_LINES
            } else if step.change.is_some() && step.columns.shown.is_some() {
                "the command shows every column; "
            } else {
                ""
            };
            copied_with(shell, &text, note)
        }
        Action::Trust => {
            shell.overlay = Overlay::quality_report(&[&data.loaded.opened]);
            Vec::new()
        }
        Action::OtherMetric => neighbours::flip(screen, shell),
        Action::MonthBefore | Action::MonthAfter => {
            neighbours::month(screen, shell, action == Action::MonthAfter)
        }
        action => look(screen, shell, action),
    }
}

/// Handles actions that change how the answer is shown; the rest opens a picker.
fn look(screen: &mut TableScreen, shell: &mut Shell, action: Action) -> Vec<Effect> {
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    match action {
        Action::Picture => {
            data.note();
            let step = data.step_mut();
            step.picture = step.picture.next();
        }
        Action::Chart => {
            let itself = data.chart.kind == ChartKind::Auto;
            data.next_chart(shell);
            screen.charts_hidden = data.chart.kind == ChartKind::Hidden;
            if itself && screen.charts_hidden {
                let hint = "automatic charts are off until ⟦table.chart⟧ shows one again";
                shell.status = StatusLine::hint(hint);
            }
        }
        Action::Focus => data.chart.focus = !data.chart.focus,
        Action::ColumnLeft | Action::ColumnRight => {
            data.shift_column(action == Action::ColumnRight);
        }
        Action::HideColumn => {
            let hidden = data.names_value_here();
            shell.status = match data.hide_column() {
                Ok(name) => {
                    let told = format!(
                        "{name} is hidden; ⟦table.columns⟧ shows it again, ⟦table.undo⟧ undoes"
                    );
                    StatusLine::hint(Said::of_column(told, hidden))
                }
                Err(why) => StatusLine::error(why),
            };
        }
        Action::PinColumns => {
            let now = data.pin_columns();
            shell.status = StatusLine::hint(match now {
                0 => "no column is pinned".into(),
                count => Said::open(format!("pinned columns: {count}")),
            });
        }
        Action::WidenColumn => {
            if let Some(column) = data.column() {
                data.note();
                let widths = &mut data.step_mut().columns.widths;
                match widths.remove(&column.name) {
                    None => widths.insert(column.name, Width::Wide),
                    Some(Width::Wide) => widths.insert(column.name, Width::Narrow),
                    Some(Width::Narrow) => None,
                };
            }
        }
        other => return pick::open(screen, shell, other),
    }
    screen.keep_cursor(shell);
    ask_if_needed(screen, shell)
}

/// Switches the engine and reruns the current query.
fn switch_engine(screen: &mut TableScreen, shell: &mut Shell) -> Vec<Effect> {
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    let opened = &mut data.loaded.opened;
    let engine = Engine::of(&opened.data).other();
    match engine.put_on(&opened.data) {
        Ok(answered) => {
            opened.data = answered;
            shell.status = StatusLine::hint(match engine {
                Engine::Polars => "polars answers this table; ⟦table.engine⟧ switches back",
                Engine::Own => "built-in engine answers this table",
            });
            ask(screen, shell)
        }
        Err(error) => shell.refuse(error.to_string()),
    }
}

/// Runs the query with both engines and compares the answers. The shown answer stays.
fn verify(data: &Explorer, shell: &mut Shell) -> Vec<Effect> {
    shell.status = StatusLine::hint("asking both engines …");
    let (_, effect) = shell.ask(OutputQuestion::Verify {
        opened: data.loaded.opened.clone(),
        query: data.whole_query(),
    });
    vec![effect]
}

/// Expands or collapses the group under the cursor.
fn branch(screen: &mut TableScreen, shell: &mut Shell) -> Vec<Effect> {
    let ticket = shell.ticket();
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    match data.toggle_branch(ticket) {
        Ok(None) => {
            screen.keep_cursor(shell);
            ask_if_needed(screen, shell)
        }
        Ok(Some(query)) => {
            let question = TableQuestion::Values {
                data: data.loaded.opened.data.clone(),
                query,
                used: ValuesFor::Branch,
            };
            vec![shell.ask_under(ticket, question)]
        }
        Err(why) => shell.refuse(why),
    }
}

fn told(screen: &mut TableScreen, shell: &mut Shell, done: Result<(), String>) -> Vec<Effect> {
    match done {
        Ok(()) => ask(screen, shell),
        Err(why) => shell.refuse(why),
    }
}

fn back(screen: &mut TableScreen, shell: &mut Shell) -> Vec<Effect> {
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    if data.back() {
        return ask(screen, shell);
    }
    if let Some(from) = data.from_overview {
        shell.request(Request::Show(View::Overview));
        if from == FromOverview::Findings {
            shell.request(Request::Act(Action::Findings));
        }
        return Vec::new();
    }
    let filtered = data.step().filter.is_some();
    if screen.is_at_root() {
        let hint = if filtered {
            "this is the first step; ⟦table.undo⟧ undoes the last change, ⟦everywhere.quit⟧ quits"
        } else {
            "this is the first step; ⟦everywhere.show-overview⟧ shows the overview, ⟦everywhere.quit⟧ quits"
        };
        shell.status = StatusLine::hint(hint);
        return Vec::new();
    }
    let left = remember_view(screen);
    screen.open = Open::Nothing;
    left.into_iter().collect()
}

/// Undoes the last change, or redoes it. If that changes the money, it says so.
fn time_travel(screen: &mut TableScreen, shell: &mut Shell, back: bool) -> Vec<Effect> {
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    if let Some(left) = data.next_data(back) {
        let (sources, name) = (left.sources.clone(), left.name.clone());
        let step = Box::new(left.step().clone());
        let continued = Some(Continued::TimeTravel { back, step });
        return open_continued(screen, shell, sources, name, None, continued);
    }
    let was = data.money();
    data.time_travel(back);
    let told = (data.money() != was).then(|| money::tell(data, shell));
    let mut effects = ask(screen, shell);
    effects.extend(told);
    effects
}

/// Stops the running query, or reruns the query if none is running.
fn stop(screen: &mut TableScreen, shell: &mut Shell) -> Vec<Effect> {
    let Open::Data(data) = &mut screen.open else {
        return Vec::new();
    };
    data.waiting.clear();
    let branch = data.branches.asked.take().is_some();
    if data.asked.take().is_none() {
        if branch {
            shell.status = StatusLine::hint("stopped expanding");
            return vec![Effect::StopAsking];
        }
        return ask(screen, shell);
    }
    data.stopped = true;
    shell.status = StatusLine::hint(
        "stopped: the table answers an older query; ⟦table.stop-query⟧ reruns this one",
    );
    vec![Effect::StopAsking]
}
