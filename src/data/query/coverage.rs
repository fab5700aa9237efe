//! Finds the scope of a source in its rows: accounts, profiles, sections and subscriptions.

use crate::data::columns::text_column::NONE;
use crate::data::dataset::Dataset;
use crate::data::engine::scan::fold_part;
use crate::data::engine::{filter, keys};
use crate::data::error::DataError;
use crate::domain::query::column_kinds::{ACCOUNT, PROFILE, SECTION};
use crate::domain::query::columns::{Role, plain};
use crate::domain::query::group_key::GroupKey;
use crate::domain::scope::is_guid;
use std::collections::{BTreeMap, BTreeSet};

/// Values of one level of scope, in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Level {
    pub values: BTreeSet<String>,
    /// Whether there are rows without a value.
    pub blanks: bool,
}

/// The scope of a source: the values of its account, profile and section columns, by header as
/// [`plain`] spells it, and its subscriptions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    pub levels: BTreeMap<&'static str, Level>,
    pub subscriptions: Level,
}

impl Level {
    fn is_apart_from(&self, other: &Self) -> bool {
        let known = |level: &Self| !level.blanks && !level.values.is_empty();
        known(self) && known(other) && self.values.is_disjoint(&other.values)
    }

    fn join(&mut self, other: Self) {
        self.values.extend(other.values);
        self.blanks |= other.blanks;
    }
}

impl Coverage {
    /// Whether the subscriptions rule out common rows. GUIDs are not compared with the numbers of the old portal.
    pub fn has_other_subscriptions(&self, other: &Self) -> bool {
        let guids = |coverage: &Self| coverage.subscriptions.values.iter().all(|id| is_guid(id));
        guids(self) == guids(other) && self.subscriptions.is_apart_from(&other.subscriptions)
    }

    /// Whether the rows belong to different accounts, profiles or sections. Only columns of the same name are compared,
    /// since names differ in meaning between layouts. If both sides have ids, names are ignored, since they change.
    pub fn is_elsewhere(&self, other: &Self) -> bool {
        [ACCOUNT, PROFILE, SECTION].iter().any(|headers| {
            let both = headers.iter().filter_map(|header| {
                let levels = (self.levels.get(header)?, other.levels.get(header)?);
                Some((header.ends_with("id"), levels))
            });
            let both: Vec<_> = both.collect();
            let by_id = both.iter().any(|(is_id, _)| *is_id);
            both.iter()
                .filter(|(is_id, _)| *is_id || !by_id)
                .any(|(_, (mine, theirs))| mine.is_apart_from(theirs))
        })
    }

    /// Whether both have rows of a common subscription.
    pub fn shares_subscriptions(&self, other: &Self) -> bool {
        let (mine, theirs) = (&self.subscriptions.values, &other.subscriptions.values);
        !mine.is_disjoint(theirs)
    }

    /// The values of all columns of one level.
    pub fn values_of(&self, headers: &[&str]) -> BTreeSet<String> {
        let levels = headers.iter().filter_map(|header| self.levels.get(header));
        levels.flat_map(|level| level.values.clone()).collect()
    }
}

/// Finds the scope of the source at an index.
pub fn coverage(data: &Dataset, at: usize) -> Result<Coverage, DataError> {
    let Some(part) = data.parts().get(at) else {
        return Ok(Coverage::default());
    };
    let headers = &part.stored.layout.headers;
    let known = [ACCOUNT, PROFILE, SECTION].concat();
    let named = known.into_iter().filter_map(|name| {
        let header = headers.iter().find(|header| plain(header) == name)?;
        Some((Some(name), GroupKey::Column(header.clone())))
    });
    let subscription = (None, GroupKey::Role(Role::Subscription));
    let keys: Vec<(Option<&'static str>, GroupKey)> = named.chain([subscription]).collect();
    let empty = || vec![Level::default(); keys.len()];
    let states = fold_part(data, at, empty, |levels, slice| {
        for (level, (_, key)) in levels.iter_mut().zip(&keys) {
            let coded = keys::of(slice, key)?;
            level.blanks |= coded.codes.get().contains(&NONE);
            for code in filter::kept_codes(&coded, None) {
                match coded.words.get(code) {
                    Some(text) if is_none(text) => level.blanks = true,
                    Some(text) => {
                        level.values.insert(last_segment(text));
                    }
                    None => level.blanks = true,
                }
            }
        }
        Ok(())
    })?;
    let mut all = empty();
    for state in states {
        for (level, more) in all.iter_mut().zip(state) {
            level.join(more);
        }
    }
    let mut coverage = Coverage::default();
    for ((name, _), level) in keys.into_iter().zip(all) {
        match name {
            Some(name) => {
                coverage.levels.insert(name, level);
            }
            None => coverage.subscriptions = level,
        }
    }
    Ok(coverage)
}

/// Whether an id is missing: older files fill it with zeros.
fn is_none(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0' | b'-'))
}

/// The last segment of a path, in lower case. Layouts write ids alone or as a path, and accounts with or without the
/// day of their agreement, which is cut off.
fn last_segment(text: &str) -> String {
    let end = text.trim_end_matches('/').rsplit('/').next();
    let end = end.unwrap_or(text).to_lowercase();
    let day = |text: &str| {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        text.len() == 10 && digits == 8 && text.matches('-').count() == 2
    };
    match end.rsplit_once('_') {
        Some((id, agreement)) if day(agreement) => id.to_owned(),
        _ => end,
    }
}
