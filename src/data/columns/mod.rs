//! The meaning and the types of columns: headers, dates, tags, charge classes.

pub(crate) mod charge_class;
pub(crate) mod column_types;
pub mod dates;
pub mod layout;
pub(crate) mod tag_dictionary;
pub mod tags;
pub(crate) mod text_column;
