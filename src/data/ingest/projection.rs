//! The columns of a file that are read. A single question needs few of them; the others are left untouched.

use crate::data::columns::column_types::ColumnKind;

/// The columns that are read, by position.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Projection {
    /// `None` if all columns are read.
    wanted: Option<Vec<bool>>,
    /// Text columns that are read only where another text column is blank, with that column.
    fallbacks: Vec<(usize, usize)>,
    /// The columns that rows are marked by. Those that are not wanted are read, but not kept.
    marks: Vec<usize>,
    /// Wanted columns that are checked, but not kept: no answer shows them.
    only_checked: Vec<usize>,
    /// The amounts that are added up where rows are equal in all other columns that are kept; `None` if rows stay single.
    summed: Option<Vec<usize>>,
}

impl Projection {
    /// A part of the columns.
    pub(crate) fn of(wanted: Vec<bool>) -> Self {
        Self {
            wanted: Some(wanted),
            ..Self::default()
        }
    }

    /// The same, with a text column that is read only where another one is blank.
    #[must_use]
    pub(crate) fn with_fallback(mut self, at: usize, other: usize) -> Self {
        self.fallbacks.push((at, other));
        self
    }

    /// The same, with columns that rows are marked by.
    #[must_use]
    pub(crate) fn with_marks(mut self, columns: Vec<usize>) -> Self {
        self.marks = columns;
        self
    }

    /// The same, with wanted columns that are checked, but not kept.
    #[must_use]
    pub(crate) fn with_only_checked(mut self, columns: Vec<usize>) -> Self {
        self.only_checked = columns;
        self
    }

    /// The same, with rows that are joined where they differ only in these amounts.
    #[must_use]
    pub(crate) fn with_summed(mut self, columns: Vec<usize>) -> Self {
        self.summed = Some(columns);
        self
    }

    /// Whether equal rows may be joined, if the columns that are kept have these types: each one is added up, or rows are
    /// told apart by it.
    pub(crate) fn joins(&self, kinds: &[ColumnKind]) -> bool {
        let fits = |(at, kind): (usize, &ColumnKind)| {
            let is_amount = matches!(kind, ColumnKind::Amount { .. });
            !self.keeps(at) || is_amount == self.is_summed(at)
        };
        self.summed.is_some() && kinds.iter().enumerate().all(fits)
    }

    fn is_summed(&self, at: usize) -> bool {
        self.summed
            .as_ref()
            .is_some_and(|summed| summed.contains(&at))
    }

    /// Whether rows are marked.
    pub(crate) fn has_marks(&self) -> bool {
        !self.marks.is_empty()
    }

    /// The text columns that are read only where another one is blank, with that column.
    pub(crate) fn fallbacks(&self) -> impl Iterator<Item = (usize, usize)> {
        let all = self.fallbacks.iter().copied();
        all.filter(|(at, _)| !self.marks.contains(at))
    }

    /// The text columns that are read everywhere, but kept only where another one is blank, with that column.
    pub(crate) fn kept_where_blank(&self) -> impl Iterator<Item = (usize, usize)> {
        let all = self.fallbacks.iter().copied();
        all.filter(|(at, _)| self.marks.contains(at))
    }

    /// The column that has to be blank for this one to be read.
    pub(crate) fn fallback_of(&self, at: usize) -> Option<usize> {
        let mut all = self.fallbacks();
        all.find(|(own, _)| *own == at).map(|(_, other)| other)
    }

    /// Whether all columns are read.
    pub(crate) fn is_whole(&self) -> bool {
        self.wanted.is_none()
    }

    /// Whether a column is read.
    pub(crate) fn reads(&self, at: usize) -> bool {
        self.wants(at) || self.marks.contains(&at)
    }

    /// Whether a column is kept.
    fn keeps(&self, at: usize) -> bool {
        self.wants(at) && !self.only_checked.contains(&at)
    }

    fn wants(&self, at: usize) -> bool {
        match &self.wanted {
            Some(wanted) => wanted.get(at).copied().unwrap_or_default(),
            None => true,
        }
    }

    /// The items of the columns that are kept.
    pub(crate) fn only<T>(&self, columns: impl IntoIterator<Item = T>) -> Vec<T> {
        let columns = columns.into_iter().enumerate();
        let kept = columns.filter(|(at, _)| self.keeps(*at));
        kept.map(|(_, column)| column).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Projection;

    #[test]
    fn a_projection_keeps_the_wanted_columns() {
        let some = Projection::of(vec![true, false, true]);
        assert_eq!(some.only(["a", "b", "c", "d"]), ["a", "c"]);
        assert!(!some.is_whole() && !some.reads(3));
        let marked = some.with_fallback(2, 0).with_marks(vec![1, 2]);
        assert_eq!(marked.only(["a", "b", "c"]), ["a", "c"]);
        assert!(marked.reads(1) && marked.fallback_of(2).is_none());
        assert_eq!(marked.kept_where_blank().collect::<Vec<_>>(), [(2, 0)]);
        let checked = Projection::of(vec![true, true, false]).with_only_checked(vec![0]);
        assert_eq!(checked.only(["a", "b", "c"]), ["b"]);
        assert!(checked.reads(0) && !checked.is_whole());
        let whole = Projection::default();
        assert_eq!(whole.only(["a", "b"]), ["a", "b"]);
        assert!(whole.is_whole() && whole.reads(7));
    }
}
