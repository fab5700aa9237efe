//! Checks of a file as a whole: reasons to refuse it, and the repairs of all its rows.

use crate::data::columns::dates::DayOrder;
use crate::data::columns::layout::Layout;
use crate::data::columns::tag_dictionary::{Sets, alike};
use crate::data::error::DataError;
use crate::data::ingest::decisions::Decisions;
use crate::data::ingest::findings::{Findings, Repairs};
use crate::data::ingest::head::Head;
use crate::data::sources::content::Input;
use crate::data::table::foreign::kinds::TypeNotes;
use crate::domain::query::columns::Role;

/// Refuses a file whose cost, currency or date cannot be read: every answer would be wrong. Other unreadable columns
/// are left out and reported.
pub(super) fn refuse_unread(input: &Input<'_>) -> Result<(), DataError> {
    match input.types.decisive() {
        Some((column, better)) => Err(DataError::UnreadColumn {
            file: input.name.to_owned(),
            column: column.name.clone(),
            kind: column.kind,
            better,
        }),
        None => Ok(()),
    }
}

/// Refuses a file that ends inside a row. A last row without a line ending that is shorter than the one before it was
/// cut off: its last field, an amount or a currency, may be incomplete.
pub(super) fn refuse_cut_row(
    head: &Head,
    findings: &Findings,
    file: &str,
) -> Result<(), DataError> {
    let [before, last] = findings.widths;
    let width = head.fields.len();
    if findings.rows == 0 || findings.ended || last >= before.min(width) {
        return Ok(());
    }
    Err(DataError::CutOff {
        file: file.to_owned(),
        line: findings.last_line,
    })
}

/// Refuses a row that ends before its currency if other rows are complete: its amount would have no currency.
pub(super) fn refuse_lost_currency(findings: &Findings, file: &str) -> Result<(), DataError> {
    match findings.without_currency {
        Some(line) if findings.whole_rows => Err(DataError::Line {
            file: file.to_owned(),
            line,
            problem: "the row ends before its currency, which other rows have: part of the file is missing here"
                .to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Adds the repairs that concern the file as a whole.
pub(super) fn complete(
    findings: &mut Findings,
    head: &Head,
    decisions: &Decisions,
    sets: &Sets,
    input: &Input<'_>,
) {
    let repairs = &mut findings.repairs;
    if head.preamble > 0 {
        repairs.add("preamble", head.preamble, 1);
    }
    if decisions.order == DayOrder::DayFirst {
        let line = decisions.day_first_line.unwrap_or(head.lines + 1);
        repairs.add("day-first", findings.rows, line);
    }
    if let Some(kind) = input.encoding() {
        repairs.add(kind, findings.rows, 1);
    }
    if findings.rows > 0 {
        typed(repairs, findings.rows, &head.layout, &input.types);
    }
    if findings.rows == 0 && !head.ended {
        repairs.add("open-header", 1, head.lines + 1);
    }
    for _ in &input.types.unread {
        repairs.add("unread-column", 1, 1);
    }
    if let Some(line) = findings.rivals.differ.filter(|_| !decisions.two_layouts) {
        repairs.add("rival-column", 1, line);
    }
    for line in decisions.no_numbers.values() {
        repairs.add("no-number", 1, *line);
    }
    note_alike_keys(repairs, sets, head);
}

/// Adds the tag keys that are probably one.
pub(in crate::data::dataset) fn note_alike_keys(repairs: &mut Repairs, sets: &Sets, head: &Head) {
    let pairs = alike(sets.spellings().into_keys());
    if !pairs.is_empty() {
        repairs.add("tag-keys-alike", pairs.len() as u64, head.lines);
    }
}

/// Adds what the types of the columns of amounts and days mean for every row.
fn typed(repairs: &mut Repairs, rows: u64, layout: &Layout, types: &TypeNotes) {
    let is_one_of = |role: Role, names: &[String]| {
        let header = layout.role_header(role);
        header.is_some_and(|header| names.iter().any(|name| name == header))
    };
    let amounts =
        |names: &[String]| is_one_of(Role::Cost, names) || is_one_of(Role::EffectiveCost, names);
    if amounts(&types.floats) {
        repairs.add("float-amount", rows, 2);
    }
    if amounts(&types.short_floats) {
        repairs.add("float32-amount", rows, 2);
    }
    if is_one_of(Role::Date, &types.zoned) {
        repairs.add("other-zone", rows, 2);
    }
}
