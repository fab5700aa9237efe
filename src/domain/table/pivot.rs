//! Groups with a column for each value of a key: the last key of a grouped table turned into columns.

use super::group::Group;
use super::value_names::{value_name, value_of_name, visible_name};
use crate::domain::money::{Amount, Money};
use crate::domain::query::group_key::GroupKey;
use crate::domain::text::counted;
use std::collections::{BTreeMap, HashMap, HashSet};

/// One line of a pivot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PivotLine {
    pub keys: Vec<Option<String>>,
    /// Names that a screen shows instead of ids.
    pub labels: Vec<Option<String>>,
    pub cost: Money,
    pub rows: u64,
    /// One for each column, and one for the other values if there are any; `None` where there are no rows.
    pub cells: Vec<Option<Amount>>,
}

/// A grouped table with its last key as columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pivot {
    /// The key whose values are columns.
    pub by: GroupKey,
    /// In order; `None` for rows without a value.
    pub columns: Vec<Option<String>>,
    /// Names of the columns that a screen shows instead of ids.
    pub labels: Vec<Option<String>>,
    /// The number of values without a column of their own, whose sums are the last cell of each line.
    pub other_values: usize,
    pub lines: Vec<PivotLine>,
    /// The lines beyond the largest, added up per currency; `other_groups` is their number.
    pub others: Vec<PivotLine>,
    pub other_groups: usize,
    /// Every column of all lines added up, one line per currency; the one without a currency comes last.
    pub totals: Vec<PivotLine>,
}

/// A pivot that is being made: groups come one by one, and only their cells are kept.
#[derive(Debug, Default)]
pub struct Pivoting {
    /// The values of the last key, numbered as they come.
    columns: BTreeMap<Option<String>, usize>,
    /// Names of the columns, by their values.
    titles: BTreeMap<Option<String>, String>,
    lines: BTreeMap<LineId, PivotedLine>,
}

impl Pivot {
    /// The title of a cell as a screen shows it: a subscription's name instead of its id, the number of the other values.
    pub fn title(&self, cell: usize) -> Option<String> {
        let Some(value) = self.columns.get(cell) else {
            let others = counted(self.other_values as u64, "other");
            return (self.other_values > 0).then(|| format!("… {others}"));
        };
        let label = self.labels.get(cell).cloned().flatten();
        Some(label.unwrap_or_else(|| visible_name(value.as_deref())))
    }
}

/// The keys and the currency of a line.
type LineId = (Vec<Option<String>>, Option<String>);

#[derive(Debug, Default)]
struct PivotedLine {
    labels: Vec<Option<String>>,
    amount: Amount,
    rows: u64,
    /// By the numbers of their columns.
    cells: BTreeMap<usize, Amount>,
}

impl Pivoting {
    /// Adds a group, whose last key becomes a column; `None` if a sum is too large.
    pub fn add(&mut self, group: Group) -> Option<()> {
        let Group {
            mut keys,
            mut labels,
            cost,
            rows,
            ..
        } = group;
        let column = keys.pop()?;
        if let Some(title) = labels.pop().flatten() {
            self.titles.entry(column.clone()).or_insert(title);
        }
        let next = self.columns.len();
        let column = *self.columns.entry(column).or_insert(next);
        let line = self.lines.entry((keys, cost.currency)).or_default();
        line.labels = labels;
        line.amount = line.amount.checked_add(cost.amount)?;
        line.rows += rows;
        let cell = line.cells.entry(column).or_default();
        *cell = cell.checked_add(cost.amount)?;
        Some(())
    }

    /// The number of lines and of columns so far.
    pub fn size(&self) -> (usize, usize) {
        (self.lines.len(), self.columns.len())
    }

    /// The pivot, with its lines in the order of their keys; `None` if a sum is too large.
    pub fn finish(self, by: GroupKey) -> Option<Pivot> {
        // Rows without a date come after all others.
        let mut columns: Vec<(Option<String>, usize)> = self.columns.into_iter().collect();
        columns.sort_by_key(|(value, _)| value.is_none());
        let lines = self.lines.into_iter().map(|((keys, currency), line)| {
            let cells = columns.iter().map(|(_, at)| line.cells.get(at).copied());
            PivotLine {
                keys,
                labels: line.labels,
                cost: Money {
                    currency,
                    amount: line.amount,
                },
                rows: line.rows,
                cells: cells.collect(),
            }
        });
        let lines: Vec<PivotLine> = lines.collect();
        let mut totals = AddedUp::default();
        for line in &lines {
            totals.add(line.clone())?;
        }
        let mut totals = totals.into_lines();
        totals.sort_by_key(|line| line.cost.currency.is_none());
        let label = |(value, _): &(Option<String>, usize)| self.titles.get(value).cloned();
        Some(Pivot {
            by,
            labels: columns.iter().map(label).collect(),
            other_values: 0,
            lines,
            totals,
            columns: columns.into_iter().map(|(value, _)| value).collect(),
            others: Vec::new(),
            other_groups: 0,
        })
    }
}

