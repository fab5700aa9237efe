//! Answers as JSON documents, shared by printing, copying and exporting.

use super::group::{Cell, Group};
use super::pivot::PivotLine;
use super::text_table::measured;
use super::{Body, Table};
use crate::domain::analysis::change::{Change, Changed, Effects};
use crate::domain::money::{Amount, Money};
use crate::domain::query::Query;
use crate::domain::query::group_key::GroupKey;
use serde::Serialize;
use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use std::collections::BTreeMap;

/// The data that an answer is based on.
#[derive(Debug, Clone, Copy)]
pub struct AnswerSubject<'a> {
    pub sources: &'a [String],
    /// `actual`, `amortized` or `unknown`.
    pub metric: &'a str,
    /// The filter as it was typed.
    pub filter: Option<&'a str>,
    /// The limits of sources that hold only part of a report.
    pub limits: Option<&'a str>,
}

/// An answer to `show`.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Document<'a> {
    Groups(Grouped<'a>),
    Rows(RowsOutput<'a>),
    Pivot(Pivoted<'a>),
    Change(ChangeDocument<'a>),
}

#[derive(Serialize)]
pub struct Grouped<'a> {
    sources: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    limited: Option<&'a str>,
    metric: &'a str,
    rows: u64,
    filter: Option<&'a str>,
    group_by: Vec<String>,
    totals: &'a [Money],
    groups: ListedLines<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    others: Option<OthersJson<'a>>,
    shown: usize,
    of: usize,
}

#[derive(Serialize)]
struct OthersJson<'a> {
    groups: usize,
    rows: u64,
    totals: &'a [Money],
}

#[derive(Serialize)]
struct GroupJson<'a> {
    keys: &'a [Option<String>],
    currency: Option<&'a str>,
    cost: Amount,
    rows: u64,
    #[serde(flatten)]
    more: BTreeMap<String, Option<String>>,
}

#[derive(Serialize)]
// The contract sets the names of the members.
#[allow(clippy::struct_field_names)]
pub struct RowsOutput<'a> {
    sources: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    limited: Option<&'a str>,
    rows: u64,
    columns: &'a [String],
    records: ListedLines<'a>,
    shown: usize,
    of: usize,
}

/// Passes on the parts of an answer until one is refused; returns whether all of them were taken.
pub type Parts<'a, T = Table> = dyn Fn(&mut dyn FnMut(&T) -> bool) -> bool + 'a;

/// The lines of an answer: those of a table, or of parts that are asked for while they are written.
enum AnswerLines<'a> {
    Of(&'a Table),
    Parts(&'a Parts<'a>),
}

/// The groups or rows of an answer as a list.
struct ListedLines<'a> {
    lines: AnswerLines<'a>,
    query: &'a Query,
}

impl ListedLines<'_> {
    fn add<S: SerializeSeq>(&self, list: &mut S, table: &Table) -> Result<(), S::Error> {
        match &table.body {
            Body::Groups { groups, .. } => {
                let mut groups = groups.iter();
                groups.try_for_each(|each| list.serialize_element(&group(each, self.query)))
            }
            Body::Rows { columns, rows } => {
                let mut rows = rows.iter();
                rows.try_for_each(|cells| list.serialize_element(&RowRecord { columns, cells }))
            }
            Body::Pivot(pivot) => {
                let mut lines = pivot.lines.iter();
                lines.try_for_each(|each| list.serialize_element(&line(each)))
            }
            Body::Change(_) => Ok(()),
        }
    }
}

impl Serialize for ListedLines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        match self.lines {
            AnswerLines::Of(table) => self.add(&mut list, table)?,
            AnswerLines::Parts(parts) => add_parts(parts, |table| self.add(&mut list, table))?,
        }
        list.end()
    }
}

/// Adds all parts of an answer to a list.
pub fn add_parts<T, E: serde::ser::Error>(
    parts: &Parts<'_, T>,
    mut add: impl FnMut(&T) -> Result<(), E>,
) -> Result<(), E> {
    let mut added = Ok(());
    let all = parts(&mut |part| {
        added = add(part);
        added.is_ok()
    });
    added?;
    if all {
        Ok(())
    } else {
        Err(E::custom("the answer is not complete"))
    }
}

