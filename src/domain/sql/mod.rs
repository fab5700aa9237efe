//! The question of a view as text in SQL, for people to go on from; [`crate::data::sql`] answers it.

mod condition;
mod exact;
mod helpful;
mod view;

pub use condition::condition;
pub use exact::{Unsaid, exact};
pub use helpful::helpful;
pub use view::{Looked, statement};

use super::query::KEY_NAMES;

/// A name as a statement has it: in double quotes, unless it is one of the short words of the contract.
pub fn identifier(name: &str) -> String {
    let known = KEY_NAMES.iter().any(|(word, _)| *word == name);
    if known && !name.contains('-') {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// A text as a statement has it.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
