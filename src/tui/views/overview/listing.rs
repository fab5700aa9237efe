//! Handles the list of all findings: opens the table that proves one, dismisses it, copies its command.

use super::found::{OTHER_LINES, sheet};
use super::state::OverviewPage;
use crate::domain::analysis::findings::{Finding, ProofSide};
use crate::ops::context::OpenDataset;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::message::Loaded;
use crate::tui::question::{OverviewPanel, OverviewPart};
use crate::tui::shell::Shell;
use crate::tui::shell::copy::copied;
use crate::tui::shell::request::Request;
use crate::tui::shell::status::StatusLine;
use crate::tui::ticket::{Problem, Ticket};

/// Handles an action on the list.
pub(super) fn act(page: &mut OverviewPage, shell: &mut Shell, action: Action) -> Vec<Effect> {
    if let Some(step) = action.step() {
        let count = page.listed().len();
        let height = shell.list_height(OTHER_LINES);
        page.list.cursor.go(step, count, height);
        return Vec::new();
    }
    match action {
        Action::Back | Action::Findings => page.list.is_open = false,
        Action::Enter => {
            if let Some(one) = page.selected() {
                prove(page, shell, &one.finding);
            }
        }
        Action::Dismiss => return dismiss(page, shell),
        Action::Dismissed => {
            page.list.with_dismissed = !page.list.with_dismissed;
            keep_cursor(page, shell);
        }
        Action::Copy => return copied(shell, &sheet(&page.listed()).tsv()),
        Action::CopyCommand => {
            let command = page.selected().map(|one| one.command.clone());
            return copied(shell, &command.unwrap_or_default());
        }
        Action::Detail => {
            if let Some(one) = page.selected() {
                let lines = vec![
                    one.finding.sentence.exact(),
                    String::new(),
                    one.command.clone(),
                ];
                shell.show_page("Finding", lines);
            }
        }
        _ => {}
    }
    Vec::new()
}

fn keep_cursor(page: &mut OverviewPage, shell: &Shell) {
    let count = page.listed().len();
    let height = shell.list_height(OTHER_LINES);
    page.list.cursor.keep(count, height);
}

/// Opens the table, or the comparison, that proves a finding.
pub(super) fn prove(page: &OverviewPage, shell: &mut Shell, finding: &Finding) {
    let proof = &finding.proof;
    let sources = &page.sources;
    let other = match proof.side {
        ProofSide::Now => None,
        ProofSide::Before => loaded(sources.before.as_ref(), &page.list.before_tags),
        ProofSide::Amortized => loaded(sources.amortized.as_ref(), &page.list.amortized_tags),
        ProofSide::Both => {
            let Some(amortized) = loaded(sources.amortized.as_ref(), &page.loaded.tag_keys) else {
                shell.refuse("the amortized side of these sources is not open");
                return;
            };
            shell.request(Request::ComparePair {
                sides: Box::new((page.loaded.clone(), amortized)),
                title: page.title.clone(),
                view: (proof.filter.clone(), proof.group_by.clone()),
            });
            return;
        }
    };
    let title = match &other {
        Some(other) => shell.title_of(other),
        None => page.table_title(shell),
    };
    shell.request(Request::Explore {
        loaded: Box::new(other.unwrap_or_else(|| page.loaded.clone())),
        title,
        query: Box::new(proof.query()),
    });
}

fn loaded(opened: Option<&OpenDataset>, tag_keys: &[String]) -> Option<Loaded> {
    let opened = opened?.clone();
    Some(Loaded {
        opened,
        tag_keys: tag_keys.to_vec(),
        last: None,
    })
}

/// Dismisses the selected finding, or restores it. The screen shows it at once, and again as it was if it cannot be
/// saved.
fn dismiss(page: &mut OverviewPage, shell: &mut Shell) -> Vec<Effect> {
    let selected = page.selected();
    let Some((id, dismissed)) =
        selected.map(|one| (one.finding.id.clone(), !one.finding.dismissed))
    else {
        return Vec::new();
    };
    mark(page, &id, dismissed);
    keep_cursor(page, shell);
    page.list.queue(id, dismissed);
    save(page, shell)
}

fn mark(page: &mut OverviewPage, id: &str, dismissed: bool) {
    if let Some(found) = &mut page.overview.findings {
        found.mark(id, dismissed);
    }
}

/// Saves the next dismissal, unless one is being saved.
fn save(page: &mut OverviewPage, shell: &mut Shell) -> Vec<Effect> {
    let Some((id, dismissed)) = page.list.next_to_save() else {
        return Vec::new();
    };
    let today = shell.today();
    let part = OverviewPart::Dismiss {
        id,
        dismissed,
        today,
    };
    let (ticket, effect) = shell.ask(page.asking(part));
    page.list.save_under(ticket);
    vec![effect]
}

/// Takes the outcome of a dismissal; returns it if the ticket is another one's.
pub(super) fn saved(
    page: &mut OverviewPage,
    shell: &mut Shell,
    ticket: Ticket,
    result: Result<Box<OverviewPanel>, Problem>,
) -> Result<Vec<Effect>, Result<Box<OverviewPanel>, Problem>> {
    let Some((id, dismissed)) = page.list.take_saved(ticket) else {
        return Err(result);
    };
    shell.status = match result {
        Ok(_) if dismissed => StatusLine::hint(
            "dismissed; ⟦findings.dismissed⟧ lists it, and ⟦findings.dismiss⟧ there restores it",
        ),
        Ok(_) => StatusLine::hint("restored"),
        Err(problem) => {
            mark(page, &id, !dismissed);
            page.list.take_back(id, dismissed);
            keep_cursor(page, shell);
            StatusLine::error(problem.text)
        }
    };
    Ok(save(page, shell))
}
