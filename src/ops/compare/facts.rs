//! The parts of a group, on both sides of a comparison.

use crate::domain::analysis::comparison::Sort;
use crate::domain::analysis::pair_facts::PairFacts;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::ops::Dataset;
use crate::ops::error::OpsError;
use crate::ops::explore::{ask, open};

/// The parts that are named by each key.
const NAMED: usize = 3;

/// The days of the rows of a filter on both sides, and their largest parts by each key.
pub fn of(
    [actual, amortized]: [&Dataset; 2],
    filter: Option<&Filter>,
    keys: &[GroupKey],
) -> Result<PairFacts, OpsError> {
    let first = keys.get(..1).unwrap_or_default();
    let days = |side: &Dataset| ask::line_facts(side, filter, first).map(|facts| facts.days);
    let mut facts = PairFacts {
        days: [days(actual)?, days(amortized)?],
        parts: Vec::new(),
    };
    for key in keys {
        let lines = (Sort::default(), Some(NAMED));
        let key = std::slice::from_ref(key);
        let found = open::compare(actual, amortized, key, filter, lines)?;
        if found.groups.iter().any(|group| group.keys != [None]) {
            facts.parts.push(found);
        }
    }
    Ok(facts)
}
