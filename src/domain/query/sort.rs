//! By what a table is sorted, and which way.

use super::{GroupKey, KeyError, listed, split_list};
use std::fmt;

/// What a table is sorted by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SortBy {
    #[default]
    Cost,
    Rows,
    /// A group key's values, a measure, a column of a pivot, or a column of the rows.
    Key(GroupKey),
}

/// What a table is sorted by and which way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    pub by: SortBy,
    /// Smallest first.
    pub ascending: bool,
}

impl Default for Sort {
    fn default() -> Self {
        Self::BY_COST
    }
}

impl Sort {
    /// By cost, largest first.
    pub const BY_COST: Self = Self {
        by: SortBy::Cost,
        ascending: false,
    };

    /// Reads `cost` (largest first), `-cost` (smallest first), `rows`, or a key (in its own order; `-` reverses).
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.trim().trim_matches('"');
        let (reversed, word) = name
            .strip_prefix('-')
            .map_or((false, name), |rest| (true, rest));
        let by = match word.to_lowercase().as_str() {
            "" => return None,
            "cost" => SortBy::Cost,
            "rows" => SortBy::Rows,
            _ => SortBy::Key(GroupKey::parse(word)?),
        };
        let ascending = matches!(by, SortBy::Key(_)) != reversed;
        Some(Self { by, ascending })
    }

    /// Reads several between commas; the first that tells two lines apart counts.
    pub fn parse_list(text: &str) -> Result<Option<Vec<Self>>, KeyError> {
        Ok(split_list(text)?
            .iter()
            .map(|word| Self::parse(word))
            .collect())
    }

    /// The name of what is sorted by.
    pub fn name(&self) -> String {
        match &self.by {
            SortBy::Cost => "cost".to_owned(),
            SortBy::Rows => "rows".to_owned(),
            SortBy::Key(key) => key.name(),
        }
    }

    /// Whether it goes the way that the name alone means.
    pub fn is_plain(&self) -> bool {
        self.ascending == matches!(self.by, SortBy::Key(_))
    }
}

impl fmt::Display for Sort {
    /// As it is typed in a list; reading it back gives the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_plain() { "" } else { "-" };
        write!(f, "{sign}{}", listed(&self.name()))
    }
}

/// Several as they are typed.
pub fn list_text(sorts: &[Sort]) -> String {
    let words: Vec<String> = sorts.iter().map(ToString::to_string).collect();
    words.join(",")
}
