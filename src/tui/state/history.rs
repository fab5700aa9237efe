//! Undo and redo: the states before each change, and those that were undone.

/// The number of changes that can be undone.
const UNDO: usize = 200;

/// The states before each change, and those that were undone; the newest last.
#[derive(Debug, Clone)]
pub struct History<State> {
    past: Vec<State>,
    future: Vec<State>,
}

impl<State> Default for History<State> {
    fn default() -> Self {
        Self {
            past: Vec::new(),
            future: Vec::new(),
        }
    }
}

impl<State> History<State> {
    /// Remembers the present before a change.
    pub fn note(&mut self, now: State) {
        if self.past.len() == UNDO {
            self.past.remove(0);
        }
        self.past.push(now);
        self.future.clear();
    }

    /// Forgets the states that were undone.
    pub fn forget_future(&mut self) {
        self.future.clear();
    }

    /// The state that undo or redo would bring back.
    pub fn next(&self, back: bool) -> Option<&State> {
        let from = if back { &self.past } else { &self.future };
        from.last()
    }

    /// Whether there is something to undo, or to redo.
    pub fn can_travel(&self, back: bool) -> bool {
        self.next(back).is_some()
    }

    /// Takes the state before the last change, or the one that was undone last.
    pub fn travel(&mut self, back: bool, now: State) -> Option<State> {
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

#[cfg(test)]
mod tests {
    use super::{History, UNDO};

    #[test]
    fn undone_states_come_back_until_something_changes() {
        let mut history = History::default();
        history.note(1);
        history.note(2);
        assert_eq!(history.travel(true, 3), Some(2));
        assert_eq!(history.travel(true, 2), Some(1));
        assert_eq!(history.travel(true, 1), None);
        assert_eq!(history.travel(false, 1), Some(2));
        assert_eq!(history.next(false), Some(&3));
        history.note(2);
        assert!(!history.can_travel(false));
        assert_eq!(history.next(true), Some(&2));
    }

    #[test]
    fn the_oldest_states_are_forgotten_first() {
        let mut history = History::default();
        for state in 0..=UNDO {
            history.note(state);
        }
        let mut now = UNDO + 1;
        while let Some(then) = history.travel(true, now) {
            now = then;
        }
        assert_eq!(now, 1);
    }
}
