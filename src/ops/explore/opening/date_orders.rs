//! Reads files with ambiguous dates in the order that related files prove.

use super::Opening;
use crate::data::columns::dates::{DateOrder, DateRules, DayOrder};
use crate::data::error::DataError;
use crate::data::panics::guarded;
use crate::data::sources::gather::FoundFile;
use crate::data::sources::names;
use crate::domain::query::columns::Dialect;
use crate::ops::error::OpsError;

impl Opening<'_> {
    /// Files with ambiguous dates are read in the order that related files prove.
    pub(super) fn settle_dates(&mut self, found: &[FoundFile]) -> Result<(), OpsError> {
        let open = |dates: DateOrder| matches!(dates, DateOrder::Assumed | DateOrder::Undecided);
        for at in 0..self.parts.len() {
            let Some((Some(candidate), part)) = self.parts.get(at) else {
                continue;
            };
            if !open(part.dates()) {
                continue;
            }
            let (candidate, name) = (*candidate, part.source().name.clone());
            let undecided = part.dates() == DateOrder::Undecided;
            let failed = || DataError::DateOrder {
                file: name.clone(),
                line: part.unclear_line(),
            };
            let order = match self.proven_beside(at) {
                RelatedOrder::Nothing if undecided => return Err(failed().into()),
                RelatedOrder::Contradiction => return Err(failed().into()),
                RelatedOrder::Nothing => {
                    if part.source().dialect == Dialect::Other {
                        self.notes.push(format!(
                            "{name}: its dates are read month first, as Azure writes them; --dates day-first reads them the \
                             other way"
                        ));
                    }
                    continue;
                }
                RelatedOrder::Proven(order) if order == DayOrder::MonthFirst && !undecided => {
                    continue;
                }
                RelatedOrder::Proven(order) => order,
            };
            let Some(file) = found.get(candidate) else {
                continue;
            };
            self.read_again(at, file, order)?;
        }
        Ok(())
    }

    /// The date order that is proven by the same run, or by files in the same folder with the same header.
    fn proven_beside(&self, at: usize) -> RelatedOrder {
        let Some((_, own)) = self.parts.get(at) else {
            return RelatedOrder::Nothing;
        };
        let mut known = RelatedOrder::Nothing;
        for (_, other) in &self.parts {
            let DateOrder::Proven(order) = other.dates() else {
                continue;
            };
            let (a, b) = (own.source(), other.source());
            let folder = names::folder(&a.name) == names::folder(&b.name);
            if a.run.number != b.run.number && !(folder && own.headers() == other.headers()) {
                continue;
            }
            known = match known {
                RelatedOrder::Nothing => RelatedOrder::Proven(order),
                RelatedOrder::Proven(before) if before == order => known,
                RelatedOrder::Proven(_) | RelatedOrder::Contradiction => {
                    RelatedOrder::Contradiction
                }
            };
        }
        known
    }

    fn read_again(&mut self, at: usize, file: &FoundFile, order: DayOrder) -> Result<(), OpsError> {
        let dates = DateRules {
            forced: Some(order),
            expected: None,
        };
        if let Some(early) = self.context.early {
            early.lose();
        }
        let again = guarded(|| self.reader.read(file, dates))?;
        let Some((_, part)) = self.parts.get_mut(at) else {
            return Ok(());
        };
        let table = part.source().run.table;
        if let Some(mut read) = again.into_iter().nth(table) {
            read.set_origin(part.source().origin);
            read.set_metric(part.source().metric);
            read.set_run(part.source().run.clone());
            *part = read;
        }
        Ok(())
    }
}

/// The date order that related files prove.
#[derive(Clone, Copy)]
enum RelatedOrder {
    Nothing,
    Proven(DayOrder),
    Contradiction,
}
