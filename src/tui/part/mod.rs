//! Small pieces of state that screens are made of: a cursor in a list, a line of text. No drawing, no clock.

pub mod cursor;
pub mod field;
pub mod picker;
pub mod said;
pub mod width;
