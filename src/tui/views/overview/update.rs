//! Handles the overview screen: asks for its panels, moves the focus, and opens the table behind a panel.

use super::state::{OverviewPage, OverviewScreen};
use crate::ops::overview::panels::KEYS;
use crate::ops::overview::sources::OverviewSources;
use crate::tui::action::{Action, View};
use crate::tui::effect::Effect;
use crate::tui::message::Loaded;
use crate::tui::question::{OverviewPanel, OverviewPart, OverviewQuestion};
use crate::tui::shell::Shell;
use crate::tui::shell::copy::copied;
use crate::tui::shell::request::Request;
use crate::tui::state::said::Masked;
use crate::tui::ticket::{Problem, Ticket};

/// The data of an overview: what the table opens, its sources and its title.
pub(crate) type Subject = (Loaded, OverviewSources, Masked);

/// Shows the overview of this data, unless it is shown already.
pub(crate) fn show(
    screen: &mut OverviewScreen,
    shell: &mut Shell,
    subject: Option<Subject>,
) -> Vec<Effect> {
    let Some((loaded, sources, title)) = subject else {
        screen.page = None;
        return Vec::new();
    };
    let is_shown = screen
        .page
        .as_ref()
        .is_some_and(|page| page.sources.names() == sources.names());
    if is_shown {
        return Vec::new();
    }
    let mut page = OverviewPage::new(loaded, sources, title);
    let today = shell.today();
    let effect = ask(&mut page, shell, OverviewPart::Month(today));
    screen.page = Some(Box::new(page));
    vec![effect]
}

fn ask(page: &mut OverviewPage, shell: &mut Shell, part: OverviewPart) -> Effect {
    let question = OverviewQuestion {
        sources: Box::new(page.sources.clone()),
        frame: page.overview.frame.clone(),
        part: part.clone(),
    };
    let (ticket, effect) = shell.ask(question);
    page.pending.push((ticket, part));
    effect
}

/// Stores a panel. The month comes first; then all other panels are asked for at once.
pub(crate) fn answered(
    screen: &mut OverviewScreen,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<Box<OverviewPanel>, Problem>,
) -> Vec<Effect> {
    let Some(page) = &mut screen.page else {
        return Vec::new();
    };
    let answered = page.take(ticket, result);
    if !matches!(answered, Some(OverviewPart::Month(_))) || page.problem.is_some() {
        return Vec::new();
    }
    let groups = KEYS.into_iter().map(OverviewPart::Groups);
    let parts = groups.chain([OverviewPart::Tag, OverviewPart::Commitments]);
    parts.map(|part| ask(page, shell, part)).collect()
}

/// Handles an action.
pub(crate) fn act(screen: &mut OverviewScreen, shell: &mut Shell, action: Action) -> Vec<Effect> {
    if action == Action::Back {
        shell.request(Request::Show(View::Table));
        return Vec::new();
    }
    let Some(page) = &mut screen.page else {
        return Vec::new();
    };
    match action {
        Action::NextField => page.turn(true),
        Action::PreviousField => page.turn(false),
        Action::Down => page.go(true),
        Action::Up => page.go(false),
        Action::Toggle => page.next_currency(),
        Action::Enter => explore(page, shell),
        Action::Copy => return copied(shell, &page.overview.sheet().tsv()),
        Action::CopyCommand => {
            let command = page.command(shell.data_dir.as_deref());
            return match command {
                Some(command) => copied(shell, &command),
                None => shell.refuse(NO_TAGS),
            };
        }
        Action::Detail => shell.show_page("Overview", page.overview.words()),
        _ => {}
    }
    Vec::new()
}

/// The reason that there is no table of tags.
const NO_TAGS: &str = "no row has a tag";

/// Opens the table with the question of the focused panel.
fn explore(page: &OverviewPage, shell: &mut Shell) {
    let Some(query) = page.question() else {
        shell.refuse(NO_TAGS);
        return;
    };
    shell.request(Request::Explore {
        loaded: Box::new(page.loaded.clone()),
        title: page.title.clone(),
        query: Box::new(query),
    });
}
