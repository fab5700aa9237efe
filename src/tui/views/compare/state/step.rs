//! A drilldown step in a pair.

use crate::domain::query::columns::Role;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::tui::said::Masked;
use crate::tui::state::cursor::Cursor;

/// A drilldown step in the pair.
#[derive(Debug, Clone)]
pub struct PairStep {
    pub label: Masked,
    pub filter: Option<Filter>,
    /// The filter of the group that the step enters; `None` if it enters no group.
    pub within: Option<Filter>,
    pub group_by: Vec<GroupKey>,
    /// The remaining drilldown levels.
    pub levels: Vec<GroupKey>,
    pub cursor: Cursor,
}

/// The drilldown levels under these keys, down to the charges of a day: only there do the sides show what differs.
fn levels_to_charges(keys: &[GroupKey]) -> Vec<GroupKey> {
    let way = [
        Role::ResourceGroup,
        Role::Resource,
        Role::Meter,
        Role::Date,
        Role::ChargeType,
    ];
    let way = way.map(GroupKey::Role);
    // A resource is in one resource group only.
    let resource = keys.contains(&GroupKey::Role(Role::Resource));
    let told = |key: &GroupKey| {
        keys.contains(key) || (resource && *key == GroupKey::Role(Role::ResourceGroup))
    };
    way.into_iter().filter(|key| !told(key)).collect()
}

impl PairStep {
    /// A step with the cursor on its first group.
    pub fn new(label: impl Into<Masked>, filter: Option<Filter>, group_by: Vec<GroupKey>) -> Self {
        Self {
            label: label.into(),
            within: None,
            filter,
            levels: levels_to_charges(&group_by),
            group_by,
            cursor: Cursor::default(),
        }
    }
}
