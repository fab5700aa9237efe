//! Drilldown: entering groups, keeping and dropping values, sorting by a column.

use super::column::{Col, ColumnContent};
use super::columns::OTHERS;
use super::explorer::{Explorer, SEVERAL};
use crate::domain::analysis::differences::DifferencePivot;
use crate::domain::period::DateRange;
use crate::domain::query::Measure;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::{Comparator, Filter};
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::{CellOrder, Sort, SortBy};
use crate::domain::table::Body;
use crate::domain::table::group::{Cell, GroupId};
use crate::domain::table::text_table::Holds;
use crate::domain::table::value_names::{others_name, visible_name};
use crate::tui::said::Masked;

/// The error for a column that adds up several values.
const SEVERAL_VALUES: &str =
    "this column adds up several values; ⟦table.left⟧ ⟦table.right⟧ move to a single one";

/// The breadcrumb label of a group.
pub(super) fn label<'a>(
    keys: impl IntoIterator<Item = &'a GroupKey>,
    (labels, values): (&[Option<String>], &[Option<String>]),
    more: Vec<Option<String>>,
) -> Masked {
    let names = labels.iter().zip(values);
    let names = names.map(|(label, value)| label.clone().or_else(|| value.clone()));
    let words: Vec<String> = names
        .chain(more)
        .map(|name| visible_name(name.as_deref()))
        .collect();
    Masked::of_values(keys, words.join(" · "))
}

impl Explorer {
    /// Enters the group under the cursor: its next level, or its rows.
    pub fn enter(&mut self, rows: bool) -> Result<(), String> {
        if self.on_others() {
            let mut all = self.step().clone();
            all.label = "all groups".into();
            all.top = None;
            self.push([all]);
            return Ok(());
        }
        if let Some(child_row) = self.child_row() {
            let label = match child_row.group() {
                Some(group) => label([&child_row.key], (&group.labels, &group.keys), Vec::new()),
                None => format!("by {}", child_row.key).into(),
            };
            let mut deeper = child_row.step(label, rows);
            deeper.days = self.step().days;
            deeper.picture = self.step().picture;
            self.push([deeper]);
            return Ok(());
        }
        let Some((filter, label)) = self.inside() else {
            return Err("these are rows; there is no further level".to_owned());
        };
        let is_cell = self.cell_here().is_some();
        let step = self.step();
        let levels = if rows { &[] } else { step.levels.as_slice() };
        let deeper = step.inner(label, filter, levels, is_cell);
        self.push([deeper]);
        Ok(())
    }

    /// The filter for the rows of the group under the cursor, and the label of the group.
    pub(super) fn inside(&self) -> Option<(Option<Filter>, Masked)> {
        let (id, labels) = self.selected_keys()?;
        let (mut filter, names_currency) = self.of_line(&id);
        let mut more: Vec<Option<String>> = Vec::new();
        if names_currency {
            more.push(id.currency);
        }
        let mut keys = self.step().group_by.clone();
        if let Some((test, name)) = self.cell_here() {
            filter = Filter::both(filter, Some(test));
            keys.extend(self.step().pivot_key());
            more.push(name);
        }
        Some((filter, label(&keys, (&labels, &id.keys), more)))
    }

    /// The filter for the rows of a line, and whether it names the currency, because there are several.
    pub fn of_line(&self, id: &GroupId) -> (Option<Filter>, bool) {
        let several = self.fresh().is_some_and(|shown| match &shown.table.body {
            Body::Change(change) => change.currencies.len() > 1,
            Body::Groups { .. } | Body::Rows { .. } | Body::Pivot(_) => {
                shown.table.totals.len() > 1
            }
        });
        self.of_line_among(id, several)
    }

    /// The same, if lines of several currencies are known, or not.
    pub(super) fn of_line_among(&self, id: &GroupId, several: bool) -> (Option<Filter>, bool) {
        let step = self.step();
        let filter = Filter::inside(step.filter.clone(), &step.group_by, &id.keys);
        let by_currency = step.group_by.contains(&GroupKey::Role(Role::Currency));
        if !several || by_currency {
            return (filter, false);
        }
        let currency = GroupKey::Role(Role::Currency);
        let test = Filter::equals(currency, id.currency.clone());
        (Filter::both(filter, Some(test)), true)
    }

