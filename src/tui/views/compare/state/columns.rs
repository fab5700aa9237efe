//! The columns of a pair, and the one under the cursor.

use super::Pair;
use crate::domain::analysis::comparison::{Bridge, SortBy};
use crate::domain::money::Amount;

/// A column of the groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PairColumn {
    /// A group key, by index.
    Key(usize),
    Actual,
    Amortized,
    Difference,
    Currency,
    /// The difference as a bar.
    Bar,
    /// The share of the amortized total.
    Share,
    Cause,
    /// The difference in percent of the actual cost.
    Percent,
    Residual,
    /// The difference for a value of the pivot's key, by index.
    Cell(usize),
}

impl PairColumn {
    /// The usual columns after the keys.
    pub const USUAL: [Self; 6] = [
        Self::Actual,
        Self::Amortized,
        Self::Difference,
        Self::Bar,
        Self::Share,
        Self::Cause,
    ];

    /// All that can be chosen: the usual ones and those that are hidden at first.
    pub const CHOICES: [Self; 8] = [
        Self::Actual,
        Self::Amortized,
        Self::Difference,
        Self::Bar,
        Self::Share,
        Self::Cause,
        Self::Percent,
        Self::Residual,
    ];

    /// The column of a name, if it can be chosen.
    pub fn named(name: &str) -> Option<Self> {
        let mut all = Self::CHOICES.into_iter();
        all.find(|column| column.name() == name)
    }

    /// The names of columns.
    pub fn names(columns: &[Self]) -> Vec<String> {
        let names = columns.iter().map(|column| column.name().to_owned());
        names.collect()
    }

    /// The hint in the list of columns.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Actual => "cost as it is billed",
            Self::Amortized => "cost with purchases spread over their use",
            Self::Difference => "amortized minus actual",
            Self::Bar => "size of the difference",
            Self::Share => "share of the amortized total",
            Self::Cause => "largest step of the difference",
            Self::Percent => "difference in percent of actual",
            Self::Residual => "difference of rows without a benefit",
            Self::Key(_) | Self::Currency | Self::Cell(_) => "",
        }
    }

    /// Its name; those of keys and of the pivot depend on the data.
    pub fn name(self) -> &'static str {
        match self {
            Self::Actual => "actual",
            Self::Amortized => "amortized",
            Self::Difference => "difference",
            Self::Bar => "bar",
            Self::Share => "share",
            Self::Cause => "cause",
            Self::Percent => "percent",
            Self::Residual => "residual",
            Self::Key(_) | Self::Currency | Self::Cell(_) => "",
        }
    }

    /// The order by it, if it is one of the comparison.
    pub fn order(self) -> Option<SortBy> {
        match self {
            Self::Actual => Some(SortBy::Actual),
            Self::Amortized => Some(SortBy::Amortized),
            Self::Difference => Some(SortBy::Difference),
            Self::Residual => Some(SortBy::Residual),
            Self::Key(at) => Some(SortBy::Key(at)),
            Self::Currency
            | Self::Bar
            | Self::Share
            | Self::Cause
            | Self::Percent
            | Self::Cell(_) => None,
        }
    }

    /// The amount of a group; the difference unless it is a side or the residual.
    pub fn of(self, bridge: &Bridge) -> Amount {
        match self {
            Self::Actual => bridge.actual,
            Self::Amortized => bridge.amortized,
            Self::Residual => bridge.residual,
            Self::Key(_)
            | Self::Difference
            | Self::Currency
            | Self::Bar
            | Self::Share
            | Self::Cause
            | Self::Percent
            | Self::Cell(_) => bridge.difference(),
        }
    }

    /// Whether it is an amount of its own.
    pub fn is_amount(self) -> bool {
        match self {
            Self::Actual | Self::Amortized | Self::Difference | Self::Residual | Self::Cell(_) => {
                true
            }
            Self::Key(_)
            | Self::Currency
            | Self::Bar
            | Self::Share
            | Self::Cause
            | Self::Percent => false,
        }
    }

    /// Whether the cursor stands on it: it can be sorted by.
    fn takes_cursor(self) -> bool {
        matches!(self, Self::Key(_)) || self.is_amount()
    }
}

/// The chosen columns after the keys, in order; `None` for the usual ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChosenColumns {
    plain: Option<Vec<PairColumn>>,
    /// Those in front of the columns of a pivot.
    pivoted: Option<Vec<PairColumn>>,
}

