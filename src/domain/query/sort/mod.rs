//! The order of a table: sort keys and their directions.

use super::group_key::{GroupKey, KeyError, listed, split_list};
use std::fmt;

/// A sort key of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SortBy {
    #[default]
    Cost,
    /// The size of the cost, whatever its sign.
    Size,
    Rows,
    /// A group key's values, a measure, a column of a pivot, or a column of the rows.
    Key(GroupKey),
}

/// A sort key and its direction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sort {
    pub by: SortBy,
    /// Smallest first.
    pub ascending: bool,
}

impl Sort {
    /// By cost, largest first.
    pub const BY_COST: Self = Self {
        by: SortBy::Cost,
        ascending: false,
    };

    /// By the size of the cost, largest first: a large refund comes before a small cost.
    pub const BY_SIZE: Self = Self {
        by: SortBy::Size,
        ascending: false,
    };

    /// Reads `cost` (largest first), `-cost` (smallest first), `|cost|` (the largest size first), `rows`, or a key (in its own
    /// order; `-` reverses).
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.trim_start();
        let (reversed, word) = name
            .strip_prefix('-')
            .map_or((false, name), |rest| (true, rest.trim_start()));
        let by = match word.trim().to_lowercase().as_str() {
            "" => return None,
            "cost" => SortBy::Cost,
            "|cost|" => SortBy::Size,
            "rows" => SortBy::Rows,
            _ => SortBy::Key(GroupKey::parse(word)?),
        };
        let ascending = matches!(by, SortBy::Key(_)) != reversed;
        Some(Self { by, ascending })
    }

    /// Parses a comma-separated list, in order of precedence.
    pub fn parse_list(text: &str) -> Result<Option<Vec<Self>>, KeyError> {
        Ok(split_list(text)?
            .iter()
            .map(|word| Self::parse(word))
            .collect())
    }

    /// The name of the sort key.
    pub fn name(&self) -> String {
        match &self.by {
            SortBy::Cost => "cost".to_owned(),
            SortBy::Size => "|cost|".to_owned(),
            SortBy::Rows => "rows".to_owned(),
            SortBy::Key(key) => key.name(),
        }
    }

    /// As an entry of a list of choices, without quotes; [`Self::parse`] gives the same value.
    pub fn choice(&self) -> String {
        let sign = if self.is_plain() { "" } else { "-" };
        format!("{sign}{}", self.name())
    }

    /// Whether it has the default direction of its key.
    pub fn is_plain(&self) -> bool {
        self.ascending == matches!(self.by, SortBy::Key(_))
    }
}

impl fmt::Display for Sort {
    /// As it is typed in a list; parsing it gives the same value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_plain() { "" } else { "-" };
        write!(f, "{sign}{}", listed(&self.name()))
    }
}

/// An order by a column of a pivot of differences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellOrder {
    /// The exact name of the column.
    pub column: String,
    pub smallest: bool,
}

/// A list as it is typed.
pub fn list_text(sorts: &[Sort]) -> String {
    let words: Vec<String> = sorts.iter().map(ToString::to_string).collect();
    words.join(",")
}

#[cfg(test)]
mod tests;
