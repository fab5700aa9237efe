//! The columns of a file that are read. A single question needs few of them; the others are left untouched.

/// The columns that are read, by position.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Projection {
    /// `None` if all columns are read.
    wanted: Option<Vec<bool>>,
    /// Text columns that are read only where another text column is blank, with that column.
    fallbacks: Vec<(usize, usize)>,
}

impl Projection {
    /// A part of the columns.
    pub(crate) fn of(wanted: Vec<bool>) -> Self {
        Self {
            wanted: Some(wanted),
            fallbacks: Vec::new(),
        }
    }

    /// The same, with a text column that is read only where another one is blank.
    #[must_use]
    pub(crate) fn with_fallback(mut self, at: usize, other: usize) -> Self {
        self.fallbacks.push((at, other));
        self
    }

    /// The text columns that are read only where another one is blank, with that column.
    pub(crate) fn fallbacks(&self) -> impl Iterator<Item = (usize, usize)> {
        self.fallbacks.iter().copied()
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
        match &self.wanted {
            Some(wanted) => wanted.get(at).copied().unwrap_or_default(),
            None => true,
        }
    }

    /// Keeps what belongs to the columns that are read.
    pub(crate) fn only<T>(&self, columns: impl IntoIterator<Item = T>) -> Vec<T> {
        let columns = columns.into_iter().enumerate();
        let read = columns.filter(|(at, _)| self.reads(*at));
        read.map(|(_, column)| column).collect()
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
        let whole = Projection::default();
        assert_eq!(whole.only(["a", "b"]), ["a", "b"]);
        assert!(whole.is_whole() && whole.reads(7));
    }
}
