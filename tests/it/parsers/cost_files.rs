//! Reads a cost file and tells what was read in a form that can be compared.

use super::places::{check_json_place, check_line};
use super::play::Verdict;
use crate::support::fixture;
use costscope::data::dataset::Dataset;
use costscope::data::dataset::convert::Options;
use costscope::data::dataset::read::read_file;
use costscope::data::error::DataError;
use costscope::data::progress::Progress;
use std::collections::BTreeMap;
use std::path::Path;

/// Rows and, by currency, whole units of 1e-18 that are not zero.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Sums {
    pub(super) rows: u64,
    pub(super) totals: BTreeMap<Option<String>, i128>,
}

impl Sums {
    /// Adds an amount; an empty code is no currency.
    pub(super) fn add(&mut self, code: &str, units: i128) {
        let currency = (!code.is_empty()).then(|| code.to_owned());
        *self.totals.entry(currency).or_default() += units;
    }

    pub(super) fn without_zeros(mut self) -> Self {
        self.totals.retain(|_, units| *units != 0);
        self
    }
}

/// The sums of a file, and its repairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) sums: Sums,
    pub(super) repairs: Vec<(String, u64, u64)>,
}

/// Reads a file in blocks of this size by this many threads.
pub(super) fn told(
    path: &Path,
    name: &str,
    (block, threads): (usize, usize),
) -> Result<Told, DataError> {
    let progress = Progress::default();
    let options = Options {
        block,
        threads,
        ..Options::new(&progress)
    };
    let data = Dataset::join(read_file(path, name, path.parent().unwrap(), &options)?);
    let mut sums = Sums {
        rows: data.rows(),
        ..Sums::default()
    };
    let mut repairs = Vec::new();
    for source in data.sources() {
        for money in &source.totals {
            sums.add(
                money.currency.as_deref().unwrap_or_default(),
                money.amount.units(),
            );
        }
        let found = source.repairs.iter();
        repairs.extend(found.map(|one| (one.kind.to_owned(), one.count, one.first_line)));
    }
    repairs.sort();
    Ok(Told {
        sums: sums.without_zeros(),
        repairs,
    })
}

/// Checks that an error names the file, and no line that the file does not have.
pub(super) fn check_error(error: &DataError, name: &str, bytes: &[u8]) -> Verdict {
    let said = error.to_string();
    assert!(said.contains(name), "the file is not named: {said}");
    match error {
        DataError::Line { line, .. }
        | DataError::Field { line, .. }
        | DataError::DateOrder { line, .. }
        | DataError::CutOff { line, .. } => check_line(*line, bytes, &said),
        // Each row is an object.
        DataError::Row { row, .. } => {
            let objects = bytes.iter().filter(|byte| **byte == b'{').count();
            assert!((1..=objects as u64).contains(row), "{objects}: {said}");
        }
        _ => check_json_place(bytes, &said),
    }
    Verdict::Refused
}

/// A file of the fixtures.
pub(super) fn whole(name: &str) -> Vec<u8> {
    let path = fixture(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A number of plain decimal digits, as units of 1e-18; `None` for any other spelling.
pub(super) fn plain_units(text: &str) -> Option<i128> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let fits = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !fits(whole, 15) || !fits(fraction, 18) {
        return None;
    }
    let units: i128 = format!("{whole}{fraction:0<18}").parse().ok()?;
    Some(sign * units)
}

/// A currency in upper case, empty for none; `None` for a text that may be no currency.
pub(super) fn plain_currency(text: &str) -> Option<String> {
    let is_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    (is_code || text.is_empty()).then(|| text.to_uppercase())
}

#[test]
fn plain_numbers_are_read_digit_by_digit() {
    let unit = 1_000_000_000_000_000_000;
    for (text, units) in [
        ("1", Some(unit)),
        ("-0.5", Some(-unit / 2)),
        ("0.000000000000000001", Some(1)),
        ("1e3", None),
        (".5", None),
        ("5.", None),
        ("", None),
        ("1 ", None),
        ("0.0000000000000000001", None),
    ] {
        assert_eq!(plain_units(text), units, "{text}");
    }
}
