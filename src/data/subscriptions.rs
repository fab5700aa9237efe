//! What rows say about subscriptions: their names, and which of them used anything.

use super::dataset::Dataset;
use super::engine::keys;
use super::engine::scan::fold;
use super::error::DataError;
use super::reading::texts::NONE;
use crate::domain::columns::Role;
use crate::domain::query::GroupKey;
use std::collections::{BTreeSet, HashMap};

/// The ids, in small letters, of the subscriptions with usage.
pub fn with_usage(data: &Dataset) -> Result<BTreeSet<String>, DataError> {
    let states = fold(
        data,
        BTreeSet::new,
        |found: &mut BTreeSet<String>, slice| {
            let charges = slice.role_texts(Role::ChargeType)?;
            let ids = keys::of(slice, &GroupKey::Role(Role::Subscription))?;
            let codes = 0..u32::try_from(charges.values.len()).unwrap_or(NONE);
            let is_usage: Vec<bool> = codes
                .map(|code| charges.get(code) == Some("Usage"))
                .collect();
            let mut seen = vec![false; ids.words.len()];
            for (id, charge) in ids.codes.get().iter().zip(charges.codes.iter()) {
                if is_usage.get(*charge as usize) == Some(&true)
                    && let Some(seen) = seen.get_mut(*id as usize)
                {
                    *seen = true;
                }
            }
            let seen = (0_u32..).zip(seen).filter(|(_, seen)| *seen);
            let ids = seen.filter_map(|(code, _)| ids.words.get(code));
            found.extend(ids.map(str::to_lowercase));
            Ok(())
        },
    )?;
    Ok(states.into_iter().flatten().collect())
}

/// The name of each subscription, by its id in lower case.
pub fn names(data: &Dataset) -> Result<HashMap<String, String>, DataError> {
    let states = fold(
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
