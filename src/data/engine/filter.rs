//! Evaluates a filter to a mask over the rows of a row group. A missing value fails every test but `!=`, so a mask is
//! two-valued.

use super::dictionary::{DictColumn, by_code};
use super::scan::RowGroup;
use super::{days, keys};
use crate::data::columns::column_types::{ColumnKind, NO_AMOUNT};
use crate::data::dataset::Dataset;
use crate::data::error::DataError;
use crate::domain::money::Amount;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::{Comparator, Filter, FilterField};
use crate::domain::query::group_key::GroupKey;
use std::collections::HashSet;

/// Fails if a filter names an unknown column; the error has its position in the filter.
pub(crate) fn check(data: &Dataset, filter: &Filter) -> Result<(), DataError> {
    for field in filter.fields() {
        if field.key != GroupKey::Role(Role::Cost) {
            keys::check(data.headers(), &field.key).map_err(|error| pointed(error, field))?;
        }
    }
    Ok(())
}

/// Adds the position in the filter to an unknown-column error.
fn pointed(error: DataError, field: &FilterField) -> DataError {
    match error {
        DataError::UnknownColumn { name, hint, .. } => DataError::UnknownColumn {
            name,
            at: Some(field.at),
            hint,
        },
        other => other,
    }
}

/// The mask of the rows that a filter keeps; `None` without a filter.
pub(crate) fn kept(
    slice: &RowGroup<'_>,
    filter: Option<&Filter>,
) -> Result<Option<Vec<bool>>, DataError> {
    filter.map(|filter| mask(slice, filter)).transpose()
}

/// Whether a mask from [`kept`] keeps a row.
pub(crate) fn keeps(mask: Option<&[bool]>, row: usize) -> bool {
    mask.is_none_or(|mask| mask.get(row) == Some(&true))
}

/// The distinct codes of the rows that are kept.
pub(crate) fn kept_codes(column: &DictColumn, mask: Option<&[bool]>) -> Vec<u32> {
    let mut seen = vec![false; column.words.len()];
    for (row, code) in column.codes.get().iter().enumerate() {
        if keeps(mask, row)
            && let Some(seen) = seen.get_mut(*code as usize)
        {
            *seen = true;
        }
    }
    let all = (0_u32..).zip(seen);
    all.filter_map(|(code, seen)| seen.then_some(code))
        .collect()
}

/// The mask of the rows that a filter keeps.
pub(crate) fn mask(slice: &RowGroup<'_>, filter: &Filter) -> Result<Vec<bool>, DataError> {
    match filter {
        Filter::Compare {
            field,
            comparator,
            value,
        } => compare(slice, &field.key, *comparator, value),
        Filter::In { field, values } => any_of(slice, &field.key, values),
        Filter::Missing(field) => missing(slice, &field.key),
        Filter::Not(inner) => {
            let mut mask = mask(slice, inner)?;
            for keep in &mut mask {
                *keep = !*keep;
            }
            Ok(mask)
        }
        Filter::And(parts) => {
            let masks = parts.iter().map(|part| mask(slice, part));
            join(slice.rows, true, masks, |all, next| all & next)
        }
        Filter::Or(parts) => {
            let masks = parts.iter().map(|part| mask(slice, part));
            join(slice.rows, false, masks, |all, next| all | next)
        }
    }
}

fn join(
    rows: usize,
    start: bool,
    masks: impl Iterator<Item = Result<Vec<bool>, DataError>>,
    both: impl Fn(bool, bool) -> bool,
) -> Result<Vec<bool>, DataError> {
    let mut all = vec![start; rows];
    for mask in masks {
        for (keep, next) in all.iter_mut().zip(mask?) {
            *keep = both(*keep, next);
        }
    }
    Ok(all)
}

fn missing(slice: &RowGroup<'_>, key: &GroupKey) -> Result<Vec<bool>, DataError> {
    if *key == GroupKey::Role(Role::Cost) {
        let costs = slice.costs()?.iter();
        return Ok(costs.map(|units| *units == NO_AMOUNT).collect());
    }
    let coded = keys::of(slice, key)?;
    Ok(by_code(&coded, true, |_| false))
}

