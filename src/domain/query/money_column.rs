//! The money that counts as cost: the amount in the billing currency, or the same amount in USD, which MCA and FOCUS
//! files carry beside it.

use super::columns::plain;

/// The money of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MoneyColumn {
    /// The amounts in the currencies that they are billed in.
    #[default]
    Billing,
    /// The amounts in USD.
    Usd,
}

impl MoneyColumn {
    /// Every choice.
    pub const ALL: [Self; 2] = [Self::Billing, Self::Usd];

    /// Reads `billing`, `usd`, or the header of a column in USD.
    pub fn parse(text: &str) -> Result<Self, String> {
        let name = plain(text);
        let is_usd = USD.iter().any(|(_, columns)| {
            let mut columns = columns.iter();
            columns.any(|column| plain(column) == name)
        });
        match Self::ALL.into_iter().find(|money| money.word() == name) {
            Some(money) => Ok(money),
            None if is_usd => Ok(Self::Usd),
            None => Err(format!(
                "`{text}` is not a money column; expected billing, or usd (costInUsd, x_BilledCostInUsd)"
            )),
        }
    }

    /// The name on the command line and in saved views.
    pub fn word(self) -> &'static str {
        match self {
            Self::Billing => "billing",
            Self::Usd => "usd",
        }
    }

    /// The name, unless it is the billed amount, which needs none.
    pub fn given(self) -> Option<String> {
        (self != Self::Billing).then(|| self.word().to_owned())
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Billing => Self::Usd,
            Self::Usd => Self::Billing,
        }
    }

    /// The currency of every row; `None` if each row has its own.
    pub fn currency(self) -> Option<&'static str> {
        match self {
            Self::Billing => None,
            Self::Usd => Some("USD"),
        }
    }
}

/// Cost columns, and the columns with the same amount in USD, best first.
const USD: &[(&str, &[&str])] = &[
    ("costinbillingcurrency", &["costInUsd"]),
    ("billedcost", &["x_BilledCostInUsd"]),
    ("effectivecost", &["x_EffectiveCostInUsd"]),
    ("cost", &["costInUsd", "CostUSD"]),
    ("pretaxcost", &["PreTaxCostUSD", "costInUsd", "CostUSD"]),
];

/// The columns that may hold the amount of a cost column in USD.
pub fn in_usd(cost: &str) -> &'static [&'static str] {
    let name = plain(cost);
    let found = USD.iter().find(|(known, _)| *known == name);
    found.map_or(&[], |(_, columns)| *columns)
}

#[cfg(test)]
mod tests {
    use super::{MoneyColumn, in_usd};

    #[test]
    fn a_choice_is_read_by_its_word_or_by_a_header() {
        let cases = [
            ("usd", Some(MoneyColumn::Usd)),
            ("USD", Some(MoneyColumn::Usd)),
            ("costInUsd", Some(MoneyColumn::Usd)),
            ("CostInUSD", Some(MoneyColumn::Usd)),
            ("x_BilledCostInUsd", Some(MoneyColumn::Usd)),
            ("billing", Some(MoneyColumn::Billing)),
            ("eur", None),
            ("costInBillingCurrency", None),
            ("", None),
        ];
        for (text, money) in cases {
            assert_eq!(MoneyColumn::parse(text).ok(), money, "{text}");
        }
        for money in MoneyColumn::ALL {
            assert_eq!(MoneyColumn::parse(money.word()), Ok(money));
            assert_eq!(money.other().other(), money);
            assert_ne!(money.other(), money);
        }
    }

    #[test]
    fn only_another_money_than_the_billed_one_is_given_and_has_a_currency() {
        for (money, given, currency) in [
            (MoneyColumn::Billing, None, None),
            (MoneyColumn::Usd, Some("usd"), Some("USD")),
        ] {
            assert_eq!(money.given().as_deref(), given);
            assert_eq!(money.currency(), currency);
        }
        let refused = MoneyColumn::parse("eur").unwrap_err();
        assert!(refused.contains("expected billing, or usd"), "{refused}");
    }

    #[test]
    fn each_cost_has_its_own_column_in_usd() {
        assert_eq!(in_usd("costInBillingCurrency"), ["costInUsd"]);
        assert_eq!(in_usd("EffectiveCost"), ["x_EffectiveCostInUsd"]);
        assert!(in_usd("ExtendedCost").is_empty());
    }
}
