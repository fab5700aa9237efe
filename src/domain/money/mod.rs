//! Exact money: whole numbers of 1e-18, as stored in Parquet (`Decimal(38,18)`), and its currency.

mod wide;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cmp::Ordering;
use std::fmt;

/// Digits after the decimal point that an amount keeps.
pub const SCALE: u32 = 18;
const UNIT: i128 = 1_000_000_000_000_000_000;
/// `Decimal(38,18)` leaves twenty digits before the point.
const LIMIT: i128 = 99_999_999_999_999_999_999_999_999_999_999_999_999;

/// An exact amount in units of 1e-18, without its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(i128);

/// The reason that a text is not an amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AmountError {
    NotANumber(String),
    TooLarge(String),
}

impl fmt::Display for AmountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotANumber(text) if text.contains(',') => write!(
                f,
                "`{text}` is not a number: it has thousands separators or a decimal comma; use the file as downloaded"
            ),
            Self::NotANumber(text) => write!(f, "`{text}` is not a number"),
            Self::TooLarge(text) => write!(
                f,
                "`{text}` has more than 20 digits before the decimal point"
            ),
        }
    }
}

impl std::error::Error for AmountError {}

/// A parsed amount and whether digits beyond the eighteenth were rounded away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parsed {
    pub amount: Amount,
    pub rounded: bool,
}

impl Amount {
    pub const ZERO: Self = Self(0);
    /// The largest amount.
    pub const MAX: Self = Self(LIMIT);

    /// An amount from whole units of 1e-18.
    pub fn from_units(units: i128) -> Self {
        Self(units)
    }

    /// A whole number as an amount.
    pub fn from_whole(number: u64) -> Self {
        Self(i128::from(number) * UNIT)
    }

    /// A decimal with `scale` digits after the point; `None` if it does not fit. Digits beyond the eighteenth are
    /// rounded half-even.
    pub fn of_scaled(units: i128, scale: usize) -> Option<Parsed> {
        let power = |by: usize| 10_i128.checked_pow(u32::try_from(by).ok()?);
        let exact = |units| {
            let amount = Self::ZERO.checked_add(Self(units))?;
            Some(Parsed {
                amount,
                rounded: false,
            })
        };
        let Some(beyond) = scale.checked_sub(18).filter(|beyond| *beyond > 0) else {
            return exact(units.checked_mul(power(18_usize.checked_sub(scale)?)?)?);
        };
        let factor = power(beyond)?;
        if units % factor == 0 {
            return exact(units / factor);
        }
        Self::parse(&format!("{units}e-{scale}")).ok()
    }

    /// The amount in whole units of 1e-18.
    pub fn units(self) -> i128 {
        self.0
    }

    /// Appends the exact decimal to a text, as [`fmt::Display`] shows it: for many amounts.
    pub fn append_to(self, out: &mut Vec<u8>) {
        let (size, unit) = (self.0.unsigned_abs(), UNIT.unsigned_abs());
        // Numbers of 64 bits are divided in less time.
        let parts = match (u64::try_from(size), u64::try_from(unit)) {
            (Ok(size), Ok(unit)) => (Ok(size / unit), Ok(size % unit)),
            _ => (u64::try_from(size / unit), u64::try_from(size % unit)),
        };
        let (Ok(whole), Ok(fraction)) = parts else {
            out.extend_from_slice(self.to_string().as_bytes());
            return;
        };
        if self.0 < 0 {
            out.push(b'-');
        }
        let (digits, used) = digits_of::<20>(whole);
        let start = digits.len() - used.max(1);
        out.extend_from_slice(digits.get(start..).unwrap_or_default());
        if fraction > 0 {
            let (digits, _) = digits_of::<18>(fraction);
            let zeros = digits.iter().rev().take_while(|digit| **digit == b'0');
            let end = digits.len() - zeros.count();
            out.push(b'.');
            out.extend_from_slice(digits.get(..end).unwrap_or_default());
        }
    }

