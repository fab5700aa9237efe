//! The changes of a pair's view that can be undone and redone.

use super::columns::ChosenColumns;
use super::pivot::PairPivot;
use super::step::PairStep;
use crate::domain::analysis::comparison::Sort;
use crate::domain::query::money_column::MoneyColumn;

/// The number of changes that can be undone.
const UNDO: usize = 200;

/// The steps of a pair, the order of its groups, its pivot, its columns and its money at one time.
#[derive(Debug, Clone)]
pub(super) struct Past {
    pub(super) first: PairStep,
    pub(super) deeper: Vec<PairStep>,
    pub(super) order: Sort,
    pub(super) pivot: PairPivot,
    pub(super) chosen: ChosenColumns,
    pub(super) money: MoneyColumn,
}

/// The states before each change, and those that were undone; the newest last.
#[derive(Debug, Default)]
pub(super) struct History {
    past: Vec<Past>,
    future: Vec<Past>,
}

impl History {
    /// Remembers the present before a change.
    pub(super) fn note(&mut self, now: Past) {
        if self.past.len() == UNDO {
            self.past.remove(0);
        }
        self.past.push(now);
        self.future.clear();
    }

    /// Whether there is something to undo, or to redo.
    pub(super) fn can_travel(&self, back: bool) -> bool {
        let from = if back { &self.past } else { &self.future };
        !from.is_empty()
    }

    /// Takes the state before the last change, or the one that was undone last.
    pub(super) fn travel(&mut self, back: bool, now: Past) -> Option<Past> {
        let (from, to) = if back {
            (&mut self.past, &mut self.future)
        } else {
            (&mut self.future, &mut self.past)
        };
        let then = from.pop()?;
        to.push(now);
        Some(then)
    }
}
