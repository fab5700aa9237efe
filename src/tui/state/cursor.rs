//! A cursor in a list that may be longer than the screen.

use std::ops::Range;

/// Which entry is selected and which one is drawn first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    pub selected: usize,
    pub top: usize,
}

/// A step of the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CursorStep {
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
    pub fn go(&mut self, step: CursorStep, count: usize, height: usize) {
        let page = height.saturating_sub(1).max(1);
        let last = count.saturating_sub(1);
        self.selected = match step {
            CursorStep::Up => self.selected.saturating_sub(1),
            CursorStep::Down => self.selected + 1,
            CursorStep::PageUp => self.selected.saturating_sub(page),
            CursorStep::PageDown => self.selected + page,
            CursorStep::Home => 0,
            CursorStep::End => last,
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

/// The block of lines with a place. Blocks follow each other; the last one is filled up from the one before.
pub fn block(of: usize, here: usize, lines: usize) -> Range<usize> {
    let lines = lines.min(of);
    let start = (here - here % lines.max(1)).min(of - lines);
    start..start + lines
}

#[cfg(test)]
mod tests {
    use crate::tui::state::cursor::block;

    #[test]
    fn every_line_is_in_a_block() {
        let cases = [
            ((0, 0, 6), 0..0),
            ((3, 2, 6), 0..3),
            ((6, 5, 6), 0..6),
            ((8, 0, 6), 0..6),
            ((8, 5, 6), 0..6),
            ((8, 6, 6), 2..8),
            ((14, 7, 6), 6..12),
            ((14, 13, 6), 8..14),
        ];
        for ((of, here, lines), shown) in cases {
            assert_eq!(block(of, here, lines), shown, "{here} of {of}");
        }
    }
}
