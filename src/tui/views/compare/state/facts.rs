//! The facts of groups of a comparison.

use crate::domain::analysis::pair_facts::PairFacts;
use crate::domain::table::group::GroupId;
use crate::tui::ticket::{Problem, Ticket};
use std::collections::HashMap;

/// Facts of groups, as far as requested.
#[derive(Debug, Default)]
pub struct FactsOfGroups {
    /// The facts of a group, or the reason that they could not be found.
    pub known: HashMap<GroupId, Result<PairFacts, Problem>>,
    /// The pending question, and its group.
    pub asked: Option<(Ticket, GroupId)>,
}
