//! What the columns of joined data hold: numbers and days only where all sources agree.

use crate::data::columns::column_types::Kind;
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
