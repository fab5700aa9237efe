//! Writes the statement of a view, as a starting point for the user's own queries.

use super::condition::{in_order, kept, term};
use super::dialect::SqlDialect;
use crate::domain::period::DateRange;
use crate::domain::query::Query;
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::SortBy;
use crate::domain::table::text_table::Holds;

/// The view that a statement is written for.
#[derive(Debug)]
pub struct Looked<'a> {
    pub query: &'a Query,
    /// Columns of plain rows in order, if not the usual one.
    pub columns: &'a [String],
    pub dialect: SqlDialect,
}

/// The columns that plain rows show first.
const FIRST: [&str; 8] = [
    "date",
    "cost",
    "currency",
    "resource-group",
    "resource",
    "service",
    "meter",
    "charge-type",
];

/// The statement that gives the numbers of a view.
pub fn statement(looked: &Looked<'_>, holds: &impl Fn(&GroupKey) -> Holds) -> String {
    let query = looked.query;
    let kept = kept(query.filter.as_ref(), holds, looked.dialect);
    if query.group_by.is_empty() && query.change.is_none() {
        rows(looked, &kept)
    } else {
        groups(looked, &kept)
    }
}

fn rows(looked: &Looked<'_>, kept: &str) -> String {
    let columns: Vec<String> = if looked.columns.is_empty() {
        FIRST.map(|name| looked.dialect.identifier(name)).into()
    } else {
        let names = looked.columns.iter();
        names.map(|name| looked.dialect.identifier(name)).collect()
    };
    let order = order(looked, &[]);
    format!("SELECT {} FROM costs{kept}{order}", columns.join(", "))
}

/// Keys with their sums. Keys that ignore case are grouped in lower case.
fn groups(looked: &Looked<'_>, kept: &str) -> String {
    let (query, dialect) = (looked.query, looked.dialect);
    let mut keys = query.group_by.clone();
    keys.extend(query.pivot.clone());
    let currency = GroupKey::Role(Role::Currency);
    if !keys.contains(&currency) {
        keys.push(currency);
    }
    let mut outputs: Vec<String> = keys
        .iter()
        .map(|key| {
            let name = dialect.identifier(&key.name());
            if key.ignores_case() && *key != GroupKey::Role(Role::Currency) {
                format!("LOWER({name}) AS {name}")
            } else {
                name
            }
        })
        .collect();
    match query.change {
        Some((before, after)) => {
            let side = |range: DateRange| {
                format!(
                    "SUM(CASE WHEN date >= '{}' AND date <= '{}' THEN cost END)",
                    range.from, range.to
                )
            };
            outputs.push(format!("{} AS before", side(before)));
            outputs.push(format!("{} AS after", side(after)));
        }
        None => outputs.push("SUM(cost) AS cost".to_owned()),
    }
    outputs.push(format!("COUNT(*) AS {}", dialect.identifier("rows")));
    let places: Vec<String> = (1..=keys.len()).map(|place| place.to_string()).collect();
    format!(
        "SELECT {} FROM costs{kept} GROUP BY {}{}",
        outputs.join(", "),
        places.join(", "),
        if query.change.is_some() {
            " ORDER BY after DESC NULLS LAST".to_owned()
        } else {
            order(looked, &keys)
        }
    )
}

/// The ORDER BY terms that are outputs of the statement, and the limit.
fn order(looked: &Looked<'_>, keys: &[GroupKey]) -> String {
    let (query, dialect) = (looked.query, looked.dialect);
    let sorts = query.sort.iter().filter_map(|sort| {
        let name = match &sort.by {
            SortBy::Cost => "cost".to_owned(),
            SortBy::Size => "ABS(cost)".to_owned(),
            SortBy::Rows if keys.is_empty() => return None,
            SortBy::Rows => dialect.identifier("rows"),
            SortBy::Key(key) if keys.is_empty() || keys.contains(key) => {
                dialect.identifier(&key.name())
            }
            SortBy::Key(_) => return None,
        };
        Some(term(&name, sort.ascending))
    });
    let mut sorts: Vec<String> = sorts.collect();
    if sorts.is_empty() {
        sorts.push("cost DESC NULLS LAST".to_owned());
    }
    in_order(&sorts, query.top)
}
