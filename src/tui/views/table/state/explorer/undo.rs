//! Undo and redo of a view, also to the data that was open before.

use super::{Explorer, LeftData, UndoPoint};
use crate::tui::said::Masked;
use crate::tui::state::history::History;
use crate::tui::views::table::state::step::Step;

impl LeftData {
    /// The step that it was left at.
    pub fn step(&self) -> &Step {
        let (first, deeper) = &self.view.steps;
        deeper.last().unwrap_or(first)
    }
}

impl Explorer {
    /// Remembers the current steps, so that the next change can be undone.
    pub fn note(&mut self) {
        let now = self.moment();
        self.history.note(now);
        self.left.forget_future();
    }

    fn moment(&self) -> UndoPoint {
        UndoPoint {
            steps: self.steps(),
            money: self.money(),
            from_overview: self.from_overview,
        }
    }

    /// Whether there is something to undo, or to redo.
    pub fn can_travel(&self, back: bool) -> bool {
        self.history.can_travel(back) || self.left.can_travel(back)
    }

    /// The data that undo or redo opens, if it changes more than the view of this data.
    pub fn next_data(&self, back: bool) -> Option<&LeftData> {
        self.left
            .next(back)
            .filter(|_| !self.history.can_travel(back))
    }

    /// Undoes the last change of the view, or redoes it. Returns `false` if there is none.
    pub fn time_travel(&mut self, back: bool) -> bool {
        self.fold();
        let now = self.moment();
        let Some(then) = self.history.travel(back, now) else {
            return false;
        };
        self.look_back(then);
        true
    }

    fn look_back(&mut self, then: UndoPoint) {
        (self.first, self.deeper) = then.steps;
        self.from_overview = then.from_overview;
        // This data had the money before.
        if let Ok(data) = self.in_money(then.money) {
            self.loaded.opened.data = data;
        }
        self.forget();
    }

    /// Takes the place of other data, which undo opens again. What its view became here cannot be undone by itself.
    pub fn replace(&mut self, mut other: Self, name: Masked) {
        self.history = History::default();
        self.left = std::mem::take(&mut other.left);
        let mut left = other.leave(name);
        left.history.forget_future();
        self.left.note(left);
    }

    /// Takes its place again from the other data that undo or redo leaves.
    pub fn come_back(&mut self, mut other: Self, name: Masked, back: bool) {
        self.left = std::mem::take(&mut other.left);
        let Some(then) = self.left.travel(back, other.leave(name)) else {
            return;
        };
        self.missing = then.missing;
        self.history = then.history;
        self.look_back(then.view);
        self.started = self.left();
    }

    fn leave(self, name: Masked) -> LeftData {
        LeftData {
            view: self.moment(),
            sources: self.loaded.opened.names,
            name,
            missing: self.missing,
            history: self.history,
        }
    }
}
