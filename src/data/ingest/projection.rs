//! The columns of a file that are read. A single question needs few of them; the others are left untouched.

/// The columns that are read, by position.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Projection {
    /// `None` if all columns are read.
    wanted: Option<Vec<bool>>,
}

impl Projection {
    /// A part of the columns.
    pub(crate) fn of(wanted: Vec<bool>) -> Self {
        Self {
            wanted: Some(wanted),
        }
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
