//! Writes filters as SQL conditions that keep the same rows.
//!
//! A comparison with a missing value is neither true nor false in SQL, and WHERE treats it as false. Our filters do the
//! same as long as nothing is negated. So `!=` also tests for NULL, and NOT first turns an unknown result into false.

use super::dialect::SqlDialect;
use crate::domain::money::Amount;
use crate::domain::query::filter::{Comparator, Filter, FilterField};
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::text_table::Holds;

/// The `WHERE` clause of a filter; empty without a filter.
pub(super) fn kept(
    filter: Option<&Filter>,
    holds: &impl Fn(&GroupKey) -> Holds,
    dialect: SqlDialect,
) -> String {
    let words = filter.map(|filter| format!(" WHERE {}", condition(filter, holds, dialect)));
    words.unwrap_or_default()
}

/// A term of ORDER BY; missing values come last in either direction.
pub(super) fn term(by: &str, ascending: bool) -> String {
    let way = if ascending { "ASC" } else { "DESC" };
    format!("{by} {way} NULLS LAST")
}

/// The ORDER BY and LIMIT clauses.
pub(super) fn in_order(terms: &[String], most: Option<usize>) -> String {
    let limit = most.map(|most| format!(" LIMIT {most}"));
    let terms = terms.join(", ");
    format!(" ORDER BY {terms}{}", limit.unwrap_or_default())
}

/// A filter as a condition.
pub fn condition(
    filter: &Filter,
    holds: &impl Fn(&GroupKey) -> Holds,
    dialect: SqlDialect,
) -> String {
    Words { holds, dialect }.condition(filter)
}

/// Context for writing a condition.
struct Words<'a, H> {
    holds: &'a H,
    dialect: SqlDialect,
}

pub(super) fn operator(comparator: Comparator) -> &'static str {
    match comparator {
        Comparator::NotEqual => "<>",
        other => other.symbol(),
    }
}

impl<H: Fn(&GroupKey) -> Holds> Words<'_, H> {
    fn condition(&self, filter: &Filter) -> String {
        match filter {
            Filter::And(parts) => self.joined(parts, " AND ", "TRUE"),
            Filter::Or(parts) => self.joined(parts, " OR ", "FALSE"),
            Filter::Not(inner) => format!("NOT COALESCE({}, FALSE)", self.condition(inner)),
            Filter::Missing(FilterField { key, .. }) => format!("{} IS NULL", self.name(key)),
            Filter::In { field, values } => self.any_of(&field.key, values),
            Filter::Compare {
                field,
                comparator,
                value,
            } => self.compared(&field.key, *comparator, value),
        }
    }

    fn joined(&self, parts: &[Filter], word: &str, without: &str) -> String {
        if let [one] = parts {
            return self.condition(one);
        }
        let parts = parts.iter().map(|part| {
            let text = self.condition(part);
            match part {
                Filter::And(_) | Filter::Or(_) => format!("({text})"),
                Filter::Compare { .. }
                | Filter::In { .. }
                | Filter::Missing(_)
                | Filter::Not(_) => text,
            }
        });
        let parts: Vec<String> = parts.collect();
        if parts.is_empty() {
            without.to_owned()
        } else {
            parts.join(word)
        }
    }

    fn name(&self, key: &GroupKey) -> String {
        self.dialect.identifier(&key.name())
    }

    /// The column as it is compared: as text, in lower case where the key ignores case.
    fn text_of(&self, key: &GroupKey, held: Holds) -> String {
        let name = self.name(key);
        match held {
            Holds::Day => format!("CAST({name} AS STRING)"),
            _ if key.ignores_case() => format!("LOWER({name})"),
            Holds::Text | Holds::Number | Holds::Quantity => name,
        }
    }

    fn any_of(&self, key: &GroupKey, values: &[String]) -> String {
        let held = (self.holds)(key);
        if values.is_empty() {
            return "FALSE".to_owned();
        }
        if held == Holds::Number {
            let tests = values.iter();
            let tests = tests.map(|value| self.compared(key, Comparator::Equal, value));
            let tests: Vec<String> = tests.collect();
            return format!("({})", tests.join(" OR "));
        }
        let values = values
            .iter()
            .map(|value| self.dialect.literal(&value_of(key, value)));
        let values: Vec<String> = values.collect();
        format!("{} IN ({})", self.text_of(key, held), values.join(", "))
    }

    fn compared(&self, key: &GroupKey, comparator: Comparator, value: &str) -> String {
        let held = (self.holds)(key);
        if held == Holds::Number {
            return self.amount(key, comparator, value);
        }
        let (column, value) = (self.text_of(key, held), value_of(key, value));
        let (sign, text) = (operator(comparator), self.dialect.literal(&value));
        match comparator {
            Comparator::Equal => format!("{column} = {text}"),
            Comparator::NotEqual => format!("({column} <> {text} OR {} IS NULL)", self.name(key)),
            Comparator::Contains => {
                let plain = match held {
                    Holds::Day => column,
                    Holds::Number | Holds::Text | Holds::Quantity => self.name(key),
                };
                self.dialect.says(&plain, &value.to_lowercase())
            }
            _ if held == Holds::Day => format!("{column} {sign} {text}"),
            Comparator::Less
            | Comparator::LessOrEqual
            | Comparator::Greater
            | Comparator::GreaterOrEqual => match Amount::parse(&value) {
                Ok(number) => self.number_or_text(&column, sign, number.amount, &value),
                Err(_) => format!("{column} {sign} {text}"),
            },
        }
    }

    /// Compares numbers as numbers, and texts that begin with a digit but are not numbers, such as months, as text. Any
    /// other text is neither more nor less.
    fn number_or_text(&self, column: &str, sign: &str, number: Amount, value: &str) -> String {
        let cast = self.dialect.number(column);
        let number = self.dialect.amount(number);
        format!(
            "CASE WHEN {cast} IS NOT NULL THEN {cast} {sign} {number} WHEN {} THEN {column} {sign} {} ELSE FALSE END",
            self.dialect.begins_with_digit(column),
            self.dialect.literal(value)
        )
    }

    /// Writes the amount as a number literal, which the guard reads as an exact decimal.
    fn amount(&self, key: &GroupKey, comparator: Comparator, value: &str) -> String {
        let name = self.name(key);
        if comparator == Comparator::Contains {
            let digits = self.dialect.digits(&name);
            return self.dialect.says(&digits, value.trim());
        }
        let Ok(number) = Amount::parse(value) else {
            // No amount equals a value that is not a number.
            let all = comparator == Comparator::NotEqual;
            return all.to_string().to_uppercase();
        };
        let (number, sign) = (self.dialect.amount(number.amount), operator(comparator));
        match comparator {
            Comparator::NotEqual => format!("({name} <> {number} OR {name} IS NULL)"),
            Comparator::Equal
            | Comparator::Less
            | Comparator::LessOrEqual
            | Comparator::Greater
            | Comparator::GreaterOrEqual
            | Comparator::Contains => format!("{name} {sign} {number}"),
        }
    }
}

/// A value in the spelling of its column.
fn value_of(key: &GroupKey, value: &str) -> String {
    let value = key.as_held(value);
    if key.ignores_case() {
        value.to_lowercase()
    } else {
        value
    }
}
