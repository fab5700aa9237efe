//! How many shares the sums of an answer need, from a sample of the hashes of their keys.

use super::parts::{MOST, Parts};
use crate::data::dataset::Dataset;
use crate::data::engine::aggregate::share::hashes;
use crate::data::engine::dictionary::DictColumn;
use crate::data::engine::scan::{RowGroup, fold};
use crate::data::engine::{filter, keys};
use crate::data::error::DataError;
use crate::data::room;
use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use hashbrown::HashSet;
use xxhash_rust::xxh3::xxh3_64;

/// One hash of so many is kept.
const SAMPLED: u64 = 64;

/// The parts that an answer is made of.
pub(crate) struct PartedQuestion<'a> {
    pub(crate) sets: &'a [(&'a Dataset, Option<&'a Filter>)],
    pub(crate) keys: &'a [GroupKey],
    /// The number of keys that tell lines apart; the others tell apart the sums of a line.
    pub(crate) line: usize,
    /// Whether the sums of a line can be reduced to a few, a share of them at a time.
    pub(crate) reduces: bool,
}

/// A sample of the distinct hashes.
#[derive(Default)]
struct Sample {
    lines: HashSet<u64>,
    sums: HashSet<u64>,
    /// For each key.
    texts: Vec<SampledTexts>,
}

/// A sample of the distinct texts of a key.
#[derive(Default)]
struct SampledTexts {
    hashes: HashSet<u64>,
    bytes: u64,
}

/// The number of parts of which each fits the memory that is left.
pub(super) fn parts(asked: &PartedQuestion<'_>) -> Result<Parts, DataError> {
    let mut all = Sample::default();
    for (number, (data, filter)) in (0..).zip(asked.sets) {
        let samples = fold(data, Sample::default, |sample, slice| {
            sample.add(slice, asked, (*filter, number))
        })?;
        for sample in samples {
            all.join(sample);
        }
    }
    let whole = all.bytes(&all.sums, 1, asked.keys.len());
    let reduced = asked
        .reduces
        .then(|| all.bytes(&all.lines, REDUCED, asked.line));
    Ok(fitting(whole, reduced, room::left_to_reserve() / 2))
}

/// The most sums that those of a line are reduced to, as a rule.
const REDUCED: u64 = 4;

/// The number of parts for so many bytes of sums, or of lines that they are reduced to.
fn fitting(sums: u64, reduced: Option<u64>, left: u64) -> Parts {
    let parts = |bytes: u64| bytes.div_ceil(left.max(1));
    let all = parts(sums).clamp(2, MOST);
    let lines = reduced.map_or(all, |lines| parts(lines).clamp(1, MOST));
    Parts {
        lines,
        items: all.div_ceil(lines),
    }
}

/// Bytes of so many sums: they are held by the threads and merged, in lists that may be half empty, and linked.
fn bytes_of_sums(sums: u64, keys: usize) -> u64 {
    /// Bytes of a sum without its keys, and of a number.
    const SUM: u64 = 80;
    const NUMBER: u64 = 4;
    const LINKS: u64 = 64;
    let sum = SUM + NUMBER * (keys as u64 + 2);
    sums.saturating_mul(3 * sum + LINKS)
}

/// Bytes of so many texts: as written and in small letters, in buffers that may be half empty.
fn bytes_of_texts(texts: u64, bytes: u64) -> u64 {
    const ENTRY: u64 = 48;
    let once = texts.saturating_mul(ENTRY).saturating_add(bytes);
    once.saturating_mul(3)
}

impl Sample {
    /// Adds the hashes of the rows that the filter keeps. The sums of each set are its own.
    fn add(
        &mut self,
        slice: &RowGroup<'_>,
        asked: &PartedQuestion<'_>,
        (filter, set): (Option<&Filter>, u64),
    ) -> Result<(), DataError> {
        let mask = filter::kept(slice, filter)?;
        let of = |key: &GroupKey| keys::of(slice, key);
        let coded: Vec<DictColumn> = asked.keys.iter().map(of).collect::<Result<_, _>>()?;
        let line = asked.keys.get(..asked.line).unwrap_or(asked.keys);
        let of_both = [
            (line, &mut self.lines, 0),
            (asked.keys, &mut self.sums, set),
        ];
        for (keys, found, set) in of_both {
            let all = hashes(keys, &coded, slice.rows).into_iter().enumerate();
            let kept =
                all.filter(|(row, hash)| is_sampled(*hash) && filter::keeps(mask.as_deref(), *row));
            found.extend(kept.map(|(_, hash)| hash.wrapping_add(set)));
        }
        self.texts.resize_with(coded.len(), SampledTexts::default);
        for (column, known) in coded.iter().zip(&mut self.texts) {
            let used = filter::kept_codes(column, mask.as_deref());
            for text in used.iter().filter_map(|code| column.words.get(*code)) {
                let hash = xxh3_64(text.as_bytes());
                if is_sampled(hash) && known.hashes.insert(hash) {
                    known.bytes += text.len() as u64;
                }
            }
        }
        Ok(())
    }

