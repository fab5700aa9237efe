//! Text that comes from files and servers, made safe to show.

pub mod escape;
pub mod io_words;
pub mod redaction;
pub mod secret;
mod secret_forms;
#[cfg(test)]
mod secret_forms_tests;
pub mod shell;
pub mod unescape;
#[cfg(test)]
mod unescape_tests;

use chrono::{DateTime, SecondsFormat, Utc};
use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Whether a path is that of a folder, or of something below it; everything is below the empty path.
pub fn is_below(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A time as it is printed in JSON: `2026-11-22T08:00:00Z`.
pub fn timestamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A share in tenths of a percent as readable text, without the percent sign: `12.3`.
pub fn percent(share: i64) -> String {
    let sign = if share < 0 { "-" } else { "" };
    format!("{sign}{}.{}", share.abs() / 10, share.abs() % 10)
}

/// A change in tenths of a percent with its sign: `+12.3%`; `-` if there is nothing to compare with.
pub fn signed_percent(change: Option<i64>) -> String {
    let Some(change) = change else {
        return "-".to_owned();
    };
    let plus = if change > 0 { "+" } else { "" };
    format!("{plus}{}%", percent(change))
}

/// Control characters are made visible, so that the text cannot drive a terminal. Bidirectional marks and other
/// invisible characters become a replacement character.
pub fn printable(text: &str) -> String {
    let mut before = ' ';
    let shown = |c: char| {
        // Joiners are part of emoji; between letters they are invisible.
        let joins = matches!(c, '\u{200d}' | '\u{fe0e}' | '\u{fe0f}') && before > '\u{2190}';
        before = c;
        if joins { c } else { visible(c) }
    };
    text.chars().map(shown).collect()
}

/// Whether a character has no width on a screen and is not a control character: texts that differ only by it look the
/// same.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn visible(c: char) -> char {
    match c {
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}' => '\u{fffd}',
        c if is_invisible(c) => '\u{fffd}',
        c => c,
    }
}

/// The rest of a text after a prefix that is compared without ASCII case.
pub fn strip_any_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// A name that stands for another one in masked output: the same for one salt, whatever the case of the name. A path and
/// the name at its end have the same.
pub fn pseudonym(salt: u64, name: &str) -> String {
    let end = name.trim_end_matches('/').rsplit('/').next();
    exact_pseudonym(salt, &end.unwrap_or(name).to_lowercase())
}

/// The same for a value that compares exactly: each spelling has its own.
pub fn exact_pseudonym(salt: u64, value: &str) -> String {
    let mut hasher = DefaultHasher::new();
    (salt, value).hash(&mut hasher);
    format!("•{:06x}", hasher.finish() & 0x00ff_ffff)
}

/// Digits grouped by threes: `1234567` becomes `1,234,567`.
pub fn grouped(number: u64) -> String {
    super::money::grouped(u128::from(number))
}

/// A count with its noun: `1 row`, `1,234 rows`.
pub fn counted(number: u64, one: &str) -> String {
    let end = if number == 1 { "" } else { "s" };
    format!("{} {one}{end}", grouped(number))
}

/// Bytes in a readable unit: `14.2 MB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut tenths = u128::from(count) * 10;
    let mut unit = UNITS.iter();
    let mut name = unit.next();
    while tenths >= 10_000 {
        let Some(next) = unit.next() else { break };
        tenths /= 1000;
        name = Some(next);
    }
    let name = name.copied().unwrap_or_default();
    if name == "B" {
        return format!("{count} B");
    }
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}

/// A length of time as `mm:ss`, or `h:mm:ss`.
pub fn clock(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{rest:02}")
    } else {
        format!("{minutes:02}:{rest:02}")
    }
}

/// The age of something, in one unit.
pub fn age(seconds: i64) -> String {
    match seconds.max(0) {
        s if s < 60 => "just now".to_owned(),
        s if s < 3600 => format!("{} min old", s / 60),
        s if s < 48 * 3600 => format!("{} h old", s / 3600),
        s => format!("{} days old", s / 86_400),
    }
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

#[cfg(test)]
mod tests;
