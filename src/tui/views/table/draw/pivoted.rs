//! Renders the totals and the others of a pivot, and the columns of a pivot of two periods.

use super::cells::{CellRenderer, StyledCells};
use super::changed;
use crate::domain::analysis::change::{Change, Changed};
use crate::domain::money::Amount;
use crate::domain::table::Body;
use crate::domain::table::pivot::PivotLine;
use crate::domain::text::{counted, grouped};
use crate::tui::draw::differences::{coloured, signed};
use crate::tui::draw::grid::{Column, Gives};
use crate::tui::state::cursor::block;
use crate::tui::views::table::state::column::{Col, ColumnContent};
use ratatui::style::Style;

impl CellRenderer<'_> {
    /// The totals of every column of a pivot, one line per currency; the first has a name.
    pub(super) fn totals(&self, columns: &[Col], name: &str) -> Vec<StyledCells> {
        let pivot = match &self.shown.table.body {
            Body::Pivot(pivot) => pivot,
            Body::Change(change) => return self.change_totals(change, columns, name),
            Body::Groups { .. } | Body::Rows { .. } => return Vec::new(),
        };
        let line = |(at, total): (usize, &PivotLine)| -> StyledCells {
            let text = |what: &ColumnContent| match what {
                ColumnContent::Key(0) if at == 0 => name.to_owned(),
                ColumnContent::Key(_) => String::new(),
                what => self.pivoted_others(total, 0, what).0,
            };
            let cells = columns.iter().map(|column| text(&column.what));
            cells.map(|text| (text, self.theme.strong)).collect()
        };
        pivot.totals.iter().enumerate().map(line).collect()
    }

    /// The totals that fit so many lines, among them that of the line under the cursor. The first one has the name, and the
    /// last one says which these are.
    pub(super) fn totals_in_sight(
        &self,
        totals: Vec<StyledCells>,
        columns: &[Col],
        (name, lines): (&str, usize),
    ) -> Vec<StyledCells> {
        let of = totals.len();
        if of <= lines {
            return totals;
        }
        let id = self.data.selected_keys().map(|(id, _)| id);
        let here = id.and_then(|id| self.place_of(id.currency.as_deref()));
        let block = block(of, here.unwrap_or_default(), lines);
        let sight = format!("{}-{} of {of}", block.start + 1, block.end);
        let names = columns
            .iter()
            .position(|column| column.what == ColumnContent::Key(0));
        let last = block.len().saturating_sub(1);
        let mut seen: Vec<StyledCells> = totals
            .into_iter()
            .skip(block.start)
            .take(block.len())
            .collect();
        for (at, cells) in seen.iter_mut().enumerate() {
            let Some((text, _)) = names.and_then(|place| cells.get_mut(place)) else {
                continue;
            };
            *text = match at {
                0 => name.to_owned(),
                at if at == last => sight.clone(),
                _ => String::new(),
            };
        }
        seen
    }

    /// The place of the totals of a currency.
    fn place_of(&self, currency: Option<&str>) -> Option<usize> {
        match &self.shown.table.body {
            Body::Pivot(pivot) => {
                let mut totals = pivot.totals.iter();
                totals.position(|total| total.cost.currency.as_deref() == currency)
            }
            Body::Change(change) => {
                let mut totals = change.currencies.iter();
                totals.position(|total| total.currency.as_deref() == currency)
            }
            Body::Groups { .. } | Body::Rows { .. } => None,
        }
    }

    /// The totals of every column of a pivot of two periods.
    fn change_totals(&self, change: &Change, columns: &[Col], name: &str) -> Vec<StyledCells> {
        let Some(pivot) = &change.pivot else {
            return Vec::new();
        };
        let line = |(at, total): (usize, &Changed)| -> StyledCells {
            let currency = total.currency.as_deref();
            let cells = pivot.totals(currency);
            let text = |what: &ColumnContent| match what {
                ColumnContent::Key(0) if at == 0 => name.to_owned(),
                ColumnContent::Currency => currency.unwrap_or("-").to_owned(),
                ColumnContent::Cell(at) => {
                    let sum = cells.get(*at).copied().flatten();
                    let shown = sum.map(|sum| signed(sum, currency, self.mask));
                    shown.unwrap_or_default()
                }
                ColumnContent::Effect(_) | ColumnContent::Percent => {
                    let style = (self.theme.strong, false);
                    changed::cell(total, what, (self.mask, self.theme), style).0
                }
                ColumnContent::Key(_)
                | ColumnContent::Cost
                | ColumnContent::Rows
                | ColumnContent::Measure(_)
                | ColumnContent::Picture
                | ColumnContent::Cause
                | ColumnContent::Header(_) => String::new(),
            };
            let cells = columns.iter().map(|column| text(&column.what));
            cells.map(|text| (text, self.theme.strong)).collect()
        };
        change.currencies.iter().enumerate().map(line).collect()
    }

    /// The column of currencies, which the totals of a pivot of two periods need.
    pub(super) fn currency_column(&self) -> Column {
        let column = Column::text("", 4);
        match &self.shown.table.body {
            Body::Change(change) if change.pivot.is_some() => column.giving(Gives::Kept),
            Body::Change(_) | Body::Groups { .. } | Body::Rows { .. } | Body::Pivot(_) => column,
        }
    }

    /// The differences of a group of two periods, one for each column of their pivot.
    pub(super) fn differences(&self, place: usize) -> &[Option<Amount>] {
        let Body::Change(change) = &self.shown.table.body else {
            return &[];
        };
        let group = change.groups.get(place);
        let pivot = change.pivot.as_ref().zip(group);
        pivot.map_or(&[], |(pivot, group)| pivot.cells(group.id()))
    }

    /// A difference as a cell.
    pub(super) fn difference(&self, amount: Amount, currency: Option<&str>) -> (String, Style) {
        let style = coloured(amount, self.data.stale, self.theme);
        (signed(amount, currency, self.mask), style)
    }

    /// The title of a column of a pivot. Only months and days are shown while names are hidden.
    pub(super) fn cell_title(&self, at: usize) -> String {
        let Some(pivot) = self.shown.table.body.pivot() else {
            return String::new();
        };
        let title = pivot.title(at).unwrap_or_default();
        if at < pivot.columns.len() {
            self.mask.key(&pivot.by, &title)
        } else {
            title
        }
    }

    pub(super) fn pivoted_others(
        &self,
        others: &PivotLine,
        groups: usize,
        what: &ColumnContent,
    ) -> (String, Style) {
        let currency = others.cost.currency.as_deref();
        let amount = |amount| self.mask.amount(amount, currency);
        let text = match what {
            ColumnContent::Key(0) => format!("… {}", counted(groups as u64, "other")),
            ColumnContent::Currency => currency.unwrap_or("-").to_owned(),
            ColumnContent::Cost => amount(others.cost.amount),
            ColumnContent::Rows => grouped(others.rows),
            ColumnContent::Cell(at) => others
                .cells
                .get(*at)
                .copied()
                .flatten()
                .map(amount)
                .unwrap_or_default(),
            ColumnContent::Key(_)
            | ColumnContent::Measure(_)
            | ColumnContent::Picture
            | ColumnContent::Effect(_)
            | ColumnContent::Percent
            | ColumnContent::Cause
            | ColumnContent::Header(_) => String::new(),
        };
        (text, self.theme.dim)
    }
}
