//! The values that rows are grouped and filtered by: one text column per key, in the commonest spelling.

use super::dataset::role_column;
use super::error::DataError;
use super::{DATE, tags};
use crate::domain::columns::{Role, plain};
use crate::domain::query::GroupKey;
use chrono::{Days, NaiveDate};
use polars::prelude::{DataFrame, IntoColumn, StringChunked, StringChunkedBuilder};
use std::collections::HashMap;

/// The values of one key, row by row.
#[derive(Clone)]
pub(crate) struct KeyColumn {
    pub(crate) values: StringChunked,
    /// For keys that compare without case: the spelling shown for each lower-case value.
    pub(crate) spelling: Option<HashMap<String, String>>,
}

impl KeyColumn {
    /// A literal of a filter in the spelling this column uses.
    pub(crate) fn spell(&self, literal: &str) -> String {
        let known = self
            .spelling
            .as_ref()
            .and_then(|map| map.get(&literal.to_lowercase()));
        known.cloned().unwrap_or_else(|| literal.to_owned())
    }
}

/// Parsed tags: every distinct text once, and which one each row has.
#[derive(Default)]
pub(crate) struct TagIndex {
    sets: Vec<tags::TagSet>,
    /// Position in `sets`, per row; none where the row has no tags.
    rows: Vec<Option<u32>>,
    /// Lower-case key to its commonest spelling.
    keys: Vec<(String, String)>,
    pub(crate) broken: u64,
}

impl TagIndex {
    pub(crate) fn build(texts: &StringChunked) -> Self {
        let mut index = Self::default();
        let mut known: HashMap<&str, (Option<u32>, bool)> = HashMap::new();
        let mut counts: HashMap<u32, u64> = HashMap::new();
        for text in texts.iter() {
            let Some(text) = text else {
                index.rows.push(None);
                continue;
            };
            let (slot, broken) = *known
                .entry(text)
                .or_insert_with(|| match tags::parse(text) {
                    Some(set) if set.is_empty() => (None, false),
                    Some(set) => {
                        index.sets.push(set);
                        (u32::try_from(index.sets.len() - 1).ok(), false)
                    }
                    None => (None, true),
                });
            index.broken += u64::from(broken);
            index.rows.push(slot);
            if let Some(slot) = slot {
                *counts.entry(slot).or_default() += 1;
            }
        }
        index.keys = index.spellings(&counts);
        index
    }

    fn spellings(&self, counts: &HashMap<u32, u64>) -> Vec<(String, String)> {
        let mut spelled: HashMap<String, HashMap<&str, u64>> = HashMap::new();
        for (slot, set) in (0_u32..).zip(&self.sets) {
            let count = counts.get(&slot).copied().unwrap_or_default();
            for (key, _) in set {
                *spelled
                    .entry(key.to_lowercase())
                    .or_default()
                    .entry(key.as_str())
                    .or_default() += count;
            }
        }
        let mut keys: Vec<(String, String)> = spelled
            .into_iter()
            .filter_map(|(lower, found)| commonest(found).map(|best| (lower, best.to_owned())))
            .collect();
        keys.sort();
        keys
    }

    /// The tag keys found, in their commonest spelling.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.keys.iter().map(|(_, shown)| shown.clone()).collect()
    }

    /// The value of one tag per row; its key compares without case.
    pub(crate) fn column(&self, key: &str) -> StringChunked {
        let lower = key.to_lowercase();
        let value = |set: &tags::TagSet| {
            set.iter()
                .find(|(k, _)| k.to_lowercase() == lower)
                .map(|(_, v)| v.clone())
        };
        let values: Vec<Option<String>> = self.sets.iter().map(value).collect();
        let mut builder = StringChunkedBuilder::new("key".into(), self.rows.len());
        for slot in &self.rows {
            let text = slot
                .and_then(|slot| values.get(slot as usize))
                .and_then(Option::as_deref);
            builder.append_option(text);
        }
        builder.finish()
    }
}

/// The spelling seen most often; ties go to the first in byte order.
fn commonest(found: HashMap<&str, u64>) -> Option<&str> {
    found
        .into_iter()
        .max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(a.0)))
        .map(|(text, _)| text)
}

/// The values of a key for every row of a frame.
pub(crate) fn derive<'a>(
    frame: &DataFrame,
    headers: &[String],
    tags: impl FnOnce() -> Result<&'a TagIndex, DataError>,
    key: &GroupKey,
) -> Result<KeyColumn, DataError> {
    let exact = |values| {
        Ok(KeyColumn {
            values,
            spelling: None,
        })
    };
    let raw = match key {
        GroupKey::Role(Role::Cost) => return Err(DataError::CostAsKey),
        GroupKey::Role(Role::Date) => return exact(days(frame, "%Y-%m-%d")?),
        GroupKey::Month => return exact(days(frame, "%Y-%m")?),
        GroupKey::Tag(tag) => return exact(tags()?.column(tag)),
        GroupKey::Role(Role::PricingModel) => {
            return exact(map_text(&role_column(frame, Role::PricingModel)?, |text| {
                Some(text.chars().filter(|c| !c.is_whitespace()).collect())
            }));
        }
        GroupKey::Role(Role::ResourceGroup) => resource_groups(frame)?,
        GroupKey::Role(role) => role_column(frame, *role)?,
        // An empty report has no columns, and no value in any of them.
        GroupKey::Column(_) if headers.is_empty() => role_column(frame, Role::Tags)?,
        GroupKey::Column(name) => frame.column(&find_header(headers, name)?)?.str()?.clone(),
    };
    if !key.ignores_case() {
        return exact(raw);
    }
    Ok(canonical(&raw))
}