/// A row as an object whose members keep the order of the columns.
pub struct RowRecord<'a> {
    pub columns: &'a [String],
    pub cells: &'a [Cell],
}

impl Serialize for RowRecord<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.columns.len()))?;
        for (column, cell) in self.columns.iter().zip(self.cells) {
            map.serialize_entry(column, &cell.exact())?;
        }
        map.end()
    }
}

#[derive(Serialize)]
pub struct Pivoted<'a> {
    sources: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    limited: Option<&'a str>,
    rows: u64,
    filter: Option<&'a str>,
    group_by: Vec<String>,
    pivot: String,
    columns: &'a [Option<String>],
    /// The number of values that share the last cell of each group.
    #[serde(skip_serializing_if = "Option::is_none")]
    other_values: Option<usize>,
    totals: &'a [Money],
    groups: ListedLines<'a>,
    /// Groups beyond the largest, one line per currency.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    others: Vec<LineJson<'a>>,
    shown: usize,
    of: usize,
}

#[derive(Serialize)]
struct LineJson<'a> {
    keys: &'a [Option<String>],
    currency: Option<&'a str>,
    cost: Amount,
    rows: u64,
    cells: &'a [Option<Amount>],
}

fn names(keys: &[GroupKey]) -> Vec<String> {
    keys.iter().map(GroupKey::name).collect()
}

fn group<'a>(group: &'a Group, query: &Query) -> GroupJson<'a> {
    let measures = query.measures.iter();
    GroupJson {
        keys: &group.keys,
        currency: group.cost.currency.as_deref(),
        cost: group.cost.amount,
        rows: group.rows,
        more: measures
            .map(|measure| (measure.name().replace('-', "_"), measured(group, *measure)))
            .collect(),
    }
}

fn line(line: &PivotLine) -> LineJson<'_> {
    LineJson {
        keys: &line.keys,
        currency: line.cost.currency.as_deref(),
        cost: line.cost.amount,
        rows: line.rows,
        cells: &line.cells,
    }
}

impl<'a> Document<'a> {
    /// The answer to a query.
    pub fn of(subject: AnswerSubject<'a>, query: &'a Query, table: &'a Table) -> Self {
        Self::listing(
            subject,
            query,
            table,
            (AnswerLines::Of(table), table.shown()),
        )
    }

    /// The answer to a query whose lines are asked for part by part; the table has everything else.
    pub fn in_parts(
        subject: AnswerSubject<'a>,
        query: &'a Query,
        table: &'a Table,
        (parts, shown): (&'a Parts<'a>, usize),
    ) -> Self {
        Self::listing(subject, query, table, (AnswerLines::Parts(parts), shown))
    }

