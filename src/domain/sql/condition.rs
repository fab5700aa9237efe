//! Filters as conditions in SQL that keep the same rows.
//!
//! A comparison with a value that is missing is neither true nor false in SQL, and WHERE takes it for false: the same as
//! here, as long as nothing is negated. So `!=` names what is missing, and NOT turns a test that is neither into false first.

use super::{identifier, literal};
use crate::domain::filter::{Comparator, Field, Filter};
use crate::domain::money::Amount;
use crate::domain::query::GroupKey;
use crate::domain::sheet::Holds;

/// A filter as a condition; nothing where SQL has no words for it.
pub fn condition(filter: &Filter, holds: &impl Fn(&GroupKey) -> Holds) -> Option<String> {
    match filter {
        Filter::And(parts) => joined(parts, holds, " AND ", "TRUE"),
        Filter::Or(parts) => joined(parts, holds, " OR ", "FALSE"),
        Filter::Not(inner) => Some(format!("NOT COALESCE({}, FALSE)", condition(inner, holds)?)),
        Filter::Missing(Field { key, .. }) => Some(format!("{} IS NULL", name(key))),
        Filter::In { field, values } => any_of(&field.key, values, holds),
        Filter::Compare {
            field,
            comparator,
            value,
        } => compared(&field.key, *comparator, value, holds),
    }
}

fn joined(
    parts: &[Filter],
    holds: &impl Fn(&GroupKey) -> Holds,
    word: &str,
    without: &str,
) -> Option<String> {
    if let [one] = parts {
        return condition(one, holds);
    }
    let parts = parts.iter().map(|part| {
        let text = condition(part, holds)?;
        Some(match part {
            Filter::And(_) | Filter::Or(_) => format!("({text})"),
            _ => text,
        })
    });
    let parts: Vec<String> = parts.collect::<Option<_>>()?;
    Some(if parts.is_empty() {
        without.to_owned()
    } else {
        parts.join(word)
    })
}

fn name(key: &GroupKey) -> String {
    identifier(&key.name())
}

/// The column as it is compared: as text, and without case where case means nothing.
fn text_of(key: &GroupKey, held: Holds) -> String {
    let name = name(key);
    match held {
        Holds::Day => format!("CAST({name} AS STRING)"),
        _ if key.ignores_case() => format!("LOWER({name})"),
        _ => name,
    }
}

/// A value as the column has it.
fn value_of(key: &GroupKey, value: &str) -> String {
    let value = key.as_held(value);
    if key.ignores_case() {
        value.to_lowercase()
    } else {
        value
    }
}

fn any_of(
    key: &GroupKey,
    values: &[String],
    holds: &impl Fn(&GroupKey) -> Holds,
) -> Option<String> {
    let held = holds(key);
    if values.is_empty() {
        return Some("FALSE".to_owned());
    }
    if held == Holds::Number {
        let tests = values.iter();
        let tests = tests.map(|value| compared(key, Comparator::Equal, value, holds));
        let tests: Vec<String> = tests.collect::<Option<_>>()?;
        return Some(format!("({})", tests.join(" OR ")));
    }
    let values = values.iter().map(|value| literal(&value_of(key, value)));
    let values: Vec<String> = values.collect();
    Some(format!("{} IN ({})", text_of(key, held), values.join(", ")))
}

pub(super) fn operator(comparator: Comparator) -> &'static str {
    match comparator {
        Comparator::NotEqual => "<>",
        other => other.symbol(),
    }
}

fn compared(
    key: &GroupKey,
    comparator: Comparator,
    value: &str,
    holds: &impl Fn(&GroupKey) -> Holds,
) -> Option<String> {
    let held = holds(key);
    if held == Holds::Number {
        return amount(key, comparator, value);
    }
    let (column, value) = (text_of(key, held), value_of(key, value));
    let sign = operator(comparator);
    Some(match comparator {
        Comparator::Equal => format!("{column} = {}", literal(&value)),
        Comparator::NotEqual => {
            format!("({column} <> {} OR {} IS NULL)", literal(&value), name(key))
        }
        Comparator::Contains => {
            let pattern = literal(&escaped(&value.to_lowercase()));
            format!("REGEXP_LIKE(LOWER({}), {pattern})", plain(key, held))
        }
        _ if held == Holds::Day => format!("{column} {sign} {}", literal(&value)),
        _ => match Amount::parse(&value) {
            Ok(number) => number_or_text(&column, sign, number.amount, &value),
            Err(_) => format!("{column} {sign} {}", literal(&value)),
        },
    })
}

fn plain(key: &GroupKey, held: Holds) -> String {
    match held {
        Holds::Day => text_of(key, held),
        _ => name(key),
    }
}

/// Numbers compare as numbers; what begins with a digit and is none, such as a month, as text; a word is neither more nor
/// less.
fn number_or_text(column: &str, sign: &str, number: Amount, value: &str) -> String {
    let cast = format!("TRY_CAST(TRIM({column}) AS DECIMAL(38,18))");
    format!(
        "CASE WHEN {cast} IS NOT NULL THEN {cast} {sign} {number} WHEN REGEXP_LIKE({column}, '^[0-9]') \
         THEN {column} {sign} {} ELSE FALSE END",
        literal(value)
    )
}

/// An amount is written as a number: the guard takes it as an exact one.
fn amount(key: &GroupKey, comparator: Comparator, value: &str) -> Option<String> {
    let name = name(key);
    let Ok(number) = Amount::parse(value) else {
        // No amount is like what is none.
        let all = comparator == Comparator::NotEqual;
        return (comparator != Comparator::Contains).then(|| all.to_string().to_uppercase());
    };
    let (number, sign) = (number.amount, operator(comparator));
    match comparator {
        // The digits of an amount are no text there.
        Comparator::Contains => None,
        Comparator::NotEqual => Some(format!("({name} <> {number} OR {name} IS NULL)")),
        _ => Some(format!("{name} {sign} {number}")),
    }
}

/// A text as a regular expression that finds it.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if r"\.+*?()|[]{}^$#&-~".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
