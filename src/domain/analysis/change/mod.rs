//! Explains a change in cost between two periods: new and gone items, and the effects of quantity and price on the
//! rest.
//!
//! An item is one charge type of one meter on one resource. An item only in the later period is new; one only in the
//! earlier period is gone. For an item in both, the quantity effect is the earlier unit price times the difference of
//! quantities, rounded half-even to 18 decimals; the price effect is the rest. So the four always add up to the
//! difference, exactly.

use crate::domain::analysis::differences::{DifferencePivot, GroupOf};
use crate::domain::money::{Amount, Money};
use crate::domain::period::{DateRange, Month};
use crate::domain::query::group_key::GroupKey;
use crate::domain::table::group::Group;
use serde::{Serialize, Serializer};

/// Cost and quantity of one item in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemSums {
    pub cost: Amount,
    /// `None` if it is unknown or the units differ.
    pub quantity: Option<Amount>,
}

/// The parts of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effects {
    pub before: Amount,
    pub after: Amount,
    pub new: Amount,
    pub gone: Amount,
    pub quantity: Amount,
    pub price: Amount,
}

impl Effects {
    /// Column names of the amounts: both periods, their difference, then its parts.
    pub const NAMES: [&str; 7] = [
        "before",
        "after",
        "difference",
        "new",
        "gone",
        "quantity",
        "price",
    ];

    /// The amounts in the order of their names.
    pub fn amounts(&self) -> [Amount; 7] {
        [
            self.before,
            self.after,
            self.difference(),
            self.new,
            self.gone,
            self.quantity,
            self.price,
        ]
    }

    /// The amount with a name.
    pub fn named(&self, name: &str) -> Option<Amount> {
        let mut all = Self::NAMES.iter().zip(self.amounts());
        all.find(|(known, _)| **known == name)
            .map(|(_, amount)| amount)
    }

    /// The effects of one item; `None` if a sum is too large.
    pub fn of(before: Option<ItemSums>, after: Option<ItemSums>) -> Option<Self> {
        let mut effects = Self::default();
        match (before, after) {
            (None, None) => {}
            (None, Some(new)) => {
                effects.after = new.cost;
                effects.new = new.cost;
            }
            (Some(gone), None) => {
                effects.before = gone.cost;
                effects.gone = gone.cost.negated();
            }
            (Some(was), Some(is)) => {
                effects.before = was.cost;
                effects.after = is.cost;
                let difference = is.cost.checked_sub(was.cost)?;
                let by_quantity = was
                    .quantity
                    .zip(is.quantity)
                    .and_then(|(was_quantity, now)| {
                        let more = now.checked_sub(was_quantity)?;
                        was.cost.proportion(more, was_quantity)
                    });
                effects.quantity = by_quantity.unwrap_or_default();
                effects.price = difference.checked_sub(effects.quantity)?;
            }
        }
        Some(effects)
    }

    /// The sum of both; `None` if it is too large.
    pub fn and(&self, other: &Self) -> Option<Self> {
        Some(Self {
            before: self.before.checked_add(other.before)?,
            after: self.after.checked_add(other.after)?,
            new: self.new.checked_add(other.new)?,
            gone: self.gone.checked_add(other.gone)?,
            quantity: self.quantity.checked_add(other.quantity)?,
            price: self.price.checked_add(other.price)?,
        })
    }

    /// After less before.
    pub fn difference(&self) -> Amount {
        // Both sides fit. If their difference does not, the parts are more useful than a wrong number.
        self.after.checked_sub(self.before).unwrap_or_default()
    }

    /// The difference in tenths of a percent of the size of the earlier amount; `None` if that is zero.
    pub fn percent(&self) -> Option<i64> {
        self.difference().per_mille(self.before.abs())
    }

    /// The part with the largest absolute value.
    pub fn main_cause(&self) -> &'static str {
        let parts = [
            (self.new, "new"),
            (self.gone, "gone"),
            (self.quantity, "quantity"),
            (self.price, "price"),
        ];
        let largest = parts.iter().rev().max_by_key(|(amount, _)| amount.abs());
        match largest {
            Some((amount, name)) if *amount != Amount::ZERO => name,
            _ => "",
        }
    }
}

/// The titles of two periods: each as its month or days. Two periods that would have the same title, or of which one is
/// unknown, are `before` and `after`.
pub fn period_titles(periods: [Option<DateRange>; 2]) -> [String; 2] {
    let month = |days: DateRange| {
        let first = Month::of(days.from);
        (first == Month::of(days.to)).then(|| first.to_string())
    };
    if let [Some(before), Some(after)] = periods {
        let months = month(before).zip(month(after));
        let titles = match months {
            Some((before, after)) if before != after => [before, after],
            _ => [before.to_string(), after.to_string()],
        };
        let [one, other] = &titles;
        if one != other {
            return titles;
        }
    }
    ["before", "after"].map(ToOwned::to_owned)
}

impl Serialize for Effects {
    /// The amounts by their names, in order.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Self::NAMES.iter().zip(self.amounts()))
    }
}

/// One group, or the total of a currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    pub keys: Vec<Option<String>>,
    /// Names that a screen shows instead of ids.
    pub labels: Vec<Option<String>>,
    pub currency: Option<String>,
    pub effects: Effects,
}

impl Changed {
    /// Its keys and its currency.
    pub fn id(&self) -> GroupOf<'_> {
        (&self.keys, self.currency.as_deref())
    }

    /// The group with its difference as cost.
    pub fn into_group(self) -> Group {
        let cost = Money {
            currency: self.currency,
            amount: self.effects.difference(),
        };
        Group::of_difference((self.keys, self.labels), cost, 0)
    }
}

/// The comparison of two periods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub group_by: Vec<GroupKey>,
    /// One for each currency.
    pub currencies: Vec<Changed>,
    /// The largest difference first, ties by keys.
    pub groups: Vec<Changed>,
    /// Groups before any limit.
    pub of: usize,
    /// Rows of both periods that the filter keeps.
    pub rows: u64,
    /// The differences of each group by another key.
    pub pivot: Option<DifferencePivot>,
}

impl Change {
    /// A note if one of the periods has no cost at all: then everything looks new, or gone.
    pub fn one_sided(&self) -> Option<&'static str> {
        let all = |of: fn(&Effects) -> Amount| {
            let mut totals = self.currencies.iter();
            !self.currencies.is_empty() && totals.all(|total| of(&total.effects) == Amount::ZERO)
        };
        if all(|effects| effects.before) {
            Some("the earlier period has no cost in this data: everything looks new")
        } else if all(|effects| effects.after) {
            Some("the later period has no cost in this data: everything looks gone")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests;
