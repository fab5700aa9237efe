//! The help page: the whole key table, the keys of the screen first and grouped by what they are for.

use crate::ops::manual::{ManualLine, PAGES};
use crate::tui::key::Key;
use crate::tui::keymap::group::{ActionGroup, words};
use crate::tui::keymap::{Binding, CONTEXTS, Context, Keymap};
use crate::tui::state::cursor::Cursor;
use crate::tui::state::field::TextField;
use crate::tui::state::picker::holds;
use crate::tui::state::width::{broken, wrap};

/// The width of the key column, with the mark of the cursor before it.
pub const KEYS: usize = 24;

/// A page of the manual, wrapped to a box of this width. Prose is at most 100 columns wide, so that it stays readable.
/// Code wider than the box is broken.
pub fn manual(place: usize, inside: usize) -> Vec<ManualLine> {
    let room = inside.saturating_sub(2).max(1);
    let lines = PAGES
        .get(place)
        .map_or(Vec::new(), |page| page.lines(room.min(100)));
    lines
        .into_iter()
        .flat_map(|line| match line {
            ManualLine::Code(text) => broken(&text, room)
                .into_iter()
                .map(ManualLine::Code)
                .collect(),
            other => vec![other],
        })
        .collect()
}

/// The help page: what was typed to narrow it, and the entry under the cursor. The cursor's `top` is a line of the page.
#[derive(Debug, Clone, Default)]
pub struct HelpPage {
    pub search: TextField,
    pub cursor: Cursor,
}

/// An entry of the page.
#[derive(Debug, Clone, Copy)]
pub struct HelpEntry {
    pub heading: &'static str,
    pub binding: &'static Binding,
    /// Whether its keys act on the screen behind the page.
    pub here: bool,
}

/// A line of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HelpLine {
    Heading(&'static str),
    /// The entry, by its index, its keys and its help. The keys are empty on continuation lines.
    Keys(usize, String, String),
    Blank,
}

/// The entries that match a text: those of the screen in their groups, then those of other places.
pub fn entries(keymap: Keymap, here: &[Context], search: &str) -> Vec<HelpEntry> {
    // A key that an inner context binds does not reach the outer one.
    let mut taken: Vec<Key> = Vec::new();
    let mut own: Vec<&'static Binding> = Vec::new();
    for binding in keymap.of(here) {
        if binding.keys.iter().any(|key| !taken.contains(key)) {
            own.push(binding);
        }
        taken.extend(binding.keys);
    }
    let groups = ActionGroup::ALL.into_iter().flat_map(|group| {
        let members = own.iter().copied();
        let members = members.filter(move |b| ActionGroup::of(b.action) == group);
        members.map(move |binding| HelpEntry {
            heading: group.heading(),
            binding,
            here: true,
        })
    });
    let others = CONTEXTS
        .into_iter()
        .filter(|context| !here.contains(context));
    let others = others.flat_map(|context| {
        let bound: Vec<&'static Binding> = keymap
            .of(&[context])
            .filter(|b| !b.keys.is_empty())
            .collect();
        bound.into_iter().map(move |binding| HelpEntry {
            heading: context.heading(),
            binding,
            here: false,
        })
    });
    let all = groups.chain(others);
    all.filter(|entry| holds(&words(entry.binding), search))
        .collect()
}

/// The lines of the page, wrapped to a width.
pub fn lines(entries: &[HelpEntry], width: usize) -> Vec<HelpLine> {
    let mut lines = Vec::new();
    let mut heading = "";
    for (at, entry) in entries.iter().enumerate() {
        if entry.heading != heading {
            if at > 0 {
                lines.push(HelpLine::Blank);
            }
            heading = entry.heading;
            lines.push(HelpLine::Heading(heading));
        }
        let keys: Vec<String> = entry.binding.keys.iter().map(ToString::to_string).collect();
        let mut keys = keys.join(" ");
        for words in wrap(entry.binding.help, width.saturating_sub(KEYS).max(20)) {
            lines.push(HelpLine::Keys(at, std::mem::take(&mut keys), words));
        }
    }
    lines
}

/// The first visible line, so that the entry under the cursor is in view, and its heading where there is room.
pub fn top(lines: &[HelpLine], cursor: Cursor, height: usize) -> usize {
    let own = |line: &HelpLine| matches!(line, HelpLine::Keys(at, ..) if *at == cursor.selected);
    let Some(first) = lines.iter().position(own) else {
        return 0;
    };
    let last = lines.iter().rposition(own).unwrap_or(first);
    let above = first.checked_sub(1);
    let heading = above.filter(|at| matches!(lines.get(*at), Some(HelpLine::Heading(_))));
    let lowest = (last + 1).saturating_sub(height);
    let most = lines.len().saturating_sub(height);
    cursor
        .top
        .min(heading.unwrap_or(first))
        .max(lowest)
        .min(most)
}
