//! Reservations and savings plans: what they cost, who used them, what stayed unused.

use super::money::Amount;
use chrono::NaiveDate;
use serde::Serialize;

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
        Amount::from_units(self.used.units().saturating_add(self.unused.units()))
    }

    /// The part of it that was used, in thousandths.
    pub fn utilization(&self) -> Option<i64> {
        self.used.per_mille(self.cost())
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

/// One pays, another uses: what a buyer's commitments cost, by who used them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Crossing {
    pub buyer: Option<String>,
    pub user: Option<String>,
    pub currency: Option<String>,
    pub cost: Amount,
}

/// Who pays and who benefits: the usage of each commitment under whoever bought it. What was bought by several is under
/// the one that paid most; what was bought elsewhere has no buyer.
pub fn matrix(all: &[Commitment]) -> Vec<Crossing> {
    let mut found: Vec<Crossing> = Vec::new();
    for commitment in all {
        let buyer = commitment
            .buyers
            .first()
            .and_then(|part| part.subscription.clone());
        for user in &commitment.users {
            let known = found.iter_mut().find(|crossing| {
                crossing.buyer == buyer
                    && crossing.user == user.subscription
                    && crossing.currency == commitment.currency
            });
            match known {
                Some(known) => {
                    let sum = known.cost.units().saturating_add(user.cost.units());
                    known.cost = Amount::from_units(sum);
                }
                None => found.push(Crossing {
                    buyer: buyer.clone(),
                    user: user.subscription.clone(),
                    currency: commitment.currency.clone(),
                    cost: user.cost,
                }),
            }
        }
    }
    found.sort_by(|a, b| {
        let key = |c: &Crossing| (c.buyer.is_none(), c.buyer.clone());
        key(a).cmp(&key(b)).then(b.cost.cmp(&a.cost))
    });
    found
}