/// The name of the column of a value: a month or a day by itself, any other value after its key.
pub fn column_name(by: &GroupKey, value: Option<&str>) -> String {
    let name = value_name(value);
    if by.is_time() {
        name
    } else {
        format!("{by} = {name}")
    }
}

/// The headings of the columns of these values, told apart from each other and from those that are taken: programs that
/// read the columns by name compare without case. A value whose own name is taken stands behind its key; where that is
/// taken too, its spelling is counted.
pub fn headings(
    by: &GroupKey,
    values: &[Option<String>],
    taken: impl IntoIterator<Item = String>,
) -> Vec<String> {
    let mut taken: HashSet<String> = taken.into_iter().map(|name| name.to_lowercase()).collect();
    let mut spellings: HashMap<String, usize> = HashMap::new();
    let heading = |value: &Option<String>| {
        let own = visible_name(value.as_deref());
        let spelling = spellings.entry(own.to_lowercase()).or_insert(0);
        *spelling += 1;
        let whole = format!("{by} = {own}");
        let counted = (*spelling..).map(|at| format!("{whole} (spelling {at})"));
        let mut names = [own, whole.clone()].into_iter().chain(counted);
        let free = names.find(|name| taken.insert(name.to_lowercase()));
        free.unwrap_or_default()
    };
    values.iter().map(heading).collect()
}

/// The value in the name of a column: `Some(None)` stands for rows without a value. `None` for months and days, and where
/// the name has another key.
pub fn value_of_column(by: &GroupKey, name: &str) -> Option<Option<String>> {
    let value = name.strip_prefix(&format!("{by} = "));
    let value = value.filter(|_| !by.is_time()).map(value_of_name)?;
    Some(value.map(|value| by.as_held(&value)))
}

/// The place of the value with a name: that of its column, or its own. A name in another case is found where the values of
/// the key compare without case.
pub fn column_named(values: &[Option<String>], by: &GroupKey, name: &str) -> Option<usize> {
    let lower = name.to_lowercase();
    let whole = |value: &Option<String>| column_name(by, value.as_deref());
    let own = |value: &Option<String>| value_name(value.as_deref());
    let place = |test: &dyn Fn(&Option<String>) -> bool| values.iter().position(test);
    let exact = place(&|value| whole(value) == name)
        .or_else(|| place(&|value| own(value) == name))
        .or_else(|| {
            let held = value_of_column(by, name)?;
            place(&|value| *value == held)
        })
        .or_else(|| place(&|value| visible_name(value.as_deref()) == name));
    exact.or_else(|| {
        let whole = place(&|value| whole(value).to_lowercase() == lower);
        let found = whole.or_else(|| place(&|value| own(value).to_lowercase() == lower));
        found.filter(|_| by.is_time() || by.ignores_case())
    })
}

/// Lines added up per currency, without keys.
#[derive(Debug, Default)]
pub struct AddedUp {
    sums: BTreeMap<Option<String>, PivotLine>,
}

impl AddedUp {
    /// Adds a line; `None` if a sum is too large.
    pub fn add(&mut self, line: PivotLine) -> Option<()> {
        let Some(sum) = self.sums.get_mut(&line.cost.currency) else {
            let none = vec![None; line.keys.len()];
            let first = PivotLine {
                keys: none.clone(),
                labels: none,
                ..line
            };
            self.sums.insert(first.cost.currency.clone(), first);
            return Some(());
        };
        sum.cost.amount = sum.cost.amount.checked_add(line.cost.amount)?;
        sum.rows += line.rows;
        for (all, cell) in sum.cells.iter_mut().zip(line.cells) {
            *all = match (*all, cell) {
                (Some(one), Some(other)) => Some(one.checked_add(other)?),
                (one, other) => one.or(other),
            };
        }
        Some(())
    }

    /// One line for each currency.
    pub fn into_lines(self) -> Vec<PivotLine> {
        self.sums.into_values().collect()
    }
}
