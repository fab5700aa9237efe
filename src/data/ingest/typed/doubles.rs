//! Exact amounts of binary floating point numbers: their shortest decimal, as it would be written.

use crate::data::columns::column_types::read_amount;

/// Distinct numbers that are remembered.
const KNOWN: usize = 1 << 12;

/// Powers of ten that a double holds exactly.
const TENS: [f64; 19] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18,
];

/// An amount in units of 1e-18, and whether digits were rounded away.
pub(super) type ReadDouble = (i128, bool);

/// Reads the same numbers again without work.
pub(super) struct Doubles {
    known: Vec<Option<(u64, ReadDouble)>>,
    /// Whether an invalid amount is an error.
    must: bool,
}

impl Doubles {
    pub(super) fn new(must: bool) -> Self {
        Self {
            known: vec![None; KNOWN],
            must,
        }
    }

    /// The amount of a number; `None` if it is not one.
    pub(super) fn read(&mut self, value: f64) -> Option<ReadDouble> {
        let bits = value.to_bits();
        let place = bits.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52;
        let slot = usize::try_from(place)
            .ok()
            .and_then(|place| self.known.get_mut(place))?;
        if let Some((known, read)) = slot
            && *known == bits
        {
            return Some(*read);
        }
        let read = match short(value) {
            Some(units) => (units, false),
            None => written(value, self.must)?,
        };
        *slot = Some((bits, read));
        Some(read)
    }
}

/// The amount of the number's text.
fn written(value: f64, must: bool) -> Option<ReadDouble> {
    let (stored, parsed) = read_amount(value.to_string().as_bytes(), must).ok()?;
    Some((stored.units(), parsed.rounded))
}

/// The amount of a number with at most fifteen significant digits. Two such decimals are never the same double, so one
/// that reads back as the number is its shortest.
fn short(value: f64) -> Option<i128> {
    let size = value.abs();
    if size == 0.0 {
        return Some(0);
    }
    let (digits, tens) = TENS.iter().enumerate().rev().find_map(|(digits, tens)| {
        let digits = u32::try_from(digits).ok()?;
        (size * tens < 1e15).then_some((digits, *tens))
    })?;
    let scaled = (value * tens).round();
    // The quotient of two exact doubles is the double nearest to the decimal.
    #[allow(clippy::float_cmp)]
    let same = scaled.abs() < 1e15 && scaled / tens == value;
    #[allow(clippy::cast_possible_truncation)]
    let whole = same.then_some(scaled as i64)?;
    i128::from(whole).checked_mul(10_i128.checked_pow(18_u32.checked_sub(digits)?)?)
}

#[cfg(test)]
mod tests {
    use super::{Doubles, short, written};

    #[test]
    fn the_short_way_reads_what_the_text_says() {
        let mut number = 0.0_f64;
        let mut doubles = Doubles::new(true);
        let mut shorts = 0;
        for step in 0..8_000_u64 {
            let bits = step.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let digits = i32::try_from(step % 19).unwrap();
            #[allow(clippy::cast_precision_loss)]
            let decimal = (bits >> 20) as f64 / 10_f64.powi(digits);
            for value in [
                f64::from_bits(bits),
                decimal,
                -decimal,
                number,
                0.1 + number,
            ] {
                let expected = written(value, true);
                if let Some(units) = short(value) {
                    shorts += 1;
                    assert_eq!(Some((units, false)), expected, "{value}");
                }
                assert_eq!(doubles.read(value), expected, "{value}");
                assert_eq!(doubles.read(value), expected, "{value} again");
            }
            number += 0.01;
        }
        assert!(shorts > 4_000, "{shorts}");
    }

    #[test]
    fn numbers_without_an_amount_are_none() {
        let mut doubles = Doubles::new(false);
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e30] {
            assert_eq!(doubles.read(value), None, "{value}");
        }
        assert_eq!(doubles.read(-0.0), Some((0, false)));
        assert_eq!(doubles.read(1e-19), Some((0, true)));
    }
}
