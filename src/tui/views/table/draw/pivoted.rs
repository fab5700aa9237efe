//! Renders the totals and the others of a pivot.

use super::cells::{CellRenderer, Cells};
use crate::domain::table::Body;
use crate::domain::table::pivot::Line;
use crate::domain::text::{counted, grouped};
use crate::tui::views::table::state::column::{Col, What};
use ratatui::style::Style;

impl CellRenderer<'_> {
    /// The totals of every column of a pivot, one line per currency; the first has a name.
    pub(super) fn totals(&self, columns: &[Col], name: &str) -> Vec<Cells> {
        let Body::Pivot(pivot) = &self.shown.table.body else {
            return Vec::new();
        };
        let line = |(at, total): (usize, &Line)| -> Cells {
            let text = |what: &What| match what {
                What::Key(0) if at == 0 => name.to_owned(),
                What::Key(_) => String::new(),
                what => self.pivoted_others(total, 0, what).0,
            };
            let cells = columns.iter().map(|column| text(&column.what));
            cells.map(|text| (text, self.theme.strong)).collect()
        };
        pivot.totals.iter().enumerate().map(line).collect()
    }

    pub(super) fn pivoted_others(
        &self,
        others: &Line,
        groups: usize,
        what: &What,
    ) -> (String, Style) {
        let currency = others.cost.currency.as_deref();
        let amount = |amount| self.mask.amount(amount, currency);
        let text = match what {
            What::Key(0) => format!("… {}", counted(groups as u64, "other")),
            What::Currency => currency.unwrap_or("-").to_owned(),
            What::Cost => amount(others.cost.amount),
            What::Rows => grouped(others.rows),
            What::Cell(at) => others
                .cells
                .get(*at)
                .copied()
                .flatten()
                .map(amount)
                .unwrap_or_default(),
            What::Key(_)
            | What::Measure(_)
            | What::Picture
            | What::Effect(_)
            | What::Percent
            | What::Cause
            | What::Header(_) => String::new(),
        };
        (text, self.theme.dim)
    }
}
