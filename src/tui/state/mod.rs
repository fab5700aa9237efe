//! State that screens share: list cursors, text fields and pickers. No drawing, no clock.

pub mod command_flags;
pub mod cursor;
pub mod direction;
pub mod field;
pub mod filter_bar;
pub mod history;
pub mod level_hits;
pub mod order;
pub mod picker;
pub mod rows;
pub mod search;
pub mod width;
