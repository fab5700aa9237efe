//! State of the findings of an overview: the list of all of them, and the dismissals that are being saved.

use crate::domain::analysis::overview::found::{OverviewFinding, OverviewFindings};
use crate::domain::table::text_table::{Heading, Sheet};
use crate::tui::state::cursor::Cursor;
use crate::tui::ticket::{Problem, Ticket};

/// The lines of the list that are not findings: its heading, and the selected finding in full.
pub const OTHER_LINES: u16 = 5;

/// The list of all findings.
#[derive(Debug, Default)]
pub struct FindingList {
    /// Whether it is shown instead of the panels.
    pub is_open: bool,
    /// Whether dismissed findings are listed, too.
    pub with_dismissed: bool,
    pub cursor: Cursor,
    /// The reason that the findings are not known.
    pub problem: Option<Problem>,
    /// The tag keys of the month before and of the amortized costs, for the tables that open.
    pub before_tags: Vec<String>,
    pub amortized_tags: Vec<String>,
    /// Findings to dismiss (`true`) or restore, by their ids. The first one is being saved under the ticket.
    waiting: Vec<(String, bool)>,
    saving: Option<Ticket>,
    /// The dismissals that a search may not have seen: those made or saved since it was asked for.
    unseen: Vec<(String, bool)>,
}

impl FindingList {
    /// The findings that are listed.
    pub fn listed<'a>(&self, found: &'a OverviewFindings) -> Vec<&'a OverviewFinding> {
        let all = found.all.iter();
        all.filter(|one| self.with_dismissed || !one.finding.dismissed)
            .collect()
    }

    /// Queues a dismissal, so that they are saved in the order of the keys.
    pub fn queue(&mut self, id: String, dismissed: bool) {
        self.unseen.push((id.clone(), dismissed));
        self.waiting.push((id, dismissed));
    }

    /// The next dismissal to save, unless one is being saved.
    pub fn next_to_save(&self) -> Option<(String, bool)> {
        if self.saving.is_some() {
            return None;
        }
        self.waiting.first().cloned()
    }

    /// The first dismissal is being saved under this ticket.
    pub fn save_under(&mut self, ticket: Ticket) {
        self.saving = Some(ticket);
    }

    /// The dismissal that was saved under this ticket, or was not.
    pub fn take_saved(&mut self, ticket: Ticket) -> Option<(String, bool)> {
        if self.saving != Some(ticket) || self.waiting.is_empty() {
            return None;
        }
        self.saving = None;
        Some(self.waiting.remove(0))
    }

    /// Takes a dismissal back that could not be saved.
    pub fn take_back(&mut self, id: String, dismissed: bool) {
        self.unseen.push((id, !dismissed));
    }

    /// The findings are searched from here on.
    pub fn search_begins(&mut self) {
        self.unseen.clone_from(&self.waiting);
    }

    /// The findings of a search with the dismissals that it may not have seen.
    pub fn with_unseen(&self, mut found: OverviewFindings) -> OverviewFindings {
        for (id, dismissed) in &self.unseen {
            found.mark(id, *dismissed);
        }
        found
    }
}

/// Findings as a table, exact.
pub fn sheet(listed: &[&OverviewFinding]) -> Sheet {
    let headings = vec![
        Heading::text("kind"),
        Heading::number("cost"),
        Heading::text("currency"),
        Heading::text("finding"),
        Heading::text("id"),
        Heading::text("command"),
    ];
    let row = |one: &&OverviewFinding| {
        let finding = &one.finding;
        vec![
            Some(finding.kind.word().to_owned()),
            Some(finding.money.amount.to_string()),
            finding.money.currency.clone(),
            Some(finding.sentence.exact()),
            Some(finding.id.clone()),
            Some(one.command.clone()),
        ]
    };
    Sheet::new(headings, listed.iter().map(row))
}

#[cfg(test)]
mod tests;
