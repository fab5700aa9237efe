//! The reservations and savings plans of a pair as a table.

use crate::domain::analysis::commitments::Commitment;
use crate::domain::money::{Amount, Money};
use crate::domain::table::text_table::Sheet;
use crate::ops::compare::commitments;
use crate::ops::compare::commitments::{PairCommitments, Style};
use crate::tui::state::cursor::{Cursor, CursorStep, beside};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitmentColumn {
    Name,
    Kind,
    Currency,
    Bought,
    Used,
    Unused,
    /// The used share of what it cost.
    Share,
}

impl CommitmentColumn {
    /// Every column with its title, in order.
    pub const ALL: [(Self, &str); 7] = [
        (Self::Name, "commitment"),
        (Self::Kind, "kind"),
        (Self::Currency, "currency"),
        (Self::Bought, "bought"),
        (Self::Used, "used"),
        (Self::Unused, "unused"),
        (Self::Share, "used %"),
    ];
}

/// The table of commitments.
#[derive(Debug)]
pub struct CommitmentTable {
    listed: PairCommitments,
    /// Whether a filter was applied.
    filtered: bool,
    pub cursor: Cursor,
    /// The index of the column under the cursor.
    pub column: usize,
}

impl CommitmentTable {
    /// The table, the most expensive commitment first.
    pub fn new(listed: PairCommitments, filtered: bool) -> Self {
        Self {
            listed,
            filtered,
            cursor: Cursor::default(),
            column: 0,
        }
    }

    /// The commitments in the order shown.
    pub fn all(&self) -> &[Commitment] {
        &self.listed.all
    }

    /// The commitment under the cursor.
    pub fn selected(&self) -> Option<&Commitment> {
        self.all().get(self.cursor.selected)
    }

    /// Moves the cursor.
    pub fn go(&mut self, step: CursorStep, height: usize) {
        self.cursor.go(step, self.listed.all.len(), height);
    }

    /// Moves the cursor one column left or right.
    pub fn sideways(&mut self, right: bool) {
        self.column = beside(self.column, CommitmentColumn::ALL.len(), right);
    }

    /// Sorts by the column under the cursor. Returns its title.
    pub fn sort_here(&mut self, smallest: bool) -> &'static str {
        let Some((column, title)) = CommitmentColumn::ALL.get(self.column).copied() else {
            return "";
        };
        self.listed.all.sort_by(|a, b| {
            let order = compared(column, a, b);
            if smallest { order } else { order.reverse() }
        });
        self.cursor = Cursor::default();
        title
    }

    /// The totals of a currency: bought, used and unused.
    pub fn totals(&self) -> Vec<[Money; 3]> {
        let mut sums: BTreeMap<Option<String>, [Amount; 3]> = BTreeMap::new();
        for one in self.all() {
            let sum = sums.entry(one.currency.clone()).or_default();
            for (sum, amount) in sum.iter_mut().zip([one.bought, one.used, one.unused]) {
                *sum = sum.saturating_add(amount);
            }
        }
        let money = |(currency, sums): (Option<String>, [Amount; 3])| {
            sums.map(|amount| Money {
                currency: currency.clone(),
                amount,
            })
        };
        sums.into_iter().map(money).collect()
    }

    /// Everything about the commitment under the cursor: lines for the screen, and exact ones.
    pub fn page(&self) -> Option<[Vec<String>; 2]> {
        let one = std::slice::from_ref(self.selected()?);
        Some(self.lines(one))
    }

    /// Everything about all commitments: lines for the screen, and exact ones.
    pub fn pages(&self) -> [Vec<String>; 2] {
        self.lines(self.all())
    }

    fn lines(&self, some: &[Commitment]) -> [Vec<String>; 2] {
        let styles = [Style::Screen(self.listed.names.clone()), Style::Exact];
        styles.map(|style| commitments::lines(some, self.filtered, &style))
    }

    /// All commitments as exact text.
    pub fn sheet(&self) -> Sheet {
        commitments::sheet(self.all())
    }
}

fn compared(column: CommitmentColumn, a: &Commitment, b: &Commitment) -> Ordering {
    match column {
        CommitmentColumn::Name => a.label().to_lowercase().cmp(&b.label().to_lowercase()),
        CommitmentColumn::Kind => a.kind.word().cmp(b.kind.word()),
        CommitmentColumn::Currency => a.currency.cmp(&b.currency),
        CommitmentColumn::Bought => a.bought.cmp(&b.bought),
        CommitmentColumn::Used => a.used.cmp(&b.used),
        CommitmentColumn::Unused => a.unused.cmp(&b.unused),
        CommitmentColumn::Share => {
            let share = |one: &Commitment| one.used.per_mille(one.cost());
            share(a).cmp(&share(b))
        }
    }
}
