//! Flags of the commands that screens copy.

pub use crate::ops::explore::command_flags::{money_flag, question_flags, source, source_list};
