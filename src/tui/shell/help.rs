//! The help page: the whole key table, with the current screen first.

use crate::ops::manual::{Line, PAGES};
use crate::tui::keymap::{CONTEXTS, Context, Keymap};
use crate::tui::state::width::{broken, wrap};

/// The width of the key column.
pub const KEYS: usize = 24;

/// A page of the manual, wrapped to a box of this width. Prose is at most 100 columns wide, so that it stays readable.
/// Code wider than the box is broken.
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
    /// Keys and their help. The keys are empty on continuation lines.
    Keys(String, String),
    Blank,
}

/// The help page for a screen, wrapped to a width.
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
