//! Reservations and savings plans: what they cost, who used them, what stayed unused.

use crate::domain::money::Amount;
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeMap;

/// What was committed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Reservation,
    SavingsPlan,
}

impl Kind {
    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Reservation => "reservation",
            Self::SavingsPlan => "savings plan",
        }
    }
}

/// A part of a commitment that belongs to a subscription or resource group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    pub subscription: Option<String>,
    pub resource_group: Option<String>,
    pub cost: Amount,
}

/// A day of a commitment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Day {
    pub date: Option<NaiveDate>,
    pub used: Amount,
    pub unused: Amount,
}

/// What the same usage had cost at list prices.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ListPrice {
    /// Quantity times list price, of rows that have one.
    pub list: Amount,
    /// What those rows cost amortized.
    pub cost: Amount,
    /// Used rows whose list price is 0 or not there; they are left out.
    pub rows_without: u64,
}

/// One reservation or savings plan, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Commitment {
    /// The reservation's or benefit's id; none where rows name none.
    pub id: Option<String>,
    pub name: Option<String>,
    pub kind: Kind,
    pub currency: Option<String>,
    /// Purchases and refunds in the actual side.
    pub bought: Amount,
    /// By whom, the most first; empty where no purchase is in the file.
    pub buyers: Vec<Part>,
    /// The amortized cost of what was used.
    pub used: Amount,
    pub users: Vec<Part>,
    /// The cost of what was not.
    pub unused: Amount,
    /// Whether rows of unused benefits are in the file at all.
    pub unused_visible: bool,
    pub days: Vec<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_price: Option<ListPrice>,
}

impl Commitment {
    /// What it cost in these days: used and unused.
    pub fn cost(&self) -> Amount {
        self.used.saturating_add(self.unused)
    }

    /// Its name, or the end of its id.
    pub fn label(&self) -> &str {
        let id = self
            .id
            .as_deref()
            .map(|id| id.rsplit('/').next().unwrap_or(id));
        self.name.as_deref().or(id).unwrap_or("(no id)")
    }
}

/// Whoever pays for a commitment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "subscription")]
pub enum Buyer {
    One(String),
    /// Bought at the account, or by one whose rows name no subscription.
    NoSubscription,
    /// So many subscriptions, which share it.
    Several(usize),
    /// No purchase is in the file.
    NotVisible,
}

/// One pays, another uses: what was used of commitments, by who bought them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Crossing {
    pub buyer: Buyer,
    pub user: Option<String>,
    pub currency: Option<String>,
    pub cost: Amount,
}

impl Commitment {
    fn buyer(&self) -> Buyer {
        match self.buyers.as_slice() {
            [] => Buyer::NotVisible,
            [one] => match &one.subscription {
                Some(subscription) => Buyer::One(subscription.clone()),
                None => Buyer::NoSubscription,
            },
            several => Buyer::Several(several.len()),
        }
    }
}

/// Who pays and who benefits: the usage of each commitment under whoever bought it.
pub fn matrix(all: &[Commitment]) -> Vec<Crossing> {
    let mut found: BTreeMap<(Buyer, Option<String>, Option<String>), Amount> = BTreeMap::new();
    for commitment in all {
        for user in &commitment.users {
            let key = (
                commitment.buyer(),
                user.subscription.clone(),
                commitment.currency.clone(),
            );
            let sum = found.entry(key).or_default();
            *sum = sum.saturating_add(user.cost);
        }
    }
    let crossing = |((buyer, user, currency), cost)| Crossing {
        buyer,
        user,
        currency,
        cost,
    };
    let mut all: Vec<Crossing> = found.into_iter().map(crossing).collect();
    all.sort_by(|a, b| a.buyer.cmp(&b.buyer).then(b.cost.cmp(&a.cost)));
    all
}
