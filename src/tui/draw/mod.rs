//! Drawing helpers that all screens share.

pub mod glyphs;
pub mod grid;
pub mod lines;
pub mod mask;
pub mod text;
