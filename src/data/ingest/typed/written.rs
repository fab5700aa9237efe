//! How typed values are written as the text that CSV has.

/// A day, counted from 1970-01-01.
pub(crate) fn day_text(days: i32) -> String {
    // An invalid day is written as a number, as an invalid time is.
    chrono::NaiveDate::from_epoch_days(days).map_or_else(|| days.to_string(), |day| day.to_string())
}

/// The day that begins at these milliseconds after 1970-01-01; `None` if they are a time within it.
pub(crate) fn day_of_milliseconds(milliseconds: i64) -> Option<i32> {
    const DAY: i64 = 86_400_000;
    let is_whole = milliseconds.rem_euclid(DAY) == 0;
    let day = i32::try_from(milliseconds.div_euclid(DAY)).ok();
    day.filter(|_| is_whole)
}

/// A day or a time, as milliseconds after 1970-01-01.
pub(crate) fn date_text(milliseconds: i64) -> String {
    day_of_milliseconds(milliseconds)
        .map_or_else(|| time_text(milliseconds.div_euclid(1_000)), day_text)
}

/// A time in UTC.
pub(crate) fn time_text(seconds: i64) -> String {
    // An invalid time is written as a number, and is refused later if the column must be a date.
    chrono::DateTime::from_timestamp(seconds, 0).map_or_else(
        || seconds.to_string(),
        |time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
    )
}

/// A whole number of any size, this many digits of which are after the point, as a decimal.
pub(crate) fn decimal_text(number: &impl std::fmt::Display, scale: usize) -> String {
    let number = number.to_string();
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", number.as_str()),
    };
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::data::ingest::typed::written::{date_text, day_text, decimal_text};

    #[test]
    fn decimals_have_their_point() {
        for (number, scale, expected) in [
            ("0", 0, "0"),
            ("5", 3, "0.005"),
            ("-1200", 2, "-12"),
            (
                "12345678901234567890123456789012345678901",
                1,
                "1234567890123456789012345678901234567890.1",
            ),
        ] {
            assert_eq!(decimal_text(&number, scale), expected);
        }
        assert_eq!(decimal_text(&-15, 20), "-0.00000000000000000015");
        assert_eq!(decimal_text(&150, 2), "1.5");
    }

    #[test]
    fn days_and_times_that_do_not_exist_are_numbers() {
        assert_eq!(day_text(20_727), "2026-10-01");
        assert_eq!(day_text(i32::MAX), "2147483647");
        let day = 20_727 * 86_400_000;
        for (milliseconds, expected) in [
            (day, "2026-10-01"),
            (day + 1, "2026-10-01T00:00:00Z"),
            (day - 1_000, "2026-09-30T23:59:59Z"),
            (-86_400_000, "1969-12-31"),
        ] {
            assert_eq!(date_text(milliseconds), expected);
        }
    }
}
