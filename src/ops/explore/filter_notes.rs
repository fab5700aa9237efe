//! Notes on a filtered result: values that were left out only by their case, and the closest values if nothing matched.

use crate::data::dataset::Dataset;
use crate::data::nearest::{by_distance, similar};
use crate::data::query;
use crate::domain::money::listed;
use crate::domain::query::Query;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::{Comparator, Filter, FilterField};
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::{Sort, SortBy};
use crate::domain::table::Body;
use crate::domain::table::pivot::column_name;
use crate::domain::text::counted;
use crate::ops::error::OpsError;
use std::collections::{BTreeSet, HashSet};

/// A condition of a filter that names values.
struct NamedValues<'a> {
    key: &'a GroupKey,
    values: Vec<&'a str>,
    exact: bool,
}

/// The notes on a result with this number of rows.
pub fn of(data: &Dataset, filter: &Filter, rows: u64) -> Result<Vec<String>, OpsError> {
    if let Some(word) = everywhere(filter) {
        let none = (rows == 0).then(|| nowhere(data, &word));
        return Ok(none.into_iter().collect());
    }
    let mut notes = Vec::new();
    if rows == 0 {
        notes.extend(emptying(data, filter)?);
    }
    let mut all = Vec::new();
    named(filter, &mut all);
    for tested in all {
        if *tested.key == GroupKey::Role(Role::Date) || *tested.key == GroupKey::Month {
            if rows == 0
                && let Some(days) = data.days()
            {
                notes.push(format!(
                    "the data has days from {} to {}",
                    days.from, days.to
                ));
            }
            continue;
        }
        let known = values_of(data, tested.key)?;
        if tested.exact && !tested.key.ignores_case() {
            notes.extend(other_cases(data, filter, &tested, &known)?);
        }
        if rows == 0 {
            notes.extend(closest(&tested, &known));
        }
    }
    Ok(notes)
}

/// A note on each value that the order of a pivot names and no row has: its column is empty, so it orders nothing.
pub fn of_order(data: &Dataset, query: &Query) -> Result<Vec<String>, OpsError> {
    let names_value = |sort: &Sort| match &sort.by {
        SortBy::Key(key) => !query.group_by.contains(key) && *key != GroupKey::Role(Role::Currency),
        SortBy::Cost | SortBy::Size | SortBy::Rows => false,
    };
    let by = query.pivot.as_ref().filter(|by| !by.is_time());
    let Some(by) = by.filter(|_| query.sorts().iter().any(names_value)) else {
        return Ok(Vec::new());
    };
    let absent = query::pivoted::columns(data, query, by)?.absent;
    if absent.is_empty() {
        return Ok(Vec::new());
    }
    let known = values_of(data, by)?;
    let note = |value: &Option<String>| {
        let column = column_name(by, value.as_deref());
        let tested = value.as_deref().map(|value| NamedValues {
            key: by,
            values: vec![value],
            exact: true,
        });
        let why = tested.and_then(|tested| closest(&tested, &known));
        let why = why.unwrap_or_else(|| format!("no row of this view has {column}"));
        format!("{why}. Lines cannot be sorted by `{column}`: its column is empty")
    };
    Ok(absent.iter().map(note).collect())
}

/// The word that a filter looks for in many columns.
fn everywhere(filter: &Filter) -> Option<String> {
    /// From here on, notes on each column would say too much.
    const MANY: usize = 4;
    let Filter::Or(parts) = filter else {
        return None;
    };
    let word = |part: &Filter| -> Option<String> {
        match part {
            Filter::Compare {
                comparator: Comparator::Contains,
                value,
                ..
            } => Some(value.clone()),
            Filter::Compare { .. }
            | Filter::In { .. }
            | Filter::Missing(_)
            | Filter::And(_)
            | Filter::Or(_)
            | Filter::Not(_) => None,
        }
    };
    let first = word(parts.first()?)?;
    let same = parts.iter().all(|part| word(part).as_ref() == Some(&first));
    (same && parts.len() >= MANY).then_some(first)
}

