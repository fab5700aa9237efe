//! The help page: the whole key table, the screen one is on first.

use crate::tui::keymap::{CONTEXTS, Context, Keymap};
use crate::tui::part::width::wrap;

/// Columns of the keys.
pub const KEYS: usize = 24;

/// A line of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HelpLine {
    Heading(&'static str),
    /// Keys, empty where the words go on, and what they do.
    Keys(String, String),
    Blank,
}

/// The page for a screen, in so many columns.
pub fn lines(keymap: Keymap, here: Context, width: usize) -> Vec<HelpLine> {
    let others = CONTEXTS.into_iter().filter(|context| *context != here);
    let mut lines = Vec::new();
    for context in std::iter::once(here).chain(others) {
        lines.push(HelpLine::Heading(context.heading()));
        for binding in keymap.of(&[context]).filter(|b| !b.keys.is_empty()) {
            let keys: Vec<String> = binding.keys.iter().map(ToString::to_string).collect();
            let mut keys = format!("  {}", keys.join(" "));
            for words in wrap(binding.help, width.saturating_sub(KEYS).max(20)) {
                lines.push(HelpLine::Keys(std::mem::take(&mut keys), words));
            }
        }
        lines.push(HelpLine::Blank);
    }
    lines
}
