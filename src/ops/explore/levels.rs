//! Searches all levels of a view for a text: its groups, and those below them.

use super::ask::narrowed;
use crate::data::analysis::{change, compare};
use crate::data::dataset::Dataset;
use crate::data::query;
use crate::data::room;
use crate::domain::analysis::comparison;
use crate::domain::period::DateRange;
use crate::domain::query::Query;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::sort::Sort;
use crate::domain::table::group::Group;
use crate::domain::table::level_hits::LevelHits;
use crate::domain::table::name_search::has_name;
use crate::ops::error::OpsError;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The groups of a level that are named.
const NAMED: usize = 100;

/// The data whose groups are searched, and the amounts they have.
#[derive(Debug, Clone)]
pub enum Searched {
    /// The costs of a table.
    Costs(Dataset),
    /// The differences between two periods of a table.
    Periods(Dataset, (DateRange, DateRange)),
    /// The differences between the actual and the amortized side of a pair.
    Pair(Box<[Dataset; 2]>),
}

impl Searched {
    /// The same data, whose search ends when the flag is set.
    #[must_use]
    pub fn stopped_by(&self, stop: &Arc<AtomicBool>) -> Self {
        match self {
            Self::Costs(data) => Self::Costs(data.stopped_by(stop)),
            Self::Periods(data, periods) => Self::Periods(data.stopped_by(stop), *periods),
            Self::Pair(sides) => {
                let sides = sides.each_ref().map(|side| side.stopped_by(stop));
                Self::Pair(Box::new(sides))
            }
        }
    }

    /// The largest groups with these keys whose names at some places contain a text, and how many there are.
    fn matching(
        &self,
        (path, filter): (&[GroupKey], Option<&Filter>),
        own: (Range<usize>, &str),
    ) -> Result<(Vec<Group>, usize), OpsError> {
        match self {
            Self::Costs(data) => {
                let question = Query {
                    filter: filter.cloned(),
                    group_by: path.to_vec(),
                    sort: vec![Sort::BY_SIZE],
                    ..Query::default()
                };
                Ok(query::matching(data, &question, own, NAMED)?)
            }
            Self::Periods(data, (before, after)) => {
                let [was, is] = [before, after].map(|days| narrowed((data, Some(*days)), filter));
                let mut kept = Kept::new(own);
                let sides = [(data, was.as_ref()), (data, is.as_ref())];
                change::each(sides, path, (&[], None), TOGETHER, |part| {
                    for changed in part.groups {
                        kept.add(changed.into_group());
                    }
                    Ok(())
                })?;
                Ok((kept.groups, kept.of))
            }
            Self::Pair(sides) => {
                let [actual, amortized] = sides.as_ref();
                let mut kept = Kept::new(own);
                let lines = (comparison::Sort::default(), None);
                compare::each(
                    [actual, amortized],
                    (path, filter),
                    lines,
                    TOGETHER,
                    |part| {
                        room::check_items(part.groups.len())?;
                        for delta in part.groups {
                            kept.add(delta.into_group());
                        }
                        Ok(())
                    },
                )?;
                Ok((kept.groups, kept.of))
            }
        }
    }
}

/// Groups whose bridges are held together.
const TOGETHER: usize = 4_096;

/// The first groups that match.
struct Kept {
    own: Range<usize>,
    /// The text in lower case.
    lower: String,
    groups: Vec<Group>,
    /// How many there are.
    of: usize,
}

impl Kept {
    fn new((own, text): (Range<usize>, &str)) -> Self {
        Self {
            own,
            lower: text.to_lowercase(),
            groups: Vec::new(),
            of: 0,
        }
    }

    fn add(&mut self, group: Group) {
        let own = |names: &[Option<String>]| -> Vec<Option<String>> {
            names.get(self.own.clone()).unwrap_or_default().to_vec()
        };
        if !has_name(&self.lower, &own(&group.labels), &own(&group.keys)) {
            return;
        }
        self.of += 1;
        if self.groups.len() < NAMED {
            self.groups.push(group);
        }
    }
}

/// The groups that contain a text, level by level, by the size of their amount. A group is found by the names of its own level
/// only, because those above it are found there. A level without a match is left out.
pub fn search(
    searched: &Searched,
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
        let (groups, of) = searched.matching((&path, filter), (own, text))?;
        if of > 0 {
            hits.push(LevelHits { path, groups, of });
        }
    }
    Ok(hits)
}
