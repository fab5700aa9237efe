//! The groups that a search of all levels found.

use crate::domain::query::group_key::GroupKey;
use crate::domain::table::group::Group;

/// The groups that were found, with the keys of their paths.
pub type Hits = Vec<(Vec<GroupKey>, Group)>;

/// The group that was picked from the list.
pub fn hit<'a>(hits: &'a Hits, name: &str) -> Option<&'a (Vec<GroupKey>, Group)> {
    name.parse().ok().and_then(|at: usize| hits.get(at))
}
