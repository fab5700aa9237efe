//! An overview as a page for a mail, or as one picture. Both are self-contained: no script, no link, no network. Names from
//! the data are text, whatever they look like.

mod axis;
mod charts;
mod days;
pub mod file;
pub mod html;
pub mod image;
mod svg;
