//! Rows of two layouts in one file: each role is taken from whichever spelling the row fills.

use super::block_parser::Pass;
use super::halt::Halt;
use super::halt::Restart;
use super::records::Field;
use super::row_checks;

impl Pass<'_> {
    /// Whether two spellings of a role must agree: of money, its currency and its day.
    fn is_decisive(&self, at: usize) -> bool {
        [self.at.cost, self.at.currency, self.at.date].contains(&Some(at))
    }

    /// A value of a role that other layouts spell otherwise: the row's own spelling counts.
    pub(super) fn value_or_rival(
        &mut self,
        at: usize,
        bytes: &[u8],
        fields: &[Field],
        line: u64,
    ) -> Result<(), Halt> {
        let blank = bytes.trim_ascii().is_empty();
        let decided = self.frame.decisions.two_layouts;
        if !blank && !decided && !self.is_decisive(at) {
            return self.value(at, bytes, line);
        }
        let mut other = None;
        for rival in self.rivals.get(at).into_iter().flatten() {
            let Some(field) = fields.get(*rival) else {
                continue;
            };
            let mut scratch = Vec::new();
            let value = field.bytes(self.text, &mut scratch).trim_ascii();
            if !value.is_empty() && value != b"NULL" {
                other = Some((*rival, value.to_vec()));
                break;
            }
        }
        let Some((rival, other)) = other else {
            self.findings.rivals.alone |= !blank;
            return self.value(at, bytes, line);
        };
        if !decided && !blank {
            if !row_checks::agree(bytes, &other) {
                self.findings.rivals.differ.get_or_insert(line);
            }
            return self.value(at, bytes, line);
        }
        if !decided {
            return Err(Halt::Restart(Restart::TwoLayouts));
        }
        if blank {
            self.findings.repairs.add("two-layouts", 1, line);
            return self.value(at, &other, line);
        }
        if !self.is_decisive(at) || row_checks::agree(bytes, &other) {
            return self.value(at, bytes, line);
        }
        let header = |at: usize| self.frame.head.layout.headers.get(at).cloned();
        let problem = format!(
            "it holds `{}` and {} holds `{}`: two layouts are mixed in this file and this row fills both; remove one of the \
             columns",
            String::from_utf8_lossy(bytes).trim(),
            header(rival).unwrap_or_default(),
            String::from_utf8_lossy(&other)
        );
        Err(self.trouble(at, line, problem))
    }
}
