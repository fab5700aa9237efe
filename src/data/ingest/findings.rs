//! Findings of a reading pass: totals, repairs and evidence, for one block and then for the whole file.

use super::checksums::row_checksums::RowChecksums;
use super::date_evidence::DateEvidence;
use crate::domain::money::Amount;
use std::collections::{BTreeMap, BTreeSet};

/// A kind of repair made while reading, with its count and first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    pub kind: &'static str,
    pub count: u64,
    pub first_line: u64,
}

/// Repairs by kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Repairs {
    kinds: BTreeMap<&'static str, Repair>,
    /// How often a repair was counted.
    made: u64,
}

impl Repairs {
    /// Counts repairs of one kind.
    pub(crate) fn add(&mut self, kind: &'static str, count: u64, first_line: u64) {
        self.made += 1;
        let entry = self.kinds.entry(kind).or_insert(Repair {
            kind,
            count: 0,
            first_line,
        });
        entry.count += count;
        entry.first_line = entry.first_line.min(first_line);
    }

    /// How often a repair was counted so far.
    pub(crate) fn made(&self) -> u64 {
        self.made
    }

    fn merge(&mut self, other: Self, lines_before: u64) {
        for repair in other.kinds.into_values() {
            self.add(repair.kind, repair.count, repair.first_line + lines_before);
        }
    }

    /// All repairs, ordered by first line.
    pub(crate) fn list(&self) -> Vec<Repair> {
        let mut all: Vec<Repair> = self.kinds.values().cloned().collect();
        all.sort_by_key(|repair| (repair.first_line, repair.kind));
        all
    }
}

/// The number of row hashes kept to estimate how much two files overlap.
const SKETCH: usize = 256;

/// The smallest hashes of a set, which are enough to estimate how much two sets overlap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sketch(BTreeSet<u64>);

impl Sketch {
    /// The sketch of these hashes.
    pub(crate) fn of(hashes: impl IntoIterator<Item = u64>) -> Self {
        let mut sketch = Self::default();
        for hash in hashes {
            sketch.keep(hash);
        }
        sketch
    }

    pub(crate) fn hashes(&self) -> impl Iterator<Item = u64> {
        self.0.iter().copied()
    }

    fn keep(&mut self, hash: u64) {
        let full = self.0.len() >= SKETCH;
        if full && self.0.last().is_some_and(|largest| hash >= *largest) {
            return;
        }
        self.0.insert(hash);
        if self.0.len() > SKETCH {
            self.0.pop_last();
        }
    }
}

/// A fingerprint of the data that does not depend on row order, quoting or file type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// The sum of all rows' hashes.
    pub sum: u128,
    pub rows: Sketch,
    /// The hashes of the rows without their amounts: day, resource, meter and so on.
    pub places: Sketch,
}

impl Fingerprint {
    pub(crate) fn add(&mut self, row: u64, place: u64) {
        let wide = u128::from(row);
        self.sum = self.sum.wrapping_add(wide.wrapping_mul(wide | (1 << 64)));
        self.rows.keep(row);
        self.places.keep(place);
    }

    /// Joins the fingerprints of two parts of the same data.
    pub fn merge(&mut self, other: &Self) {
        self.sum = self.sum.wrapping_add(other.sum);
        for hash in other.rows.hashes() {
            self.rows.keep(hash);
        }
        for hash in other.places.hashes() {
            self.places.keep(hash);
        }
    }
}

/// Exact totals in one currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) cost: Amount,
    /// The amortized amounts of a file that has both.
    pub(crate) effective: Amount,
}

impl Totals {
    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        Some(Self {
            cost: self.cost.checked_add(other.cost)?,
            effective: self.effective.checked_add(other.effective)?,
        })
    }
}

/// Rows that show which metric a file has.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Proofs {
    /// A benefit that was not used.
    pub(crate) unused: bool,
    /// A benefit that was bought.
    pub(crate) purchase: bool,
    /// Usage that is covered by a benefit but has a cost.
    pub(crate) priced_benefit: bool,
}

