//! What the columns of joined data hold.

use super::dataset::Dataset;
use super::reading::columns::Kind;
use crate::domain::columns::{Role, plain};
use crate::domain::query::GroupKey;
use crate::domain::sheet::Holds;

impl Dataset {
    /// What a column of the rows holds, by header or key name: numbers and days only where all sources agree.
    pub fn holds(&self, name: &str) -> Holds {
        let headers = self.headers();
        if !headers
            .iter()
            .any(|header| header.eq_ignore_ascii_case(name))
        {
            return match GroupKey::parse(name) {
                Some(GroupKey::Role(Role::Cost)) => Holds::Number,
                Some(GroupKey::Role(Role::Date)) => Holds::Day,
                _ => Holds::Text,
            };
        }
        let wanted = plain(name);
        let kinds = self.parts().iter().filter_map(|part| {
            let mut headers = part.stored.layout.headers.iter();
            let header = headers.find(|header| plain(header) == wanted)?;
            Some(match part.stored.kind(header) {
                Kind::Amount { .. } => Holds::Number,
                Kind::Day { .. } => Holds::Day,
                Kind::Text => Holds::Text,
            })
        });
        let found: Vec<Holds> = kinds.collect();
        match found.split_first() {
            Some((first, rest)) if rest.iter().all(|holds| holds == first) => *first,
            _ => Holds::Text,
        }
    }
}
