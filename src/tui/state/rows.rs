//! The display order and the titles of the columns of plain rows: the common ones first under short titles, then the rest as
//! received.

use crate::domain::query::columns::{Role, plain};
use crate::domain::query::money_column::{MoneyColumn, in_usd};

/// Roles that come first, with their titles; day, cost and currency stay when the table is scrolled sideways.
const FIRST: [(Role, &str); 9] = [
    (Role::Date, "date"),
    (Role::Cost, "cost"),
    (Role::Currency, "cur"),
    (Role::Meter, "meter"),
    (Role::Quantity, "quantity"),
    (Role::ChargeType, "charge"),
    (Role::Resource, "resource"),
    (Role::ResourceGroup, "group"),
    (Role::Service, "service"),
];
/// The number of columns that stay.
pub const PINNED: usize = 3;

/// The columns that come first: their indices and short titles. In USD, the cost is another column, and the currency of the
/// billed amount is not its own.
pub fn titles(columns: &[String], money: MoneyColumn) -> Vec<(usize, &'static str)> {
    let plains: Vec<String> = columns.iter().map(|name| plain(name)).collect();
    let of = |role: Role| {
        role.candidates()
            .iter()
            .find_map(|name| plains.iter().position(|p| p == name))
    };
    let usd = || {
        let billed = columns.get(of(Role::Cost)?)?;
        let mut names = in_usd(billed).iter();
        names.find_map(|name| plains.iter().position(|p| *p == plain(name)))
    };
    // A resource's own name says more than its path.
    let name = plains.iter().position(|p| p == "resourcename");
    let mut titles: Vec<(usize, &'static str)> = Vec::with_capacity(FIRST.len());
    for (role, title) in FIRST {
        let found = match (role, money) {
            (Role::Resource, _) => name.or_else(|| of(role)),
            (Role::Cost, MoneyColumn::Usd) => usd(),
            (Role::Currency, MoneyColumn::Usd) => None,
            _ => of(role),
        };
        let taken = |at: &usize| titles.iter().any(|(known, _)| known == at);
        if let Some(at) = found.filter(|at| !taken(at)) {
            titles.push((at, title));
        }
    }
    titles
}

/// The title of a column: short for the common ones, else its header.
pub fn title<'a>(titles: &[(usize, &'static str)], at: usize, header: &'a str) -> &'a str {
    let short = titles.iter().find(|(known, _)| *known == at);
    short.map_or(header, |(_, title)| title)
}

/// The indices of the columns in display order.
pub fn display_order(columns: &[String], money: MoneyColumn) -> Vec<usize> {
    let mut order: Vec<usize> = titles(columns, money)
        .into_iter()
        .map(|(at, _)| at)
        .collect();
    let rest: Vec<usize> = (0..columns.len())
        .filter(|at| !order.contains(at))
        .collect();
    order.extend(rest);
    order
}

#[cfg(test)]
mod tests {
    use super::{display_order, titles};
    use crate::domain::query::money_column::MoneyColumn;

    #[test]
    fn the_cost_in_usd_comes_first_in_usd() {
        let columns = [
            "date",
            "billingCurrency",
            "costInBillingCurrency",
            "costInUsd",
        ];
        let columns = columns.map(ToOwned::to_owned);
        let billed = titles(&columns, MoneyColumn::Billing);
        assert_eq!(billed, [(0, "date"), (2, "cost"), (1, "cur")]);
        let usd = titles(&columns, MoneyColumn::Usd);
        assert_eq!(usd, [(0, "date"), (3, "cost")]);
        assert_eq!(display_order(&columns, MoneyColumn::Usd), [0, 3, 1, 2]);
    }
}
