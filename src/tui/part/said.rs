//! Sentences of the screen, which know whether they may name something.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

/// A sentence. What was put together of data, of a server's words or of what somebody typed is closed: the mask hides it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Names nobody.
    Open(Cow<'static, str>),
    /// May name somebody.
    Closed(String),
}

impl Said {
    /// A sentence that was put together and still names nobody: numbers of lines, days, words of our own.
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