/// The header that a user's spelling means, without case, blanks, `_` and `-`.
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

/// Names that are close to what was typed.
fn hint(headers: &[String], name: &str) -> String {
    let wanted = plain(name);
    let words = crate::domain::query::KEY_NAMES
        .iter()
        .map(|(word, _)| (*word).to_owned());
    let mut close: Vec<(usize, String)> = words
        .chain(headers.iter().cloned())
        .map(|candidate| (distance(&plain(&candidate), &wanted), candidate))
        .filter(|(far, candidate)| {
            *far <= 2 || (wanted.len() > 2 && plain(candidate).contains(&wanted))
        })
        .collect();
    close.sort();
    close.truncate(4);
    if close.is_empty() {
        let columns: Vec<&str> = headers.iter().take(12).map(String::as_str).collect();
        return format!(
            " Use a key such as resource-group, charge-type or tag:NAME, or a column: {}, …",
            columns.join(", ")
        );
    }
    let names: Vec<String> = close.into_iter().map(|(_, name)| name).collect();
    format!(" Did you mean {}?", names.join(", "))
}

/// Edits between two short words (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        let mut left = i + 1;
        for (pair, cb) in row.windows(2).zip(&b) {
            let (diagonal, up) = (
                pair.first().copied().unwrap_or_default(),
                pair.last().copied().unwrap_or_default(),
            );
            left = (diagonal + usize::from(ca != *cb))
                .min(up + 1)
                .min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// Every value in the commonest spelling of its lower-case form.
fn canonical(raw: &StringChunked) -> KeyColumn {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for text in raw.iter().flatten() {
        *counts.entry(text).or_default() += 1;
    }
    let mut by_lower: HashMap<String, HashMap<&str, u64>> = HashMap::new();
    for (text, count) in counts {
        by_lower
            .entry(text.to_lowercase())
            .or_default()
            .insert(text, count);
    }
    let mut shown: HashMap<&str, String> = HashMap::new();
    let mut spelling = HashMap::new();
    for (lower, found) in by_lower {
        let spelled: Vec<&str> = found.keys().copied().collect();
        let Some(best) = commonest(found) else {
            continue;
        };
        spelling.insert(lower, best.to_owned());
        shown.extend(spelled.into_iter().map(|text| (text, best.to_owned())));
    }
    let mut builder = StringChunkedBuilder::new("key".into(), raw.len());
    for text in raw.iter() {
        builder.append_option(text.and_then(|text| shown.get(text)));
    }
    KeyColumn {
        values: builder.finish(),
        spelling: Some(spelling),
    }
}

/// The resource group column, and where that is blank the group named in the ARM id.
fn resource_groups(frame: &DataFrame) -> Result<StringChunked, DataError> {
    let groups = role_column(frame, Role::ResourceGroup)?;
    if groups.null_count() == 0 {
        return Ok(groups);
    }
    let ids = role_column(frame, Role::Resource)?;
    let mut builder = StringChunkedBuilder::new("key".into(), groups.len());
    for (group, id) in groups.iter().zip(ids.iter()) {
        builder.append_option(group.or_else(|| id.and_then(group_of)));
    }
    Ok(builder.finish())
}

/// The resource group in an ARM id.
pub(crate) fn group_of(id: &str) -> Option<&str> {
    let mut parts = id.split('/');
    parts.find(|part| part.eq_ignore_ascii_case("resourcegroups"))?;
    parts.next().filter(|group| !group.is_empty())
}

fn days(frame: &DataFrame, format: &str) -> Result<StringChunked, DataError> {
    let dates = frame.column(DATE)?.date()?;
    let mut known: HashMap<i32, String> = HashMap::new();
    let mut builder = StringChunkedBuilder::new("key".into(), dates.len());
    for day in dates.physical().iter() {
        let text = day.map(|day| {
            known
                .entry(day)
                .or_insert_with(|| day_text(day, format))
                .as_str()
        });
        builder.append_option(text);
    }
    Ok(builder.finish())
}

fn day_text(day: i32, format: &str) -> String {
    let offset = Days::new(u64::from(day.unsigned_abs()));
    let epoch = NaiveDate::default();
    let date = if day < 0 {
        epoch.checked_sub_days(offset)
    } else {
        epoch.checked_add_days(offset)
    };
    date.map(|date| date.format(format).to_string())
        .unwrap_or_default()
}

fn map_text(texts: &StringChunked, change: impl Fn(&str) -> Option<String>) -> StringChunked {
    let mut known: HashMap<&str, Option<String>> = HashMap::new();
    let mut builder = StringChunkedBuilder::new("key".into(), texts.len());
    for text in texts.iter() {
        let value =
            text.and_then(|text| known.entry(text).or_insert_with(|| change(text)).as_deref());
        builder.append_option(value);
    }
    builder.finish()
}

/// A key column under the name it has in a query.
pub(crate) fn named(column: &KeyColumn, name: &str) -> polars::prelude::Column {
    let mut values = column.values.clone();
    values.rename(name.into());
    values.into_column()
}

/// Texts without blanks around them; what is only blanks is absent.
pub(crate) fn trimmed(texts: &StringChunked) -> StringChunked {
    map_text(texts, |text| {
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    })
}
