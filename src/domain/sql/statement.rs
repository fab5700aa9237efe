//! Errors in SQL statements, and answers to statements.

use crate::domain::money::Amount;
use std::cmp::Ordering;
use std::fmt;

/// The note on a tag, written as `tag:key`, that no row has.
pub fn absent_tag(tag: &str) -> String {
    format!("no row has {tag}: all its values are missing")
}

/// An error in a statement: its position, the problem and what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementError {
    /// The line with the error.
    pub text: String,
    /// Its number, from 1, if the statement has several.
    pub line: Option<usize>,
    /// Offset in characters inside the line; `None` if the error has no position.
    pub at: Option<usize>,
    pub wrong: String,
    pub expected: String,
}

impl StatementError {
    /// An error at a place of a statement: line and column from 1.
    pub fn at(statement: &str, (line, column): (u64, u64), wrong: &str, expected: &str) -> Self {
        let number = usize::try_from(line).unwrap_or(usize::MAX);
        let text = statement.lines().nth(number.saturating_sub(1));
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        Self {
            text: text.unwrap_or_default().to_owned(),
            line: (statement.lines().count() > 1).then_some(number),
            at: (line > 0).then(|| column.saturating_sub(1)),
            wrong: wrong.to_owned(),
            expected: expected.to_owned(),
        }
    }

    /// An error of the statement as a whole.
    pub fn whole(wrong: impl Into<String>, expected: &str) -> Self {
        Self {
            text: String::new(),
            line: None,
            at: None,
            wrong: wrong.into(),
            expected: expected.to_owned(),
        }
    }
}

impl fmt::Display for StatementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid statement: {}", self.wrong)?;
        if let Some(at) = self.at {
            let line = self.line.map(|line| format!("line {line}: "));
            let line = line.unwrap_or_default();
            write!(f, "\n  {line}{}", self.text)?;
            let before = line.chars().count() + at;
            write!(f, "\n  {}^", " ".repeat(before))?;
        }
        if self.expected.is_empty() {
            return Ok(());
        }
        write!(f, "\n  expected {}", self.expected)
    }
}

impl std::error::Error for StatementError {}

/// The type of a column of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerType {
    /// Exact.
    Decimal,
    Text,
    Date,
    Integer,
    Boolean,
    /// Binary floating point, from functions that have no exact type.
    Double,
}

impl AnswerType {
    /// The word of the JSON contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Decimal => "decimal",
            Self::Text => "text",
            Self::Date => "date",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Double => "double",
        }
    }

    /// Whether its values are numbers.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Decimal | Self::Integer | Self::Double)
    }
}

/// One value of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum AnswerValue {
    Missing,
    Decimal(Amount),
    Integer(i128),
    Double(f64),
    Boolean(bool),
    /// Text, and days in ISO form.
    Text(String),
}

impl AnswerValue {
    /// The exact value as text; `None` if it is missing.
    pub fn text(&self) -> Option<String> {
        Some(match self {
            Self::Missing => return None,
            Self::Decimal(amount) => amount.to_string(),
            Self::Integer(number) => number.to_string(),
            Self::Double(number) => number.to_string(),
            Self::Boolean(yes) => yes.to_string(),
            Self::Text(text) => text.clone(),
        })
    }

    /// The value as an exact amount, if it is one.
    pub fn amount(&self) -> Option<Amount> {
        match self {
            Self::Decimal(amount) => Some(*amount),
            Self::Integer(number) => Amount::of_scaled(*number, 0).map(|parsed| parsed.amount),
            Self::Missing | Self::Double(_) | Self::Boolean(_) | Self::Text(_) => None,
        }
    }

