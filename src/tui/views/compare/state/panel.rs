//! The panel beside the groups of a comparison: whether it is there, and the facts of the group under the cursor.

use super::Pair;
use crate::domain::analysis::pair_facts::PairFacts;
use crate::domain::table::group::GroupId;
use crate::tui::layout;
use crate::tui::shell::Shell;
use crate::tui::theme::Glyphs;
use crate::tui::ticket::{Problem, Ticket};

/// The width at which the groups are pleasant to read.
const GROUPS: u16 = 116;
/// The greatest width of the panel.
const MOST: u16 = 90;

impl Pair {
    /// The width of the panel; `None` if the groups need the whole width, or a list is in front of them. Text for a screen reader
    /// has none, and a server is not asked for every group.
    pub fn panel_width(&self, shell: &Shell) -> Option<u16> {
        let is_plain = shell.glyphs == Glyphs::Plain;
        let covered = self.commitments.is_some() || self.pivot_key().is_some();
        let sides = [&self.actual, &self.amortized];
        let on_server = sides.iter().any(|side| side.opened.data.server().is_some());
        let room = shell.size.0.checked_sub(GROUPS)?.min(MOST);
        (room >= layout::PANEL && !is_plain && !covered && !on_server).then_some(room)
    }

    /// The width of the groups.
    pub fn groups_width(&self, shell: &Shell) -> u16 {
        shell.size.0 - self.panel_width(shell).unwrap_or_default()
    }

    /// The group under the cursor, to look up its facts.
    pub fn group_here(&self) -> Option<GroupId> {
        self.selected().map(|group| GroupId {
            keys: group.keys.clone(),
            currency: group.currency.clone(),
        })
    }

    /// The group under the cursor, if its facts are neither known nor requested.
    pub fn factless(&self) -> Option<GroupId> {
        let id = self.group_here().filter(|_| self.asked.is_none())?;
        let asked = self.facts.asked.as_ref();
        let asked = asked.is_some_and(|(_, group)| *group == id);
        (!asked && !self.facts.known.contains_key(&id)).then_some(id)
    }

    /// Stores the facts of a group.
    pub fn take_facts(&mut self, ticket: Ticket, result: Result<PairFacts, Problem>) {
        let asked = self.facts.asked.take_if(|(asked, _)| *asked == ticket);
        if let Some((_, id)) = asked {
            self.facts.known.insert(id, result);
        }
    }
}
