//! Masks results: names become pseudonyms, and amounts an index in which the total of a currency is 100.

use super::findings::{Finding, Proof};
use crate::domain::money::{Amount, Money};
use crate::domain::query::group_key::GroupKey;
use crate::domain::text::{exact_pseudonym, pseudonym};

/// The pseudonyms and indices of one result.
#[derive(Debug, Clone)]
pub struct CostMask {
    /// Pseudonyms are the same wherever the salt is.
    pub salt: u64,
    /// The amounts that count as 100, one for each currency.
    pub wholes: Vec<Money>,
}

impl CostMask {
    /// The pseudonym of a name.
    pub fn name(&self, name: &str) -> String {
        pseudonym(self.salt, name)
    }

    /// The pseudonym of a value of a key. Values that differ have different ones.
    pub fn value(&self, key: &GroupKey, value: &str) -> String {
        if key.ignores_case() {
            self.name(value)
        } else {
            exact_pseudonym(self.salt, value)
        }
    }

    /// The pseudonyms of names.
    pub fn names(&self, names: &[String]) -> Vec<String> {
        names.iter().map(|name| self.name(name)).collect()
    }

    fn whole(&self, currency: Option<&str>) -> Option<Amount> {
        let mut wholes = self.wholes.iter();
        let whole = wholes.find(|whole| whole.currency.as_deref() == currency)?;
        Some(whole.amount)
    }

    /// The index of an amount before it is rounded, for percents; `None` if its currency has no total.
    pub fn exact_index(&self, amount: Amount, currency: Option<&str>) -> Option<Amount> {
        amount.proportion(Amount::from_whole(100), self.whole(currency)?)
    }

    /// The index of an amount; zero if its currency has no total.
    pub fn amount(&self, amount: Amount, currency: Option<&str>) -> Amount {
        let whole = self.whole(currency);
        let tenths = whole.and_then(|whole| amount.per_mille(whole));
        let index = Amount::of_scaled(i128::from(tenths.unwrap_or_default()), 1);
        index.map_or(Amount::ZERO, |index| index.amount)
    }

    /// The index of an amount, with its currency.
    pub fn money(&self, money: &Money) -> Money {
        Money {
            currency: money.currency.clone(),
            amount: self.amount(money.amount, money.currency.as_deref()),
        }
    }

    /// A finding without names and amounts. Its id and its question name its subject, so they are left out.
    pub fn finding(&self, finding: &Finding) -> Finding {
        let currency = finding.money.currency.as_deref();
        Finding {
            id: String::new(),
            kind: finding.kind,
            sentence: finding.sentence.changed(
                |name| self.name(name),
                |amount| self.amount(amount, currency),
            ),
            money: self.money(&finding.money),
            proof: Proof {
                side: finding.proof.side,
                filter: None,
                group_by: Vec::new(),
                measures: Vec::new(),
                sort: Vec::new(),
            },
            dismissed: finding.dismissed,
        }
    }
}

/// An index as text. It has one decimal, so that it is not taken for an amount.
pub fn index_text(index: Amount) -> String {
    let mut text = index.display();
    text.pop();
    text
}
