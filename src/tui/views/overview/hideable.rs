//! An overview with the one that is shown while names and amounts are hidden.

use crate::domain::analysis::overview::Overview;
use std::borrow::Cow;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

/// An overview. Without names and amounts it is made when it is shown first, and anew after each change.
#[derive(Debug)]
pub struct HideableOverview {
    clear: Overview,
    /// The salt of its names, and the overview under it.
    hidden: OnceLock<(u64, Overview)>,
}

impl HideableOverview {
    /// The overview as the screen shows it: without names and amounts under a salt.
    pub fn under(&self, salt: Option<u64>) -> Cow<'_, Overview> {
        let Some(salt) = salt else {
            return Cow::Borrowed(&self.clear);
        };
        let made = || (salt, self.clear.masked(salt));
        match self.hidden.get_or_init(made) {
            (known, hidden) if *known == salt => Cow::Borrowed(hidden),
            _ => Cow::Owned(self.clear.masked(salt)),
        }
    }
}

impl From<Overview> for HideableOverview {
    fn from(clear: Overview) -> Self {
        Self {
            clear,
            hidden: OnceLock::new(),
        }
    }
}

impl Deref for HideableOverview {
    type Target = Overview;

    fn deref(&self) -> &Overview {
        &self.clear
    }
}

impl DerefMut for HideableOverview {
    fn deref_mut(&mut self) -> &mut Overview {
        self.hidden = OnceLock::new();
        &mut self.clear
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::analysis::overview::Overview;
    use crate::tui::views::overview::hideable::HideableOverview;
    use std::borrow::Cow;

    #[test]
    fn it_is_hidden_once_and_again_after_a_change() {
        let mut overview = HideableOverview::from(Overview {
            sources: vec!["contoso.csv".to_owned()],
            ..Overview::default()
        });
        assert_eq!(overview.under(None).sources, ["contoso.csv"]);
        let first = overview.under(Some(7));
        assert!(matches!(first, Cow::Borrowed(_)) && first.masked);
        assert_ne!(first.sources, ["contoso.csv"]);
        let again = overview.under(Some(7));
        assert!(std::ptr::eq(first.as_ref(), again.as_ref()));
        // Another salt has other names.
        assert_ne!(overview.under(Some(8)).sources, again.sources);
        overview.notes.push("a note".to_owned());
        let changed = overview.under(Some(7));
        assert!(matches!(changed, Cow::Borrowed(_)));
        assert_eq!(changed.notes.len(), 1);
    }
}
