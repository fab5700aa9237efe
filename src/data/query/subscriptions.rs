//! Finds subscriptions in the rows: their names, and which of them have usage.

use crate::data::dataset::Dataset;
use crate::data::engine::external::delegate;
use crate::data::engine::scan::fold;
use crate::data::engine::{filter, keys};
use crate::data::error::DataError;
use crate::domain::query::columns::Role;
use crate::domain::query::filter::{Comparator, Filter};
use crate::domain::query::group_key::GroupKey;
use std::collections::{BTreeSet, HashMap};

/// The ids, in lower case, of the subscriptions with usage.
pub fn with_usage(data: &Dataset) -> Result<BTreeSet<String>, DataError> {
    let charge_type = GroupKey::Role(Role::ChargeType);
    let usage = Filter::compare(charge_type, Comparator::Equal, "Usage".to_owned());
    let states = fold(
        data,
        BTreeSet::new,
        |found: &mut BTreeSet<String>, slice| {
            let mask = filter::mask(slice, &usage)?;
            let ids = keys::of(slice, &GroupKey::Role(Role::Subscription))?;
            let seen = filter::kept_codes(&ids, Some(&mask)).into_iter();
            found.extend(seen.filter_map(|code| ids.words.get(code).map(str::to_lowercase)));
            Ok(())
        },
    )?;
    Ok(states.into_iter().flatten().collect())
}

/// The name of each subscription, by its id in lower case.
pub fn names(data: &Dataset) -> Result<HashMap<String, String>, DataError> {
    if let Some(names) = delegate::subscription_names(data)? {
        return Ok(names);
    }
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