    fn join(&mut self, other: Self) {
        self.lines.extend(other.lines);
        self.sums.extend(other.sums);
        if self.texts.len() < other.texts.len() {
            self.texts
                .resize_with(other.texts.len(), SampledTexts::default);
        }
        for (mine, theirs) in self.texts.iter_mut().zip(other.texts) {
            mine.hashes.extend(theirs.hashes);
            mine.bytes += theirs.bytes;
        }
    }

    /// Bytes of sums with so many keys, of which there are `each` for every hash.
    fn bytes(&self, hashes: &HashSet<u64>, each: u64, keys: usize) -> u64 {
        let sums = hashes.len() as u64 * SAMPLED * each;
        let texts = self.texts.iter().take(keys);
        texts.fold(bytes_of_sums(sums, keys), |all, texts| {
            let count = texts.hashes.len() as u64 * SAMPLED;
            all.saturating_add(bytes_of_texts(count, texts.bytes * SAMPLED))
        })
    }
}

/// Whether a hash is in the sample.
fn is_sampled(hash: u64) -> bool {
    // The low bits choose the share, so that these are the high ones.
    (hash >> 40).is_multiple_of(SAMPLED)
}

#[cfg(test)]
mod tests {
    use crate::data::dataset::read::read_texts;
    use crate::data::engine::parted::estimate::{PartedQuestion, SAMPLED, Sample, fitting};
    use crate::data::engine::scan::fold;
    use crate::domain::query::filter_text;
    use crate::domain::query::group_key::parse_keys;

    #[test]
    fn parts_fit_the_memory_that_is_left() {
        // Sums, the lines they are reduced to, and what is left.
        let cases = [
            (10, None, 100, (2, 1)),
            (1_000, None, 100, (10, 1)),
            (1_001, None, 100, (11, 1)),
            (u64::MAX, None, 0, (64, 1)),
            (1_000, Some(10), 100, (1, 10)),
            (1_000, Some(250), 100, (3, 4)),
            (1_000, Some(2_000), 100, (20, 1)),
            (1_000, Some(9_000), 100, (64, 1)),
        ];
        for (sums, reduced, left, expected) in cases {
            let parts = fitting(sums, reduced, left);
            let case = format!("{sums} {reduced:?} in {left}");
            assert_eq!((parts.lines, parts.items), expected, "{case}");
        }
    }

    #[test]
    fn a_sample_tells_how_many_sums_lines_and_texts_there_are() {
        let rows = (0..20_000).map(|at| {
            let (cost, meter) = (at % 2, at / 2);
            format!("2026-10-01,{cost},EUR,meter-{meter:05},r{at}\n")
        });
        let rows: String = rows.collect();
        let data = read_texts(&[format!("Date,Cost,Currency,MeterName,ResourceId\n{rows}")]);
        let keys = parse_keys("meter,resource").unwrap();
        let filter = filter_text::parse("cost = 0").unwrap();
        let asked = PartedQuestion {
            sets: &[],
            keys: &keys,
            line: 1,
            reduces: false,
        };
        let near = |found: u64, expected: u64| {
            let ratio = found * 100 / expected;
            assert!((70..=130).contains(&ratio), "{found} instead of {expected}");
        };
        // Sets of rows and their filters, and the sums, lines and texts in them.
        for (sets, sums, lines, texts) in [
            (&[None][..], 20_000, 10_000, [10_000, 20_000]),
            (&[Some(&filter)], 10_000, 10_000, [10_000, 10_000]),
            (&[None, None], 40_000, 10_000, [10_000, 20_000]),
        ] {
            let mut all = Sample::default();
            for (number, filter) in (0..).zip(sets) {
                let samples = fold(&data, Sample::default, |sample, slice| {
                    sample.add(slice, &asked, (*filter, number))
                });
                for sample in samples.unwrap() {
                    all.join(sample);
                }
            }
            near(all.sums.len() as u64 * SAMPLED, sums);
            near(all.lines.len() as u64 * SAMPLED, lines);
            let lengths = [11, 6];
            for ((known, count), length) in all.texts.iter().zip(texts).zip(lengths) {
                near(known.hashes.len() as u64 * SAMPLED, count);
                // Texts that several sets have are counted for each of them.
                near(known.bytes * SAMPLED, count * length * sets.len() as u64);
            }
            assert!(all.bytes(&all.sums, 1, 2) > all.bytes(&all.sums, 1, 1));
            assert!(all.bytes(&all.sums, 2, 1) > all.bytes(&all.sums, 1, 1));
        }
    }
}
