//! Text that must never be shown: bearer tokens, client secrets and signed download links.
//!
//! Every [`Secret`] is known to [`super::redaction`] for as long as it lives, so that it reaches no screen or log if a
//! server repeats it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// A text that neither prints nor serialises; only [`Secret::expose`] reveals it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(Arc<str>);

/// The living secrets, and their number after the last removal of dead ones.
struct Known {
    all: Vec<Weak<str>>,
    swept: usize,
}

static KNOWN: Mutex<Known> = Mutex::new(Known {
    all: Vec::new(),
    swept: 0,
});

/// Minimum number of secrets before a sweep. A sweep visits all of them, so the next one waits until there are twice as
/// many.
const FEW: usize = 64;

impl Secret {
    /// Wraps a text that must stay hidden.
    pub fn new(text: impl Into<String>) -> Self {
        let text: Arc<str> = text.into().into();
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if known.all.len() > FEW + 2 * known.swept {
            known.all.retain(|secret| secret.strong_count() > 0);
            known.swept = known.all.len();
        }
        known.all.push(Arc::downgrade(&text));
        drop(known);
        Self(text)
    }

    /// The hidden text, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Every secret that is alive, each once.
    pub(crate) fn all() -> Vec<Self> {
        let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<Arc<str>> = known.all.iter().filter_map(Weak::upgrade).collect();
        drop(known);
        all.sort();
        all.dedup();
        all.into_iter().map(Self).collect()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