/// The rows with any of these values. Texts are looked up in a set, so a long list is as fast as a short one.
fn any_of(slice: &RowGroup<'_>, key: &GroupKey, values: &[String]) -> Result<Vec<bool>, DataError> {
    let amounts = *key == GroupKey::Role(Role::Cost) || keys::amount_header(slice, key).is_some();
    if amounts || days::applies(slice, key) {
        let masks = values
            .iter()
            .map(|value| compare(slice, key, Comparator::Equal, value));
        return join(slice.rows, false, masks, |all, next| all | next);
    }
    let fold = |text: &str| {
        if key.ignores_case() {
            text.to_lowercase()
        } else {
            text.to_owned()
        }
    };
    let wanted: HashSet<String> = values
        .iter()
        .map(|value| fold(&key.as_held(value)))
        .collect();
    let coded = keys::of(slice, key)?;
    Ok(by_code(&coded, false, |text| wanted.contains(&fold(text))))
}

/// The rows in which any column contains the text, ignoring case.
pub(crate) fn anywhere(slice: &RowGroup<'_>, text: &str) -> Result<Vec<bool>, DataError> {
    let lower = text.to_lowercase();
    let number = lower.contains(|c: char| c.is_ascii_digit());
    let headers = &slice.part.stored.layout.headers;
    let searched = headers
        .iter()
        .filter(|header| number || slice.kind(header) == ColumnKind::Text);
    let masks = searched.map(|header| {
        let coded = keys::of(slice, &GroupKey::Column(header.clone()))?;
        Ok(by_code(&coded, false, |value| contains(value, &lower)))
    });
    join(slice.rows, false, masks, |all, next| all | next)
}

fn compare(
    slice: &RowGroup<'_>,
    key: &GroupKey,
    comparator: Comparator,
    value: &str,
) -> Result<Vec<bool>, DataError> {
    if *key == GroupKey::Role(Role::Cost) {
        return Ok(amounts(slice.costs()?, comparator, value));
    }
    if let Some(header) = keys::amount_header(slice, key) {
        return Ok(amounts(&slice.amounts(header)?, comparator, value));
    }
    let absent = comparator == Comparator::NotEqual;
    if comparator != Comparator::Contains
        && let Some(mask) = days::compare(slice, key, comparator, value)?
    {
        return Ok(mask);
    }
    let literal = key.as_held(value);
    let coded = keys::of(slice, key)?;
    let test = test(comparator, &literal, key.ignores_case());
    Ok(by_code(&coded, absent, test))
}

/// The test for a text.
fn test(comparator: Comparator, literal: &str, ignores_case: bool) -> impl Fn(&str) -> bool {
    let lower = literal.to_lowercase();
    let number = Amount::parse(literal).ok().map(|parsed| parsed.amount);
    let literal = if ignores_case {
        lower.clone()
    } else {
        literal.to_owned()
    };
    move |text: &str| {
        if comparator == Comparator::Contains {
            return contains(text, &lower);
        }
        let folded;
        let text = if ignores_case {
            folded = text.to_lowercase();
            folded.as_str()
        } else {
            text
        };
        match comparator {
            Comparator::Equal => text == literal,
            Comparator::NotEqual => text != literal,
            Comparator::Less
            | Comparator::LessOrEqual
            | Comparator::Greater
            | Comparator::GreaterOrEqual
            | Comparator::Contains => {
                // Numbers compare as numbers, everything else (days and months too) as text.
                match (number, Amount::parse(text)) {
                    (Some(b), Ok(a)) => comparator.meets(a.amount.cmp(&b)),
                    // Text that does not start with a digit is neither less nor greater than a number.
                    (Some(_), Err(_)) if !text.starts_with(|c: char| c.is_ascii_digit()) => false,
                    _ => comparator.meets(text.cmp(literal.as_str())),
                }
            }
        }
    }
}

fn contains(text: &str, lower: &str) -> bool {
    text.to_lowercase().contains(lower)
}

fn amounts(costs: &[i128], comparator: Comparator, value: &str) -> Vec<bool> {
    let text = value.trim();
    let wanted = Amount::parse(value).map(|parsed| parsed.amount.units());
    let absent = comparator == Comparator::NotEqual;
    let keep = |units: &i128| match (comparator, &wanted) {
        _ if *units == NO_AMOUNT => absent,
        (Comparator::Contains, _) => Amount::from_units(*units).to_string().contains(text),
        (_, Ok(wanted)) => comparator.meets(units.cmp(wanted)),
        (_, Err(_)) => absent,
    };
    costs.iter().map(keep).collect()
}
