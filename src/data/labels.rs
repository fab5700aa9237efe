//! Names that screens show instead of ids: subscriptions by the name in the data, resources by the end of their path.

use super::dataset::Dataset;
use super::engine::{keys, scan};
use super::error::DataError;
use crate::domain::columns::Role;
use crate::domain::query::GroupKey;
use std::collections::HashMap;

/// The names for some keys.
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
                GroupKey::Role(Role::Subscription) => Ok(Label::Names(subscription_names(data)?)),
                GroupKey::Role(Role::Resource | Role::Reservation | Role::Benefit) => {
                    Ok(Label::PathEnd)
                }
                _ => Ok(Label::None),
            })
            .collect::<Result<_, DataError>>()?;
        Ok(Self { kinds })
    }

    /// What is shown instead of these keys.
    pub(crate) fn of_keys(&self, keys: &[Option<String>]) -> Vec<Option<String>> {
        let keys = keys.iter().enumerate();
        keys.map(|(at, key)| self.of_key(at, key.as_deref()?))
            .collect()
    }

    /// What is shown instead of the key at this place.
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

/// The name of each subscription, by its id in lower case.
pub(crate) fn subscription_names(data: &Dataset) -> Result<HashMap<String, String>, DataError> {
    let states = scan::fold(
        data,
        HashMap::<String, (u64, String)>::new,
        |found, slice| {
            let ids = keys::of(slice, &GroupKey::Role(Role::Subscription))?;
            let names = keys::of(slice, &GroupKey::Role(Role::SubscriptionName))?;
            let mut last = None;
            let pairs = ids.codes.get().iter().zip(names.codes.get());
            for ((id, name), row) in pairs.zip(slice.first..) {
                if last == Some((id, name)) {
                    continue;
                }
                last = Some((id, name));
                if let (Some(id), Some(name)) = (ids.words.get(*id), names.words.get(*name)) {
                    let lower = id.to_lowercase();
                    if found.get(&lower).is_none_or(|known| row < known.0) {
                        found.insert(lower, (row, name.to_owned()));
                    }
                }
            }
            Ok(())
        },
    )?;
    let mut all: HashMap<String, (u64, String)> = HashMap::new();
    for (id, found) in states.into_iter().flatten() {
        if all.get(&id).is_none_or(|known| found.0 < known.0) {
            all.insert(id, found);
        }
    }
    Ok(all.into_iter().map(|(id, (_, name))| (id, name)).collect())
}
