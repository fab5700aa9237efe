//! Exports that are not finished: how far they are, and their end by a key.

use super::status::StatusLine;
use crate::domain::text::{counted, grouped};
use crate::tui::message::Written;
use crate::tui::said::Said;
use crate::tui::ticket::Ticket;

/// The exports that are not finished.
#[derive(Debug, Default)]
pub struct Writing {
    tickets: Vec<Ticket>,
    /// The last status line about them.
    told: Option<StatusLine>,
    is_stopped: bool,
}

impl Writing {
    /// An export begins, about which the status line says this.
    pub(super) fn begin(&mut self, ticket: Ticket, told: StatusLine) {
        self.tickets.push(ticket);
        self.told = Some(told);
        self.is_stopped = false;
    }

    /// An export has ended. Returns whether the user stopped it.
    pub fn end(&mut self, ticket: Ticket) -> bool {
        let count = self.tickets.len();
        self.tickets.retain(|running| *running != ticket);
        self.is_stopped && self.tickets.len() < count
    }

    /// Says how far an export is, unless the status line has something else to say.
    pub fn tell(&mut self, status: &mut StatusLine, ticket: Ticket, now: Written) {
        let is_free = *status == StatusLine::Silent || Some(&*status) == self.told.as_ref();
        if !is_free || self.is_stopped || !self.tickets.contains(&ticket) {
            return;
        }
        *status = StatusLine::hint(Said::open(words(now)));
        self.told = Some(status.clone());
    }

    /// Stops the exports that run. Returns `false` if there are none, or if they were stopped before.
    pub fn stop(&mut self, status: &mut StatusLine) -> bool {
        if self.tickets.is_empty() || self.is_stopped {
            return false;
        }
        self.is_stopped = true;
        *status = StatusLine::hint("stopping the export …");
        true
    }
}

fn words(now: Written) -> String {
    let rows = counted(now.rows, "row");
    let stops = "⟦everywhere.escape⟧ stops";
    match now.rows.saturating_mul(100).checked_div(now.of) {
        Some(share) => {
            let (share, of) = (share.min(100), grouped(now.of));
            format!("writing: {share} %, {rows} of {of}; {stops}")
        }
        None => format!("writing: {rows}; {stops}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::tui::message::Written;
    use crate::tui::shell::writing::words;

    #[test]
    fn an_export_says_its_rows_and_its_share_where_that_is_known() {
        let cases = [
            (0, 0, "writing: 0 rows; ⟦everywhere.escape⟧ stops"),
            (1, 4, "writing: 25 %, 1 row of 4; ⟦everywhere.escape⟧ stops"),
            (
                1_500_000,
                1_000_000,
                "writing: 100 %, 1,500,000 rows of 1,000,000; ⟦everywhere.escape⟧ stops",
            ),
        ];
        for (rows, of, expected) in cases {
            assert_eq!(words(Written { rows, of }), expected);
        }
    }
}
