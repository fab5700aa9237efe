//! One drilldown step: a query, and how its answer is shown.

use crate::domain::period::DateRange;
use crate::domain::query::ChangePivot;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::{Sort, SortBy};
use crate::domain::table::pivot::value_of_column;
use crate::domain::table::value_names::visible_name;
use crate::tui::said::Masked;
use crate::tui::state::cursor::Cursor;
use std::collections::BTreeMap;

/// The graphic beside each group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GroupGraphic {
    /// The share as a bar.
    #[default]
    Bars,
    /// The days as a line.
    Days,
    /// The days as a strip, darker where they cost more.
    Heat,
    Nothing,
}

impl GroupGraphic {
    /// The next one, wrapping around.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Bars => Self::Days,
            Self::Days => Self::Heat,
            Self::Heat => Self::Nothing,
            Self::Nothing => Self::Bars,
        }
    }

    /// Whether the costs of each day are needed.
    pub fn wants_days(self) -> bool {
        matches!(self, Self::Days | Self::Heat)
    }
}

/// The width of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    Narrow,
    Wide,
}

/// Which columns are shown, in which order and how.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Columns {
    /// The shown columns, in order; `None` for the default ones.
    pub shown: Option<Vec<String>>,
    /// The columns of the plain table, kept while it is pivoted or compares periods.
    pub plain: Option<Vec<String>>,
    /// The number of columns that stay when the others are scrolled sideways.
    pub pinned: Option<usize>,
    pub widths: BTreeMap<String, Width>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Step {
    /// The breadcrumb label.
    pub label: Masked,
    /// The tests that the label stands for: what was entered from the step before.
    pub within: Option<Filter>,
    pub filter: Option<Filter>,
    /// The picked days, which are also in the filter.
    pub days: Option<DateRange>,
    /// The group keys, side by side; empty for plain rows.
    pub group_by: Vec<GroupKey>,
    /// The drilldown levels before the rows.
    pub levels: Vec<GroupKey>,
    pub sort: Vec<Sort>,
    /// The sort of the plain table, kept while it has another shape.
    pub plain_sort: Option<Vec<Sort>>,
    /// The number of groups that are shown; the others are one line.
    pub top: Option<usize>,
    /// The key whose values are columns.
    pub pivot: Option<GroupKey>,
    /// The two periods to compare.
    pub change: Option<(DateRange, DateRange)>,
    /// How these are pivoted.
    pub change_pivot: Option<ChangePivot>,
    pub columns: Columns,
    pub picture: GroupGraphic,
    pub cursor: Cursor,
    /// The column under the cursor.
    pub column: usize,
}

impl Step {
    /// A step with default settings.
    pub fn new(label: impl Into<Masked>, filter: Option<Filter>, group_by: Vec<GroupKey>) -> Self {
        let levels = match group_by.as_slice() {
            [key] => levels_under(key),
            _ => Vec::new(),
        };
        Self {
            label: label.into(),
            filter,
            group_by,
            levels,
            ..Self::default()
        }
    }

    /// The step into one of the groups: the first of these levels, or the rows if there is none. A cell of a pivot is one
    /// value, which has no pivot.
    #[must_use]
    pub fn inner(
        &self,
        label: impl Into<Masked>,
        filter: Option<Filter>,
        levels: &[GroupKey],
        is_cell: bool,
    ) -> Self {
        let next: Vec<GroupKey> = levels.first().cloned().into_iter().collect();
        let mut inner = Self::new(label, filter, next);
        inner.days = self.days;
        inner.levels = levels.get(1..).unwrap_or_default().to_vec();
        if levels.is_empty() {
            // Only the rows of the two periods.
            let days = self.change.map(|(before, after)| {
                Filter::Or(vec![Filter::of_days(before), Filter::of_days(after)])
            });
            inner.filter = Filter::both(inner.filter, days);
            return inner;
        }
        inner.picture = self.picture;
        inner.change = self.change;
        let by = self.differences().map(|pivot| pivot.by.clone());
        inner.pivot_change(by.filter(|_| !is_cell));
        let pivot = self.pivot.clone().filter(|_| !is_cell);
        inner.pivot = pivot.filter(|by| !inner.group_by.contains(by));
        inner
    }

    /// The same groups with other columns: pivoted, as two periods, or plain again.
    pub fn reshape(&mut self, pivot: Option<GroupKey>, change: Option<(DateRange, DateRange)>) {
        let plain = self.pivot.is_none() && self.change.is_none();
        if plain {
            self.columns.plain = self.columns.shown.take();
            self.plain_sort = Some(self.sort.clone());
        }
        self.pivot = pivot;
        self.change = change;
        self.change_pivot = self.change_pivot.take().filter(|_| change.is_some());
        self.unsort_cells();
        // Only sorts that the new shape also has are kept.
        let keys = self.group_by.clone();
        let pivoted = self.pivot.is_some();
        self.sort.retain(|sort| match &sort.by {
            SortBy::Cost | SortBy::Size => pivoted,
            SortBy::Rows => false,
            SortBy::Key(key) => pivoted && keys.contains(key),
        });
        let plain = self.pivot.is_none() && self.change.is_none();
        if let Some(sort) = self.plain_sort.take_if(|_| plain) {
            self.sort = sort;
        }
        self.columns.shown = self.columns.plain.take_if(|_| plain);
    }