    /// The key and the value of the cell under the cursor; `None` if the value is absent.
    pub fn value_here(&self) -> Result<(GroupKey, Option<String>), String> {
        if let Some(child_row) = self.child_row() {
            let group = child_row.group().ok_or(SEVERAL)?;
            return match self.column().map(|col| col.what) {
                Some(ColumnContent::Key(_)) => {
                    Ok((child_row.key.clone(), group.keys.first().cloned().flatten()))
                }
                _ => self.key_here().map(|key| (key, None)),
            };
        }
        if let Some(why) = self.no_group() {
            return Err(why.to_owned());
        }
        let key = self.key_here()?;
        let pivot = self.fresh().and_then(|shown| shown.table.body.pivot());
        if let (Some(pivot), Some(at)) = (pivot, self.column().and_then(|col| col.what.cell())) {
            let value = pivot.columns.get(at).cloned();
            return value
                .map(|value| (key, value))
                .ok_or_else(|| SEVERAL_VALUES.to_owned());
        }
        if let Some((id, _)) = self.selected_keys()
            && let Some(Col {
                what: ColumnContent::Key(at),
                ..
            }) = self.column()
        {
            return Ok((key, id.keys.get(at).cloned().flatten()));
        }
        let Some(shown) = self.fresh() else {
            return Err("the table is being calculated".to_owned());
        };
        let row = match (&shown.table.body, self.selected_place()) {
            (Body::Rows { rows, .. }, Some(at)) => rows.get(at),
            _ => None,
        };
        let row = row.ok_or("there is no line under the cursor")?;
        let cell = match self.column().map(|col| col.what) {
            Some(ColumnContent::Header(at)) => row.get(at),
            _ => None,
        };
        Ok((key, cell.and_then(Cell::exact)))
    }

    /// Keeps only the rows with the value under the cursor, or drops them.
    pub fn keep_or_drop(&mut self, keep: bool) -> Result<(), String> {
        let (key, value) = self.value_here()?;
        let test = Filter::of_value(key, value, keep);
        let filter = Filter::both(self.step().filter.clone(), Some(test));
        let cursor = self.step().cursor;
        self.set_filter(filter);
        if !keep {
            // The next line moves up below the cursor, so that several can be dropped in a row.
            self.step_mut().cursor = cursor;
            self.needs_no_note();
        }
        Ok(())
    }

    /// Keeps only the rows with these values of a key, or drops them.
    pub fn keep_or_drop_all(&mut self, key: GroupKey, values: &[Option<String>], keep: bool) {
        let Some(test) = Filter::of_values(key, values, keep) else {
            return;
        };
        let filter = Filter::both(self.step().filter.clone(), Some(test));
        self.set_filter(filter);
        if !keep {
            self.needs_no_note();
        }
    }

    /// Asks for no notes on a filter that drops values: none was typed, so its case and its spelling are right.
    fn needs_no_note(&mut self) {
        self.noted = self.step().filter.clone();
    }

    /// Sorts by the column under the cursor, ahead of the other sorts.
    pub fn sort_here(&mut self, ascending: bool) -> Result<String, String> {
        let column = self.column().ok_or("the table is being calculated")?;
        if let (ColumnContent::Cell(at), Some(pivot)) = (&column.what, self.differences_shown()) {
            let order = pivot.names.get(*at).map(|name| CellOrder {
                column: name.clone(),
                smallest: ascending,
            });
            self.requery(|step| {
                if let Some(pivot) = &mut step.change_pivot {
                    pivot.order = order;
                }
            });
            return Ok(column.name);
        }
        let by = match &column.what {
            ColumnContent::Picture | ColumnContent::Cause => {
                return Err(format!(
                    "cannot sort by {}; ⟦table.left⟧ ⟦table.right⟧ move to another column",
                    column.name
                ));
            }
            ColumnContent::Cost | ColumnContent::Measure(Measure::Share | Measure::Running) => {
                SortBy::Cost
            }
            ColumnContent::Rows => SortBy::Rows,
            ColumnContent::Currency => SortBy::Key(GroupKey::Role(Role::Currency)),
            ColumnContent::Key(at) => match self.step().group_by.get(*at) {
                Some(key) => SortBy::Key(key.clone()),
                None => return Err("the table is being calculated".to_owned()),
            },
            ColumnContent::Cell(_) => match GroupKey::parse(&column.name) {
                Some(key) if column.name != OTHERS => SortBy::Key(key),
                _ => return Err(SEVERAL_VALUES.to_owned()),
            },
            // As on the command line, key names win over headers.
            ColumnContent::Measure(_)
            | ColumnContent::Effect(_)
            | ColumnContent::Percent
            | ColumnContent::Header(_) => match Sort::parse(&column.name) {
                Some(sort) if !column.name.starts_with('-') => sort.by,
                _ => SortBy::Key(GroupKey::Column(column.name.clone())),
            },
        };
        let sort = Sort { by, ascending };
        self.requery(|step| {
            step.unsort_cells();
            // The newest sort counts first; earlier ones break ties.
            step.sort.retain(|known| known.by != sort.by);
            step.sort.insert(0, sort);
            step.sort.truncate(3);
        });
        Ok(column.name)
    }

    /// Sorts by the size of the amounts, ahead of the other sorts, or without that sort. Returns whether by size.
    pub fn sort_by_size(&mut self) -> bool {
        // The changes of two periods are sorted so without a sort.
        let change = self.step().change.is_some();
        let first = self.step().sort.first();
        let sized = !change && first.is_some_and(|sort| sort.by == SortBy::Size);
        self.requery(|step| {
            step.unsort_cells();
            if change {
                step.sort.clear();
                return;
            }
            let amounts = |sort: &Sort| matches!(sort.by, SortBy::Cost | SortBy::Size);
            step.sort.retain(|sort| !amounts(sort));
            if !sized {
                step.sort.insert(0, Sort::BY_SIZE);
                step.sort.truncate(3);
            }
        });
        !sized
    }

