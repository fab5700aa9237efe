//! Cells and groups of a table.

use crate::domain::money::{Amount, Money};
use chrono::NaiveDate;

/// One value of a finished row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Text as it was received; `None` if the value is absent.
    Text(Option<String>),
    Amount(Option<Amount>),
    Count(u64),
}

impl Cell {
    /// The exact value as text, or `None` if it is absent.
    pub fn exact(&self) -> Option<String> {
        match self {
            Self::Text(text) => text.clone(),
            Self::Amount(amount) => amount.map(|amount| amount.to_string()),
            Self::Count(count) => Some(count.to_string()),
        }
    }
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub keys: Vec<Option<String>>,
    /// Names that a screen shows instead of ids: a subscription's or resource's name, if the data has one.
    pub labels: Vec<Option<String>>,
    pub cost: Money,
    pub rows: u64,
    /// Its share of the total in its currency, in tenths of a percent; for display only.
    pub share: Option<i64>,
    /// The cumulative share of this group and all groups of its currency before it.
    pub running: Option<i64>,
    /// First and last day, if requested.
    pub days: Option<(NaiveDate, NaiveDate)>,
    /// The quantity and its unit, if requested and the same in all rows.
    pub quantity: Option<(Amount, String)>,
}

/// Groups beyond the page, added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Others {
    pub groups: usize,
    pub rows: u64,
    pub costs: Vec<Money>,
}

/// Identifies a group within its table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct GroupId {
    pub keys: Vec<Option<String>>,
    pub currency: Option<String>,
}

impl Group {
    /// A group whose cost is a difference.
    pub fn of_difference(
        (keys, labels): (Vec<Option<String>>, Vec<Option<String>>),
        cost: Money,
        rows: u64,
    ) -> Self {
        Self {
            keys,
            labels,
            cost,
            rows,
            share: None,
            running: None,
            days: None,
            quantity: None,
        }
    }

    /// The fields it shares with other kinds of group lines.
    pub fn line(&self) -> GroupLine<'_> {
        GroupLine {
            keys: &self.keys,
            labels: &self.labels,
            currency: self.cost.currency.as_deref(),
            sums: Some((self.cost.amount, self.rows)),
        }
    }

    /// Its id within the table.
    pub fn id(&self) -> GroupId {
        self.line().id()
    }
}

/// The fields that all kinds of group lines have.
#[derive(Debug, Clone, Copy)]
pub struct GroupLine<'a> {
    pub keys: &'a [Option<String>],
    pub labels: &'a [Option<String>],
    pub currency: Option<&'a str>,
    /// Its cost and rows, if it covers a single period.
    pub sums: Option<(Amount, u64)>,
}

impl GroupLine<'_> {
    /// Its id within the table.
    pub fn id(&self) -> GroupId {
        GroupId {
            keys: self.keys.to_vec(),
            currency: self.currency.map(ToOwned::to_owned),
        }
    }
}
