//! Handles the compare screen: opening both sides, drilldown, detail pages and copies.

pub(crate) mod ask;
pub(crate) mod bar;
pub(crate) mod chart;
pub(crate) mod commitments;
pub(crate) mod explore;
pub(crate) mod facets;
pub(crate) mod output;
pub(crate) mod panel;
pub(crate) mod pick;
pub(crate) mod saved_views;

use super::state::{CompareScreen, NO_GROUP, Pair};
use super::waterfall::{causes, name};
use crate::domain::query::Query;
use crate::ops::compare::pair;
use crate::tui::action::{Action, View};
use crate::tui::effect::Effect;
use crate::tui::message::{Loaded, SoFar};
use crate::tui::question::{Compared, PairQuestion};
use crate::tui::said::Masked;
use crate::tui::shell::Shell;
use crate::tui::shell::copy::{COLUMNS_AS_LINES, copied_with};
use crate::tui::shell::overlay::Overlay;
use crate::tui::shell::request::{PairView, Request};
use crate::tui::shell::status::StatusLine;
use crate::tui::ticket::{Problem, Ticket};
use ask::{ask_compare, ask_notes};

/// Stores an answer. After an error the keys typed ahead are discarded.
pub(crate) fn compared(
    screen: &mut CompareScreen,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<Box<Compared>, Problem>,
) -> Vec<Effect> {
    let CompareScreen::Pair(pair) = screen else {
        return Vec::new();
    };
    let size = |others| shell.list_height(others);
    if let Some(problem) = pair.answered(ticket, result, &size) {
        shell.status = StatusLine::error(problem.text);
    }
    // Keys typed ahead were meant for an answer.
    if pair.problem.is_some() || pair.bar.as_ref().is_some_and(|bar| bar.wrong.is_some()) {
        shell.held.clear();
    }
    chart::ask(pair, shell)
}

/// Opens both sides of a comparison and shows it.
pub(crate) fn open_pair(
    screen: &mut CompareScreen,
    shell: &mut Shell,
    [actual, amortized]: [Vec<String>; 2],
    title: Masked,
    view: Option<PairView>,
) -> Vec<Effect> {
    let ticket = shell.ticket();
    let (filter, group_by) = Pair::view_at_start(view.as_ref());
    let first = Box::new(Query {
        filter,
        group_by,
        ..Query::default()
    });
    *screen = CompareScreen::Opening {
        ticket,
        title,
        view,
        so_far: None,
    };
    shell.view = View::Compare;
    // The message belongs to the previous screen.
    shell.status = StatusLine::Silent;
    vec![Effect::OpenPair {
        ticket,
        actual,
        amortized,
        first,
        today: shell.today(),
    }]
}

/// Shows what is read so far of the two sides that are being opened.
pub(crate) fn so_far(
    screen: &mut CompareScreen,
    ticket: Ticket,
    now: Box<[SoFar; 2]>,
) -> Vec<Effect> {
    if let CompareScreen::Opening {
        ticket: asked,
        so_far,
        ..
    } = screen
        && *asked == ticket
    {
        *so_far = Some(now);
    }
    Vec::new()
}

/// Gives up a pair that cannot be opened now: its title, and the view to show it in.
pub(crate) fn unopened(
    screen: &mut CompareScreen,
    ticket: Ticket,
) -> Option<(Masked, Option<PairView>)> {
    let CompareScreen::Opening {
        ticket: asked,
        title,
        view,
        ..
    } = screen
    else {
        return None;
    };
    if *asked != ticket {
        return None;
    }
    let given = (title.clone(), view.take());
    *screen = CompareScreen::Nothing;
    Some(given)
}

pub(crate) fn opened_pair(
    screen: &mut CompareScreen,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<Box<(Loaded, Loaded, Vec<String>)>, Problem>,
) -> Vec<Effect> {
    let CompareScreen::Opening {
        ticket: asked,
        title,
        view,
        so_far,
    } = screen
    else {
        return Vec::new();
    };
    if *asked != ticket {
        return Vec::new();
    }
    let (title, view) = (title.clone(), view.take());
    let mut sides = so_far.iter().flat_map(|sides| sides.iter());
    let withdraws = sides.any(|side| side.sums.is_some());
    match result {
        Ok(pair) => {
            let (actual, amortized, notes) = *pair;
            let title = actual.title(title.in_clear()).replace(" · actual", "");
            let mut pair = Pair::new(actual, amortized, title, notes);
            if let Some(view) = view {
                pair.begin(view);
            }
            *screen = CompareScreen::Pair(Box::new(pair));
            ask_compare(screen, shell)
        }
        Err(problem) => {
            *screen = CompareScreen::Nothing;
            shell.held.clear();
            shell.refuse(problem.text.withdrawing(withdraws))
        }
    }
}

/// Stores the rows without a counterpart, or shows the page that waits for them.
pub(crate) fn explained(
    screen: &mut CompareScreen,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<pair::Why, Problem>,
) -> Vec<Effect> {
    let CompareScreen::Pair(pair) = screen else {
        return Vec::new();
    };
    if let Some((_, title, mut lines)) = pair.page.take_if(|(asked, _, _)| *asked == ticket) {
        lines.push(String::new());
        match result {
            Ok(why) if pair::same_usage(&why) => {
                lines.push("every row has a counterpart on the other side".to_owned());
            }
            Ok(why) => lines.extend(pair::why_words(&why)),
            Err(problem) => lines.push(problem.text.in_clear().to_owned()),
        }
        shell.show_page(&title, lines);
        return Vec::new();
    }
    if pair.asked_why.take_if(|asked| *asked == ticket).is_some() {
        pair.why = result.ok();
    }
    Vec::new()
}

