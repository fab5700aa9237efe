//! Resolves keys to the values that rows are grouped and filtered by.

use super::dictionary::{Codes, DictColumn, Dictionary};
use super::scan::RowGroup;
use crate::data::columns::column_types::{ColumnKind, NO_AMOUNT, NO_DAY, day_of};
use crate::data::columns::layout::group_of;
use crate::data::columns::tags;
use crate::data::columns::text_column::NONE;
use crate::data::error::DataError;
use crate::data::nearest::similar;
use crate::domain::money::Amount;
use crate::domain::query::columns::{Role, plain, subscription_id};
use crate::domain::query::group_key::GroupKey;
use hashbrown::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// The values of a key for the rows of a row group.
pub(crate) fn of(slice: &RowGroup<'_>, key: &GroupKey) -> Result<DictColumn, DataError> {
    match key {
        GroupKey::Role(Role::Cost | Role::EffectiveCost) => Err(DataError::CostAsKey),
        GroupKey::Role(Role::Date) => Ok(days(&slice.days()?, |day| day_of(day).to_string())),
        GroupKey::Month if slice.role(Role::Date).is_none() => column(slice, slice.header("month")),
        GroupKey::Month => {
            let month = |day: i32| day_of(day).format("%Y-%m").to_string();
            Ok(days(&slice.days()?, month))
        }
        GroupKey::Tag(tag) if slice.role(Role::Tags).is_none() => {
            column(slice, slice.part.stored.layout.tag_header(tag))
        }
        GroupKey::Tag(tag) => tag_values(slice, tag),
        GroupKey::Role(Role::PricingModel) => {
            let texts = slice.role_texts(Role::PricingModel)?;
            Ok(DictColumn::changed(&texts, |text| {
                Some(text.chars().filter(|c| !c.is_whitespace()).collect())
            }))
        }
        GroupKey::Role(Role::Currency) => {
            let texts = slice.role_texts(Role::Currency)?;
            Ok(DictColumn::changed(&texts, |text| {
                Some(text.trim().to_uppercase())
            }))
        }
        GroupKey::Role(Role::ResourceGroup) => resource_groups(slice),
        GroupKey::Role(Role::Subscription) => subscriptions(slice),
        GroupKey::Role(role) => column(slice, slice.role(*role)),
        GroupKey::Column(name) => column(slice, slice.header(name)),
    }
}

/// Subscriptions by GUID; FOCUS files have the full path.
fn subscriptions(slice: &RowGroup<'_>) -> Result<DictColumn, DataError> {
    let texts = slice.role_texts(Role::Subscription)?;
    let codes = 0..u32::try_from(texts.values.len()).unwrap_or(NONE);
    let is_path = |code| texts.get(code).is_some_and(|text| text.starts_with('/'));
    if codes.into_iter().any(is_path) {
        return Ok(DictColumn::changed(&texts, |text| {
            Some(subscription_id(text).to_owned())
        }));
    }
    Ok(DictColumn::column(texts))
}

/// A column by its header, whatever its type.
fn column(slice: &RowGroup<'_>, header: Option<&str>) -> Result<DictColumn, DataError> {
    let Some(header) = header else {
        return Ok(DictColumn::absent(slice.rows));
    };
    match slice.kind(header) {
        ColumnKind::Text => Ok(DictColumn::column(slice.texts(header)?)),
        ColumnKind::Day { .. } => {
            let values = slice.part.stored.days(slice.group, header, None)?;
            Ok(days(&values, |day| day_of(day).to_string()))
        }
        ColumnKind::Amount { .. } => {
            let units = slice.amounts(header)?;
            Ok(numbered(&units, NO_AMOUNT, |units| {
                Amount::from_units(units).to_string()
            }))
        }
    }
}

fn days(days: &[i32], show: impl Fn(i32) -> String) -> DictColumn {
    numbered(days, NO_DAY, show)
}

/// Assigns codes to values in order of first appearance.
fn numbered<T: Copy + Eq + std::hash::Hash>(
    values: &[T],
    none: T,
    show: impl Fn(T) -> String,
) -> DictColumn {
    let mut known: HashMap<T, u32> = HashMap::new();
    let mut list = Vec::new();
    let mut codes = Vec::with_capacity(values.len());
    let mut before = (none, NONE);
    for value in values {
        if *value != before.0 {
            let code = *known.entry(*value).or_insert_with(|| {
                list.push(Some(show(*value)));
                u32::try_from(list.len() - 1).unwrap_or(NONE)
            });
            before = (*value, code);
        }
        codes.push(if *value == none { NONE } else { before.1 });
    }
    DictColumn {
        codes: Codes::Own(codes),
        words: Dictionary::List(Arc::new(list)),
    }
}

