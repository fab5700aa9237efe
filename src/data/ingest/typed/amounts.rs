//! Fills columns of amounts.

use super::column::{ColumnValues, TextPart};
use super::doubles::Doubles;
use super::texts::unless_null;
use super::word_repairs::{WordRepairs, line_of};
use crate::data::columns::column_types::{NO_AMOUNT, read_amount};
use crate::data::columns::text_column::NONE;
use crate::data::ingest::findings::Findings;
use crate::data::ingest::halt::{ParseStop, Restart};
use crate::data::ingest::rows::checks;
use crate::domain::money::Amount;

/// A column of amounts.
#[derive(Default)]
pub(super) struct Amounts {
    pub(super) units: Vec<i128>,
    /// The same amounts by the parser that checks the stored ones. Empty if there was no text to parse.
    pub(super) checked: Vec<i128>,
}

/// How the values of a column are read.
#[derive(Clone, Copy)]
pub(super) struct AmountRules {
    pub(super) at: usize,
    /// Whether an invalid amount is an error.
    pub(super) must: bool,
}

impl AmountRules {
    /// The reason to stop at a row whose value is not an amount.
    fn stop(self, row: usize) -> ParseStop {
        ParseStop::Restart(if self.must {
            Restart::ByText
        } else {
            Restart::NoNumber {
                column: self.at,
                line: line_of(row),
            }
        })
    }

    fn rounded(self) -> &'static str {
        if self.must {
            "rounded-amount"
        } else {
            "rounded-number"
        }
    }
}

/// The column of these values.
pub(super) fn fill(
    column: ColumnValues,
    rules: AmountRules,
    findings: &mut Findings,
) -> Result<Amounts, ParseStop> {
    match column {
        ColumnValues::Blank(rows) => Ok(Amounts {
            units: vec![NO_AMOUNT; rows],
            checked: Vec::new(),
        }),
        ColumnValues::Decimals { values, scale } => of_decimals(values, scale, rules, findings),
        ColumnValues::Doubles(values) => of_doubles(&values, rules, findings),
        other @ (ColumnValues::Texts(_) | ColumnValues::Days(_) | ColumnValues::Times(_)) => {
            of_texts(&other.into_texts(), rules, findings)
        }
    }
}

fn of_decimals(
    mut values: Vec<i128>,
    scale: usize,
    rules: AmountRules,
    findings: &mut Findings,
) -> Result<Amounts, ParseStop> {
    let factor = 18_usize
        .checked_sub(scale)
        .and_then(|by| 10_i128.checked_pow(u32::try_from(by).ok()?));
    if let Some(factor) = factor {
        // No larger number is an amount.
        let most = Amount::MAX.units().unsigned_abs() / factor.unsigned_abs();
        for (row, value) in values.iter_mut().enumerate() {
            if *value == NO_AMOUNT {
                continue;
            }
            if value.unsigned_abs() > most {
                return Err(rules.stop(row));
            }
            *value *= factor;
        }
    } else {
        for (row, value) in values.iter_mut().enumerate() {
            if *value == NO_AMOUNT {
                continue;
            }
            let parsed = Amount::of_scaled(*value, scale).ok_or_else(|| rules.stop(row))?;
            if parsed.rounded {
                findings.repairs.add(rules.rounded(), 1, line_of(row));
            }
            *value = parsed.amount.units();
        }
    }
    Ok(Amounts {
        units: values,
        checked: Vec::new(),
    })
}

fn of_doubles(
    values: &[Option<f64>],
    rules: AmountRules,
    findings: &mut Findings,
) -> Result<Amounts, ParseStop> {
    let mut doubles = Doubles::new(rules.must);
    let mut units = Vec::with_capacity(values.len());
    for (row, value) in values.iter().enumerate() {
        let Some(value) = value else {
            units.push(NO_AMOUNT);
            continue;
        };
        let (amount, rounded) = doubles.read(*value).ok_or_else(|| rules.stop(row))?;
        if rounded {
            findings.repairs.add(rules.rounded(), 1, line_of(row));
        }
        units.push(amount);
    }
    Ok(Amounts {
        units,
        checked: Vec::new(),
    })
}

/// The amount of a word, stored and checked.
type AmountWord = (i128, i128);

fn of_texts(
    parts: &[TextPart],
    rules: AmountRules,
    findings: &mut Findings,
) -> Result<Amounts, ParseStop> {
    let mut amounts = Amounts::default();
    for part in parts {
        let before = amounts.units.len();
        let seen = if part.shared { part.words.count() } else { 0 };
        // The place of each word's amount among those that were read.
        let (mut seen, mut words) = (vec![NONE; seen], Vec::<AmountWord>::new());
        let mut repairs = WordRepairs::default();
        for (row, code) in part.codes.iter().enumerate() {
            let place = seen.get(*code as usize);
            let known = place.and_then(|place| words.get(*place as usize));
            let (stored, checked) = match known {
                Some(known) => *known,
                None if *code == NONE => (NO_AMOUNT, NO_AMOUNT),
                None => {
                    let word = part.words.word(*code).unwrap_or_default();
                    let word = unless_null(word, *code, &mut repairs);
                    let read = of_word(word, rules.must);
                    let (read, rounded) = read.ok_or_else(|| rules.stop(before + row))?;
                    if rounded {
                        repairs.add(*code, rules.rounded());
                    }
                    if let Some(slot) = seen.get_mut(*code as usize) {
                        *slot = u32::try_from(words.len()).unwrap_or(NONE);
                        words.push(read);
                    }
                    read
                }
            };
            amounts.units.push(stored);
            amounts.checked.push(checked);
        }
        repairs.count(&part.codes, before, findings);
    }
    Ok(amounts)
}

/// The amount of a word, and whether it was rounded; `None` if it is not an amount.
fn of_word(word: &[u8], must: bool) -> Option<(AmountWord, bool)> {
    if checks::without_edges(word).is_empty() {
        return Some(((NO_AMOUNT, NO_AMOUNT), false));
    }
    let (stored, parsed) = read_amount(word, must).ok()?;
    Some(((stored.units(), parsed.amount.units()), parsed.rounded))
}