/// How the cost, currency and date columns relate to the columns that other layouts have for the same role.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rivals {
    /// Some row fills only one of them.
    pub(crate) alone: bool,
    /// The first line where both are filled and differ.
    pub(crate) differ: Option<u64>,
}

impl Rivals {
    /// Whether the file mixes rows of two layouts: some rows fill only one column, others fill both with different
    /// values. In a single layout a second amount is just another column.
    pub(crate) fn is_mixed(self) -> bool {
        self.alone && self.differ.is_some()
    }
}

/// The findings of a part of a file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Findings {
    pub(crate) rows: u64,
    pub(crate) lines: u64,
    pub(crate) totals: BTreeMap<Option<String>, Totals>,
    pub(crate) repairs: Repairs,
    /// First and last day, counted from 1970-01-01.
    pub(crate) days: Option<(i32, i32)>,
    pub(crate) date_texts: DateEvidence,
    pub(crate) rivals: Rivals,
    pub(crate) proofs: Proofs,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) checksums: RowChecksums,
    /// Whether any row has as many fields as the header.
    pub(crate) whole_rows: bool,
    /// The first row that ends before its currency.
    pub(crate) without_currency: Option<u64>,
    /// Fields of the last two rows.
    pub(crate) widths: [usize; 2],
    /// The line of the last row, and whether a line end follows it.
    pub(crate) last_line: u64,
    pub(crate) ended: bool,
    /// The first line of each row, while its block is processed.
    pub(crate) row_lines: Vec<u32>,
}

impl Findings {
    /// The line of a row of this block.
    pub(crate) fn line_of(&self, row: usize) -> u64 {
        self.row_lines
            .get(row)
            .copied()
            .map_or(self.last_line, u64::from)
    }

    /// Merges the findings of the next block; `None` if a total overflows.
    pub(crate) fn append(&mut self, next: Self) -> Option<()> {
        for (currency, totals) in next.totals {
            let sum = self.totals.entry(currency).or_default();
            *sum = sum.plus(totals)?;
        }
        self.repairs.merge(next.repairs, self.lines);
        let both = |a: (i32, i32), b: (i32, i32)| (a.0.min(b.0), a.1.max(b.1));
        self.days = match (self.days, next.days) {
            (Some(a), Some(b)) => Some(both(a, b)),
            (a, b) => a.or(b),
        };
        self.date_texts.append(next.date_texts, self.lines);
        self.rivals = Rivals {
            alone: self.rivals.alone || next.rivals.alone,
            differ: self
                .rivals
                .differ
                .or(next.rivals.differ.map(|line| line + self.lines)),
        };
        self.proofs.unused |= next.proofs.unused;
        self.proofs.purchase |= next.proofs.purchase;
        self.proofs.priced_benefit |= next.proofs.priced_benefit;
        self.fingerprint.merge(&next.fingerprint);
        self.checksums = self.checksums.plus(next.checksums);
        self.whole_rows |= next.whole_rows;
        let before = self.lines;
        self.without_currency = self
            .without_currency
            .or(next.without_currency.map(|line| line + before));
        self.widths = match next.rows {
            0 => self.widths,
            1 => [self.widths[1], next.widths[1]],
            _ => next.widths,
        };
        if next.rows > 0 {
            self.last_line = next.last_line + self.lines;
        }
        self.ended = next.ended;
        self.rows += next.rows;
        self.lines += next.lines;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Findings, Fingerprint, Proofs, Repair, Rivals, Sketch, Totals};
    use crate::domain::money::Amount;

    fn whole(cost: u64, effective: u64) -> Totals {
        Totals {
            cost: Amount::from_whole(cost),
            effective: Amount::from_whole(effective),
        }
    }

