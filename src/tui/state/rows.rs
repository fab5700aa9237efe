//! The display order and the titles of the columns of plain rows: the common ones first under short titles, then the rest as
//! received.

use crate::domain::query::columns::{Role, plain};

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

/// The columns that come first: their indices and short titles.
pub fn titles(columns: &[String]) -> Vec<(usize, &'static str)> {
    let plains: Vec<String> = columns.iter().map(|name| plain(name)).collect();
    let of = |role: Role| {
        role.candidates()
            .iter()
            .find_map(|name| plains.iter().position(|p| p == name))
    };
    // A resource's own name says more than its path.
    let name = plains.iter().position(|p| p == "resourcename");
    let mut titles: Vec<(usize, &'static str)> = Vec::with_capacity(FIRST.len());
    for (role, title) in FIRST {
        let found = if role == Role::Resource {
            name.or_else(|| of(role))
        } else {
            of(role)
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
pub fn display_order(columns: &[String]) -> Vec<usize> {
    let mut order: Vec<usize> = titles(columns).into_iter().map(|(at, _)| at).collect();
    let rest: Vec<usize> = (0..columns.len())
        .filter(|at| !order.contains(at))
        .collect();
    order.extend(rest);
    order
}
