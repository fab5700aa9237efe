//! Repairs of words, counted for each row that has one of them.

use crate::data::ingest::findings::Findings;
use hashbrown::HashMap;

/// The repairs that the words of a part need, by code.
#[derive(Default)]
pub(super) struct WordRepairs(HashMap<u32, Vec<&'static str>>);

impl WordRepairs {
    pub(super) fn add(&mut self, code: u32, kind: &'static str) {
        self.0.entry(code).or_default().push(kind);
    }

    /// Counts the rows; `before` rows of the block come before these codes.
    pub(super) fn count(&self, codes: &[u32], before: usize, findings: &mut Findings) {
        if self.0.is_empty() {
            return;
        }
        for (row, code) in codes.iter().enumerate() {
            for kind in self.0.get(code).into_iter().flatten() {
                findings.repairs.add(kind, 1, line_of(before + row));
            }
        }
    }
}

/// The line of a row, counted from 0, in a text with one line for each row.
pub(super) fn line_of(row: usize) -> u64 {
    row as u64 + 1
}
