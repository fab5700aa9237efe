//! What columns mean and hold: headers, types, dates, tags, classes of charges.

pub(crate) mod charge_class;
pub(crate) mod column_types;
pub mod dates;
pub mod layout;
pub(crate) mod tag_dictionary;
pub mod tags;
pub(crate) mod text_column;
