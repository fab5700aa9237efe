//! Text that must never be shown: bearer tokens, client secrets and signed download links.
//!
//! Every [`Secret`] is known to [`super::redaction`] for as long as it lives, so that it reaches no screen or log if a
//! server repeats it.

use super::secret_forms::Forms;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// A text that neither prints nor serialises; only [`Secret::expose`] reveals it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(Arc<SecretText>);

#[derive(PartialEq, Eq, Hash)]
struct SecretText {
    text: String,
    forms: Forms,
}

/// The living secrets, and their number after the last removal of dead ones.
struct LivingSecrets {
    all: Vec<Weak<SecretText>>,
    swept: usize,
}

static KNOWN: Mutex<LivingSecrets> = Mutex::new(LivingSecrets {
    all: Vec::new(),
    swept: 0,
});

/// Minimum number of secrets before a sweep. A sweep visits all of them, so the next one waits until there are twice as
/// many.
const FEW: usize = 64;

impl Secret {
    /// Wraps a text that must stay hidden.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let forms = Forms::of(&text);
        let held = Arc::new(SecretText { text, forms });
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if known.all.len() > FEW + 2 * known.swept {
            known.all.retain(|secret| secret.strong_count() > 0);
            known.swept = known.all.len();
        }
        known.all.push(Arc::downgrade(&held));
        drop(known);
        Self(held)
    }

    /// The hidden text, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0.text
    }

    /// The forms that a text is searched for, to find this secret.
    pub(super) fn forms(&self) -> &Forms {
        &self.0.forms
    }

    /// Every secret that is alive, each once.
    pub(crate) fn all() -> Vec<Self> {
        let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<Arc<SecretText>> = known.all.iter().filter_map(Weak::upgrade).collect();
        drop(known);
        all.sort_by(|one, other| one.text.cmp(&other.text));
        all.dedup_by(|one, other| one.text == other.text);
        all.into_iter().map(Self).collect()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
