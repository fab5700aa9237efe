//! A few colours become named styles; drawing never names a colour. Everything reads without colour, too.

use ratatui::style::{Color, Modifier, Style};

/// The signs that may be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Glyphs {
    #[default]
    Unicode,
    /// Where the terminal has no Unicode.
    Ascii,
    /// For screen readers: no boxes, no bars, no braille.
    Plain,
}

impl Glyphs {
    /// What a locale allows: the first of `LC_ALL`, `LC_CTYPE` and `LANG` that says something. Where none does, terminals
    /// of today know Unicode.
    pub fn of_locale(values: [Option<String>; 3]) -> Self {
        let said = values.into_iter().flatten().find(|value| !value.is_empty());
        match said.map(|value| value.to_lowercase().replace('-', "")) {
            Some(value) if !value.contains("utf8") => Self::Ascii,
            _ => Self::Unicode,
        }
    }
}

/// The styles of everything drawn.
#[derive(Debug, Clone, Copy)]
pub struct Theme {
    pub plain: Style,
    pub dim: Style,
    pub strong: Style,
    /// The program's name and the screen we are on.
    pub accent: Style,
    /// The line under the cursor.
    pub selected: Style,
    /// A field or tab that has the focus.
    pub focus: Style,
    pub heading: Style,
    pub good: Style,
    pub warning: Style,
    pub error: Style,
    /// Money that grew.
    pub grew: Style,
    /// Money that shrank.
    pub shrank: Style,
    pub gauge: Style,
    pub key: Style,
    pub glyphs: Glyphs,
}

impl Theme {
    /// The styles in 16 colours, or in none.
    pub fn new(color: bool) -> Self {
        let plain = Style::new();
        let ink = |c: Color| if color { plain.fg(c) } else { plain };
        Self {
            plain,
            dim: if color {
                plain.fg(Color::DarkGray)
            } else {
                plain.add_modifier(Modifier::DIM)
            },
            strong: plain.add_modifier(Modifier::BOLD),
            accent: ink(Color::Cyan).add_modifier(Modifier::BOLD),
            selected: plain.add_modifier(Modifier::REVERSED),
            focus: ink(Color::Cyan).add_modifier(Modifier::REVERSED),
            heading: ink(Color::Cyan),
            good: ink(Color::Green),
            warning: ink(Color::Yellow).add_modifier(Modifier::BOLD),
            error: ink(Color::Red).add_modifier(Modifier::BOLD),
            grew: ink(Color::Red),
            shrank: ink(Color::Green),
            gauge: ink(Color::Cyan),
            key: plain.add_modifier(Modifier::BOLD),
            glyphs: Glyphs::Unicode,
        }
    }
}
