//! Texts for the screen that know whether they may identify somebody.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

/// A text for the screen. Text made from data, server messages or user input is closed, and the mask hides it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Cannot identify anybody.
    Open(Cow<'static, str>),
    /// May identify somebody.
    Closed(String),
}

impl Said {
    /// A formatted text that cannot identify anybody, made of line numbers, days and fixed words.
    pub fn open(text: String) -> Self {
        Self::Open(Cow::Owned(text))
    }
}

impl From<&'static str> for Said {
    fn from(text: &'static str) -> Self {
        Self::Open(Cow::Borrowed(text))
    }
}

impl From<String> for Said {
    fn from(text: String) -> Self {
        Self::Closed(text)
    }
}

impl Deref for Said {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Open(text) => text,
            Self::Closed(text) => text,
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}
