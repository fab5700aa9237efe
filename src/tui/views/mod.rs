//! The screens, one folder each: state, update and drawing.

pub mod compare;
pub mod jobs;
pub mod order;
pub mod overview;
pub mod scopes;
pub mod table;
