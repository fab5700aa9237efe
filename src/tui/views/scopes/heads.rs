//! The heads of the columns of scopes, and the cursor while their order changes.

use super::sorting::{ScopeMonths, ScopeOrder};
use super::state::{Line, LineContent, Scopes};
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
        let was_marked = matches!(self.line_here(), Some(LineContent::Marked(_)));
        change(self);
        let lines = self.lines();
        let is_here = |line: &Line<'_>| {
            matches!(line.what, LineContent::Marked(_)) == was_marked
                && line.scope().map(|scope| &scope.id) == here.as_ref()
        };
        if here.is_some()
            && let Some(place) = lines.iter().position(is_here)
        {
            self.cursor.selected = place;
        }
    }

    /// Takes the newest months of the ledger, which some orders depend on.
    pub fn take_months(&mut self, months: ScopeMonths) {
        if self.cursor.selected == 0 {
            // A cursor at the top was never moved, and stays there.
            self.months = months;
        } else {
            self.reorder(|scopes| scopes.months = months);
        }
    }

    fn line_here(&self) -> Option<LineContent<'_>> {
        let lines = self.lines();
        lines.get(self.cursor.selected).map(|line| line.what)
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::money::{Amount, Money};
    use crate::domain::scope::{Agreement, Scope, ScopeId};
    use crate::ops::FoundScopes;
    use crate::tui::action::Action;
    use crate::tui::state::field::TextField;
    use crate::tui::views::scopes::allows::allows;
    use crate::tui::views::scopes::sorting::{ScopeMonth, ScopeMonths, ScopeOrder, ScopeSort};
    use crate::tui::views::scopes::state::{Line, Scopes, TreeLoading};

    fn id(number: i128) -> ScopeId {
        ScopeId::parse(&format!("{number:08}-0000-4000-8000-000000000000")).unwrap()
    }

    /// The subscriptions `web-1` to `web-3`, and those of these numbers with as many euros.
    fn scopes(known: &[i128]) -> Scopes {
        let mut found = FoundScopes::default();
        for number in [1, 3, 2] {
            let name = format!("web-{number}");
            let scope = Scope::found(id(number), name, Some(Agreement::Ea), None);
            found.scopes.push(scope);
        }
        Scopes {
            listing: TreeLoading::Found(found),
            months: months(known),
            ..Scopes::default()
        }
    }

    fn months(known: &[i128]) -> ScopeMonths {
        let month = |number: i128| ScopeMonth {
            totals: vec![Money {
                currency: Some("EUR".to_owned()),
                amount: Amount::from_units(number),
            }],
            ..ScopeMonth::default()
        };
        let known = known.iter();
        known.map(|number| (id(*number), month(*number))).collect()
    }

    fn here(scopes: &Scopes) -> (usize, &str) {
        let name = scopes.selected().map(|scope| scope.name.as_str());
        (scopes.cursor.selected, name.unwrap_or_default())
    }

    #[test]
    fn a_sort_keeps_the_cursor_on_its_scope_even_on_the_first() {
        let mut scopes = scopes(&[1, 2, 3]);
        assert_eq!(here(&scopes), (0, "web-1"));
        let mut sort = |by| {
            scopes.reorder(|scopes| scopes.order = ScopeOrder::of(by));
            let (at, name) = here(&scopes);
            (at, name.to_owned())
        };
        assert_eq!(sort(ScopeSort::Total), (2, "web-1".to_owned()));
        assert_eq!(sort(ScopeSort::Name), (0, "web-1".to_owned()));
    }

    #[test]
    fn new_months_keep_a_cursor_at_the_top_there() {
        let mut scopes = scopes(&[]);
        scopes.order = ScopeOrder::of(ScopeSort::Total);
        scopes.take_months(months(&[2]));
        assert_eq!(here(&scopes), (0, "web-2"));
        scopes.cursor.selected = 2;
        assert_eq!(here(&scopes), (2, "web-3"));
        scopes.take_months(months(&[2, 3]));
        assert_eq!(here(&scopes), (0, "web-3"));
    }

    #[test]
    fn parts_of_words_are_found_before_letters_in_between() {
        let named = |search: &str| -> Vec<String> {
            let mut scopes = scopes(&[]);
            scopes.search = TextField::with(search);
            let lines = scopes.lines();
            let shown = lines.iter().filter_map(Line::scope);
            shown.map(|scope| scope.name.clone()).collect()
        };
        assert_eq!(named("web-2"), ["web-2"]);
        // Every word of it is in the name or in the id.
        assert_eq!(named("3 web"), ["web-3"]);
        assert_eq!(named("00000002-"), ["web-2"]);
        // Nothing has these letters side by side.
        assert_eq!(named("wb3"), ["web-3"]);
    }

    #[test]
    fn matches_without_money_are_ranked_and_the_order_can_be_changed() {
        let names = |scopes: &Scopes| -> Vec<String> {
            let lines = scopes.lines();
            let shown = lines.iter().filter_map(Line::scope);
            shown.map(|scope| scope.name.clone()).collect()
        };
        let cases: [(ScopeSort, &[i128], [&str; 3]); 5] = [
            (ScopeSort::Name, &[], ["web-1", "web-3", "web-2"]),
            (ScopeSort::Name, &[2], ["web-1", "web-2", "web-3"]),
            (ScopeSort::Total, &[], ["web-1", "web-3", "web-2"]),
            (ScopeSort::Total, &[2], ["web-2", "web-1", "web-3"]),
            (ScopeSort::Listed, &[2], ["web-1", "web-3", "web-2"]),
        ];
        for (by, known, found) in cases {
            let mut scopes = scopes(known);
            scopes.order = ScopeOrder::of(by);
            scopes.search = TextField::with("web");
            assert_eq!(scopes.has_heads(), !known.is_empty());
            assert_eq!(names(&scopes), found, "{by:?} {known:?}");
            let allowed = allows(&scopes, Action::SortBy).is_ok();
            assert_eq!(allowed, by != ScopeSort::Listed || !known.is_empty());
        }
        assert!(allows(&scopes(&[]), Action::SortBy).is_err());
    }
}
