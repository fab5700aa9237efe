//! The terminal twin: keys go in, pictures come out.
//!
//! [`update::update`] changes the model and names effects; it does no I/O. [`runner`] carries effects out and posts one
//! message each. [`draw`] reads the model and nothing else. The one table of keys is [`keymap::BINDINGS`].

pub mod action;
pub mod draw;
pub mod effect;
pub mod events;
pub mod key;
pub mod keymap;
pub mod layout;
pub mod message;
pub mod model;
pub mod part;
pub mod runner;
pub mod screen;
pub mod sgr;
pub mod terminal;
pub mod theme;
pub mod update;
