//! A cursor in a list that may be longer than the screen.

/// Which entry is selected and which one is drawn first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    pub selected: usize,
    pub top: usize,
}

/// A step of the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
}

/// The entry after or before another one in a list of this many.
pub fn beside(at: usize, count: usize, forward: bool) -> usize {
    if forward {
        (at + 1).min(count.saturating_sub(1))
    } else {
        at.saturating_sub(1)
    }
}

impl Cursor {
    /// Moves within `count` entries of which `height` are visible.
    pub fn go(&mut self, step: Step, count: usize, height: usize) {
        let page = height.saturating_sub(1).max(1);
        let last = count.saturating_sub(1);
        self.selected = match step {
            Step::Up => self.selected.saturating_sub(1),
            Step::Down => self.selected + 1,
            Step::PageUp => self.selected.saturating_sub(page),
            Step::PageDown => self.selected + page,
            Step::Home => 0,
            Step::End => last,
        };
        self.keep(count, height);
    }

    /// Keeps the selection inside the list and on the screen.
    pub fn keep(&mut self, count: usize, height: usize) {
        let height = height.max(1);
        self.selected = self.selected.min(count.saturating_sub(1));
        if self.selected < self.top {
            self.top = self.selected;
        }
        if self.selected >= self.top + height {
            self.top = self.selected + 1 - height;
        }
        self.top = self.top.min(count.saturating_sub(height));
    }
}
