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
