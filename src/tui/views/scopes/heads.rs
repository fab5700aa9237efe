//! The heads of the columns of scopes, and the cursor while their order changes.

use super::sorting::ScopeOrder;
use super::state::{Line, Scopes, What};
use crate::domain::scope::Scope;

/// The lines of the screen that do not belong to its list, without the heads.
const OTHER_LINES: u16 = 2;

/// The line of the body on which the list begins.
pub(super) fn first_line(heads: bool) -> u16 {
    1 + u16::from(heads)
}

/// The lines of the screen that do not belong to its list.
pub(super) fn other_lines(heads: bool) -> u16 {
    OTHER_LINES + u16::from(heads)
}

impl Scopes {
    /// Whether a line has money. Only then the columns have heads. Frames, which have the lines, ask [`Self::have_money`].
    pub fn has_heads(&self) -> bool {
        let has_month = |scope: &Scope| self.months.contains_key(&scope.id);
        if self.months.is_empty() {
            return false;
        }
        if !self.is_searched() {
            // These are shown whatever is open.
            let mut marked = self.marked.iter().map(|marked| &marked.scope);
            let mut roots = self.all().iter().filter(|scope| scope.parent.is_none());
            if marked.any(has_month) || roots.any(has_month) {
                return true;
            }
        }
        self.all().iter().any(has_month) && self.have_money(&self.lines_in(ScopeOrder::default()))
    }

    /// Whether one of these lines has money.
    pub(super) fn have_money(&self, lines: &[Line<'_>]) -> bool {
        let mut scopes = lines.iter().filter_map(Line::scope);
        !self.months.is_empty() && scopes.any(|scope| self.months.contains_key(&scope.id))
    }

    /// The line of the body on which the list begins.
    pub fn first_line(&self) -> u16 {
        first_line(self.has_heads())
    }

    /// The lines of the screen that do not belong to its list.
    pub fn other_lines(&self) -> u16 {
        other_lines(self.has_heads())
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