    /// Shows only these days; `None` shows all days.
    pub fn set_days(&mut self, days: Option<DateRange>) {
        self.requery(|step| step.pick_days(days));
    }

    /// The filter for the rows of the pivot column under the cursor, and the name of its value; `None` for rows without one.
    fn cell_here(&self) -> Option<(Filter, Option<String>)> {
        let pivot = self.fresh()?.table.body.pivot()?;
        let at = self.column()?.what.cell()?;
        let by = pivot.by.clone();
        let Some(value) = pivot.columns.get(at) else {
            let test = Filter::of_values(by, &pivot.columns, false)?;
            return Some((test, Some(others_name(pivot.other_values))));
        };
        let label = pivot.labels.get(at).cloned().flatten();
        let name = label.or_else(|| value.clone());
        Some((Filter::equals(by, value.clone()), name))
    }

    /// The pivot of two periods on the screen.
    fn differences_shown(&self) -> Option<&DifferencePivot> {
        match &self.shown.as_ref()?.table.body {
            Body::Change(change) => change.pivot.as_ref(),
            Body::Groups { .. } | Body::Rows { .. } | Body::Pivot(_) => None,
        }
    }

    /// The searched title of a column: its name, or the value of a column of a pivot.
    pub fn title(&self, column: &Col) -> String {
        let pivot = self
            .shown
            .as_ref()
            .and_then(|shown| shown.table.body.pivot());
        let title = pivot.and_then(|pivot| pivot.title(column.what.cell()?));
        title.unwrap_or_else(|| column.name.clone())
    }

    /// Whether the column under the cursor is named after a value that may identify somebody.
    pub fn names_value_here(&self) -> bool {
        let is_cell = self.column().is_some_and(|col| col.what.cell().is_some());
        let pivot = self
            .shown
            .as_ref()
            .and_then(|shown| shown.table.body.pivot());
        is_cell && pivot.is_some_and(|pivot| !pivot.by.is_anonymous())
    }

    /// Filters by a word that was typed in place of a filter: in the group column first. Returns `false` if the text of the bar
    /// is no such word.
    pub(super) fn take_word(&mut self) -> bool {
        let Some(word) = self.bare_word() else {
            return false;
        };
        let group = self.in_group(&word);
        let looked = group.is_some();
        let Some(filter) = group.or_else(|| self.in_any_column(&word)) else {
            return false;
        };
        self.bar = None;
        self.set_filter(Some(filter));
        self.word = looked.then_some(word);
        true
    }

    /// Looks for the word in every text column, because the group column does not have it.
    pub(super) fn look_everywhere(&mut self) {
        let word = self.word.take();
        if let Some(filter) = word.and_then(|word| self.in_any_column(&word)) {
            self.step_mut().filter = Some(filter);
        }
        self.forget();
    }

    /// The text of the bar, if it has neither an operator nor the name of a column.
    fn bare_word(&self) -> Option<String> {
        const SIGNS: [char; 13] = [
            '=', '<', '>', '~', '(', ')', ',', '"', '\'', '`', '“', '”', '’',
        ];
        const WORDS: [&str; 6] = ["and", "or", "not", "in", "is", "missing"];
        let text = self.bar.as_ref()?.field.text().trim();
        let is_word = |word: &str| WORDS.contains(&word.to_lowercase().as_str());
        if text.contains(SIGNS) || text.split_whitespace().any(is_word) {
            return None;
        }
        let mut headers = self.loaded.opened.data.headers().iter();
        let named = headers.any(|header| header.eq_ignore_ascii_case(text));
        let free = matches!(GroupKey::parse(text)?, GroupKey::Column(_)) && !named;
        free.then(|| text.to_owned())
    }

    /// The filter for rows with a word in the group column; `None` if that holds no text.
    fn in_group(&self, word: &str) -> Option<Filter> {
        let key = self.step().group_by.first().filter(|key| is_text(key))?;
        let word = word.to_owned();
        Some(Filter::compare(key.clone(), Comparator::Contains, word))
    }

    /// The filter for rows with a word in any text column.
    fn in_any_column(&self, word: &str) -> Option<Filter> {
        let data = &self.loaded.opened.data;
        let headers = data.headers().iter();
        let headers = headers.filter(|header| data.holds(header) == Holds::Text);
        let keys = headers.filter_map(|header| GroupKey::parse(header));
        let mut tests: Vec<Filter> = keys
            .filter(is_text)
            .map(|key| Filter::compare(key, Comparator::Contains, word.to_owned()))
            .collect();
        match tests.len() {
            0 | 1 => tests.pop(),
            _ => Some(Filter::Or(tests)),
        }
    }
}

/// Whether a key stands for text: days, months and amounts are not searched for a word.
fn is_text(key: &GroupKey) -> bool {
    let other = [
        GroupKey::Role(Role::Cost),
        GroupKey::Role(Role::Date),
        GroupKey::Month,
    ];
    !other.contains(key)
}
