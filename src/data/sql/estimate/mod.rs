//! Estimates the memory that a statement needs. One that does not fit is refused: the system would end the program without a
//! word.

use super::guard::CheckedStatement;
use super::names::{ColumnSource, CostTableColumn, Names};
use crate::data::dataset::Dataset;
use crate::data::engine::aggregate::aggregation::Aggregation;
use crate::data::engine::aggregate::grouped::sums;
use crate::data::error::DataError;
use crate::data::room;
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;

/// Above this size in bytes, a statement is refused if it needs all the data at once.
const MOST: u64 = 2 << 30;
/// Bytes of one value in a column: a text reference or an amount, and again for selecting or sorting rows.
pub(super) const WIDTH: u64 = 32;
/// Bytes of one returned value.
pub(super) const HANDED: u64 = 96;

/// The bytes that a statement may need. A quarter of what is left is for what is not estimated.
pub(super) fn allowed() -> u64 {
    MOST.min(room::left() / 4 * 3)
}

/// The size in bytes of the columns that a statement uses.
pub(super) fn of_columns(data: &Dataset, names: &Names, question: &CheckedStatement) -> u64 {
    let columns = if question.named.all {
        names.columns().len()
    } else {
        question.named.columns.len()
    };
    let values = data.rows().saturating_mul(columns as u64);
    values.saturating_mul(WIDTH * u64::from(question.reads.costs.max(1)))
}

/// Refuses a statement whose groups do not fit beside its columns, where memory is tight.
pub(super) fn check_groups(
    data: &Dataset,
    names: &Names,
    question: &CheckedStatement,
) -> Result<(), DataError> {
    if question.is_plain || !room::is_tight() {
        return Ok(());
    }
    let most = allowed();
    let columns = of_columns(data, names, question);
    let size = columns.saturating_add(of_groups(data, names, question, most));
    if size > most {
        return Err(DataError::Statement(too_large(size)));
    }
    Ok(())
}

/// The size in bytes of what a statement gathers: its groups, or the rows that it sorts or joins. There are at most as many
/// as combinations of the values of its columns, which are counted only if all rows would be more than `most`.
fn of_groups(data: &Dataset, names: &Names, question: &CheckedStatement, most: u64) -> u64 {
    let wanted = &question.named;
    let is_named = |column: &&CostTableColumn| wanted.all || wanted.columns.contains(&column.name);
    let columns: Vec<&CostTableColumn> = names.columns().iter().filter(is_named).collect();
    let width = (columns.len() as u64 + 1).saturating_mul(WIDTH + HANDED);
    let whole = data.rows().saturating_mul(width);
    // The values of tags are not counted.
    if whole <= most || wanted.all || !wanted.tags.is_empty() {
        return whole;
    }
    let mut groups = 1_u64;
    for column in columns {
        let Some(values) = values_of(data, column) else {
            return whole;
        };
        groups = groups.saturating_mul(values);
        if groups >= data.rows() {
            return whole;
        }
    }
    groups.saturating_mul(width)
}

/// The number of distinct values of a column, or `None` if they are not counted.
fn values_of(data: &Dataset, column: &CostTableColumn) -> Option<u64> {
    let key = match &column.what {
        // Costs are added up.
        ColumnSource::Key(GroupKey::Role(Role::Cost)) => return Some(1),
        ColumnSource::Key(key) => key.clone(),
        ColumnSource::Header(header) => GroupKey::Column(header.clone()),
        ColumnSource::Role(_) | ColumnSource::TagSet | ColumnSource::Part | ColumnSource::Row => {
            return None;
        }
    };
    let aggregation = Aggregation {
        keys: &[key],
        ..Aggregation::default()
    };
    // Counted by the built-in engine, whatever answers for the data.
    let found = sums(&data.answered_by(None), None, &aggregation).ok()?;
    Some(found.groups().len() as u64)
}

pub(super) fn too_large(size: u64) -> String {
    format!(
        "it would need about {} of memory: select only the columns you need, or add LIMIT; \
         `costscope export` writes every row with every column",
        crate::domain::text::bytes(size)
    )
}

#[cfg(test)]
mod tests;