    /// A block of ten lines with a total in each of these currencies.
    fn block(rows: u64, widths: [usize; 2], totals: &[(Option<&str>, u64)]) -> Findings {
        let named =
            |(currency, cost): &(Option<&str>, u64)| (currency.map(str::to_owned), whole(*cost, 1));
        Findings {
            rows,
            lines: 10,
            widths,
            totals: totals.iter().map(named).collect(),
            last_line: 9,
            ..Findings::default()
        }
    }

    #[test]
    fn totals_of_blocks_are_added_by_their_currency() {
        let mut all = block(2, [3, 3], &[(Some("EUR"), 5), (None, 1)]);
        let next = block(1, [3, 3], &[(Some("EUR"), 7), (Some("USD"), 2)]);
        assert_eq!(all.append(next), Some(()));
        let found: Vec<_> = all
            .totals
            .iter()
            .map(|(currency, totals)| (currency.as_deref(), *totals))
            .collect();
        let expected = [
            (None, whole(1, 1)),
            (Some("EUR"), whole(12, 2)),
            (Some("USD"), whole(2, 1)),
        ];
        assert_eq!(found, expected);
        assert_eq!((all.rows, all.lines), (3, 20));
        let mut most = block(1, [3, 3], &[]);
        let largest = Totals {
            cost: Amount::MAX,
            effective: Amount::ZERO,
        };
        most.totals.insert(None, largest);
        assert_eq!(most.append(block(1, [3, 3], &[(None, 1)])), None);
    }

    #[test]
    fn lines_of_a_later_block_are_counted_from_the_start_of_the_file() {
        let mut first = block(2, [3, 3], &[]);
        first.repairs.add("short-row", 2, 4);
        let mut second = block(2, [3, 3], &[]);
        second.repairs.add("short-row", 1, 3);
        second.repairs.add("null-word", 5, 1);
        second.without_currency = Some(6);
        second.rivals.differ = Some(7);
        let third = Findings {
            without_currency: Some(1),
            rivals: Rivals {
                alone: true,
                differ: Some(1),
            },
            ..block(0, [0, 0], &[])
        };
        first.append(second).unwrap();
        assert!(!first.rivals.is_mixed());
        assert_eq!((first.last_line, first.without_currency), (19, Some(16)));
        first.append(third).unwrap();
        assert_eq!(first.last_line, 19, "a block without rows has no last one");
        assert_eq!(
            (first.without_currency, first.rivals.differ),
            (Some(16), Some(17))
        );
        assert!(first.rivals.is_mixed());
        let repair = |kind, count, first_line| Repair {
            kind,
            count,
            first_line,
        };
        let repairs = [repair("short-row", 3, 4), repair("null-word", 5, 11)];
        assert_eq!(first.repairs.list(), repairs);
    }

    #[test]
    fn widths_are_those_of_the_last_two_rows() {
        for (rows, next, expected) in [
            (0, [0, 0], [1, 2]),
            (1, [0, 3], [2, 3]),
            (2, [3, 4], [3, 4]),
            (9, [3, 4], [3, 4]),
        ] {
            let mut all = block(5, [1, 2], &[]);
            all.append(block(rows, next, &[])).unwrap();
            assert_eq!(all.widths, expected, "{rows}");
        }
    }

