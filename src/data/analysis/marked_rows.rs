//! Counts the marks that sources of one layout have in common: at least as many as they have common rows.

use crate::data::dataset::Dataset;
use crate::data::dataset::row_marks::RowMarks;
use crate::data::error::DataError;
use crate::data::threads::on_threads;
use hashbrown::HashMap;
use std::ops::Range;

/// Marks are sorted in so many shares, so that few of them are copied at a time.
const SHARES: u64 = 16;
/// Above this number of common marks, nothing is said: the rows are compared by all columns.
const MANY: usize = 1 << 22;

/// Common marks of pairs of sources.
type Counts = HashMap<(usize, usize), u64>;

/// The marks that pairs of sources have in common.
#[derive(Default)]
pub(crate) struct MarkedRows {
    /// For each source, the number of the columns behind its marks; `None` if it has no marks.
    columns: Vec<Option<usize>>,
    rows: Counts,
    usage: Counts,
}

/// The largest number of rows that two sources may have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MostCommon {
    /// Rows that are equal.
    pub(crate) rows: u64,
    /// Rows with money that are the same usage.
    pub(crate) usage: u64,
}

impl MarkedRows {
    /// Counts the common marks of all sources.
    pub(crate) fn of(data: &Dataset) -> Result<Self, DataError> {
        let mut found = Self::default();
        let mut known: HashMap<&[String], usize> = HashMap::new();
        let mut marked: Vec<(usize, usize, &RowMarks)> = Vec::new();
        for (at, part) in data.parts().iter().enumerate() {
            let marks = part.marks.as_deref();
            let number = marks.map(|marks| {
                let next = known.len();
                *known.entry(&marks.columns).or_insert(next)
            });
            found.columns.push(number);
            marked.extend(number.zip(marks).map(|(number, marks)| (number, at, marks)));
        }
        for number in 0..known.len() {
            let own = marked.iter().filter(|(columns, ..)| *columns == number);
            let own: Vec<(usize, &RowMarks)> = own.map(|(_, at, marks)| (*at, *marks)).collect();
            let rows = common(data, &own, |marks| marks.rows.iter().copied())?;
            let usage = common(data, &own, |marks| {
                marks.usage.iter().map(|mark| u64::from(*mark) << 32)
            })?;
            match rows.zip(usage) {
                Some((rows, usage)) => {
                    found.rows.extend(rows);
                    found.usage.extend(usage);
                }
                None => found
                    .columns
                    .iter_mut()
                    .filter(|columns| **columns == Some(number))
                    .for_each(|columns| *columns = None),
            }
        }
        Ok(found)
    }

    /// The most rows that two sources may have in common; `None` if their marks do not tell.
    pub(crate) fn most_common(&self, one: usize, other: usize) -> Option<MostCommon> {
        let columns = |at: usize| self.columns.get(at).copied().flatten();
        let pair = (one.min(other), one.max(other));
        let count = |counts: &Counts| counts.get(&pair).copied().unwrap_or_default();
        (columns(one)? == columns(other)?).then(|| MostCommon {
            rows: count(&self.rows),
            usage: count(&self.usage),
        })
    }
}

/// The number of common marks of each pair of these sources; `None` if there are too many.
fn common<'a, I: Iterator<Item = u64>>(
    data: &Dataset,
    sources: &[(usize, &'a RowMarks)],
    marks_of: impl Fn(&'a RowMarks) -> I + Sync,
) -> Result<Option<Counts>, DataError> {
    if sources.len() < 2 {
        return Ok(Some(Counts::default()));
    }
    let share_of = |share: u64| -> Range<u64> {
        let size = u64::MAX / SHARES + 1;
        share * size..(share * size).saturating_add(size)
    };
    let shares = usize::try_from(SHARES).unwrap_or_default();
    let start = || (Counts::default(), 0);
    let states = on_threads(data.threads(), shares, start, |(counts, total), share| {
        data.check_wanted()?;
        let range = share_of(share as u64);
        let mut marks: Vec<(u64, usize)> = Vec::new();
        for (at, source) in sources {
            let own = marks_of(source);
            // The last mark of all is in no range; it counts as the one before.
            let own = own.map(|mark| mark.min(u64::MAX - 1));
            let own = own.filter(|mark| range.contains(mark));
            marks.extend(own.map(|mark| (mark, *at)));
        }
        marks.sort_unstable();
        for same in marks.chunk_by(|(one, _), (other, _)| one == other) {
            if *total < MANY {
                *total += count_pairs(counts, same);
            }
        }
        Ok(())
    })?;
    let (mut all, mut seen) = (Counts::default(), 0);
    for (counts, total) in states {
        seen += total;
        for (pair, count) in counts {
            *all.entry(pair).or_default() += count;
        }
    }
    Ok((seen < MANY).then_some(all))
}

/// Counts rows with the same mark, sorted by source. A repeated mark counts as often as in the source that has it less
/// often. Returns the number of pairs.
fn count_pairs(counts: &mut Counts, same: &[(u64, usize)]) -> usize {
    let mut pairs = 0;
    let mut sources = same.chunk_by(|(_, one), (_, other)| one == other);
    while let Some(one) = sources.next() {
        for other in sources.clone() {
            if let ([(_, at), ..], [(_, behind), ..]) = (one, other) {
                let both = one.len().min(other.len()) as u64;
                *counts.entry((*at, *behind)).or_default() += both;
                pairs += 1;
            }
        }
    }
    pairs
}
