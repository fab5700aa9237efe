//! The status line.

use crate::tui::said::Said;

/// The status line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatusLine {
    Silent,
    Hint(Said),
    Error(Said),
}

impl StatusLine {
    /// A hint.
    pub fn hint(said: impl Into<Said>) -> Self {
        Self::Hint(said.into())
    }

    /// An error.
    pub fn error(said: impl Into<Said>) -> Self {
        Self::Error(said.into())
    }
}

/// The reason that an action is not available, for the status line.
pub type Why = Said;

/// The reason that unmasked text is not opened while the screen is masked.
pub const IN_CLEAR: &str =
    "it would show names and amounts; press ⟦everywhere.mask⟧ to unmask first";

/// The reason that nothing is copied or exported while the screen is masked.
pub const LEAVES: &str =
    "the output would have names and amounts; press ⟦everywhere.mask⟧ to unmask first";
