//! Lines that are passed on together.

/// Lines that wait until there are enough of them.
pub(crate) struct Chunks<T> {
    together: usize,
    held: Vec<T>,
}

impl<T> Chunks<T> {
    /// At most so many lines are passed on together.
    pub(crate) fn new(together: usize) -> Self {
        Self {
            together: together.max(1),
            held: Vec::new(),
        }
    }

    /// Adds a line; returns those before it if they are to be passed on.
    pub(crate) fn push(&mut self, line: T) -> Option<Vec<T>> {
        let is_full = self.held.len() == self.together;
        let full = is_full.then(|| std::mem::take(&mut self.held));
        self.held.push(line);
        full
    }

    /// The last lines; there are none only if no line was added.
    pub(crate) fn end(self) -> Vec<T> {
        self.held
    }
}

#[cfg(test)]
mod tests {
    use crate::data::engine::parted::chunks::Chunks;

    #[test]
    fn the_last_lines_are_kept_for_the_end() {
        for (lines, full, last) in [
            (0, vec![], vec![]),
            (2, vec![], vec![0, 1]),
            (3, vec![vec![0, 1]], vec![2]),
            (4, vec![vec![0, 1]], vec![2, 3]),
        ] {
            let mut chunks = Chunks::new(2);
            let passed: Vec<Vec<i32>> = (0..lines).filter_map(|line| chunks.push(line)).collect();
            assert_eq!(passed, full, "{lines}");
            assert_eq!(chunks.end(), last, "{lines}");
        }
    }
}
