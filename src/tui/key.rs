//! Keys and mouse events: parsed from settings, and printed as the help page shows them.

use std::fmt;

/// A key press.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    Char(char),
    Ctrl(char),
    Enter,
    Backspace,
    Delete,
    Tab,
    BackTab,
    Esc,
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Home,
    End,
}

/// Named keys, with their spelling in the settings file and on the help page.
const NAMES: [(Key, &str, &str); 15] = [
    (Key::Char(' '), "space", "space"),
    (Key::Enter, "enter", "enter"),
    (Key::Backspace, "backspace", "bksp"),
    (Key::Delete, "delete", "del"),
    (Key::Tab, "tab", "tab"),
    (Key::BackTab, "shift-tab", "shift-tab"),
    (Key::Esc, "esc", "esc"),
    (Key::Up, "up", "↑"),
    (Key::Down, "down", "↓"),
    (Key::Left, "left", "←"),
    (Key::Right, "right", "→"),
    (Key::PageUp, "pgup", "pgup"),
    (Key::PageDown, "pgdn", "pgdn"),
    (Key::Home, "home", "home"),
    (Key::End, "end", "end"),
];

impl Key {
    /// Parses a key as written in the settings file: `f`, `F`, `ctrl-r`, `enter`, `space`.
    pub fn parse(text: &str) -> Option<Self> {
        let lower = text.to_lowercase();
        if let Some(letter) = lower.strip_prefix("ctrl-") {
            // Terminals send i, m and [ as tab, enter and esc.
            let sent = |c: &char| c.is_ascii_graphic() && !matches!(c, 'i' | 'm' | '[');
            return letter.parse::<char>().ok().filter(sent).map(Self::Ctrl);
        }
        let mut names = NAMES.iter();
        let known = names.find(|(_, word, shown)| *word == lower || *shown == lower);
        if let Some((key, _, _)) = known {
            return Some(*key);
        }
        let typed = text.parse::<char>().ok().filter(|c| !c.is_control());
        typed.map(Self::Char)
    }

    /// The key as written in the settings file.
    pub fn word(self) -> String {
        let known = NAMES.iter().find(|(key, _, _)| *key == self);
        known.map_or_else(|| self.to_string(), |(_, word, _)| (*word).to_owned())
    }

    /// Whether a text field treats the key as text.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Char(_) | Self::Backspace)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = NAMES.iter().find(|(key, _, _)| key == self);
        match (known, self) {
            (Some((_, _, shown)), _) => f.write_str(shown),
            (None, Self::Char(c)) => write!(f, "{c}"),
            (None, Self::Ctrl(c)) => write!(f, "ctrl-{c}"),
            (None, other) => write!(f, "{other:?}"),
        }
    }
}

/// A mouse event, while mouse capture is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    WheelUp,
    WheelDown,
    /// The left button was pressed at this position.
    Press {
        column: u16,
        row: u16,
    },
}
