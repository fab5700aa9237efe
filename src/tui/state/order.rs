//! The order of a list: the column that it is sorted by, and the direction.

use super::direction::arrow;
use std::cmp::Ordering;

/// A column that a list is sorted by.
pub trait SortColumn: Copy + PartialEq {
    /// Whether its usual direction is ascending.
    fn ascends(self) -> bool;
}

/// A sort and its direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortOrder<By> {
    pub by: By,
    pub ascending: bool,
}

impl<By: SortColumn + Default> Default for SortOrder<By> {
    fn default() -> Self {
        Self::of(By::default())
    }
}

impl<By: SortColumn> SortOrder<By> {
    /// The usual direction.
    pub fn of(by: By) -> Self {
        let ascending = by.ascends();
        Self { by, ascending }
    }

    /// The order after a click on the head of a column: the other direction if that column is sorted already.
    #[must_use]
    pub fn clicked(self, by: By) -> Self {
        if self.by == by {
            let ascending = !self.ascending;
            Self { by, ascending }
        } else {
            Self::of(by)
        }
    }

    /// The title of a column, with the sign of the sort if it is sorted by.
    pub fn titled(self, title: &str, by: By) -> String {
        if self.by == by {
            format!("{title} {}", arrow(self.ascending))
        } else {
            title.to_owned()
        }
    }

    /// A comparison in the direction.
    pub fn turned(self, order: Ordering) -> Ordering {
        if self.ascending {
            order
        } else {
            order.reverse()
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tui::state::order::{SortColumn, SortOrder};
    use std::cmp::Ordering;

    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    enum By {
        #[default]
        Name,
        Size,
    }

    impl SortColumn for By {
        fn ascends(self) -> bool {
            self == Self::Name
        }
    }

    #[test]
    fn a_click_sorts_by_a_column_and_a_second_one_turns_it() {
        let order = SortOrder::<By>::default();
        assert_eq!(order.titled("name", By::Name), "name ↑");
        assert_eq!(order.titled("size", By::Size), "size");
        assert_eq!(order.turned(Ordering::Less), Ordering::Less);
        let order = order.clicked(By::Size);
        assert_eq!(order, SortOrder::of(By::Size));
        assert_eq!(order.titled("size", By::Size), "size ↓");
        assert_eq!(order.turned(Ordering::Less), Ordering::Greater);
        let order = order.clicked(By::Size);
        assert_eq!(order.titled("size", By::Size), "size ↑");
    }
}