    /// Sum, or `None` if it does not fit a `Decimal(38,18)`.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0
            .checked_add(other.0)
            .filter(|sum| sum.unsigned_abs() <= LIMIT.unsigned_abs())
            .map(Self)
    }

    /// Difference, or `None` if it does not fit a `Decimal(38,18)`.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(Self(-other.0))
    }

    /// Saturating sum, for values shown next to checked sums.
    #[must_use]
    pub fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Saturating difference, for the same purpose.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Saturating sum of many amounts, for the same purpose.
    #[must_use]
    pub fn saturating_sum(amounts: impl IntoIterator<Item = Self>) -> Self {
        let amounts = amounts.into_iter();
        amounts.fold(Self::ZERO, Self::saturating_add)
    }

    /// Each amount added to those before it, for the same purpose.
    #[must_use]
    pub fn running_totals(amounts: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut sum = Self::ZERO;
        let added = |amount| {
            sum = sum.saturating_add(amount);
            sum
        };
        amounts.into_iter().map(added).collect()
    }

    /// The negated amount.
    #[must_use]
    pub fn negated(self) -> Self {
        Self(-self.0)
    }

    /// The absolute value.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// Reads a decimal number with optional sign and exponent; digits beyond the eighteenth are rounded half-even.
    pub fn parse(text: &str) -> Result<Parsed, AmountError> {
        let trimmed = text.trim();
        let number =
            Digits::read(trimmed).ok_or_else(|| AmountError::NotANumber(trimmed.to_owned()))?;
        number
            .scaled()
            .ok_or_else(|| AmountError::TooLarge(trimmed.to_owned()))
    }

    /// Reads a decimal number that needs no rounding.
    pub fn parse_exact(text: &str) -> Option<Self> {
        let parsed = Self::parse(text).ok().filter(|parsed| !parsed.rounded)?;
        Some(parsed.amount)
    }

    /// Fast path for the usual form: an optional minus, up to eighteen digits, a point, up to eighteen more. Anything
    /// else gives `None` and is left to [`Amount::parse`].
    pub fn parse_plain(text: &[u8]) -> Option<Self> {
        let (negative, digits) = match text.split_first() {
            Some((b'-', rest)) => (true, rest),
            _ => (false, text),
        };
        let (mut whole, mut fraction) = (0_u64, 0_u64);
        let (mut before, mut after, mut point) = (0_usize, 0_usize, false);
        for byte in digits {
            match byte {
                b'0'..=b'9' if point => {
                    fraction = fraction.wrapping_mul(10) + u64::from(byte - b'0');
                    after += 1;
                }
                b'0'..=b'9' => {
                    whole = whole.wrapping_mul(10) + u64::from(byte - b'0');
                    before += 1;
                }
                b'.' if !point => point = true,
                _ => return None,
            }
            if before > 18 || after > 18 {
                return None;
            }
        }
        if before + after == 0 {
            return None;
        }
        let shift = 10_u64.checked_pow(u32::try_from(18 - after).ok()?)?;
        let units = i128::from(whole) * UNIT + i128::from(fraction * shift);
        Some(Self(if negative { -units } else { units }))
    }

    /// This amount times `part` over `whole`, rounded half-even to the eighteenth decimal; `None` if `whole` is zero or
    /// the result does not fit.
    pub fn proportion(self, part: Self, whole: Self) -> Option<Self> {
        if whole.0 == 0 {
            return None;
        }
        let negative = (self.0 < 0) ^ (part.0 < 0) ^ (whole.0 < 0);
        let (high, low) = wide::product(self.0.unsigned_abs(), part.0.unsigned_abs());
        let (quotient, rest) = wide::quotient(high, low, whole.0.unsigned_abs())?;
        let half = whole.0.unsigned_abs() - rest;
        let up = rest > half || (rest == half && quotient % 2 == 1);
        let size = i128::try_from(quotient).ok()?.checked_add(i128::from(up))?;
        (size <= LIMIT).then_some(Self(if negative { -size } else { size }))
    }

    /// Two decimals, half-even, digits grouped by commas; `<0.01` if a non-zero amount would look like zero.
    pub fn display(self) -> String {
        const CENT: i128 = UNIT / 100;
        let size = self.0.unsigned_abs();
        let cent = CENT.unsigned_abs();
        let (whole, rest) = (size / cent, size % cent);
        let up = rest * 2 > cent || (rest * 2 == cent && whole % 2 == 1);
        let cents = whole + u128::from(up);
        if cents == 0 && size > 0 {
            return if self.0 < 0 {
                ">-0.01".to_owned()
            } else {
                "<0.01".to_owned()
            };
        }
        let sign = if self.0 < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", grouped(cents / 100), cents % 100)
    }

    /// The share of a total in tenths of a percent, half away from zero, for display only.
    pub fn per_mille(self, total: Self) -> Option<i64> {
        if total.0 == 0 {
            return None;
        }
        // Dropping nine digits from both sides keeps the product inside an i128.
        let (part, whole) = (self.0 / 1_000_000_000, total.0 / 1_000_000_000);
        if whole == 0 {
            return None;
        }
        let twice = part.checked_mul(2_000)? / whole;
        i64::try_from(twice / 2 + twice % 2).ok()
    }
}

