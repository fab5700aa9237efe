//! The display order of the columns of plain rows: the common ones first, then the rest as received.

use crate::domain::query::columns::{Role, plain};

/// Roles that come first; day, cost and currency stay when the table is scrolled sideways.
const FIRST: [Role; 8] = [
    Role::Date,
    Role::Cost,
    Role::Currency,
    Role::Resource,
    Role::Service,
    Role::Meter,
    Role::ChargeType,
    Role::ResourceGroup,
];
/// The number of columns that stay.
pub const PINNED: usize = 3;

/// The indices of the columns in display order.
pub fn display_order(columns: &[String]) -> Vec<usize> {
    let plains: Vec<String> = columns.iter().map(|name| plain(name)).collect();
    let of = |role: Role| {
        role.candidates()
            .iter()
            .find_map(|name| plains.iter().position(|p| p == name))
    };
    // A resource's own name says more than its path.
    let name = plains.iter().position(|p| p == "resourcename");
    let mut order: Vec<usize> = Vec::with_capacity(columns.len());
    for role in FIRST {
        let found = if role == Role::Resource {
            name.or_else(|| of(role))
        } else {
            of(role)
        };
        order.extend(found.filter(|at| !order.contains(at)));
    }
    let rest: Vec<usize> = (0..columns.len())
        .filter(|at| !order.contains(at))
        .collect();
    order.extend(rest);
    order
}