    /// The order of two values of a column, ascending or descending; missing values come last in either direction.
    pub fn order(&self, other: &Self, ascending: bool) -> Ordering {
        let order = match (self, other) {
            (Self::Missing, Self::Missing) => return Ordering::Equal,
            (Self::Missing, _) => return Ordering::Greater,
            (_, Self::Missing) => return Ordering::Less,
            (Self::Decimal(a), Self::Decimal(b)) => a.cmp(b),
            (Self::Integer(a), Self::Integer(b)) => a.cmp(b),
            (Self::Double(a), Self::Double(b)) => a.total_cmp(b),
            (Self::Boolean(a), Self::Boolean(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            // The values of a column are of one kind.
            _ => Ordering::Equal,
        };
        if ascending { order } else { order.reverse() }
    }
}

/// The answer to a statement.
#[derive(Debug, Clone, PartialEq)]
pub struct StatementAnswer {
    pub columns: Vec<(String, AnswerType)>,
    pub rows: Vec<Vec<AnswerValue>>,
    /// Number of rows before our own limit.
    pub of: usize,
    /// Notes for the reader.
    pub notes: Vec<String>,
}

#[cfg(test)]
mod tests {
    use crate::domain::money::Amount;
    use crate::domain::sql::statement::{AnswerType, AnswerValue, StatementError, absent_tag};
    use std::cmp::Ordering;

    #[test]
    fn an_error_points_at_its_place() {
        let two = "SELECT 1\nFROM x y";
        for (statement, place, expected, told) in [
            (
                "SELECT x",
                (1, 8),
                "a column",
                "\n  SELECT x\n         ^\n  expected a column",
            ),
            (two, (2, 6), "", "\n  line 2: FROM x y\n               ^"),
            ("SELECT x", (0, 0), "a column", "\n  expected a column"),
        ] {
            let error = StatementError::at(statement, place, "no such column", expected);
            assert_eq!(
                error.to_string(),
                format!("invalid statement: no such column{told}")
            );
        }
        let whole = StatementError::whole("it is empty", "a query");
        assert_eq!(
            whole.to_string(),
            "invalid statement: it is empty\n  expected a query"
        );
        assert_eq!(
            absent_tag("tag:a"),
            "no row has tag:a: all its values are missing"
        );
    }

    #[test]
    fn types_have_the_words_of_the_contract() {
        for (kind, word, is_number) in [
            (AnswerType::Decimal, "decimal", true),
            (AnswerType::Text, "text", false),
            (AnswerType::Date, "date", false),
            (AnswerType::Integer, "integer", true),
            (AnswerType::Boolean, "boolean", false),
            (AnswerType::Double, "double", true),
        ] {
            assert_eq!((kind.word(), kind.is_number()), (word, is_number));
        }
    }

    #[test]
    fn values_are_told_exactly() {
        let whole = Amount::from_whole;
        let text = AnswerValue::Text("12".to_owned());
        for (value, told, amount) in [
            (AnswerValue::Missing, None, None),
            (AnswerValue::Decimal(whole(12)), Some("12"), Some(whole(12))),
            (AnswerValue::Integer(12), Some("12"), Some(whole(12))),
            (
                AnswerValue::Integer(i128::MAX),
                Some("170141183460469231731687303715884105727"),
                None,
            ),
            (AnswerValue::Double(0.5), Some("0.5"), None),
            (AnswerValue::Boolean(true), Some("true"), None),
            (text, Some("12"), None),
        ] {
            assert_eq!(value.text().as_deref(), told);
            assert_eq!(value.amount(), amount, "{value:?}");
        }
    }

    #[test]
    fn missing_values_come_last_in_either_direction() {
        let text = |text: &str| AnswerValue::Text(text.to_owned());
        let decimal = |number| AnswerValue::Decimal(Amount::from_whole(number));
        for (small, large) in [
            (decimal(9), decimal(10)),
            (AnswerValue::Integer(9), AnswerValue::Integer(10)),
            (AnswerValue::Double(9.0), AnswerValue::Double(10.0)),
            (AnswerValue::Boolean(false), AnswerValue::Boolean(true)),
            (text("10"), text("9")),
        ] {
            assert_eq!(small.order(&large, true), Ordering::Less, "{small:?}");
            assert_eq!(small.order(&large, false), Ordering::Greater);
            assert_eq!(small.order(&small, false), Ordering::Equal);
            for ascending in [true, false] {
                let missing = AnswerValue::Missing;
                assert_eq!(small.order(&missing, ascending), Ordering::Less);
                assert_eq!(missing.order(&small, ascending), Ordering::Greater);
                assert_eq!(missing.order(&missing, ascending), Ordering::Equal);
            }
        }
    }
}
