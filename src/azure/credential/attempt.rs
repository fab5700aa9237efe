//! A sign-in method that was tried, and how it ended.

/// A failed source and its error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub source: &'static str,
    pub said: String,
}
