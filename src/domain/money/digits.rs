//! Reads the digits of a written number.

use std::cmp::Ordering;

/// Digits after the decimal point that an amount keeps.
pub const SCALE: u32 = 18;

/// `Decimal(38,18)` leaves twenty digits before the point.
pub(super) const LIMIT: i128 = 99_999_999_999_999_999_999_999_999_999_999_999_999;

/// Digits that always fit into 64 bits.
pub(super) const AT_ONCE: usize = 18;

/// The powers of ten that fit into 64 bits.
pub(super) const POWERS: [u64; 20] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
    10_000_000_000,
    100_000_000_000,
    1_000_000_000_000,
    10_000_000_000_000,
    100_000_000_000_000,
    1_000_000_000_000_000,
    10_000_000_000_000_000,
    100_000_000_000_000_000,
    1_000_000_000_000_000_000,
    10_000_000_000_000_000_000,
];

/// The number of at most [`AT_ONCE`] digits; 0 for none, `None` for anything else.
pub(super) fn few_digits(digits: &[u8]) -> Option<u64> {
    let mut number = 0;
    let mut other = digits.len() > AT_ONCE;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        other |= digit > 9;
        number = u64::wrapping_add(u64::wrapping_mul(number, 10), u64::from(digit));
    }
    (!other).then_some(number)
}

/// The parts of a written number before it is scaled.
pub(super) struct Digits<'a> {
    negative: bool,
    pub(super) whole: &'a str,
    fraction: &'a str,
    pub(super) exponent: i32,
}

impl<'a> Digits<'a> {
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if let Some((whole, fraction)) = plain_digits(unsigned) {
            return Some(Self {
                negative,
                whole,
                fraction,
                exponent: 0,
            });
        }
        let is_mark = |byte: u8| byte.eq_ignore_ascii_case(&b'e');
        let (mantissa, exponent) = match unsigned.bytes().position(is_mark) {
            Some(at) => {
                let (left, right) = unsigned.split_at(at);
                let digits = right.get(1..)?;
                let bare = digits.strip_prefix(['+', '-']).unwrap_or(digits);
                if bare.is_empty() || !bare.bytes().all(|b| b.is_ascii_digit()) {
                    return None;
                }
                // An exponent beyond four digits always gives zero or a number that is too large.
                let exponent = digits.parse::<i32>().unwrap_or(if digits.starts_with('-') {
                    -9999
                } else {
                    9999
                });
                (left, exponent.clamp(-9999, 9999))
            }
            None => (unsigned, 0),
        };
        let point = mantissa.bytes().position(|byte| byte == b'.');
        let parts = point.and_then(|at| Some((mantissa.get(..at)?, mantissa.get(at + 1..)?)));
        let (whole, fraction) = parts.unwrap_or((mantissa, ""));
        let digits_only = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let any = !whole.is_empty() || !fraction.is_empty();
        (any && digits_only(whole) && digits_only(fraction)).then_some(Self {
            negative,
            whole,
            fraction,
            exponent,
        })
    }

    /// Units of 1e-18, rounded half-even, and whether digits were rounded away.
    pub(super) fn scaled(&self) -> Option<(i128, bool)> {
        // The position of the result's decimal point, counted in digits from the left.
        let point =
            i64::try_from(self.whole.len()).ok()? + i64::from(self.exponent) + i64::from(SCALE);
        let written = self.whole.len() + self.fraction.len();
        let zeros = point - i64::try_from(written).ok()?;
        match u32::try_from(zeros) {
            Ok(zeros) if written <= 2 * AT_ONCE => self.exact(written, zeros),
            Ok(_) | Err(_) => self.rounded(point),
        }
    }

    /// So few digits that none is rounded away, followed by zeros: two numbers of 64 bits hold them.
    fn exact(&self, written: usize, zeros: u32) -> Option<(i128, bool)> {
        let power = POWERS.get(zeros as usize).filter(|_| written <= AT_ONCE);
        if let Some(power) = power {
            // Below 10^18, times at most 10^19: always within the limit.
            let digits = self.whole.bytes().chain(self.fraction.bytes());
            let number = digits.fold(0_u64, |number, digit| number * 10 + u64::from(digit - b'0'));
            let units = i128::from(number) * i128::from(*power);
            return Some((self.signed(units), false));
        }
        let (mut first, mut second) = (0_u64, 0_u64);
        let digits = self.whole.bytes().chain(self.fraction.bytes());
        for (index, digit) in digits.enumerate() {
            let part = if index < AT_ONCE {
                &mut first
            } else {
                &mut second
            };
            *part = *part * 10 + u64::from(digit - b'0');
        }
        let behind = u32::try_from(written.saturating_sub(AT_ONCE)).ok()?;
        let number = i128::from(first) * 10_i128.pow(behind) + i128::from(second);
        let units = match number {
            0 => 0,
            number => number.checked_mul(10_i128.checked_pow(zeros)?)?,
        };
        (units <= LIMIT).then_some((self.signed(units), false))
    }

    /// Any number of digits, one after another.
    pub(super) fn rounded(&self, point: i64) -> Option<(i128, bool)> {
        let all = self
            .whole
            .bytes()
            .chain(self.fraction.bytes())
            .map(|b| i128::from(b - b'0'));
        let (mut units, mut half, mut sticky) = (0_i128, 0_i128, false);
        for (index, digit) in (0_i64..).zip(all.clone()) {
            match index.cmp(&point) {
                Ordering::Less => {
                    units = units
                        .checked_mul(10)?
                        .checked_add(digit)
                        .filter(|u| *u <= LIMIT)?;
                }
                Ordering::Equal => half = digit,
                Ordering::Greater => sticky |= digit != 0,
            }
        }
        let written = i64::try_from(self.whole.len() + self.fraction.len()).ok()?;
        if units != 0 {
            // Forty digits are too many already; the loop must not run up to an absurd exponent.
            for _ in written..point.min(written + 40) {
                units = units.checked_mul(10).filter(|u| *u <= LIMIT)?;
            }
        }
        if point < 0 {
            (half, sticky) = (0, all.clone().any(|digit| digit != 0));
        }
        let up = half > 5 || (half == 5 && (sticky || units % 2 == 1));
        units += i128::from(up);
        if units > LIMIT {
            return None;
        }
        Some((self.signed(units), half != 0 || sticky))
    }

    fn signed(&self, units: i128) -> i128 {
        if self.negative { -units } else { units }
    }
}

/// The parts of a number of nothing but digits and a point.
fn plain_digits(text: &str) -> Option<(&str, &str)> {
    let other = |text: &str| text.bytes().position(|byte| !byte.is_ascii_digit());
    let (whole, rest) = match other(text) {
        Some(at) => text.split_at_checked(at)?,
        None => (text, "."),
    };
    let fraction = rest.strip_prefix('.')?;
    let is_number = !whole.is_empty() || !fraction.is_empty();
    (is_number && other(fraction).is_none()).then_some((whole, fraction))
}
