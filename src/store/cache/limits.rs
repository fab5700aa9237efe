//! How much of the disk converted copies may take, and how long they stay unused.

use std::time::Duration;

const DAY: u64 = 24 * 3600;
const WANTED: &str = "expected a size, an age or both, such as 5 GB, 30 days, or off";

/// The limits of the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The size of all copies in bytes.
    pub bytes: u64,
    /// The time since a copy was last used.
    pub age: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 5_000_000_000,
            age: Duration::from_secs(30 * DAY),
        }
    }
}

impl Limits {
    /// The limits that nothing keeps.
    pub const OFF: Self = Self {
        bytes: 0,
        age: Duration::ZERO,
    };
    /// The default as it is written in the settings.
    pub const DEFAULT: &str = "5 GB, 30 days";

    /// Whether anything can be kept.
    pub fn is_off(&self) -> bool {
        self.bytes == 0
    }

    /// Reads limits such as `5 GB, 30 days`, `500 MB`, `14 days` or `off`. A limit that is not named has its default.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim().eq_ignore_ascii_case("off") {
            return Ok(Self::OFF);
        }
        let (mut bytes, mut age) = (None, None);
        for part in text.split(',') {
            let part = part.trim();
            let digits = part
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(part.len());
            let (number, unit) = part.split_at(digits);
            let wrong = || format!("`{part}` is not a limit; {WANTED}");
            let number: u64 = number.parse().map_err(|_| wrong())?;
            let (place, factor) = match unit.trim().to_ascii_lowercase().as_str() {
                "mb" => (&mut bytes, 1_000_000),
                "gb" => (&mut bytes, 1_000_000_000),
                "tb" => (&mut bytes, 1_000_000_000_000),
                "day" | "days" => (&mut age, DAY),
                _ => return Err(wrong()),
            };
            if number == 0 {
                return Err(format!("`{part}` keeps nothing; write off instead"));
            }
            let value = number.checked_mul(factor).ok_or_else(wrong)?;
            if place.replace(value).is_some() {
                return Err(format!(
                    "`{part}` is a second limit of the same kind; {WANTED}"
                ));
            }
        }
        let usual = Self::default();
        Ok(Self {
            bytes: bytes.unwrap_or(usual.bytes),
            age: age.map_or(usual.age, Duration::from_secs),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{DAY, Limits};
    use std::time::Duration;

    #[test]
    fn limits_are_read() {
        let days = |days| Duration::from_secs(days * DAY);
        let usual = Limits::default();
        let cases = [
            (Limits::DEFAULT, usual.bytes, usual.age),
            ("500 MB", 500_000_000, usual.age),
            ("1 day", usual.bytes, days(1)),
            (" 14 days ,2TB", 2_000_000_000_000, days(14)),
            ("off", 0, Duration::ZERO),
            ("OFF", 0, Duration::ZERO),
        ];
        for (text, bytes, age) in cases {
            assert_eq!(Limits::parse(text), Ok(Limits { bytes, age }), "{text}");
        }
        assert!(Limits::OFF.is_off());
        for text in [
            "",
            "5",
            "GB",
            "5 GB 30 days",
            "1.5 GB",
            "-1 GB",
            "5 GB, 6 GB",
            "0 GB",
            "0 days",
            "99999999999999999999 GB",
            "999999999999 TB",
            "5 GB,",
        ] {
            assert!(Limits::parse(text).is_err(), "{text}");
        }
    }
}
