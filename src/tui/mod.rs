//! The terminal UI: keys go in, frames come out.
//!
//! [`app::update::update`] changes the model and returns effects; it does no I/O. [`runner`] carries the effects out and
//! posts one message for each. [`draw`] only reads the model. All keys are in [`keymap::BINDINGS`].

pub mod action;
pub mod app;
pub mod clipboard;
pub mod draw;
pub mod effect;
pub mod events;
pub mod inputs;
pub mod key;
pub mod keyboard;
pub mod keymap;
pub mod layout;
pub mod message;
pub mod question;
pub mod runner;
pub mod said;
pub mod sgr;
pub mod shell;
pub mod state;
pub mod surface;
pub mod terminal;
pub mod theme;
pub mod ticket;
pub mod tty;
pub mod views;
