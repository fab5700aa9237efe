//! Reservations and savings plans: their cost, their users and their unused part.

use crate::domain::money::Amount;
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeMap;

/// The kind of a commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CommitmentKind {
    Reservation,
    SavingsPlan,
}

impl CommitmentKind {
    /// Display name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Reservation => "reservation",
            Self::SavingsPlan => "savings plan",
        }
    }
}

/// A part of a commitment that belongs to a subscription or resource group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CommitmentPart {
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

/// The cost of the same usage at list prices.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ListPrice {
    /// Quantity times list price, of rows that have one.
    pub list: Amount,
    /// Amortized cost of those rows.
    pub cost: Amount,
    /// Used rows with a zero or missing list price; they are left out.
    pub rows_without: u64,
}

/// One reservation or savings plan, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Commitment {
    /// Id of the reservation or benefit; `None` if the rows have none.
    pub id: Option<String>,
    pub name: Option<String>,
    pub kind: CommitmentKind,
    pub currency: Option<String>,
    /// Purchases and refunds on the actual side.
    pub bought: Amount,
    /// Buyers, largest first; empty if the file has no purchase.
    pub buyers: Vec<CommitmentPart>,
    /// Amortized cost of the used part.
    pub used: Amount,
    pub users: Vec<CommitmentPart>,
    /// Amortized cost of the unused part.
    pub unused: Amount,
    /// Whether the file has rows of unused benefits at all.
    pub unused_visible: bool,
    pub days: Vec<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_price: Option<ListPrice>,
}

impl Commitment {
    /// Cost over these days: used plus unused.
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

/// The payer of a commitment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "subscription")]
pub enum Buyer {
    One(String),
    /// Bought at the account, or by a buyer whose rows name no subscription.
    NoSubscription,
    /// Shared by this many subscriptions.
    Several(usize),
    /// The file has no purchase.
    NotVisible,
}

/// Usage of commitments by payer and user.
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

/// Usage of all commitments, grouped by payer and user.
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

#[cfg(test)]
mod tests {
    use crate::domain::analysis::commitments::{
        Buyer, Commitment, CommitmentKind, CommitmentPart, Crossing, matrix,
    };
    use crate::domain::money::Amount;

    fn owned(text: Option<&str>) -> Option<String> {
        text.map(str::to_owned)
    }

    fn parts(parts: &[(Option<&str>, u64)]) -> Vec<CommitmentPart> {
        let part = |(subscription, cost): &(Option<&str>, u64)| CommitmentPart {
            subscription: owned(*subscription),
            resource_group: None,
            cost: Amount::from_whole(*cost),
        };
        parts.iter().map(part).collect()
    }

    fn commitment(buyers: &[(Option<&str>, u64)], users: &[(Option<&str>, u64)]) -> Commitment {
        Commitment {
            id: None,
            name: None,
            kind: CommitmentKind::Reservation,
            currency: owned(Some("EUR")),
            bought: Amount::ZERO,
            buyers: parts(buyers),
            used: Amount::from_whole(5),
            users: parts(users),
            unused: Amount::from_whole(2),
            unused_visible: true,
            days: Vec::new(),
            list_price: None,
        }
    }

    #[test]
    fn a_commitment_is_called_by_its_name_or_the_end_of_its_id() {
        for (id, name, label) in [
            (Some("/orders/x/r-1"), Some("web"), "web"),
            (Some("/orders/x/r-1"), None, "r-1"),
            (Some("r-1"), None, "r-1"),
            (None, Some("web"), "web"),
            (None, None, "(no id)"),
        ] {
            let commitment = Commitment {
                id: owned(id),
                name: owned(name),
                ..commitment(&[], &[])
            };
            assert_eq!(commitment.label(), label);
            assert_eq!(commitment.cost(), Amount::from_whole(7));
        }
    }

    #[test]
    fn usage_is_added_up_by_its_payer_and_user() {
        let one = [(Some("payer"), 9)];
        let all = [
            commitment(&one, &[(Some("a"), 1), (Some("b"), 2)]),
            commitment(&one, &[(Some("a"), 3), (None, 3)]),
            commitment(&[(None, 9)], &[(Some("a"), 5)]),
            commitment(&[(Some("x"), 9), (Some("y"), 1)], &[(Some("a"), 6)]),
            commitment(&[], &[(Some("a"), 7)]),
            Commitment {
                currency: owned(Some("USD")),
                ..commitment(&[], &[(Some("a"), 8)])
            },
        ];
        let payer = || Buyer::One("payer".to_owned());
        let expected = [
            (payer(), Some("a"), "EUR", 4),
            (payer(), None, "EUR", 3),
            (payer(), Some("b"), "EUR", 2),
            (Buyer::NoSubscription, Some("a"), "EUR", 5),
            (Buyer::Several(2), Some("a"), "EUR", 6),
            (Buyer::NotVisible, Some("a"), "USD", 8),
            (Buyer::NotVisible, Some("a"), "EUR", 7),
        ];
        let expected = expected.map(|(buyer, user, currency, cost)| Crossing {
            buyer,
            user: owned(user),
            currency: owned(Some(currency)),
            cost: Amount::from_whole(cost),
        });
        assert_eq!(matrix(&all), expected);
    }
}
