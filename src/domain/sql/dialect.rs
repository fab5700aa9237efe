//! What differs between the languages of the two engines.

use crate::domain::query::KEY_NAMES;

/// Whose SQL it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
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
            Self::Spark => {
                let text = text.replace('\\', "\\\\").replace('\'', "\\'");
                format!("'{text}'")
            }
        }
    }

    /// Whether a text says another one, which is in lower case, in whatever case.
    pub(super) fn says(self, text: &str, lower: &str) -> String {
        match self {
            // Every function of polars that looks for a text takes it for a regular expression.
            Self::Polars => format!(
                "REGEXP_LIKE(LOWER({text}), {})",
                self.literal(&escaped(lower))
            ),
            Self::Spark => format!("CONTAINS(LOWER({text}), {})", self.literal(lower)),
        }
    }

    /// Whether a text begins with a digit.
    pub(super) fn begins_with_digit(self, text: &str) -> String {
        match self {
            Self::Polars => format!("REGEXP_LIKE({text}, '^[0-9]')"),
            Self::Spark => format!("SUBSTRING({text}, 1, 1) BETWEEN '0' AND '9'"),
        }
    }

    /// An amount as text, without the zeros behind its last digit; nothing where the server writes amounts in its own way.
    pub(super) fn digits(self, amount: &str) -> Option<String> {
        match self {
            Self::Polars => Some(format!("RTRIM(RTRIM(CAST({amount} AS STRING), '0'), '.')")),
            Self::Spark => None,
        }
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
