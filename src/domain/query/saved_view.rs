//! Saved views: how to group, filter, sort and show costs. A view names no file and no report, so it can be used next
//! month, or by someone else.

use super::filter::Filter;
use super::filter_text;
use super::group_key::GroupKey;
use super::money_column::MoneyColumn;
use super::sort::{CellOrder, Sort};
use crate::domain::period::DateRange;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A saved view in the syntax of the command line. Names are checked when it is used.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct SavedView {
    /// Group keys; empty means the rows themselves.
    pub group_by: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// As `--sort` takes them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sort: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top: Option<usize>,
    /// `month` or `date`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pivot: Option<String>,
    /// Columns in order, if not the usual one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    /// Number of pinned columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned: Option<usize>,
    /// The chart next to each group: `bars`, `days`, `heat` or `nothing`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// Columns that are `wide` or `narrow`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub widths: BTreeMap<String, String>,
    /// The money that counts as cost, as `--money` takes it, if it is not the billed amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub money: Option<String>,
    /// An SQL statement, which then is the whole view, apart from its money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
    /// The parts that only a comparison of actual and amortized cost has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<ComparisonView>,
    /// The parts that only two periods of a table have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<ChangeView>,
}

/// The parts of a saved view that only two periods have.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ChangeView {
    /// The periods, as `change --before-days` and `--after-days` take them. Without them, the newest month of the data and
    /// the month before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// As `change --sort` takes them, if not the usual order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sort: Vec<String>,
    /// The key whose values become columns of differences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pivot: Option<String>,
    /// The column of the pivot that the groups are sorted by first: `+VALUE` smallest first, `-VALUE` largest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pivot_sort: Option<String>,
    /// Columns in order, if not the usual ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
}

/// An order by a column of a pivot, as a view has it.
pub fn cell_order_text(order: &CellOrder) -> String {
    let sign = if order.smallest { '+' } else { '-' };
    format!("{sign}{}", order.column)
}

/// Reads an order by a column of a pivot.
fn cell_order(text: &str) -> Option<CellOrder> {
    let order = |column: &str, smallest| CellOrder {
        column: column.to_owned(),
        smallest,
    };
    let up = text.strip_prefix('+').map(|column| order(column, true));
    up.or_else(|| text.strip_prefix('-').map(|column| order(column, false)))
}

/// The order that a part of a view has in `pivot-sort`, or why it is invalid.
fn cell_order_of(part: &str, text: Option<&str>) -> Result<Option<CellOrder>, String> {
    let read = text.map(|text| {
        cell_order(text).ok_or_else(|| {
            format!("{part}: `{text}` is not an order; write +VALUE or -VALUE in pivot-sort")
        })
    });
    read.transpose()
}

impl ChangeView {
    /// The order by a column of the pivot, or why it is invalid.
    pub fn cell_order(&self) -> Result<Option<CellOrder>, String> {
        cell_order_of("change", self.pivot_sort.as_deref())
    }

    /// The periods, `None` for the newest two months, or why they are invalid.
    pub fn periods(&self) -> Result<Option<(DateRange, DateRange)>, String> {
        let read = |text: &String| {
            DateRange::parse(text).ok_or_else(|| format!("change: `{text}` is not a period"))
        };
        match (&self.before, &self.after) {
            (None, None) => Ok(None),
            (Some(before), Some(after)) => Ok(Some((read(before)?, read(after)?))),
            (Some(_), None) | (None, Some(_)) => {
                Err("change: expected `before` and `after`, or neither".to_owned())
            }
        }
    }

    /// The sort keys in order of precedence, or the first one that is invalid.
    pub fn sorts(&self) -> Result<Vec<Sort>, String> {
        sorts(&self.sort)
    }

    /// The comparison in words.
    pub fn words(&self) -> String {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => format!("{before} → {after}"),
            _ => "the newest two months".to_owned(),
        }
    }
}

/// The parts of a saved view that only a comparison of actual and amortized cost has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct ComparisonView {
    /// As `compare --sort` takes it, if not the usual order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// The key whose values become columns, unless it is the pivot of a table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pivot: Option<String>,
    /// The column of the pivot that the groups are sorted by: `+VALUE` smallest first, `-VALUE` largest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pivot_sort: Option<String>,
    /// The columns after the keys in order, if not the usual ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
}

impl ComparisonView {
    /// The order by a column of the pivot, or why it is invalid.
    pub fn cell_order(&self) -> Result<Option<CellOrder>, String> {
        cell_order_of("comparison", self.pivot_sort.as_deref())
    }

    /// The parts it has, in words, for a screen that leaves them out.
    pub fn parts(&self) -> Vec<String> {
        let sort = self.sort.iter().map(|sort| format!("sort by {sort}"));
        let pivot = self.pivot.iter().map(|key| format!("pivot by {key}"));
        let cells = self.pivot_sort.iter();
        let cells = cells.map(|order| format!("sort by the column {order}"));
        let columns = self.columns.iter().map(|_| "columns".to_owned());
        sort.chain(pivot).chain(cells).chain(columns).collect()
    }
}

impl SavedView {
    /// The view with this money as cost.
    #[must_use]
    pub fn in_money(self, money: MoneyColumn) -> Self {
        let money = (money != MoneyColumn::Billing).then(|| money.word().to_owned());
        Self { money, ..self }
    }

    /// The group keys, or the first one that is invalid.
    pub fn keys(&self) -> Result<Vec<GroupKey>, String> {
        let key = |name: &String| {
            let key = GroupKey::parse(name).filter(GroupKey::groups);
            key.ok_or_else(|| format!("group-by: `{name}` is not a group key"))
        };
        self.group_by.iter().map(key).collect()
    }

    /// The filter, or why it is invalid.
    pub fn tests(&self) -> Result<Option<Filter>, String> {
        let filter = self.filter.as_deref().map(filter_text::parse).transpose();
        filter.map_err(|error| format!("filter: {}", error.wrong))
    }

    /// The sort keys in order of precedence, or the first one that is invalid.
    pub fn sorts(&self) -> Result<Vec<Sort>, String> {
        sorts(&self.sort)
    }
}

fn sorts(texts: &[String]) -> Result<Vec<Sort>, String> {
    let mut all = Vec::new();
    for text in texts {
        let sorts = Sort::parse_list(text).ok().flatten();
        let wrong = || format!("sort: `{text}` is not a sort key");
        all.extend(sorts.ok_or_else(wrong)?);
    }
    Ok(all)
}

/// Checks the name of a view, which is also the name of its file; the error says why it is invalid.
pub fn name(text: &str) -> Result<&str, &'static str> {
    const LONGEST: usize = 60;
    let text = text.trim();
    let fits = |c: char| c.is_alphanumeric() || " -_.,()+".contains(c);
    if text.is_empty() {
        Err("a view needs a name")
    } else if text.chars().count() > LONGEST {
        Err("the name is too long; use at most 60 characters")
    } else if !text.chars().all(fits) || text.starts_with('.') {
        Err("use letters, digits, blanks and -_.,()+, without a dot at the start")
    } else {
        Ok(text)
    }
}
