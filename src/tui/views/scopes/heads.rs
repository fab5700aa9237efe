//! The heads of the columns of scopes, and the cursor while their order changes.

use super::state::{Line, Scopes, What};

/// The lines of the screen that do not belong to its list, without the heads.
const OTHER_LINES: u16 = 2;

impl Scopes {
    /// Whether a line has money. Only then the columns have heads.
    pub fn has_heads(&self) -> bool {
        let has_month = |line: &Line<'_>| {
            line.scope()
                .is_some_and(|scope| self.months.contains_key(&scope.id))
        };
        !self.months.is_empty() && self.lines().iter().any(has_month)
    }

    /// The line of the body on which the list begins.
    pub fn first_line(&self) -> u16 {
        1 + u16::from(self.has_heads())
    }

    /// The lines of the screen that do not belong to its list.
    pub fn other_lines(&self) -> u16 {
        OTHER_LINES + u16::from(self.has_heads())
    }

    /// Changes what the order depends on; the cursor stays on its scope.
    pub fn reorder(&mut self, change: impl FnOnce(&mut Self)) {
        let here = self.selected().map(|scope| scope.id.clone());
        let was_marked = matches!(self.line_here(), Some(What::Marked(_)));
        change(self);
        let lines = self.lines();
        let is_here = |line: &Line<'_>| {
            matches!(line.what, What::Marked(_)) == was_marked
                && line.scope().map(|scope| &scope.id) == here.as_ref()
        };
        // A cursor at the top was never moved, and stays there.
        if here.is_some()
            && self.cursor.selected > 0
            && let Some(place) = lines.iter().position(is_here)
        {
            self.cursor.selected = place;
        }
    }

    fn line_here(&self) -> Option<What<'_>> {
        let lines = self.lines();
        lines.get(self.cursor.selected).map(|line| line.what)
    }
}
