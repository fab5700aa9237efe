//! What differs between the languages of the two engines.

use super::server::column::number_of;
use crate::domain::money::Amount;
use crate::domain::query::KEY_NAMES;

/// Whose SQL it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    #[default]
    Polars,
    Spark,
}

impl Dialect {
    /// The word for it in flags.
    pub fn word(self) -> &'static str {
        match self {
            Self::Polars => "polars",
            Self::Spark => "spark",
        }
    }

    /// A name: in quotes, unless it is one of the short words of the contract.
    pub fn identifier(self, name: &str) -> String {
        let known = KEY_NAMES.iter().any(|(word, _)| *word == name);
        match self {
            _ if known && !name.contains('-') => name.to_owned(),
            Self::Polars => format!("\"{}\"", name.replace('"', "\"\"")),
            Self::Spark => format!("`{}`", name.replace('`', "``")),
        }
    }

    /// A text: polars doubles the quote and knows no escapes, Spark knows nothing else.
    pub fn literal(self, text: &str) -> String {
        match self {
            Self::Polars => format!("'{}'", text.replace('\'', "''")),
            Self::Spark => spark_literal(text),
        }
    }

    /// An amount. polars' guard takes numbers as exact ones.
    pub(super) fn amount(self, amount: Amount) -> String {
        match self {
            Self::Polars => amount.to_string(),
            Self::Spark => format!("CAST('{amount}' AS DECIMAL(38,18))"),
        }
    }

    /// An amount with the other sign. Spark takes a digit from what is subtracted, so that it fits; polars has no sign before
    /// an amount.
    pub(super) fn negated(self, amount: &str) -> String {
        match self {
            Self::Polars => format!("0 - {amount}"),
            Self::Spark => format!("-{amount}"),
        }
    }

    /// A part of the whole of a currency, in percent; for showing only.
    pub(super) fn share(self, part: &str) -> String {
        match self {
            Self::Polars => format!("ROUND(100 * {part} / NULLIF(whole, 0), 1)"),
            // What is multiplied there may have too many digits.
            Self::Spark => {
                format!("ROUND(100 * CAST({part} AS DOUBLE) / NULLIF(CAST(whole AS DOUBLE), 0), 1)")
            }
        }
    }

    /// A text as an amount; nothing where it is none.
    pub(super) fn number(self, text: &str) -> String {
        match self {
            Self::Polars => format!("TRY_CAST(TRIM({text}) AS DECIMAL(38,18))"),
            Self::Spark => number_of(text),
        }
    }

    /// Whether a text says another one, which is in lower case, in whatever case.
    pub(super) fn says(self, text: &str, lower: &str) -> String {
        match self {
            // Every function of polars that looks for a text takes it for a regular expression.
            Self::Polars => {
                let pattern = self.literal(&escaped(lower));
                format!("REGEXP_LIKE(LOWER({text}), {pattern})")
            }
            Self::Spark => format!("CONTAINS(LOWER({text}), {})", self.literal(lower)),
        }
    }

    /// Whether a text begins with a digit.
    pub(super) fn begins_with_digit(self, text: &str) -> String {
        match self {
            Self::Polars => format!("REGEXP_LIKE({text}, '^[0-9]')"),
            Self::Spark => format!("{text} RLIKE '^[0-9]'"),
        }
    }

    /// An amount as text, without the zeros behind its last digit.
    pub(super) fn digits(self, amount: &str) -> String {
        match self {
            Self::Polars => format!("RTRIM(RTRIM(CAST({amount} AS STRING), '0'), '.')"),
            Self::Spark => super::server::column::digits(&format!("CAST({amount} AS STRING)")),
        }
    }
}

/// Backslashes escape; `${` would be replaced by a variable of the server.
fn spark_literal(text: &str) -> String {
    let mut out = String::from("'");
    let mut before = ' ';
    for c in text.chars() {
        match c {
            '\\' | '\'' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0' => out.push_str("\\0"),
            '{' if before == '$' => out.push_str("\\{"),
            c => out.push(c),
        }
        before = c;
    }
    out.push('\'');
    out
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