/// The decimal digits of a number, with zeros in front, and how many are not those zeros.
fn digits_of<const MOST: usize>(number: u64) -> ([u8; MOST], usize) {
    let mut digits = [b'0'; MOST];
    let (mut rest, mut used) = (number, 0);
    for digit in digits.iter_mut().rev() {
        if rest == 0 {
            break;
        }
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        used += 1;
    }
    (digits, used)
}

/// Digits grouped by threes: `1234567` becomes `1,234,567`.
pub fn grouped(number: u128) -> String {
    let plain = number.to_string();
    let mut out = String::with_capacity(plain.len() + plain.len() / 3);
    for (index, digit) in plain.chars().enumerate() {
        if index > 0 && (plain.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

impl fmt::Display for Amount {
    /// The exact decimal: no exponent, no trailing zeros.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.unsigned_abs();
        let unit = UNIT.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let fraction = format!("{:018}", size % unit);
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{sign}{}", size / unit),
            digits => write!(f, "{sign}{}.{digits}", size / unit),
        }
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .map(|parsed| parsed.amount)
            .map_err(serde::de::Error::custom)
    }
}

/// Digits that always fit into 64 bits.
const AT_ONCE: usize = 18;

/// The parts of a written number before it is scaled.
struct Digits<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    exponent: i32,
}

impl<'a> Digits<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
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

    /// Units of 1e-18, rounded half-even.
    fn scaled(&self) -> Option<Parsed> {
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
    fn exact(&self, written: usize, zeros: u32) -> Option<Parsed> {
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
        let power = u64::checked_pow(10, zeros).filter(|_| written <= AT_ONCE);
        if let Some(power) = power {
            // Below 10^18, times at most 10^19: always within the limit.
            let units = i128::from(first) * i128::from(power);
            let amount = Amount(if self.negative { -units } else { units });
            return Some(Parsed {
                amount,
                rounded: false,
            });
        }
        let behind = u32::try_from(written.saturating_sub(AT_ONCE)).ok()?;
        let number = i128::from(first) * 10_i128.pow(behind) + i128::from(second);
        let units = match number {
            0 => 0,
            number => number.checked_mul(10_i128.checked_pow(zeros)?)?,
        };
        let amount = Amount(if self.negative { -units } else { units });
        (units <= LIMIT).then_some(Parsed {
            amount,
            rounded: false,
        })
    }

    /// Any number of digits, one after another.
    fn rounded(&self, point: i64) -> Option<Parsed> {
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
        let amount = Amount(if self.negative { -units } else { units });
        Some(Parsed {
            amount,
            rounded: half != 0 || sticky,
        })
    }
}

/// An amount in one currency; a file without a currency column has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    pub currency: Option<String>,
    #[serde(rename = "cost")]
    pub amount: Amount,
}

impl Money {
    /// The currency code, or a dash where the data has none.
    pub fn code(&self) -> &str {
        self.currency.as_deref().unwrap_or("-")
    }
}

/// Amounts of several currencies in one line, exact.
pub fn listed(money: &[Money]) -> String {
    let all: Vec<String> = money
        .iter()
        .map(|money| format!("{} {}", money.amount, money.code()))
        .collect();
    all.join(" and ")
}

#[cfg(test)]
mod tests;
