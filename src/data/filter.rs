//! A filter as a mask over the rows. A missing value fails every test but `!=`, so masks are never half-known.

use super::COST;
use super::dataset::Dataset;
use super::error::DataError;
use crate::domain::columns::Role;
use crate::domain::filter::{Comparator, Field, Filter};
use crate::domain::money::Amount;
use crate::domain::query::GroupKey;
use polars::prelude::{BooleanChunked, ChunkCompareEq, NewChunkedArray, StringChunked};
use std::cmp::Ordering;
use std::collections::HashMap;

/// Which rows of a dataset a filter keeps.
pub(crate) fn mask(data: &Dataset, filter: &Filter) -> Result<BooleanChunked, DataError> {
    match filter {
        Filter::Compare {
            field,
            comparator,
            value,
        } => compare(data, field, *comparator, value),
        Filter::In { field, values } => {
            let masks = values
                .iter()
                .map(|value| compare(data, field, Comparator::Equal, value));
            join(masks, |all, next| all | next)
        }
        Filter::Missing(field) => match &field.key {
            GroupKey::Role(Role::Cost) => Ok(data.frame().column(COST)?.is_null()),
            key => Ok(data
                .key(key)
                .map_err(|error| pointed(error, field))?
                .values
                .is_null()),
        },
        Filter::Not(inner) => Ok(!&mask(data, inner)?),
        Filter::And(parts) => join(parts.iter().map(|part| mask(data, part)), |all, next| {
            all & next
        }),
        Filter::Or(parts) => join(parts.iter().map(|part| mask(data, part)), |all, next| {
            all | next
        }),
    }
}

/// Joins masks by `and` or `or`; the parser never makes an empty list.
fn join(
    mut masks: impl Iterator<Item = Result<BooleanChunked, DataError>>,
    both: impl Fn(&BooleanChunked, &BooleanChunked) -> BooleanChunked,
) -> Result<BooleanChunked, DataError> {
    let none = || {
        Ok(BooleanChunked::from_iter_values(
            "mask".into(),
            std::iter::empty(),
        ))
    };
    let first = masks.next().unwrap_or_else(none)?;
    masks.try_fold(first, |all, next| Ok(both(&all, &next?)))
}

fn compare(
    data: &Dataset,
    field: &Field,
    comparator: Comparator,
    value: &str,
) -> Result<BooleanChunked, DataError> {
    if field.key == GroupKey::Role(Role::Cost) {
        return amounts(data, comparator, value);
    }
    let column = data
        .key(&field.key)
        .map_err(|error| pointed(error, field))?;
    let literal = if field.key == GroupKey::Role(Role::PricingModel) {
        // The column has its blanks removed; Microsoft writes both `On Demand` and `OnDemand`.
        value.chars().filter(|c| !c.is_whitespace()).collect()
    } else {
        column.spell(value)
    };
    let order = |text: &str| match &column.spelling {
        Some(_) => order(&text.to_lowercase(), &literal.to_lowercase()),
        None => order(text, &literal),
    };
    let texts = &column.values;
    Ok(match comparator {
        Comparator::Equal => equal(texts, &literal),
        Comparator::NotEqual => !&equal(texts, &literal),
        Comparator::Contains => {
            let wanted = literal.to_lowercase();
            test(texts, |text| text.to_lowercase().contains(&wanted))
        }
        Comparator::Less => test(texts, |text| order(text) == Ordering::Less),
        Comparator::LessOrEqual => test(texts, |text| order(text) != Ordering::Greater),
        Comparator::Greater => test(texts, |text| order(text) == Ordering::Greater),
        Comparator::GreaterOrEqual => test(texts, |text| order(text) != Ordering::Less),
    })
}

/// Rows whose text is exactly this one; a missing text is not.
pub(crate) fn equal(texts: &StringChunked, literal: &str) -> BooleanChunked {
    let present = !&texts.is_null();
    &texts.equal_missing(literal) & &present
}

/// Tests each distinct text once.
fn test(texts: &StringChunked, keep: impl Fn(&str) -> bool) -> BooleanChunked {
    let mut known: HashMap<&str, bool> = HashMap::new();
    let values = texts
        .iter()
        .map(|text| text.is_some_and(|text| *known.entry(text).or_insert_with(|| keep(text))));
    BooleanChunked::from_iter_values("mask".into(), values.collect::<Vec<bool>>().into_iter())
}

/// Numbers compare as numbers, everything else (days and months too) as text.
fn order(text: &str, literal: &str) -> Ordering {
    match (Amount::parse(text), Amount::parse(literal)) {
        (Ok(a), Ok(b)) => a.amount.cmp(&b.amount),
        _ => text.cmp(literal),
    }
}

fn amounts(
    data: &Dataset,
    comparator: Comparator,
    value: &str,
) -> Result<BooleanChunked, DataError> {
    let wanted = Amount::parse(value)
        .map(|parsed| parsed.amount.units())
        .unwrap_or_default();
    let text = value.trim();
    let costs = data.frame().column(COST)?.decimal()?;
    let keep = |units: i128| match comparator {
        Comparator::Equal => units == wanted,
        Comparator::NotEqual => units != wanted,
        Comparator::Less => units < wanted,
        Comparator::LessOrEqual => units <= wanted,
        Comparator::Greater => units > wanted,
        Comparator::GreaterOrEqual => units >= wanted,
        Comparator::Contains => Amount::from_units(units).to_string().contains(text),
    };
    let absent = comparator == Comparator::NotEqual;
    let values: Vec<bool> = costs
        .physical()
        .iter()
        .map(|units| units.map_or(absent, &keep))
        .collect();
    Ok(BooleanChunked::from_iter_values(
        "mask".into(),
        values.into_iter(),
    ))
}

/// An unknown column with the place in the filter where it was named.
fn pointed(error: DataError, field: &Field) -> DataError {
    match error {
        DataError::UnknownColumn { name, hint, .. } => DataError::UnknownColumn {
            name,
            at: Some(field.at),
            hint,
        },
        other => other,
    }
}
