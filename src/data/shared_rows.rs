//! Of many sources of one layout, the pairs that have any row in common: found in one pass over all of them, because looking
//! at each pair takes time with the square of their number.

use super::dataset::Dataset;
use super::engine::scan::fold_part;
use super::error::DataError;
use super::reading::columns::Kind;
use super::row_identity::{Identity, rows};
use hashbrown::{HashMap, HashSet};

/// So few sources are compared pair by pair.
const FEW: usize = 16;

/// Columns by name, and what each holds.
type Shape = Vec<(String, u8)>;

/// What was found in the pass.
#[derive(Default)]
pub(super) struct SharedRows {
    /// The layout of each source, by number; nothing where no other source has the same.
    layouts: Vec<Option<usize>>,
    pairs: HashSet<(usize, usize)>,
}

impl SharedRows {
    /// Compares all sources of each layout by the rows that `identity` makes of two of them.
    pub(super) fn find(
        data: &Dataset,
        identity: impl Fn(&Dataset, usize, usize) -> Identity,
    ) -> Result<Self, DataError> {
        let mut found = Self::default();
        let parts = data.parts();
        if parts.len() < FEW {
            return Ok(found);
        }
        let mut alike: HashMap<Shape, Vec<usize>> = HashMap::new();
        for (at, part) in parts.iter().enumerate() {
            let headers = part.stored.layout.headers.iter();
            let kind = |header: &String| match part.stored.kind(header) {
                Kind::Amount { .. } => 1,
                Kind::Day { .. } => 2,
                Kind::Text => 0,
            };
            let shape = headers.map(|header| (header.clone(), kind(header)));
            alike.entry(shape.collect()).or_default().push(at);
        }
        found.layouts = vec![None; parts.len()];
        let groups = alike.into_values().filter(|sources| sources.len() > 1);
        for (number, sources) in groups.enumerate() {
            for at in &sources {
                if let Some(layout) = found.layouts.get_mut(*at) {
                    *layout = Some(number);
                }
            }
            let [first, second, ..] = sources.as_slice() else {
                continue;
            };
            found.add(data, &sources, &identity(data, *first, *second))?;
        }
        Ok(found)
    }

    /// Notes the pairs among sources whose rows are told apart in one way.
    fn add(
        &mut self,
        data: &Dataset,
        sources: &[usize],
        identity: &Identity,
    ) -> Result<(), DataError> {
        if identity.is_empty() {
            return Ok(());
        }
        let mut holders: HashMap<u64, Vec<usize>> = HashMap::new();
        for at in sources {
            let seen = fold_part(data, *at, HashSet::<u64>::new, |seen, slice| {
                seen.extend(
                    rows(slice, identity)?
                        .into_iter()
                        .flatten()
                        .map(|row| row.hash),
                );
                Ok(())
            })?;
            let seen: HashSet<u64> = seen.into_iter().flatten().collect();
            for hash in seen {
                let holders = holders.entry(hash).or_default();
                self.pairs.extend(holders.iter().map(|other| (*other, *at)));
                holders.push(*at);
            }
        }
        Ok(())
    }

    /// Whether it is known that two sources have no row in common.
    pub(super) fn exclude(&self, one: usize, other: usize) -> bool {
        let layout = |at: usize| self.layouts.get(at).copied().flatten();
        let pair = (one.min(other), one.max(other));
        layout(one).is_some() && layout(one) == layout(other) && !self.pairs.contains(&pair)
    }
}
