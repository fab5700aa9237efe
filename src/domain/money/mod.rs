//! Exact money: whole numbers of 1e-18, as stored in Parquet (`Decimal(38,18)`), and its currency.

mod digits;
mod products;

pub use digits::SCALE;

use digits::{AT_ONCE, Digits, LIMIT, POWERS, few_digits};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

const UNIT: i128 = 1_000_000_000_000_000_000;

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
        let (units, rounded) = number
            .scaled()
            .ok_or_else(|| AmountError::TooLarge(trimmed.to_owned()))?;
        Ok(Parsed {
            amount: Self(units),
            rounded,
        })
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
        let point = digits.iter().position(|byte| *byte == b'.');
        let (before, after) = match point {
            Some(at) => (digits.get(..at)?, digits.get(at + 1..)?),
            None => (digits, [].as_slice()),
        };
        if before.len() + after.len() == 0 {
            return None;
        }
        let (whole, fraction) = (few_digits(before)?, few_digits(after)?);
        let shift = POWERS.get(AT_ONCE - after.len())?;
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
        let (high, low) = products::product(self.0.unsigned_abs(), part.0.unsigned_abs());
        let (quotient, rest) = products::quotient(high, low, whole.0.unsigned_abs())?;
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
