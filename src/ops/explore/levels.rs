//! Searches all levels of a view for a text: its groups, and those below them.

use crate::data::dataset::Dataset;
use crate::data::query;
use crate::domain::query::Query;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::Sort;
use crate::domain::table::level_hits::LevelHits;
use crate::ops::error::OpsError;

/// The groups of a level that are named.
const NAMED: usize = 100;

/// The groups that contain a text, level by level. A group is found by the names of its own level only, because those above
/// it are found there. A level without a match is left out.
pub fn search(
    data: &Dataset,
    filter: Option<&Filter>,
    (group_by, levels): (&[GroupKey], &[GroupKey]),
    text: &str,
) -> Result<Vec<LevelHits>, OpsError> {
    let mut hits = Vec::new();
    for depth in 0..=levels.len() {
        let below = levels.iter().take(depth);
        let path: Vec<GroupKey> = group_by.iter().chain(below).cloned().collect();
        // The keys of the view stand side by side; those below it, one in another.
        let own = match depth {
            0 => 0..path.len(),
            _ => path.len() - 1..path.len(),
        };
        let question = Query {
            filter: filter.cloned(),
            group_by: path.clone(),
            sort: vec![Sort::BY_SIZE],
            ..Query::default()
        };
        let (groups, of) = query::matching(data, &question, (own, text), NAMED)?;
        if of > 0 {
            hits.push(LevelHits { path, groups, of });
        }
    }
    Ok(hits)
}
