//! The help page: the whole key table, the screen one is on first.

use crate::ops::manual::{Line, PAGES};
use crate::tui::keymap::{CONTEXTS, Context, Keymap};
use crate::tui::part::width::{broken, wrap};

/// Columns of the keys.
pub const KEYS: usize = 24;

/// A page of the manual inside a box of so many columns: very long lines are hard to read. A word that is longer than the
/// box is broken.
pub fn manual(place: usize, inside: usize) -> Vec<Line> {
    let room = inside.saturating_sub(2).max(1);
    let lines = PAGES
        .get(place)
        .map_or(Vec::new(), |page| page.lines(room.min(100)));
    lines
        .into_iter()
        .flat_map(|line| match line {
            Line::Code(text) => broken(&text, room).into_iter().map(Line::Code).collect(),
            other => vec![other],
        })
        .collect()
}

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
