//! Partial aggregation of one row group, by its dictionary codes. The groups are merged once the codes are mapped to
//! shared numbers.

use super::accumulator::{Quantity, Sum};
use super::measures::Measures;
use crate::data::columns::text_column::NONE;
use crate::data::engine::dictionary::DictColumn;
use crate::data::engine::filter::keeps;
use crate::data::error::{DataError, overflow};
use hashbrown::HashMap;

/// Up to this many combinations of codes get an index, whatever the row count. With far more combinations than rows, a
/// map is smaller.
const DENSE: usize = 1 << 16;

/// The groups of one row group, by the codes of its columns and the mark.
pub(crate) struct PartialAgg {
    pub(crate) width: usize,
    pub(crate) keys: Vec<u32>,
    pub(crate) sums: Vec<Sum>,
    /// The quantity of each sum; empty if quantities are not summed.
    pub(crate) quantities: Vec<Quantity>,
}

/// The columns that a row group is grouped by.
pub(crate) struct Split<'a> {
    pub(crate) coded: &'a [DictColumn],
    pub(crate) marks: Option<&'a [u8]>,
    pub(crate) mask: Option<&'a [bool]>,
}

impl Split<'_> {
    /// The number of codes of each column, including the one for missing values, followed by the number of marks.
    fn sizes(&self) -> Vec<usize> {
        let sizes = self.coded.iter().map(|column| column.words.len() + 1);
        let marks = self.marks.and_then(|marks| marks.iter().max());
        let bound = marks.map_or(1, |most| usize::from(*most) + 1);
        sizes.chain([bound]).collect()
    }

    /// The code of a column in a row, or the mark if `at` is past the last column.
    fn code(&self, at: usize, row: usize) -> u32 {
        match self.coded.get(at) {
            Some(column) => column.codes.get().get(row).copied().unwrap_or(NONE),
            None => self.mark(row),
        }
    }

    pub(crate) fn mark(&self, row: usize) -> u32 {
        let mark = self.marks.and_then(|marks| marks.get(row));
        mark.copied().map_or(0, u32::from)
    }

    /// The index of each row among all combinations of codes.
    fn index(&self, sizes: &[usize], rows: usize) -> Vec<u32> {
        let mut index = vec![0_u32; rows];
        for (column, size) in self.coded.iter().zip(sizes) {
            let size = u32::try_from(*size).unwrap_or(NONE);
            if size == 1 {
                continue;
            }
            for (at, code) in index.iter_mut().zip(column.codes.get()) {
                *at = *at * size + (*code).min(size - 1);
            }
        }
        if let (Some(marks), Some(size)) = (self.marks, sizes.last()) {
            let size = u32::try_from(*size).unwrap_or(NONE);
            for (at, mark) in index.iter_mut().zip(marks) {
                *at = *at * size + u32::from(*mark).min(size - 1);
            }
        }
        index
    }
}

impl PartialAgg {
    /// Aggregates the rows of a row group.
    pub(crate) fn of(split: &Split<'_>, rows: &Measures<'_>) -> Result<Self, DataError> {
        let sizes = split.sizes();
        let product = sizes
            .iter()
            .try_fold(1_usize, |all, size| all.checked_mul(*size));
        let mut local = Self {
            width: sizes.len(),
            keys: Vec::new(),
            sums: Vec::new(),
            quantities: Vec::new(),
        };
        let count = rows.costs.len();
        match product {
            Some(product) if product <= DENSE.max(count * 64) => {
                let mut places = vec![NONE; product];
                let index = split.index(&sizes, count);
                local.add_rows(split.mask, rows, |local, row| {
                    let at = index.get(row)?;
                    let place = places.get_mut(*at as usize)?;
                    if *place == NONE {
                        *place = local.number();
                        push_codes(&mut local.keys, *at as usize, &sizes);
                    }
                    Some(*place)
                })?;
            }
            // Too many combinations for a table, but each still fits one number.
            Some(product) if u32::try_from(product).is_ok() => {
                let mut places: HashMap<u32, u32> = HashMap::new();
                let index = split.index(&sizes, count);
                local.add_rows(split.mask, rows, |local, row| {
                    let at = *index.get(row)?;
                    Some(*places.entry(at).or_insert_with(|| {
                        let number = local.number();
                        push_codes(&mut local.keys, at as usize, &sizes);
                        number
                    }))
                })?;
            }
            _ => {
                let mut places: HashMap<Vec<u32>, u32> = HashMap::new();
                let mut key = Vec::with_capacity(sizes.len());
                local.add_rows(split.mask, rows, |local, row| {
                    key.clear();
                    key.extend((0..sizes.len()).map(|at| split.code(at, row)));
                    if let Some(number) = places.get(&key) {
                        return Some(*number);
                    }
                    let number = local.number();
                    local.keys.extend_from_slice(&key);
                    places.insert(key.clone(), number);
                    Some(number)
                })?;
            }
        }
        Ok(local)
    }

    /// The number of the next new group.
    fn number(&self) -> u32 {
        u32::try_from(self.sums.len()).unwrap_or(NONE)
    }

    /// Adds every row that is kept to the group whose number `place` returns.
    fn add_rows(
        &mut self,
        mask: Option<&[bool]>,
        rows: &Measures<'_>,
        mut place: impl FnMut(&mut Self, usize) -> Option<u32>,
    ) -> Result<(), DataError> {
        for row in 0..rows.costs.len() {
            if !keeps(mask, row) {
                continue;
            }
            let Some(at) = place(self, row) else {
                continue;
            };
            let at = at as usize;
            if at == self.sums.len() {
                self.sums.push(Sum::EMPTY);
                if rows.has_quantities() {
                    self.quantities.push(Quantity::EMPTY);
                }
            }
            if let Some(sum) = self.sums.get_mut(at) {
                rows.add(sum, row).ok_or_else(overflow)?;
            }
            if let Some(sum) = self.quantities.get_mut(at) {
                rows.add_quantity(sum, row).ok_or_else(overflow)?;
            }
        }
        Ok(())
    }
}

/// Decodes a table index into codes; the last code of a column stands for missing values.
fn push_codes(keys: &mut Vec<u32>, mut at: usize, sizes: &[usize]) {
    let start = keys.len();
    for size in sizes.iter().rev() {
        keys.push(u32::try_from(at % size).unwrap_or(NONE));
        at /= size;
    }
    if let Some(codes) = keys.get_mut(start..) {
        codes.reverse();
    }
}