    /// The pivot of two periods; `None` if the step groups by its key.
    pub fn differences(&self) -> Option<&ChangePivot> {
        let pivot = self.change.and(self.change_pivot.as_ref());
        pivot.filter(|pivot| !self.group_by.contains(&pivot.by))
    }

    /// Pivots two periods by the values of a key, or not at all.
    pub fn pivot_change(&mut self, by: Option<GroupKey>) {
        self.change_pivot = by.map(|by| ChangePivot { by, order: None });
        self.columns.shown = None;
        self.column = 0;
    }

    /// Sorts by no column of the pivot of two periods.
    pub fn unsort_cells(&mut self) {
        if let Some(pivot) = &mut self.change_pivot {
            pivot.order = None;
        }
    }

    /// The key whose values are columns: those of a pivot, or of the differences of two periods.
    pub fn pivot_key(&self) -> Option<GroupKey> {
        let of_change = self.differences().map(|pivot| pivot.by.clone());
        of_change.or_else(|| self.pivot.clone())
    }

    /// The value of the pivot column that a sort names, and the key of the pivot.
    pub fn sorted_value(&self, sort: &Sort) -> Option<(&GroupKey, String)> {
        let by = self.pivot.as_ref()?;
        let SortBy::Key(key) = &sort.by else {
            return None;
        };
        let value = value_of_column(by, &key.name())?;
        Some((by, visible_name(value.as_deref())))
    }

    /// The sort of the query. Without one, days and months are in order of time, unless only the largest are wanted; all
    /// else is as usual.
    pub fn sorts(&self) -> Vec<Sort> {
        let plain = self.sort.is_empty() && self.top.is_none() && self.change.is_none();
        match self.group_by.as_slice() {
            [
                key @ (GroupKey::Role(Role::Date) | GroupKey::Month),
                others @ ..,
            ] if plain => {
                let in_time = Sort {
                    by: SortBy::Key(key.clone()),
                    ascending: true,
                };
                let then = (!others.is_empty()).then_some(Sort::BY_COST);
                std::iter::once(in_time).chain(then).collect()
            }
            _ => self.sort.clone(),
        }
    }

    /// Whether the groups are days or months: then they are one series, and no group has a series of its own.
    pub fn is_series(&self) -> bool {
        self.group_by.iter().any(GroupKey::is_time)
    }

    /// Picks days, which are part of the filter; `None` picks all.
    pub fn pick_days(&mut self, days: Option<DateRange>) {
        let kept = match (self.filter.take(), self.days) {
            (Some(filter), Some(known)) => filter.without(&Filter::of_days(known)),
            (filter, _) => filter,
        };
        self.filter = Filter::both(kept, days.map(Filter::of_days));
        self.days = days;
    }

    /// Drops the days that are picked, or typed as the first and the last one: two compared periods have their own. Returns
    /// whether there were any.
    pub fn drop_days(&mut self) -> bool {
        self.days = self.days.or_else(|| self.filter.as_ref()?.days());
        let any = self.days.is_some();
        self.pick_days(None);
        any
    }

    /// A label for groups or rows whose filter was edited.
    pub fn shape(&self) -> String {
        let keys: Vec<String> = self.group_by.iter().map(GroupKey::name).collect();
        match keys.as_slice() {
            [] => "rows".to_owned(),
            keys => format!("by {}", keys.join(", ")),
        }
    }

    /// Whether a filter has the tests that the label stands for.
    pub fn is_within(&self, filter: Option<&Filter>) -> bool {
        let has = |within| filter.is_some_and(|filter: &Filter| filter.implies(within));
        self.within.as_ref().is_none_or(has)
    }

    /// Groups by other keys. The sort, the columns and the cursor are reset.
    pub fn regroup(&mut self, keys: Vec<GroupKey>) {
        let fresh = Self::new("", None, keys);
        self.group_by = fresh.group_by;
        self.levels = fresh.levels;
        let has_lines = !self.group_by.is_empty();
        let pivot = self
            .pivot
            .take()
            .filter(|by| has_lines && !self.group_by.contains(by));
        self.pivot = pivot;
        if !has_lines {
            self.top = None;
            self.change = None;
            self.change_pivot = None;
        }
        // Its columns may be others.
        self.unsort_cells();
        // The old sort may name a removed key; without a sort, groups are sorted by cost.
        self.sort = Vec::new();
        self.plain_sort = None;
        self.columns = Columns::default();
        self.cursor = Cursor::default();
        self.column = 0;
    }
}

/// The drilldown levels under a key, from large to small.
fn levels_under(key: &GroupKey) -> Vec<GroupKey> {
    use Role::{Meter, Resource, ResourceGroup, Service};
    let roles: &[Role] = match key {
        GroupKey::Role(ResourceGroup) => &[Resource, Meter],
        GroupKey::Role(Resource) => &[Meter],
        GroupKey::Role(Meter) => &[Resource],
        GroupKey::Role(Service) => &[Meter, Resource],
        GroupKey::Role(_) | GroupKey::Month | GroupKey::Tag(_) | GroupKey::Column(_) => {
            &[ResourceGroup, Resource, Meter]
        }
    };
    roles.iter().map(|role| GroupKey::Role(*role)).collect()
}
