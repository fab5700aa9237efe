//! How typed values are written as the text that CSV has.

use crate::domain::money::Amount;

/// A time in UTC.
pub(crate) fn time_text(seconds: i64) -> String {
    // An invalid time is written as a number, and is refused later if the column must be a date.
    chrono::DateTime::from_timestamp(seconds, 0).map_or_else(
        || seconds.to_string(),
        |time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
    )
}

/// A decimal with this many digits after the point.
pub(crate) fn decimal_text(value: i128, scale: usize) -> String {
    if let Some(left) = 18_usize.checked_sub(scale)
        && let Some(factor) = u32::try_from(left)
            .ok()
            .and_then(|by| 10_i128.checked_pow(by))
        && let Some(units) = value.checked_mul(factor)
    {
        return Amount::from_units(units).to_string();
    }
    format!("{value}e-{scale}")
}
