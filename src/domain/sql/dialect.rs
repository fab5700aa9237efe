//! The differences between the SQL dialects of the two engines.

use super::digits::{literal, number_of};
use crate::domain::money::Amount;
use crate::domain::query::group_key::KEY_NAMES;

/// The SQL dialect of an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SqlDialect {
    #[default]
    Polars,
    Spark,
}

impl SqlDialect {
    /// Name used in flags.
    pub fn word(self) -> &'static str {
        match self {
            Self::Polars => "polars",
            Self::Spark => "spark",
        }
    }

    /// A name, quoted unless it is one of the contract's key names without a hyphen.
    pub fn identifier(self, name: &str) -> String {
        let known = KEY_NAMES.iter().any(|(word, _)| *word == name);
        if known && !name.contains('-') {
            name.to_owned()
        } else {
            self.quoted(name)
        }
    }

    /// A name in quotes.
    pub fn quoted(self, name: &str) -> String {
        match self {
            Self::Polars => format!("\"{}\"", name.replace('"', "\"\"")),
            Self::Spark => format!("`{}`", name.replace('`', "``")),
        }
    }

    /// A text literal. polars doubles quotes and has no escapes; Spark uses escapes only.
    pub fn literal(self, text: &str) -> String {
        match self {
            Self::Polars => format!("'{}'", text.replace('\'', "''")),
            Self::Spark => literal(text),
        }
    }

    /// An amount literal. The guard for polars reads number literals as exact decimals.
    pub(super) fn amount(self, amount: Amount) -> String {
        match self {
            Self::Polars => amount.to_string(),
            Self::Spark => format!("CAST('{amount}' AS DECIMAL(38,18))"),
        }
    }

    /// The negated amount. Subtraction loses a digit in Spark; polars has no unary minus for amounts.
    pub(super) fn negated(self, amount: &str) -> String {
        match self {
            Self::Polars => format!("0 - {amount}"),
            Self::Spark => format!("-{amount}"),
        }
    }

    /// The share of a currency's total in percent, for display only.
    pub(super) fn share(self, part: &str) -> String {
        match self {
            Self::Polars => format!("ROUND(100 * {part} / NULLIF(whole, 0), 1)"),
            // The product of two decimals may have too many digits.
            Self::Spark => {
                format!("ROUND(100 * CAST({part} AS DOUBLE) / NULLIF(CAST(whole AS DOUBLE), 0), 1)")
            }
        }
    }

    /// A text as an amount; NULL if it is not a number.
    pub(super) fn number(self, text: &str) -> String {
        match self {
            Self::Polars => format!("TRY_CAST(TRIM({text}) AS DECIMAL(38,18))"),
            Self::Spark => number_of(text),
        }
    }

    /// Whether a text contains another, ignoring case; `lower` is already in lower case.
    pub(super) fn says(self, text: &str, lower: &str) -> String {
        match self {
            // All text search functions of polars take a regular expression.
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

    /// An amount as text, without trailing zeros.
    pub(super) fn digits(self, amount: &str) -> String {
        match self {
            Self::Polars => format!("RTRIM(RTRIM(CAST({amount} AS STRING), '0'), '.')"),
            Self::Spark => super::digits::digits(&format!("CAST({amount} AS STRING)")),
        }
    }
}

/// Escapes a text so that a regular expression matches it literally.
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

/// The column with a row's class in the bridge from actual to amortized, as a number.
pub const PART: &str = "bridge-part";

/// The column with the text of a row's tags, on a server.
pub(crate) const TAGS_TEXT: &str = "tags-text";
