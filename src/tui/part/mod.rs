//! State that screens share: list cursors, text fields and pickers. No drawing, no clock.

pub mod cursor;
pub mod field;
pub mod picker;
pub mod said;
pub mod width;
