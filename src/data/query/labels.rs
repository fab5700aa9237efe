//! Display names for ids: subscriptions by their name in the data, resources by the last segment of their path.

use super::subscriptions;
use crate::data::dataset::Dataset;
use crate::data::error::DataError;
use crate::domain::query::columns::Role;
use crate::domain::query::group_key::GroupKey;
use std::collections::HashMap;

/// Display names for the values of some keys.
pub(crate) struct Labels {
    kinds: Vec<Label>,
}

enum Label {
    None,
    PathEnd,
    Names(HashMap<String, String>),
}

impl Labels {
    pub(crate) fn of(data: &Dataset, keys: &[GroupKey]) -> Result<Self, DataError> {
        let kinds = keys
            .iter()
            .map(|key| match key {
                GroupKey::Role(Role::Subscription) => Ok(Label::Names(subscriptions::names(data)?)),
                GroupKey::Role(Role::Resource | Role::Reservation | Role::Benefit) => {
                    Ok(Label::PathEnd)
                }
                GroupKey::Role(_) | GroupKey::Month | GroupKey::Tag(_) | GroupKey::Column(_) => {
                    Ok(Label::None)
                }
            })
            .collect::<Result<_, DataError>>()?;
        Ok(Self { kinds })
    }

    /// The display names of these keys, where they have one.
    pub(crate) fn of_keys(&self, keys: &[Option<String>]) -> Vec<Option<String>> {
        let keys = keys.iter().enumerate();
        keys.map(|(at, key)| self.of_key(at, key.as_deref()?))
            .collect()
    }

    /// The display names of these keys in two datasets; those of the first one go first.
    pub(crate) fn of_either(both: &[Self; 2], keys: &[Option<String>]) -> Vec<Option<String>> {
        let keys = keys.iter().enumerate();
        keys.map(|(at, key)| {
            let key = key.as_deref()?;
            both.iter().find_map(|labels| labels.of_key(at, key))
        })
        .collect()
    }

    /// The display name of the key at this index.
    pub(crate) fn of_key(&self, at: usize, key: &str) -> Option<String> {
        match self.kinds.get(at)? {
            Label::None => None,
            Label::PathEnd => key
                .trim_end_matches('/')
                .rsplit('/')
                .next()
                .map(ToOwned::to_owned),
            Label::Names(names) => names.get(&key.to_lowercase()).cloned(),
        }
    }
}
