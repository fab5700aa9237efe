//! What the columns of joined data hold: numbers and days only where all sources agree.

use super::Dataset;
use crate::data::columns::column_types::Kind;
use crate::domain::query::GroupKey;
use crate::domain::query::columns::{Role, plain};
use crate::domain::table::text_table::Holds;
use std::collections::HashMap;

/// Takes note of what one source has in a column.
pub(crate) fn agree(known: &mut HashMap<String, Holds>, plain: &str, kind: Kind) {
    let found = match kind {
        Kind::Amount { .. } => Holds::Number,
        Kind::Day { .. } => Holds::Day,
        Kind::Text => Holds::Text,
    };
    let holds = known.entry(plain.to_owned()).or_insert(found);
    if *holds != found {
        *holds = Holds::Text;
    }
}

impl Dataset {
    /// What the column of quantities holds; nothing where no source has one.
    pub fn quantity_holds(&self) -> Option<Holds> {
        if let Some(server) = self.server() {
            let header = server.role(Role::Quantity)?;
            return self.held(&plain(header));
        }
        let kinds = self.parts().iter().filter_map(|part| {
            let header = part.stored.layout.role_header(Role::Quantity)?;
            Some(part.stored.kind(header))
        });
        let numbers = kinds.map(|kind| matches!(kind, Kind::Amount { .. }));
        let all = numbers.reduce(|all, number| all && number)?;
        Some(if all { Holds::Number } else { Holds::Text })
    }

    /// What a column of the rows holds, by header or key name.
    pub fn holds(&self, name: &str) -> Holds {
        let mut headers = self.headers().iter();
        if headers.any(|header| header.eq_ignore_ascii_case(name)) {
            return self.held(&plain(name)).unwrap_or(Holds::Text);
        }
        match GroupKey::parse(name) {
            Some(GroupKey::Role(Role::Cost)) => Holds::Number,
            Some(GroupKey::Role(Role::Date)) => Holds::Day,
            _ => Holds::Text,
        }
    }
}
