//! The groups that a search over all levels of a view has found.

use super::group::Group;
use crate::domain::query::group_key::GroupKey;

/// The groups of one level whose name contains the searched text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelHits {
    /// The keys of the level, from that of the first one on. The last one has the text.
    pub path: Vec<GroupKey>,
    /// The largest of them, by the size of their cost.
    pub groups: Vec<Group>,
    /// How many there are.
    pub of: usize,
}
