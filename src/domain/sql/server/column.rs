//! Expressions that read one server column as text, as an amount or as a day.

use super::columns::ReadAs;
use crate::domain::sql::digits::literal;

/// A missing text.
pub(super) const NO_TEXT: &str = "CAST(NULL AS STRING)";

/// Unicode whitespace, as a list of characters and as a regular expression that every engine interprets alike.
const BLANKS: &str = "' \\t\\n\\r\\u000b\\u000c\\u0085\\u00a0\\u1680\\u2000\\u2001\\u2002\\u2003\\u2004\\u2005\\u2006\\u2007\\u2008\\u2009\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'";
const BLANK: &str = r"[\s\x0b\x85\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]";

pub(super) fn trim(text: &str) -> String {
    format!("TRIM(BOTH {BLANKS} FROM {text})")
}

/// A text without leading and trailing whitespace; NULL if nothing or the word NULL is left.
pub(super) fn trimmed(text: &str) -> String {
    format!("NULLIF(NULLIF({}, 'NULL'), '')", trim(text))
}

/// An unchanged text; NULL if it is blank or the word NULL, whatever whitespace is around it.
pub(super) fn untrimmed(text: &str) -> String {
    format!(
        "CASE WHEN {} NOT IN ('', 'NULL') THEN {text} END",
        trim(text)
    )
}

/// A text without any whitespace.
pub(super) fn squeezed(text: &str) -> String {
    format!(
        "REGEXP_REPLACE({text}, {}, '')",
        literal(&format!("{BLANK}+"))
    )
}

/// A text without exponent as an amount. Servers round ties up, so a tie that rounds down to even is truncated here.
pub(super) fn amount(text: &str) -> String {
    let tie = literal(r"\.[0-9]{17}[02468]50*$");
    let kept = literal(r"^(.*\.[0-9]{18})");
    format!(
        "CASE WHEN {text} RLIKE {tie} THEN CAST(REGEXP_EXTRACT({text}, {kept}, 1) AS DECIMAL(38,18)) ELSE CAST({text} AS \
         DECIMAL(38,18)) END"
    )
}

/// A text as a day: ISO, with slashes, digits only, or as .NET writes it in JSON. A time with a zone gives its day in
/// UTC. Any other text gets a `?` in front, so that the server reports an error.
pub(super) fn day(text: &str, day_first: bool) -> String {
    let (long_order, short_order) = if day_first {
        ("$3-$2-$1", "20$3-$2-$1")
    } else {
        ("$3-$1-$2", "20$3-$1-$2")
    };
    let rest = r"(?:[Tt ] *[0-9]{1,2}(?::[0-9]{1,2}){0,2}(?:\.[0-9]+)? *(?:[AaPp][Mm])? *(?:Z|z|UTC|GMT|[+-][0-9]{1,2}:?[0-9]{0,2})?)?$";
    let iso = literal(&format!("^[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}{rest}"));
    let long = literal(&format!(
        "^([0-9]{{1,2}})/([0-9]{{1,2}})/([0-9]{{4}}){rest}"
    ));
    let short = literal(&format!(
        "^([0-9]{{1,2}})/([0-9]{{1,2}})/([0-9]{{2}}){rest}"
    ));
    let digits = literal(&format!("^[0-9]{{8}}{rest}"));
    let written = format!(
        "CASE WHEN {text} RLIKE {iso} THEN REGEXP_EXTRACT({text}, '^[0-9-]+', 0) \
         WHEN {text} RLIKE {long} THEN REGEXP_REPLACE({text}, {long}, '{long_order}') \
         WHEN {text} RLIKE {short} THEN REGEXP_REPLACE({text}, {short}, '{short_order}') \
         WHEN {text} RLIKE {digits} THEN CONCAT(SUBSTRING({text}, 1, 4), '-', SUBSTRING({text}, 5, 2), '-', \
         SUBSTRING({text}, 7, 2)) \
         WHEN {text} LIKE '/Date(%' THEN CAST(DATE_ADD(DATE '1970-01-01', CAST(FLOOR(CAST(REGEXP_EXTRACT({text}, \
         '-?[0-9]+', 0) AS BIGINT) / 86400000) AS INT)) AS STRING) ELSE CONCAT('?', {text}) END"
    );
    let base = format!("CAST({written} AS DATE)");
    let (zone, minutes) = minutes_of(text);
    format!(
        "CASE WHEN {text} RLIKE {zone} THEN DATE_ADD({base}, CAST(FLOOR(({minutes}) / 1440) AS INT)) \
         WHEN {text} RLIKE '[Tt ] *24:00' THEN DATE_ADD({base}, 1) ELSE {base} END"
    )
}

/// The pattern of a time with a zone, and its minutes since midnight in UTC.
fn minutes_of(text: &str) -> (String, String) {
    let zone = literal(
        r"[Tt ] *([0-9]{1,2})(?::([0-9]{1,2}))?(?::([0-9]{1,2}))?(?:\.[0-9]+)? *([AaPp]?)[Mm]? *([+-])([0-9]{1,2}):?([0-9]{2})?$",
    );
    let part = |at: usize| format!("REGEXP_EXTRACT({text}, {zone}, {at})");
    let number = |at: usize| format!("CAST(COALESCE(NULLIF({}, ''), '0') AS INT)", part(at));
    let hour = format!(
        "CASE WHEN {half} = '' THEN {hour} ELSE {hour} % 12 + CASE WHEN LOWER({half}) = 'p' THEN 12 ELSE 0 END END",
        half = part(4),
        hour = number(1)
    );
    let minutes = format!(
        "({hour}) * 60 + {} - CASE WHEN {} = '-' THEN -1 ELSE 1 END * ({} * 60 + {})",
        number(2),
        part(5),
        number(6),
        number(7)
    );
    (zone, minutes)
}

/// Whether a trimmed text does not have the type it is read as. A day with a time other than midnight is not a plain
/// day.
pub(super) fn is_none(text: &str, read_as: ReadAs) -> String {
    if read_as == ReadAs::Amount {
        let number = literal(r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$");
        return format!("NOT {text} RLIKE {number}");
    }
    let day = literal(
        r"^(?:[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{8}|[0-9]{1,2}/[0-9]{1,2}/(?:[0-9]{2}|[0-9]{4})|/Date\(.*)(?:[Tt ].*)?$",
    );
    let midnight = literal(
        r"[Tt ] *(?:(?:00?|24):00(?::00)?(?:\.0+)?|12:00(?::00)? *[Aa][Mm]) *(?:Z|z|UTC|GMT|[+-]00:?(?:00)?)?$",
    );
    format!(
        "NOT {text} RLIKE {day} OR ({text} RLIKE '[Tt ]' AND NOT {text} RLIKE {midnight} AND NOT {text} LIKE '/Date(%')"
    )
}