/// Stores the notes on the pair.
pub(crate) fn noted(screen: &mut CompareScreen, ticket: Ticket, notes: Vec<String>) -> Vec<Effect> {
    if let CompareScreen::Pair(pair) = screen
        && pair.asked_notes.take_if(|asked| *asked == ticket).is_some()
    {
        pair.take_notes(notes);
    }
    Vec::new()
}

/// Compares data that has both costs with itself.
pub(crate) fn compare_pair(
    screen: &mut CompareScreen,
    shell: &mut Shell,
    (actual, amortized): (Loaded, Loaded),
    title: Masked,
    view: PairView,
) -> Vec<Effect> {
    let mut pair = Pair::new(actual, amortized, title, Vec::new());
    pair.begin(view);
    *screen = CompareScreen::Pair(Box::new(pair));
    shell.view = View::Compare;
    let mut effects = ask_compare(screen, shell);
    effects.extend(ask_notes(screen, shell));
    effects
}

/// Handles an action.
pub(crate) fn act(screen: &mut CompareScreen, shell: &mut Shell, action: Action) -> Vec<Effect> {
    let height = shell.list_height(screen.other_lines());
    let leaves = matches!(action, Action::Back | Action::Quit);
    let pair = match screen {
        CompareScreen::Pair(pair) => pair,
        _ if leaves => {
            shell.view = View::Table;
            return Vec::new();
        }
        CompareScreen::Nothing | CompareScreen::Opening { .. } => return Vec::new(),
    };
    if pair.bar.is_some() {
        return bar::act(screen, shell, action);
    }
    if pair.commitments.is_some() {
        return commitments::act(pair, shell, action);
    }
    // Any other action cancels the pending page.
    pair.page = None;
    if let Some(step) = action.step() {
        pair.go(step, height);
        return Vec::new();
    }
    match action {
        Action::Enter => match pair.enter() {
            Ok(()) => return ask_compare(screen, shell),
            Err(why) => shell.status = StatusLine::error(why),
        },
        Action::Back | Action::Quit => {
            if pair.back() {
                return ask_compare(screen, shell);
            }
            shell.request(Request::Show(View::Table));
        }
        Action::Filter => return bar::begin(screen, shell),
        Action::GroupBy
        | Action::SortBy
        | Action::Pivot
        | Action::Columns
        | Action::SaveView
        | Action::Views => {
            return pick::open(pair, shell, action);
        }
        Action::Findings => {
            shell.request(Request::Show(View::Overview));
            shell.request(Request::Act(Action::Findings));
        }
        action => {
            if let Some(done) = explore::act(screen, shell, action) {
                return done;
            }
            return tell(screen, shell, action);
        }
    }
    Vec::new()
}

/// Handles detail pages and copies.
fn tell(screen: &mut CompareScreen, shell: &mut Shell, action: Action) -> Vec<Effect> {
    let ticket = shell.ticket();
    let CompareScreen::Pair(pair) = screen else {
        return Vec::new();
    };
    match action {
        Action::Detail => {
            let Some(delta) = pair.selected() else {
                return shell.refuse(NO_GROUP.to_owned());
            };
            let (lines, filter) = (causes(delta), pair.inside(delta));
            pair.page = Some((ticket, name(delta), lines));
            let question = PairQuestion::Explain {
                sides: pair.sides(),
                filter,
                page: true,
            };
            return vec![shell.ask_under(ticket, question)];
        }
        Action::Trust => {
            let (one, other) = (&pair.actual.opened, &pair.amortized.opened);
            let both = [one, other];
            // A source with both costs is on both sides, but is listed once.
            let sides = if one.names == other.names {
                both.get(..1).unwrap_or_default()
            } else {
                &both
            };
            let notes = pair.noted().into_iter();
            let notes = notes.map(|note| note.in_clear().to_owned());
            let mut page = Overlay::quality_report(sides);
            if let Overlay::Problem { lines, copy, .. } = &mut page {
                lines.splice(0..0, notes.chain([String::new()]));
                *copy = lines.join("\n");
            }
            shell.overlay = page;
        }
        Action::Commitments => {
            shell.detail = Some(ticket);
            shell.status = StatusLine::hint("adding up the commitments …");
            let question = PairQuestion::Commitments {
                sides: pair.sides(),
                filter: pair.step().filter.clone(),
            };
            return vec![shell.ask_under(ticket, question)];
        }
        Action::CopyCommand => {
            let text = pair.command(&shell.repeated);
            return copied_with(shell, &text, left_out(pair));
        }
        Action::Copy => return output::pick(shell),
        Action::Export => return output::prompt(shell),
        _ => {}
    }
    Vec::new()
}

/// The difference between the copied command and the screen.
fn left_out(pair: &Pair) -> &'static str {
    match (pair.pivot_key(), pair.chosen_columns()) {
        (Some(_), Some(_)) => {
            "the command lists the columns of the pivot as lines, and shows every other column; "
        }
        (Some(_), None) => COLUMNS_AS_LINES,
        (None, Some(_)) => "the command shows every column; ",
        (None, None) => "",
    }
}
