//! The largest groups by one key, compared with the month before.

use super::{CostTrend, CurrencyTotal, KeyPanel, RankedGroup, RestOfGroups, TooLarge};
use crate::domain::money::{Amount, Money};
use crate::domain::query::group_key::GroupKey;
use std::collections::HashMap;

/// The cost of a value of a key in a currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueCost {
    /// `None` if the value is absent.
    pub value: Option<String>,
    pub cost: Money,
}

/// A value as it is compared, and its currency.
type ValueKey = (Option<String>, Option<String>);

/// The costs of all groups in both months.
struct Ranking<'a> {
    key: &'a GroupKey,
    own: &'a [ValueCost],
    /// `None` if no month before is known.
    was: Option<HashMap<ValueKey, Amount>>,
    totals: &'a [CurrencyTotal],
}

/// The largest groups of each currency. `own` is sorted, largest first; `before` are the groups of the month before.
pub fn ranked(
    key: &GroupKey,
    (own, before): (&[ValueCost], Option<&[ValueCost]>),
    totals: &[CurrencyTotal],
    most: usize,
) -> Result<KeyPanel, TooLarge> {
    let ranking = Ranking::of(key, own, before, totals)?;
    let (mut groups, mut others) = (Vec::new(), Vec::new());
    for total in totals {
        let of_currency = own
            .iter()
            .filter(|group| group.cost.currency == total.currency);
        let first = of_currency.clone().take(most);
        let first: Vec<RankedGroup> = first.map(|group| ranking.group(group)).collect();
        let rest = of_currency.count().saturating_sub(first.len());
        others.extend(ranking.rest(total, &first, rest)?);
        groups.extend(first);
    }
    Ok(KeyPanel {
        key: key.clone(),
        groups,
        others,
    })
}

/// The cost of rows without a value of a key, for each currency.
pub fn missing(
    key: &GroupKey,
    (own, before): (&[ValueCost], Option<&[ValueCost]>),
    totals: &[CurrencyTotal],
) -> Result<Vec<RankedGroup>, TooLarge> {
    let ranking = Ranking::of(key, own, before, totals)?;
    let of_total = |total: &CurrencyTotal| {
        let mut groups = own.iter();
        let found =
            groups.find(|group| group.value.is_none() && group.cost.currency == total.currency);
        let nothing = ValueCost {
            value: None,
            cost: Money {
                currency: total.currency.clone(),
                amount: Amount::ZERO,
            },
        };
        ranking.group(found.unwrap_or(&nothing))
    };
    Ok(totals.iter().map(of_total).collect())
}

impl<'a> Ranking<'a> {
    fn of(
        key: &'a GroupKey,
        own: &'a [ValueCost],
        before: Option<&[ValueCost]>,
        totals: &'a [CurrencyTotal],
    ) -> Result<Self, TooLarge> {
        let mut ranking = Self {
            key,
            own,
            was: None,
            totals,
        };
        if let Some(before) = before {
            let mut was: HashMap<ValueKey, Amount> = HashMap::new();
            for group in before {
                let sum = was.entry(ranking.place(group)).or_default();
                *sum = sum.checked_add(group.cost.amount).ok_or(TooLarge)?;
            }
            ranking.was = Some(was);
        }
        Ok(ranking)
    }

    fn place(&self, group: &ValueCost) -> ValueKey {
        let value = group.value.as_ref().map(|value| {
            if self.key.ignores_case() {
                value.to_lowercase()
            } else {
                value.clone()
            }
        });
        (value, group.cost.currency.clone())
    }

    fn share(&self, amount: Amount, currency: Option<&str>) -> Option<i64> {
        let mut totals = self.totals.iter();
        let total = totals.find(|total| total.currency.as_deref() == currency)?;
        amount.per_mille(total.trend.cost)
    }

    fn group(&self, group: &ValueCost) -> RankedGroup {
        let before = |was: &HashMap<ValueKey, Amount>| {
            was.get(&self.place(group)).copied().unwrap_or_default()
        };
        RankedGroup {
            value: group.value.clone(),
            currency: group.cost.currency.clone(),
            trend: CostTrend::new(group.cost.amount, self.was.as_ref().map(before)),
            share: self.share(group.cost.amount, group.cost.currency.as_deref()),
        }
    }

    /// All groups of a currency but the first ones; `None` if there are none in either month.
    fn rest(
        &self,
        total: &CurrencyTotal,
        first: &[RankedGroup],
        groups: usize,
    ) -> Result<Option<RestOfGroups>, TooLarge> {
        let mut cost = Amount::ZERO;
        let of_currency = self
            .own
            .iter()
            .filter(|group| group.cost.currency == total.currency);
        for group in of_currency.skip(first.len()) {
            cost = cost.checked_add(group.cost.amount).ok_or(TooLarge)?;
        }
        let mut before = total.trend.before;
        for group in first {
            let was = group.trend.before.unwrap_or_default();
            before = match before {
                Some(before) => Some(before.checked_sub(was).ok_or(TooLarge)?),
                None => None,
            };
        }
        let gone = before.is_some_and(|before| before != Amount::ZERO);
        Ok((groups > 0 || gone).then(|| RestOfGroups {
            currency: total.currency.clone(),
            groups,
            trend: CostTrend::new(cost, before),
            share: self.share(cost, total.currency.as_deref()),
        }))
    }
}
