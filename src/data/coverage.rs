//! What the rows of a source say about its scope: accounts, profiles, sections and subscriptions.

use super::dataset::Dataset;
use super::engine::scan::fold_part;
use super::engine::{filter, keys};
use super::error::DataError;
use super::reading::texts::NONE;
use crate::domain::column_kinds::{ACCOUNT, PROFILE, SECTION};
use crate::domain::columns::{Role, plain};
use crate::domain::query::GroupKey;
use std::collections::BTreeSet;

/// Values of one level of scope, in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Level {
    pub values: BTreeSet<String>,
    /// Whether rows stand outside: without a value.
    pub blanks: bool,
}

/// The scope of a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    pub accounts: Level,
    pub profiles: Level,
    pub sections: Level,
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
    /// Whether no row can be in both. Accounts, profiles and sections have other names in other layouts.
    pub fn is_apart_from(&self, other: &Self, one_layout: bool) -> bool {
        let by_level = |level: fn(&Self) -> &Level| level(self).is_apart_from(level(other));
        by_level(|coverage| &coverage.subscriptions)
            || (one_layout
                && (by_level(|coverage| &coverage.accounts)
                    || by_level(|coverage| &coverage.profiles)
                    || by_level(|coverage| &coverage.sections)))
    }

    /// Whether both have rows of one subscription.
    pub fn shares_subscriptions(&self, other: &Self) -> bool {
        let (mine, theirs) = (&self.subscriptions.values, &other.subscriptions.values);
        !mine.is_disjoint(theirs)
    }
}

/// The scope of a source, by its place.
pub fn coverage(data: &Dataset, at: usize) -> Result<Coverage, DataError> {
    let Some(part) = data.parts().get(at) else {
        return Ok(Coverage::default());
    };
    let column = |names: &[&str]| {
        let headers = &part.stored.layout.headers;
        let find = |name: &&str| headers.iter().find(|header| plain(header) == *name);
        names.iter().find_map(find).cloned()
    };
    let keys = [
        column(ACCOUNT).map(GroupKey::Column),
        column(PROFILE).map(GroupKey::Column),
        column(SECTION).map(GroupKey::Column),
        Some(GroupKey::Role(Role::Subscription)),
    ];
    let states = fold_part(data, at, <[Level; 4]>::default, |levels, slice| {
        for (level, key) in levels.iter_mut().zip(&keys) {
            let Some(key) = key else {
                level.blanks = true;
                continue;
            };
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
    let mut all = <[Level; 4]>::default();
    for state in states {
        for (level, more) in all.iter_mut().zip(state) {
            level.join(more);
        }
    }
    let [accounts, profiles, sections, subscriptions] = all;
    Ok(Coverage {
        accounts,
        profiles,
        sections,
        subscriptions,
    })
}

/// Older files fill ids with zeros where there is none.
fn is_none(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0' | b'-'))
}

/// The end of a path: layouts write ids alone or with what they belong to.
fn last_segment(text: &str) -> String {
    let end = text.trim_end_matches('/').rsplit('/').next();
    end.unwrap_or(text).to_lowercase()
}
