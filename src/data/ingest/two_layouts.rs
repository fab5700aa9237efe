//! Handles files that mix rows of two layouts: each role is read from the column that the row fills.

use super::block_parser::BlockParser;
use super::halt::{ParseStop, Restart};
use super::rows::Row;
use super::rows::checks;

impl BlockParser<'_, '_> {
    /// Whether the columns of both layouts must agree: for cost, currency and date.
    pub(super) fn is_decisive(&self, at: usize) -> bool {
        [self.at.cost, self.at.currency, self.at.date].contains(&Some(at))
    }

    /// Reads a role that has a different column in other layouts; this column wins if it is filled.
    pub(super) fn value_or_rival(
        &mut self,
        at: usize,
        bytes: &[u8],
        row: Row<'_>,
    ) -> Result<(), ParseStop> {
        let blank = checks::is_blank(bytes);
        let decided = self.frame.decisions.two_layouts;
        if !blank && !decided && !self.is_decisive(at) {
            return self.value(at, bytes, row);
        }
        let mut other = None;
        for rival in self.rivals.get(at).into_iter().flatten() {
            let Some(field) = row.field(self.text, *rival) else {
                continue;
            };
            let mut scratch = Vec::new();
            let value = checks::without_edges(field.bytes(self.text, &mut scratch));
            if !checks::is_blank(value) {
                other = Some((*rival, value.to_vec()));
                break;
            }
        }
        let Some((rival, other)) = other else {
            self.findings.rivals.alone |= !blank;
            return self.value(at, bytes, row);
        };
        if !decided && !blank {
            if !checks::agree(bytes, &other) {
                // Columns are read one after another, so the line may be before that of another column.
                let differ = self.findings.rivals.differ.unwrap_or(row.line);
                self.findings.rivals.differ = Some(differ.min(row.line));
            }
            return self.value(at, bytes, row);
        }
        if !decided {
            return Err(ParseStop::Restart(Restart::TwoLayouts));
        }
        if blank {
            self.findings.repairs.add("two-layouts", 1, row.line);
            return self.value(at, &other, row);
        }
        if !self.is_decisive(at) || checks::agree(bytes, &other) {
            return self.value(at, bytes, row);
        }
        let header = |at: usize| self.frame.head.layout.headers.get(at).cloned();
        let problem = format!(
            "it has `{}` and {} has `{}`: this file mixes two layouts and this row fills both; remove one of the \
             columns",
            String::from_utf8_lossy(bytes).trim(),
            header(rival).unwrap_or_default(),
            String::from_utf8_lossy(&other)
        );
        Err(self.trouble(at, row.line, problem))
    }
}