/// A note on a word that no text column has, with the names that may be meant.
fn nowhere(data: &Dataset, word: &str) -> String {
    /// Columns of names that people look for; each has few values.
    const ROLES: [Role; 6] = [
        Role::Service,
        Role::ResourceGroup,
        Role::SubscriptionName,
        Role::ChargeType,
        Role::Region,
        Role::CostCenter,
    ];
    const MOST: usize = 2;
    let lower = word.to_lowercase();
    let of = |role: Role| {
        let key = GroupKey::Role(role);
        // The data may lack the column.
        let known = values_of(data, &key).unwrap_or_default();
        let close = similar(&lower, known, |value| value.to_lowercase(), MOST);
        let named = move |value| format!("{} `{value}`", key.name());
        close.into_iter().map(named).collect::<Vec<_>>()
    };
    let close: Vec<String> = ROLES.into_iter().flat_map(of).take(MOST + 1).collect();
    let meant = if close.is_empty() {
        String::new()
    } else {
        format!("; the closest are {}", close.join(", "))
    };
    format!("no text column has `{word}`{meant}")
}

/// How many conditions are tried to find the one that leaves nothing.
const TRIED: usize = 8;

/// The condition that leaves nothing of what the conditions before it keep, and the values that are there. `None` for a
/// single condition.
fn emptying(data: &Dataset, filter: &Filter) -> Result<Option<String>, OpsError> {
    let tests = filter.conjuncts();
    if tests.len() < 2 {
        return Ok(None);
    }
    let mut kept: Option<(Filter, u64)> = None;
    for test in tests.iter().take(TRIED) {
        let next = match &kept {
            Some((kept, _)) => kept.clone().and(test.clone()),
            None => test.clone(),
        };
        let rows = query::run(data, &Query::sums(next.clone()))?.rows;
        if rows > 0 {
            kept = Some((next, rows));
            continue;
        }
        let Some((kept, rows)) = kept else {
            return Ok(Some(format!("no row has {test}")));
        };
        let mut all = Vec::new();
        named(test, &mut all);
        let there = match all.first() {
            Some(named) => there(data, &kept, named.key)?,
            None => String::new(),
        };
        let rows = counted(rows, "row");
        return Ok(Some(format!(
            "{test} leaves none of the {rows} with {kept}{there}"
        )));
    }
    Ok(None)
}

/// The values of a key in the rows that a filter keeps, the most expensive first.
fn there(data: &Dataset, filter: &Filter, key: &GroupKey) -> Result<String, OpsError> {
    const SHOWN: usize = 3;
    let groups = Query {
        filter: Some(filter.clone()),
        group_by: vec![key.clone()],
        ..Query::default()
    };
    let Body::Groups { groups, .. } = query::run(data, &groups)?.body else {
        return Ok(String::new());
    };
    // A value has a group for each currency, and there may be a million values.
    let mut known = HashSet::new();
    let all = groups.into_iter().flat_map(|group| group.keys).flatten();
    let mut names: Vec<String> = all.filter(|name| known.insert(name.clone())).collect();
    if names.is_empty() {
        return Ok(format!(", which have no {}", key.name()));
    }
    let more = names.len().saturating_sub(SHOWN);
    names.truncate(SHOWN);
    let more = match more as u64 {
        0 => String::new(),
        more => format!(" and {}", counted(more, "other")),
    };
    Ok(format!(
        ", whose {} is {}{more}",
        key.name(),
        names.join(", ")
    ))
}

/// A note on rows without a date, which belong to no period; `None` if there are none.
pub fn undated(data: &Dataset) -> Result<Option<String>, OpsError> {
    let undated = |source: &crate::data::dataset::source::Source| {
        source.lacks.contains(&Role::Date)
            || source
                .repairs
                .iter()
                .any(|repair| repair.kind == "blank-date")
    };
    if !data.sources().iter().any(undated) {
        return Ok(None);
    }
    let without_day = Filter::equals(GroupKey::Role(Role::Date), None);
    let left = query::run(data, &Query::sums(without_day))?;
    Ok((left.rows > 0).then(|| {
        format!(
            "{} without a date ({}) belong to no period",
            counted(left.rows, "row"),
            listed(&left.totals)
        )
    }))
}

