//! Names and sentences that may identify somebody: the screen gets them through a mask only.

use crate::domain::query::filter::Filter;
use crate::domain::query::group_key::GroupKey;
use crate::domain::scope::{Scope, ScopeId};
use std::borrow::Cow;
use std::fmt;

/// Decides whether text that may identify somebody is shown. Code that draws calls [`Masked::shown`] and
/// [`Said::told`] instead.
pub trait Mask {
    /// Whether anything is hidden.
    fn hides(&self) -> bool;

    /// A name as it may be shown. Its case and the path before it do not count.
    fn name(&self, text: &str) -> String;

    /// The same for a name that compares exactly.
    fn exact_name(&self, text: &str) -> String;

    /// A sentence as it may be shown.
    fn sentence<'a>(&self, text: &'a str) -> Cow<'a, str>;
}

/// A name, an id or a value that may identify somebody. It cannot be formatted.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Masked {
    text: String,
    /// The length of the start that cannot identify anybody.
    open: usize,
    /// Whether it compares exactly.
    exact: bool,
}

impl Masked {
    /// The values of some keys in one text.
    pub fn of_values<'a>(keys: impl IntoIterator<Item = &'a GroupKey>, text: String) -> Self {
        let mut keys = keys.into_iter();
        Self {
            exact: keys.any(|key| !key.ignores_case()),
            ..Self::from(text)
        }
    }

    /// The name of the column of a value: the key in front of the value is shown.
    pub fn of_column(by: &GroupKey, name: String) -> Self {
        let before = format!("{by} = ");
        let open = name.find(&before).map(|at| at + before.len());
        Self {
            open: open.unwrap_or_default(),
            ..Self::of_values([by], name)
        }
    }

    /// The name, as the mask shows it.
    pub fn shown(&self, mask: &impl Mask) -> String {
        let (open, name) = self.text.split_at_checked(self.open).unwrap_or_default();
        let name = if self.exact {
            mask.exact_name(name)
        } else {
            mask.name(name)
        };
        format!("{open}{name}")
    }

    /// The name itself, to compare, search, copy or pass it on. Code that draws may not call this.
    pub fn in_clear(&self) -> &str {
        &self.text
    }
}

impl From<String> for Masked {
    fn from(text: String) -> Self {
        Self {
            text,
            open: 0,
            exact: false,
        }
    }
}

impl From<&str> for Masked {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

/// The name of a scope.
impl From<&Scope> for Masked {
    fn from(scope: &Scope) -> Self {
        Self::from(scope.name.as_str())
    }
}

/// The end of the id of a scope.
impl From<&ScopeId> for Masked {
    fn from(id: &ScopeId) -> Self {
        Self::from(id.tail())
    }
}

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Masked(hidden)")
    }
}

/// A sentence for the screen. One made from data, server messages or user input is closed, and a mask hides it. A mask is
/// the only way for its text to the screen: it cannot be formatted.
#[derive(Clone, PartialEq, Eq)]
pub struct Said(Text);

#[derive(Clone, PartialEq, Eq)]
enum Text {
    /// Cannot identify anybody.
    Open(Cow<'static, str>),
    /// May identify somebody.
    Closed(String),
}

impl Said {
    /// A formatted text that cannot identify anybody, made of line numbers, days and fixed words.
    pub fn open(text: String) -> Self {
        Self(Text::Open(Cow::Owned(text)))
    }

    /// A formatted text that names a column. Only some columns identify somebody.
    pub fn of_column(text: String, identifies: bool) -> Self {
        if identifies {
            Self::from(text)
        } else {
            Self::open(text)
        }
    }

    /// The reason that sources are refused. If numbers were shown until then, it says that they do not count.
    #[must_use]
    pub fn withdrawing(self, numbers: bool) -> Self {
        const WITHDRAWN: &str = "The numbers shown until now do not count.";
        if !numbers {
            return self;
        }
        let more = |text: &str| format!("{}. {WITHDRAWN}", text.trim_end_matches('.'));
        match &self.0 {
            Text::Open(text) => Self::open(more(text)),
            Text::Closed(text) => Self::from(more(text)),
        }
    }

    /// Whether it cannot identify anybody.
    pub fn is_open(&self) -> bool {
        matches!(self.0, Text::Open(_))
    }

    /// The text itself, to compare, copy or pass it on. Code that draws may not call this.
    pub fn in_clear(&self) -> &str {
        match &self.0 {
            Text::Open(text) => text,
            Text::Closed(text) => text,
        }
    }

    /// The text, as far as the mask shows it.
    pub fn told(&self, mask: &impl Mask) -> Cow<'_, str> {
        match &self.0 {
            Text::Open(text) => Cow::Borrowed(text),
            Text::Closed(text) => mask.sentence(text),
        }
    }
}

impl From<&'static str> for Said {
    fn from(text: &'static str) -> Self {
        Self(Text::Open(Cow::Borrowed(text)))
    }
}

impl From<String> for Said {
    fn from(text: String) -> Self {
        Self(Text::Closed(text))
    }
}

/// A filter with its values.
impl From<&Filter> for Said {
    fn from(filter: &Filter) -> Self {
        Self(Text::Closed(filter.to_string()))
    }
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Text::Open(text) => f.debug_tuple("Said").field(text).finish(),
            Text::Closed(_) => f.write_str("Said(hidden)"),
        }
    }
}
