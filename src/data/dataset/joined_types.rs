//! Types of the columns of joined data. A column holds numbers or days only if all sources agree.

use crate::data::columns::column_types::ColumnKind;
use crate::domain::table::text_table::Holds;
use std::collections::HashMap;

/// Adds the type that one source has for a column. Different types make it text.
pub(crate) fn agree(known: &mut HashMap<String, Holds>, plain: &str, kind: ColumnKind) {
    let found = match kind {
        ColumnKind::Amount { .. } => Holds::Number,
        ColumnKind::Day { .. } => Holds::Day,
        ColumnKind::Text => Holds::Text,
    };
    let holds = known.entry(plain.to_owned()).or_insert(found);
    if *holds != found {
        *holds = Holds::Text;
    }
}