fn tag_values(slice: &RowGroup<'_>, tag: &str) -> Result<DictColumn, DataError> {
    let stored = &slice.part.stored;
    let sets = stored.sets()?;
    if sets.too_many {
        return tags_anew(slice, tag);
    }
    let by_set = slice.part.tag_column(tag)?;
    let numbers = stored.tag_sets(slice.group)?;
    let codes = numbers
        .iter()
        .map(|set| by_set.codes.get(*set as usize).copied().unwrap_or(NONE))
        .collect();
    Ok(DictColumn {
        codes: Codes::Own(codes),
        words: Dictionary::List(Arc::clone(&by_set.values)),
    })
}

/// Parses each distinct text of the row group again, because its rows do not refer to tag sets.
fn tags_anew(slice: &RowGroup<'_>, tag: &str) -> Result<DictColumn, DataError> {
    let lower = tag.to_lowercase();
    let texts = slice.role_texts(Role::Tags)?;
    Ok(DictColumn::changed(&texts, |text| {
        let pairs = tags::parse(text)?;
        pairs
            .into_iter()
            .find_map(|(key, value)| (key.to_lowercase() == lower).then_some(value))
    }))
}

/// The resource group column, with the group from the ARM ID where the column is blank.
fn resource_groups(slice: &RowGroup<'_>) -> Result<DictColumn, DataError> {
    let groups = slice.role_texts(Role::ResourceGroup)?;
    if !groups.codes.contains(&NONE) {
        return Ok(DictColumn::column(groups));
    }
    let ids = slice.role_texts(Role::Resource)?;
    let start = u32::try_from(groups.values.len()).unwrap_or(NONE);
    let (mut more, mut known): (Vec<String>, HashMap<String, u32>) = Default::default();
    let base = DictColumn::column(Rc::clone(&groups));
    let mut codes = base.codes.get().to_vec();
    for (code, id) in codes.iter_mut().zip(ids.codes.iter()) {
        if *code != NONE {
            continue;
        }
        let group = ids.get(*id).and_then(group_of);
        let Some(group) = group.filter(|group| !group.is_empty()) else {
            continue;
        };
        *code = known.get(group).copied().unwrap_or_else(|| {
            let new = start + u32::try_from(more.len()).unwrap_or_default();
            more.push(group.to_owned());
            known.insert(group.to_owned(), new);
            new
        });
    }
    Ok(DictColumn {
        codes: Codes::Own(codes),
        words: Dictionary::Column(groups, more),
    })
}

/// The header of a key whose values are amounts.
pub(crate) fn amount_header<'a>(slice: &RowGroup<'a>, key: &GroupKey) -> Option<&'a str> {
    let header = match key {
        GroupKey::Role(role) => slice.role(*role),
        GroupKey::Column(name) => slice.header(name),
        GroupKey::Month | GroupKey::Tag(_) => None,
    }?;
    matches!(slice.kind(header), ColumnKind::Amount { .. }).then_some(header)
}

/// Finds the header that a user typed, ignoring case, blanks, `_` and `-`.
pub(crate) fn find_header(headers: &[String], name: &str) -> Result<String, DataError> {
    let exact = headers
        .iter()
        .find(|header| header.eq_ignore_ascii_case(name));
    let found = exact.or_else(|| {
        let wanted = plain(name);
        headers.iter().find(|header| plain(header) == wanted)
    });
    found.cloned().ok_or_else(|| DataError::UnknownColumn {
        name: name.to_owned(),
        at: None,
        hint: hint(headers, name),
    })
}

/// Fails if a key refers to an unknown column.
pub(crate) fn check(headers: &[String], key: &GroupKey) -> Result<(), DataError> {
    match key {
        GroupKey::Role(Role::Cost) => Err(DataError::CostAsKey),
        // An empty report has no columns, so any name is accepted.
        GroupKey::Column(name) if !headers.is_empty() => find_header(headers, name).map(|_| ()),
        GroupKey::Role(_) | GroupKey::Month | GroupKey::Tag(_) | GroupKey::Column(_) => Ok(()),
    }
}

/// The key and column names closest to the text that the user typed.
fn hint(headers: &[String], name: &str) -> String {
    let wanted = plain(name);
    let words = crate::domain::query::group_key::KEY_NAMES
        .iter()
        .map(|(word, _)| (*word).to_owned());
    let known = words.chain(headers.iter().cloned());
    let close = similar(&wanted, known, |candidate| plain(candidate), 4);
    if close.is_empty() {
        let columns: Vec<&str> = headers.iter().take(12).map(String::as_str).collect();
        return format!(
            " Use a key such as resource-group, charge-type or tag:NAME, or a column: {}, …",
            columns.join(", ")
        );
    }
    format!(" Did you mean {}?", close.join(", "))
}