    fn listing(
        subject: AnswerSubject<'a>,
        query: &'a Query,
        table: &'a Table,
        (lines, shown): (AnswerLines<'a>, usize),
    ) -> Self {
        let (sources, of) = (subject.sources, table.of);
        let limited = subject.limits;
        let listed = ListedLines { lines, query };
        match &table.body {
            Body::Groups { others, .. } => Self::Groups(Grouped {
                sources,
                limited,
                metric: subject.metric,
                rows: table.rows,
                filter: subject.filter,
                group_by: names(&query.group_by),
                totals: &table.totals,
                groups: listed,
                others: others.as_ref().map(|others| OthersJson {
                    groups: others.groups,
                    rows: others.rows,
                    totals: &others.costs,
                }),
                shown,
                of,
            }),
            Body::Rows { columns, .. } => Self::Rows(RowsOutput {
                sources,
                limited,
                rows: table.rows,
                columns,
                records: listed,
                shown,
                of,
            }),
            Body::Pivot(pivot) => Self::Pivot(Pivoted {
                sources,
                limited,
                rows: table.rows,
                filter: subject.filter,
                group_by: names(&query.group_by),
                pivot: pivot.by.name(),
                columns: &pivot.columns,
                other_values: Some(pivot.other_values).filter(|count| *count > 0),
                totals: &table.totals,
                groups: listed,
                others: pivot.others.iter().map(line).collect(),
                shown,
                of,
            }),
            Body::Change(change) => {
                let mut document = ChangeDocument::of([sources, sources], subject, change);
                document.periods = query.change.map(|(before, after)| Periods {
                    before: before.to_string(),
                    after: after.to_string(),
                });
                Self::Change(document)
            }
        }
    }
}

/// An answer to `change`.
#[derive(Serialize)]
pub struct ChangeDocument<'a> {
    sources: SideSources<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limited: Option<&'a str>,
    /// The days compared, if both sides come from one source.
    #[serde(skip_serializing_if = "Option::is_none")]
    periods: Option<Periods>,
    filter: Option<&'a str>,
    group_by: Vec<String>,
    /// The key whose values are columns of differences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pivot: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    columns: Option<&'a [Option<String>]>,
    currencies: Vec<ChangedJson<'a>>,
    groups: ChangedGroups<'a>,
    shown: usize,
    of: usize,
}

#[derive(Serialize)]
struct SideSources<'a> {
    before: &'a [String],
    after: &'a [String],
}

#[derive(Serialize)]
struct Periods {
    before: String,
    after: String,
}

#[derive(Serialize)]
struct ChangedJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<&'a [Option<String>]>,
    currency: Option<&'a str>,
    #[serde(flatten)]
    effects: &'a Effects,
    /// The differences for each column.
    #[serde(skip_serializing_if = "Option::is_none")]
    cells: Option<&'a [Option<Amount>]>,
}

/// The groups of a change: those of an answer, or of parts that are asked for while they are written.
enum ChangedGroups<'a> {
    Of(&'a Change),
    Parts(&'a Parts<'a, Change>),
}

impl Serialize for ChangedGroups<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        let mut add = |change: &Change| {
            let mut groups = change.groups.iter();
            groups.try_for_each(|each| {
                let cells = change.pivot.as_ref().map(|pivot| pivot.cells(each.id()));
                list.serialize_element(&changed(each, true, cells))
            })
        };
        match self {
            Self::Of(change) => add(change)?,
            Self::Parts(parts) => add_parts(*parts, add)?,
        }
        list.end()
    }
}

fn changed<'a>(
    changed: &'a Changed,
    with_keys: bool,
    cells: Option<&'a [Option<Amount>]>,
) -> ChangedJson<'a> {
    ChangedJson {
        keys: with_keys.then_some(changed.keys.as_slice()),
        currency: changed.currency.as_deref(),
        effects: &changed.effects,
        cells,
    }
}

impl<'a> ChangeDocument<'a> {
    /// The answer, and the sources of both sides.
    pub fn of(
        [before, after]: [&'a [String]; 2],
        subject: AnswerSubject<'a>,
        change: &'a Change,
    ) -> Self {
        let pivot = change.pivot.as_ref();
        let totals = change.currencies.iter().map(|total| {
            let cells = pivot.map(|pivot| pivot.totals(total.currency.as_deref()));
            changed(total, false, cells)
        });
        Self {
            sources: SideSources { before, after },
            limited: subject.limits,
            periods: None,
            filter: subject.filter,
            group_by: names(&change.group_by),
            pivot: pivot.map(|pivot| pivot.by().name()),
            columns: pivot.map(|pivot| pivot.pivot.columns.as_slice()),
            currencies: totals.collect(),
            groups: ChangedGroups::Of(change),
            shown: change.groups.len(),
            of: change.of,
        }
    }

    /// The same with groups that are asked for part by part, and their number.
    #[must_use]
    pub fn in_parts(self, parts: &'a Parts<'a, Change>, shown: usize) -> Self {
        Self {
            groups: ChangedGroups::Parts(parts),
            shown,
            ..self
        }
    }
}
