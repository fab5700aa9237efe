//! Handles the overview screen: asks for its panels, moves the focus, and opens the table behind a panel.

use super::listing;
use super::state::{FINDINGS, OverviewPage, OverviewScreen};
use crate::domain::report::request::ReportKey;
use crate::ops::overview::panels::{KEYS, MOST};
use crate::ops::overview::sources::OverviewSources;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::message::Loaded;
use crate::tui::question::{OutputQuestion, OverviewPanel, OverviewPart};
use crate::tui::said::Masked;
use crate::tui::shell::Shell;
use crate::tui::shell::copy::copied;
use crate::tui::shell::overlay::{Overlay, PromptKind};
use crate::tui::shell::request::Request;
use crate::tui::shell::status::StatusLine;
use crate::tui::state::field::TextField;
use crate::tui::ticket::{Problem, Ticket};
use std::collections::BTreeSet;

/// The data of an overview: what the table opens, its sources and its title.
pub(crate) type OverviewSubject = (Loaded, OverviewSources, Masked);

/// Shows the overview of this data, unless it is shown already.
pub(crate) fn show(
    screen: &mut OverviewScreen,
    shell: &mut Shell,
    subject: Option<OverviewSubject>,
) -> Vec<Effect> {
    let Some((loaded, sources, title)) = subject else {
        screen.page = None;
        return Vec::new();
    };
    let is_shown = screen.page.as_ref().is_some_and(|page| {
        page.sources.names() == sources.names() && page.money() == sources.opened.data.money()
    });
    if let Some(page) = &mut screen.page {
        page.list.is_open = false;
    }
    if is_shown {
        return Vec::new();
    }
    let mut page = OverviewPage::new(loaded, sources, title);
    let today = shell.today();
    let effect = fill(&mut page, shell, OverviewPart::Month(today));
    screen.page = Some(Box::new(page));
    vec![effect]
}

/// Asks for all panels again if the month before or the amortized costs are not known, because the ledger may have them now,
/// or if one of them comes from a report that was replaced or removed.
pub(crate) fn look_again(
    screen: &mut OverviewScreen,
    shell: &mut Shell,
    replaced: &BTreeSet<ReportKey>,
) -> Vec<Effect> {
    let page = screen.page.as_mut();
    let Some(page) = page.filter(|page| page.problem.is_none()) else {
        return Vec::new();
    };
    let was_used = page.forget_replaced(replaced);
    if !was_used && !page.lacks_reports() {
        return Vec::new();
    }
    page.forget_questions();
    let today = shell.today();
    vec![fill(page, shell, OverviewPart::Month(today))]
}

/// Asks for a panel.
fn fill(page: &mut OverviewPage, shell: &mut Shell, part: OverviewPart) -> Effect {
    let (ticket, effect) = shell.ask(page.asking(part.clone()));
    page.pending.push((ticket, part));
    effect
}

/// Stores a panel. The month comes first; then all other panels are asked for at once, and then the findings, which take
/// longest.
pub(crate) fn answered(
    screen: &mut OverviewScreen,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<Box<OverviewPanel>, Problem>,
) -> Vec<Effect> {
    let Some(page) = &mut screen.page else {
        return Vec::new();
    };
    let result = match listing::saved(page, shell, ticket, result) {
        Ok(effects) => return effects,
        Err(result) => result,
    };
    // The findings come last: with them the page is whole.
    let known = (!page.lacks_findings).then(|| page.overview.frame.clone());
    let answered = page.take(ticket, result);
    if page.problem.is_some() {
        return Vec::new();
    }
    let commitments = OverviewPart::Commitments(shell.today());
    match answered {
        Some(OverviewPart::Month(_)) if known.as_ref() == Some(&page.overview.frame) => {
            let lacks = page.sources.amortized_side().is_none();
            let asked = lacks.then(|| fill(page, shell, commitments));
            asked.into_iter().collect()
        }
        Some(OverviewPart::Month(_)) => {
            page.lacks_findings = true;
            let groups = KEYS.into_iter().map(OverviewPart::Groups);
            let parts = groups.chain([OverviewPart::Tag, commitments]);
            parts.map(|part| fill(page, shell, part)).collect()
        }
        Some(OverviewPart::Groups(_) | OverviewPart::Tag | OverviewPart::Commitments(_))
            if page.pending.is_empty() && page.lacks_findings =>
        {
            page.list.search_begins();
            vec![fill(page, shell, OverviewPart::Findings)]
        }
        Some(
            OverviewPart::Groups(_)
            | OverviewPart::Tag
            | OverviewPart::Commitments(_)
            | OverviewPart::Findings
            | OverviewPart::Dismiss { .. },
        )
        | None => Vec::new(),
    }
}

/// Handles an action.
pub(crate) fn act(screen: &mut OverviewScreen, shell: &mut Shell, action: Action) -> Vec<Effect> {
    if let Some(page) = &mut screen.page
        && page.list.is_open
    {
        return listing::act(page, shell, action);
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
        Action::Findings => page.list.is_open = true,
        Action::Export => {
            // The last name may identify somebody.
            let last = screen.file.as_deref().filter(|_| !shell.masked);
            shell.overlay = prompt(last);
        }
        Action::Copy => return copied(shell, &page.overview.shortened(MOST).sheet().tsv()),
        Action::CopyCommand => {
            let command = page.command(&shell.repeated);
            return match command {
                Some(command) => copied(shell, &command),
                None => shell.refuse(NO_TAGS),
            };
        }
        Action::Detail => {
            let list = shell.keymap.spell("⟦overview.findings⟧ lists all");
            shell.show_page("Overview", page.overview.words_with(&list));
        }
        _ => {}
    }
    Vec::new()
}

/// The prompt for the file of the page.
fn prompt(last: Option<&str>) -> Overlay {
    Overlay::Prompt {
        title: "Export the overview to".into(),
        hint: "end the name in .html or .svg; the page is for a mail, and masked if the screen is"
            .into(),
        field: TextField::with(last.unwrap_or("overview.html")),
        kind: PromptKind::ExportPage,
    }
}

/// Writes the page to a file, masked if the screen is.
pub(crate) fn export(screen: &mut OverviewScreen, shell: &mut Shell, text: &str) -> Vec<Effect> {
    let path = text.trim().to_owned();
    let Some(page) = screen.page.as_ref().filter(|_| !path.is_empty()) else {
        return Vec::new();
    };
    // No source is overwritten.
    let mut opened = page.sources.opened.clone();
    opened.names = page.sources.names();
    opened.names.extend(page.sources.before_names());
    let overview = page.overview.shortened(MOST);
    let overview = if shell.masked {
        overview.masked(shell.salt)
    } else {
        overview
    };
    shell.status = StatusLine::hint("writing the page …");
    screen.file = Some(path.clone());
    let (_, effect) = shell.ask(OutputQuestion::ExportPage {
        opened,
        overview: Box::new(overview),
        path,
    });
    vec![effect]
}

/// The reason that there is no table of tags.
const NO_TAGS: &str = "no row has a tag";

/// Opens the table with the question of the focused panel, or the list of findings.
fn explore(page: &mut OverviewPage, shell: &mut Shell) {
    if page.focus == FINDINGS {
        match page.finding_here() {
            Some(one) => listing::prove(page, shell, &one.finding),
            None => page.list.is_open = true,
        }
        return;
    }
    let Some(query) = page.question() else {
        shell.refuse(NO_TAGS);
        return;
    };
    shell.request(Request::Explore {
        loaded: Box::new(page.loaded.clone()),
        title: page.table_title(shell),
        query: Box::new(query),
    });
}
