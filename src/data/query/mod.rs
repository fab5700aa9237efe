//! Turns a query into a finished table: filter, group, sort, page.

pub(crate) mod bridge_class;
pub mod broken_tags;
pub mod coverage;
pub(crate) mod groups;
#[cfg(test)]
mod groups_tests;
pub(crate) mod labels;
pub(crate) mod pivot_columns;
pub(crate) mod pivoted;
pub mod series;
pub mod subscriptions;
pub mod tag_keys;
pub mod without_usd;

pub use super::engine::rows::{each as each_row, first as first_rows};

use super::dataset::Dataset;
use super::engine::aggregate::grouped::sums;
use super::engine::external::delegate;
use super::engine::{rows, search};
use super::error::DataError;
use crate::domain::money::Money;
use crate::domain::query::Query;
use crate::domain::table::group::Group;
use crate::domain::table::name_search::has_name;
use crate::domain::table::value_names::visible_name;
use crate::domain::table::{Body, Seek, Table};
use groups::{groups, ordered, question, totals};
use labels::Labels;
use std::ops::Range;

/// Answers a query.
pub fn run(data: &Dataset, query: &Query) -> Result<Table, DataError> {
    match (query.group_by.is_empty(), &query.pivot) {
        (true, _) => rows::run(data, query),
        (false, None) => groups(data, query),
        (false, Some(by)) => pivoted::run(data, query, by),
    }
}

/// Passes on an answer in parts: tables of at most so many lines in order, each with what concerns the whole answer. There
/// is at least one part.
pub fn each_part(
    data: &Dataset,
    query: &Query,
    together: usize,
    mut take: impl FnMut(Table) -> Result<(), DataError>,
) -> Result<(), DataError> {
    if query.change.is_some() {
        return take(run(data, query)?);
    }
    match (query.group_by.is_empty(), &query.pivot) {
        (true, _) => {}
        (false, None) => return groups::each(data, query, together, take),
        (false, Some(by)) => return pivoted::each(data, (query, by), together, take),
    }
    let none = Query {
        limit: Some(0),
        ..query.clone()
    };
    let whole = rows::run(data, &none)?;
    rows::each(data, query, |names, rows| {
        take(Table {
            body: Body::Rows {
                columns: names.to_vec(),
                rows,
            },
            totals: whole.totals.clone(),
            ..whole
        })
    })
}

/// The index of the next line that contains a text, in the order of the query; `None` without a match.
pub fn seek(data: &Dataset, query: &Query, seek: &Seek) -> Result<Option<usize>, DataError> {
    if query.group_by.is_empty() {
        return match delegate::searched(data, query, &seek.text)? {
            Some(matching) => Ok(next_of(&matching, seek)),
            None => search::rows(data, query, seek),
        };
    }
    let lower = seek.text.to_lowercase();
    let labels = Labels::of(data, &query.group_by)?;
    let says = |at: usize, key: Option<&str>| {
        let label = key.and_then(|key| labels.of_key(at, key));
        let name = visible_name(label.as_deref().or(key));
        name.to_lowercase().contains(&lower)
    };
    let matching = match &query.pivot {
        Some(_) => matching_lines(data, query, says)?,
        None => match matching_groups(data, query, says) {
            Err(DataError::Room(_)) => matching_lines(data, query, says)?,
            found => found?,
        },
    };
    Ok(next_of(&matching, seek))
}

/// The first groups whose names at these places of the keys contain a text, in the order of the query, and how many there
/// are.
pub fn matching(
    data: &Dataset,
    query: &Query,
    (own, text): (Range<usize>, &str),
    most: usize,
) -> Result<(Vec<Group>, usize), DataError> {
    /// Groups that are held together.
    const TOGETHER: usize = 4_096;
    let lower = text.to_lowercase();
    let (mut found, mut of) = (Vec::new(), 0);
    groups::each(data, query, TOGETHER, |table| {
        let Body::Groups { groups, .. } = table.body else {
            return Ok(());
        };
        for group in groups {
            let labels = group.labels.get(own.clone()).unwrap_or_default();
            let keys = group.keys.get(own.clone()).unwrap_or_default();
            if has_name(&lower, labels, keys) {
                of += 1;
                if found.len() < most {
                    found.push(group);
                }
            }
        }
        Ok(())
    })?;
    Ok((found, of))
}

/// The groups with a key that `says` finds, by their place in order.
fn matching_groups(
    data: &Dataset,
    query: &Query,
    says: impl Fn(usize, Option<&str>) -> bool,
) -> Result<Vec<usize>, DataError> {
    let found = sums(data, query.filter.as_ref(), &question(query))?;
    let order = ordered(data, &found, query)?.into_iter().enumerate();
    let says = |group: u32| (0..query.group_by.len()).any(|at| says(at, found.key(group, at)));
    Ok(order
        .filter_map(|(number, group)| says(group).then_some(number))
        .collect())
}

/// The same for groups and pivots that are read a few thousand lines at a time.
fn matching_lines(
    data: &Dataset,
    query: &Query,
    says: impl Fn(usize, Option<&str>) -> bool,
) -> Result<Vec<usize>, DataError> {
    /// Lines that are held together.
    const TOGETHER: usize = 4_096;
    let all = Query {
        offset: 0,
        limit: None,
        // A table of groups is searched beyond them.
        top: query.pivot.as_ref().and(query.top),
        others: false,
        change: None,
        ..query.clone()
    };
    let (mut matching, mut before) = (Vec::new(), 0);
    each_part(data, &all, TOGETHER, |table| {
        let lines = (0..).map_while(|at| table.body.group_line(at));
        for line in lines {
            let mut keys = line.keys.iter().enumerate();
            if keys.any(|(at, key)| says(at, key.as_deref())) {
                matching.push(before);
            }
            before += 1;
        }
        Ok(())
    })?;
    Ok(matching)
}

/// The next matching line from where a search starts, wrapping around at the end.
fn next_of(matching: &[usize], seek: &Seek) -> Option<usize> {
    let next = match (seek.from, seek.forward) {
        (None, true) => matching.first(),
        (None, false) => matching.last(),
        (Some(from), true) => matching.iter().find(|at| **at > from).or(matching.first()),
        (Some(from), false) => matching
            .iter()
            .rev()
            .find(|at| **at < from)
            .or(matching.last()),
    };
    next.copied()
}

/// Exact totals per currency over all rows.
pub fn totals_of(data: &Dataset) -> Result<Vec<Money>, DataError> {
    let found = sums(data, None, &question(&Query::default()))?;
    totals(&found, found.groups())
}
