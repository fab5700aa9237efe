//! Finds the pairs of sources with a common row, in one pass over all sources. Comparing each pair would take time
//! quadratic in their number.

use super::row_identity::{RowIdentity, fills, rows};
use crate::data::columns::column_types::ColumnKind;
use crate::data::dataset::Dataset;
use crate::data::engine::scan::fold_part;
use crate::data::error::DataError;
use crate::domain::query::columns::Role;
use hashbrown::{HashMap, HashSet};

/// Below this number, sources are compared pair by pair.
const FEW: usize = 16;
/// Above this number of layouts, comparing each with each gains nothing.
const MANY: usize = 24;

/// Maximum number of pairs recorded.
const MOST_PAIRS: usize = 1 << 20;

/// Columns by name and type, and whether resources are filled in.
type TableShape = (Vec<(String, ColumnKind)>, bool);

/// The result of the pass.
#[derive(Default)]
pub(crate) struct SharedRows {
    /// The layout number of each source.
    layouts: Vec<usize>,
    /// Layouts that were compared with each other.
    compared: HashSet<(usize, usize)>,
    pairs: HashSet<(usize, usize)>,
}

fn ordered(one: usize, other: usize) -> (usize, usize) {
    (one.min(other), one.max(other))
}

impl SharedRows {
    /// Compares the sources of each layout, by the `identity` of two of them.
    pub(crate) fn within(
        data: &Dataset,
        identity: impl Fn(&Dataset, usize, usize) -> RowIdentity,
    ) -> Result<Self, DataError> {
        let (mut found, layouts) = Self::begin(data)?;
        for (number, sources) in layouts.iter().enumerate() {
            if let [first, second, ..] = sources.as_slice() {
                let identity = identity(data, *first, *second);
                found.add(data, &mut HashMap::new(), sources, &identity)?;
                found.compared.insert((number, number));
            }
        }
        Ok(found)
    }

    /// Compares the sources of different layouts, by the columns that all layouts share.
    pub(crate) fn across(data: &Dataset) -> Result<Self, DataError> {
        let (mut found, layouts) = Self::begin(data)?;
        if layouts.len() > MANY {
            return Ok(found);
        }
        for (number, sources) in layouts.iter().enumerate() {
            for (other, theirs) in layouts.iter().enumerate().take(number) {
                let (Some(first), Some(second)) = (sources.first(), theirs.first()) else {
                    continue;
                };
                let identity = RowIdentity::across(data, *first, *second)?;
                let mut holders = HashMap::new();
                found.add(data, &mut holders, sources, &identity)?;
                found.add(data, &mut holders, theirs, &identity)?;
                found.compared.insert(ordered(number, other));
            }
        }
        Ok(found)
    }

    /// Groups the sources by layout.
    fn begin(data: &Dataset) -> Result<(Self, Vec<Vec<usize>>), DataError> {
        let (mut found, mut layouts) = (Self::default(), Vec::<Vec<usize>>::new());
        let parts = data.parts();
        if parts.len() < FEW {
            return Ok((found, layouts));
        }
        let mut known: HashMap<TableShape, usize> = HashMap::new();
        for (at, part) in parts.iter().enumerate() {
            let headers = part.stored.layout.headers.iter();
            let columns = headers
                .map(|header| (header.clone(), part.stored.kind(header)))
                .collect();
            let shape = (columns, fills(data, at, Role::Resource)?);
            let number = *known.entry(shape).or_insert(layouts.len());
            if number == layouts.len() {
                layouts.push(Vec::new());
            }
            if let Some(sources) = layouts.get_mut(number) {
                sources.push(at);
            }
            found.layouts.push(number);
        }
        Ok((found, layouts))
    }

    /// Records the pairs between these sources and those added before.
    fn add(
        &mut self,
        data: &Dataset,
        holders: &mut HashMap<u64, Vec<usize>>,
        sources: &[usize],
        identity: &RowIdentity,
    ) -> Result<(), DataError> {
        if identity.is_empty() {
            return Ok(());
        }
        for at in sources {
            let seen = fold_part(data, *at, HashSet::<u64>::new, |seen, slice| {
                let rows = rows(slice, identity)?;
                seen.extend(rows.into_iter().flatten().map(|row| row.hash));
                Ok(())
            })?;
            let seen: HashSet<u64> = seen.into_iter().flatten().collect();
            for hash in seen {
                let holders = holders.entry(hash).or_default();
                if self.pairs.len() > MOST_PAIRS {
                    // With this many common rows, comparing pair by pair finds them quickly.
                    self.layouts.clear();
                    return Ok(());
                }
                let pairs = holders.iter().map(|other| ordered(*other, *at));
                self.pairs.extend(pairs);
                holders.push(*at);
            }
        }
        Ok(())
    }

    /// Whether it is known that two sources have no row in common.
    pub(crate) fn exclude(&self, one: usize, other: usize) -> bool {
        let layouts = (self.layouts.get(one), self.layouts.get(other));
        let (Some(first), Some(second)) = layouts else {
            return false;
        };
        self.compared.contains(&ordered(*first, *second))
            && !self.pairs.contains(&ordered(one, other))
    }
}
