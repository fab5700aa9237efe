//! What the columns of joined data hold: numbers and days only where all sources agree.

use super::dataset::Dataset;
use super::reading::columns::Kind;
use crate::domain::columns::{Role, plain};
use crate::domain::query::GroupKey;
use crate::domain::sheet::Holds;
use std::collections::HashMap;

/// Takes note of what one source has in a column.
pub(super) fn agree(known: &mut HashMap<String, Holds>, plain: &str, kind: Kind) {
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