impl ChosenColumns {
    /// A choice for one shape, with the usual columns in the other.
    pub(super) fn of(columns: Option<Vec<PairColumn>>, pivoted: bool) -> Self {
        let mut chosen = Self::default();
        *chosen.shape_mut(pivoted) = columns;
        chosen
    }

    fn shape(&self, pivoted: bool) -> Option<&Vec<PairColumn>> {
        let shape = if pivoted { &self.pivoted } else { &self.plain };
        shape.as_ref()
    }

    fn shape_mut(&mut self, pivoted: bool) -> &mut Option<Vec<PairColumn>> {
        if pivoted {
            &mut self.pivoted
        } else {
            &mut self.plain
        }
    }
}

impl Pair {
    /// All columns in order. Several currencies have a column behind the amounts.
    pub fn columns(&self) -> Vec<PairColumn> {
        let keys = self.step().group_by.len();
        let mut all: Vec<PairColumn> = (0..keys).map(PairColumn::Key).collect();
        let mut parts = self.parts();
        if self.currencies().len() > 1 {
            let amounts = parts.iter().rposition(|part| part.is_amount());
            parts.insert(amounts.map_or(0, |at| at + 1), PairColumn::Currency);
        }
        all.extend(parts);
        let cells = self.pivoted.as_ref().map_or(0, |found| found.titles.len());
        all.extend((0..cells).map(PairColumn::Cell));
        all
    }

    /// The columns between the keys and those of the pivot: the chosen ones, or the usual ones, which leave room for the
    /// pivot.
    pub fn parts(&self) -> Vec<PairColumn> {
        match self.chosen_columns() {
            Some(chosen) => chosen.clone(),
            None if self.pivot_key().is_some() => vec![PairColumn::Difference],
            None => PairColumn::USUAL.to_vec(),
        }
    }

    /// The columns that were chosen for the present shape.
    pub fn chosen_columns(&self) -> Option<&Vec<PairColumn>> {
        self.chosen.shape(self.pivot_key().is_some())
    }

    /// Shows these columns after the keys, or the usual ones if there is none. It can be undone.
    pub fn choose_columns(&mut self, columns: Vec<PairColumn>) {
        self.note();
        let pivoted = self.pivot_key().is_some();
        let columns = Some(columns).filter(|columns| !columns.is_empty());
        *self.chosen.shape_mut(pivoted) = columns;
        self.column = None;
    }

    /// Hides the column under the cursor, unless it is a key, of the pivot, or the last one. Returns its name.
    pub fn hide_column(&mut self) -> Result<&'static str, &'static str> {
        let (here, mut parts) = (self.here(), self.parts());
        let Some(at) = parts.iter().position(|column| *column == here) else {
            return Err(match here {
                PairColumn::Cell(_) => {
                    "this column is a value of the pivot; ⟦compare.facets⟧ drops it"
                }
                _ => "the groups are named by this key; ⟦compare.group-by⟧ groups by others",
            });
        };
        if parts.len() < 2 {
            return Err("this is the last column");
        }
        parts.remove(at);
        let column = self.column;
        self.choose_columns(parts);
        self.column = column;
        Ok(here.name())
    }

    /// The order, if the column that shows it was hidden.
    pub fn hidden_order(&self) -> Option<(&'static str, bool)> {
        let order = self.order;
        let shown = |column: &PairColumn| column.order() == Some(order.by);
        self.chosen_columns()?;
        if self.pivot.order.is_some() || self.columns().iter().any(shown) {
            return None;
        }
        let mut known = SortBy::ALL.into_iter();
        let (name, _) = known.find(|(_, by)| *by == order.by)?;
        Some((name, order.reversed))
    }

    /// The columns that the cursor moves over: keys and amounts.
    pub fn cursor_columns(&self) -> Vec<PairColumn> {
        let all = self.columns().into_iter();
        all.filter(|column| column.takes_cursor()).collect()
    }

    /// The column under the cursor. It begins on the difference.
    pub fn here(&self) -> PairColumn {
        let all = self.cursor_columns();
        let usual = || {
            all.iter()
                .copied()
                .find(|one| *one == PairColumn::Difference)
        };
        let last = all.len().saturating_sub(1);
        let at = self.column.map(|at| at.min(last));
        let found = at.and_then(|at| all.get(at)).copied().or_else(usual);
        found.or(all.last().copied()).unwrap_or(PairColumn::Key(0))
    }

    /// The index of the column under the cursor.
    pub fn column(&self) -> usize {
        let (all, here) = (self.cursor_columns(), self.here());
        all.iter().position(|one| *one == here).unwrap_or_default()
    }
}