    #[test]
    fn facts_of_any_block_are_facts_of_the_file() {
        type Fact = (fn(&mut Findings), fn(&Findings) -> bool);
        let facts: [Fact; 5] = [
            (
                |found| found.proofs.unused = true,
                |found| found.proofs.unused,
            ),
            (
                |found| found.proofs.purchase = true,
                |found| found.proofs.purchase,
            ),
            (
                |found| found.proofs.priced_benefit = true,
                |found| found.proofs.priced_benefit,
            ),
            (
                |found| found.rivals.alone = true,
                |found| found.rivals.alone,
            ),
            (|found| found.whole_rows = true, |found| found.whole_rows),
        ];
        for (at, (set, has)) in facts.iter().enumerate() {
            for in_blocks in [[false, false], [true, false], [false, true], [true, true]] {
                let [mut all, mut next] = [Findings::default(), Findings::default()];
                for (found, is_set) in [&mut all, &mut next].into_iter().zip(in_blocks) {
                    if is_set {
                        set(found);
                    }
                }
                all.append(next).unwrap();
                assert_eq!(has(&all), in_blocks != [false, false], "{at} {in_blocks:?}");
                let Proofs {
                    unused,
                    purchase,
                    priced_benefit,
                } = all.proofs;
                let others = [
                    unused,
                    purchase,
                    priced_benefit,
                    all.rivals.alone,
                    all.whole_rows,
                ];
                let count = others.iter().filter(|fact| **fact).count();
                assert!(count <= 1, "one fact is not another: {at}");
            }
        }
        for ended in [true, false] {
            let mut all = Findings {
                ended: !ended,
                ..Findings::default()
            };
            let next = Findings {
                ended,
                ..Findings::default()
            };
            all.append(next).unwrap();
            assert_eq!(all.ended, ended, "the last block decides");
        }
    }

    #[test]
    fn days_reach_from_the_first_to_the_last_of_all_blocks() {
        for (one, other, all) in [
            (None, None, None),
            (Some((3, 5)), None, Some((3, 5))),
            (None, Some((3, 5)), Some((3, 5))),
            (Some((3, 5)), Some((4, 9)), Some((3, 9))),
            (Some((3, 5)), Some((1, 4)), Some((1, 5))),
        ] {
            let of = |days| Findings {
                days,
                ..Findings::default()
            };
            let mut found = of(one);
            found.append(of(other)).unwrap();
            assert_eq!(found.days, all);
        }
        let found = Findings {
            row_lines: vec![2, 5],
            last_line: 9,
            ..Findings::default()
        };
        let lines = [0, 1, 2].map(|row| found.line_of(row));
        assert_eq!(lines, [2, 5, 9]);
    }

    #[test]
    fn repairs_are_listed_by_their_first_line() {
        let mut found = Findings::default();
        for (kind, count, line) in [("b", 1, 5), ("a", 2, 5), ("c", 1, 9), ("c", 3, 2)] {
            found.repairs.add(kind, count, line);
        }
        let list = found.repairs.list();
        let told: Vec<_> = list
            .iter()
            .map(|one| (one.kind, one.count, one.first_line))
            .collect();
        assert_eq!(told, [("c", 4, 2), ("a", 2, 5), ("b", 1, 5)]);
        assert_eq!(found.repairs.made(), 4);
    }

    #[test]
    fn a_sketch_keeps_the_256_smallest_hashes() {
        for hashes in [
            (0..300).collect::<Vec<u64>>(),
            (0..300).rev().collect(),
            (0..300).chain(0..300).collect(),
        ] {
            let sketch = Sketch::of(hashes);
            assert!(sketch.hashes().eq(0..256));
        }
        assert!(Sketch::of([7, 3, 7]).hashes().eq([3, 7]));
    }

    #[test]
    fn a_fingerprint_is_the_same_for_the_same_rows_in_any_order() {
        let of = |rows: &[(u64, u64)]| {
            let mut all = Fingerprint::default();
            for (row, place) in rows {
                all.add(*row, *place);
            }
            all
        };
        let all = of(&[(1, 10), (2, 20), (3, 20)]);
        assert_eq!(of(&[(3, 20), (1, 10), (2, 20)]), all);
        for others in [
            &[(1, 10), (2, 20)][..],
            &[(1, 10), (2, 20), (4, 20)],
            &[(1, 10), (2, 20), (3, 30)],
            &[(1, 10), (2, 20), (3, 20), (3, 20)],
        ] {
            assert_ne!(of(others), all, "{others:?}");
        }
        // The same sum of hashes is not the same rows.
        assert_ne!(of(&[(1, 0), (4, 0)]).sum, of(&[(2, 0), (3, 0)]).sum);
        let mut parts = of(&[(3, 20)]);
        parts.merge(&of(&[(1, 10), (2, 20)]));
        assert_eq!(parts, all);
    }
}