/// Collects the conditions of a filter that name values; negated ones are left out.
fn named<'a>(filter: &'a Filter, out: &mut Vec<NamedValues<'a>>) {
    match filter {
        Filter::Compare {
            field,
            comparator: comparator @ (Comparator::Equal | Comparator::Contains),
            value,
        } if field.key != GroupKey::Role(Role::Cost) => out.push(NamedValues {
            key: &field.key,
            values: vec![value],
            exact: *comparator == Comparator::Equal,
        }),
        Filter::In { field, values } if field.key != GroupKey::Role(Role::Cost) => {
            out.push(NamedValues {
                key: &field.key,
                values: values.iter().map(String::as_str).collect(),
                exact: true,
            });
        }
        Filter::And(parts) | Filter::Or(parts) => {
            for part in parts {
                named(part, out);
            }
        }
        Filter::Compare { .. } | Filter::In { .. } | Filter::Missing(_) | Filter::Not(_) => {}
    }
}

/// All values of a key.
fn values_of(data: &Dataset, key: &GroupKey) -> Result<BTreeSet<String>, OpsError> {
    let all = Query {
        group_by: vec![key.clone()],
        ..Query::default()
    };
    let Body::Groups { groups, .. } = query::run(data, &all)?.body else {
        return Ok(BTreeSet::new());
    };
    let keys = groups.into_iter().flat_map(|group| group.keys);
    Ok(keys.flatten().collect())
}

/// Values that differ from the given ones only in case, with the money that the filter leaves out because of it.
fn other_cases(
    data: &Dataset,
    filter: &Filter,
    test: &NamedValues<'_>,
    known: &BTreeSet<String>,
) -> Result<Option<String>, OpsError> {
    let lower: BTreeSet<String> = test
        .values
        .iter()
        .map(|value| value.to_lowercase())
        .collect();
    let others: Vec<String> = known
        .iter()
        .filter(|value| {
            lower.contains(&value.to_lowercase()) && !test.values.contains(&value.as_str())
        })
        .cloned()
        .collect();
    if others.is_empty() {
        return Ok(None);
    }
    let shown: Vec<String> = others
        .iter()
        .take(3)
        .map(|value| format!("`{value}`"))
        .collect();
    let left = query::run(data, &Query::sums(replaced(filter, test, &others)))?;
    if left.rows == 0 {
        return Ok(None);
    }
    let differs = match others.len() {
        1 => "differs only in case and is",
        _ => "differ only in case and are",
    };
    Ok(Some(format!(
        "{} of {} {differs} left out: {}, {}",
        shown.join(", "),
        test.key.name(),
        counted(left.rows, "row"),
        listed(&left.totals)
    )))
}

/// The filter with other values in one of its conditions.
fn replaced(filter: &Filter, test: &NamedValues<'_>, values: &[String]) -> Filter {
    let is_it =
        |field: &FilterField, own: &[&str]| field.key == *test.key && own == test.values.as_slice();
    let other = |field: &FilterField| Filter::In {
        field: field.clone(),
        values: values.to_vec(),
    };
    let all = |parts: &[Filter]| {
        parts
            .iter()
            .map(|part| replaced(part, test, values))
            .collect()
    };
    match filter {
        Filter::Compare {
            field,
            comparator: Comparator::Equal,
            value,
        } if is_it(field, &[value]) => other(field),
        Filter::In { field, values: own }
            if is_it(field, &own.iter().map(String::as_str).collect::<Vec<_>>()) =>
        {
            other(field)
        }
        Filter::And(parts) => Filter::And(all(parts)),
        Filter::Or(parts) => Filter::Or(all(parts)),
        same => same.clone(),
    }
}

/// The values closest to the ones that no row has.
fn closest(test: &NamedValues<'_>, known: &BTreeSet<String>) -> Option<String> {
    let fold = |text: &str| text.to_lowercase();
    let there = |value: &str| {
        known
            .iter()
            .any(|known| known == value || (test.key.ignores_case() && fold(known) == fold(value)))
    };
    let missing: Vec<&str> = test
        .values
        .iter()
        .copied()
        .filter(|value| !there(value))
        .collect();
    let wanted = fold(missing.first()?);
    let close = by_distance(&wanted, known, |known| fold(known));
    let names: Vec<String> = close
        .iter()
        .take(3)
        .map(|(_, name)| format!("`{name}`"))
        .collect();
    let name = test.key.name();
    let missing = missing.join("`, `");
    Some(if names.is_empty() {
        format!("no row has a value for {name}")
    } else {
        format!(
            "no row has {name} `{missing}`; the closest are {}",
            names.join(", ")
        )
    })
}
