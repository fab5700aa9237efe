//! A sign-in method that was tried, and how it ended.

/// The reason a source gave no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoToken {
    pub(super) said: String,
    /// Whether its service could not be reached, which may be temporary.
    pub(super) lost: bool,
}

impl From<String> for NoToken {
    fn from(said: String) -> Self {
        Self { said, lost: false }
    }
}

/// A failed source and its error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub source: &'static str,
    pub said: String,
}
