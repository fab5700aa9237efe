//! Named styles. Drawing code uses them and never names a colour. Everything is readable without colour, too.

use ratatui::style::{Color, Modifier, Style};
use std::str::FromStr;

/// The characters that may be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Glyphs {
    #[default]
    Unicode,
    /// For terminals without Unicode.
    Ascii,
    /// For screen readers: no boxes, no bars, no braille.
    Plain,
}

impl Glyphs {
    /// The characters a locale allows, by the first of `LC_ALL`, `LC_CTYPE` and `LANG` that is set. If all are unset,
    /// Unicode is assumed.
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
    /// The program's name and the current screen.
    pub accent: Style,
    /// The line under the cursor.
    pub selected: Style,
    /// The heading of the column under the cursor. Without colour, the line under it tells it from the selected line.
    pub column: Style,
    /// The cell where the line and the column under the cursor meet.
    pub cell: Style,
    /// Text that a search has found.
    pub found: Style,
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
    /// The series of a chart, the largest first; the last is for what is left.
    pub series: [Style; 4],
    pub key: Style,
    pub glyphs: Glyphs,
    /// The salt for pseudonyms, if names and amounts are hidden.
    pub hidden: Option<u64>,
}

impl Theme {
    /// The styles in the 16 colours of the terminal, or without colour.
    pub fn new(color: bool) -> Self {
        Self::named(if color {
            Palette::Sixteen
        } else {
            Palette::Mono
        })
    }

    /// Styles without colour, for measuring texts as they are shown: in clear, or hidden by this salt.
    pub fn measuring(hidden: Option<u64>) -> Self {
        Self {
            hidden,
            ..Self::new(false)
        }
    }

    /// The styles of a palette.
    pub fn named(palette: Palette) -> Self {
        let color = palette != Palette::Mono;
        let plain = Style::new();
        let inks = Inks::of(palette);
        let ink = |c: Color| if color { plain.fg(c) } else { plain };
        Self {
            plain,
            dim: if color {
                plain.fg(inks.dim)
            } else {
                plain.add_modifier(Modifier::DIM)
            },
            strong: plain.add_modifier(Modifier::BOLD),
            accent: ink(inks.accent).add_modifier(Modifier::BOLD),
            selected: plain.add_modifier(Modifier::REVERSED),
            column: ink(inks.accent).add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
            cell: plain.add_modifier(Modifier::REVERSED | Modifier::UNDERLINED),
            found: ink(inks.warning).add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
            focus: ink(inks.accent).add_modifier(Modifier::REVERSED),
            heading: ink(inks.heading),
            good: ink(inks.good),
            warning: ink(inks.warning).add_modifier(Modifier::BOLD),
            error: ink(inks.error).add_modifier(Modifier::BOLD),
            grew: ink(inks.error),
            shrank: ink(inks.good),
            gauge: ink(inks.accent),
            series: [
                ink(inks.accent),
                ink(inks.good),
                ink(inks.warning),
                ink(inks.dim),
            ],
            key: plain.add_modifier(Modifier::BOLD),
            glyphs: Glyphs::Unicode,
            hidden: None,
        }
    }

    /// Sets the colour of a style: a name such as `light-blue`, a number from 0 to 255, or `#rrggbb`.
    pub fn set(&mut self, style: &str, color: &str) -> Result<(), String> {
        let color = Color::from_str(color).map_err(|_| {
            format!("`{color}` is not a colour; use a name such as light-blue, a number from 0 to 255, or #rrggbb")
        })?;
        let style = match style {
            "dim" => &mut self.dim,
            "accent" => &mut self.accent,
            "focus" => &mut self.focus,
            "heading" => &mut self.heading,
            "good" => &mut self.good,
            "warning" => &mut self.warning,
            "error" => &mut self.error,
            "grew" => &mut self.grew,
            "shrank" => &mut self.shrank,
            "gauge" => &mut self.gauge,
            _ => return Err(format!("there is no style `{style}`")),
        };
        *style = style.fg(color);
        Ok(())
    }
}

/// The styles whose colour can be set.
pub const STYLES: [&str; 10] = [
    "dim", "accent", "focus", "heading", "good", "warning", "error", "grew", "shrank", "gauge",
];

/// A set of colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Palette {
    /// 256 colours on a dark background.
    Dark,
    /// 256 colours on a light background.
    Light,
    /// The terminal's own 16 colours, which suit its background.
    Sixteen,
    Mono,
}

impl Palette {
    /// Every palette, by its name in the settings file.
    pub const ALL: [(&str, Self); 4] = [
        ("dark", Self::Dark),
        ("light", Self::Light),
        ("16", Self::Sixteen),
        ("mono", Self::Mono),
    ];

    /// The palette for a terminal: its own 16 colours, unless the environment announces more and the background. The
    /// terminal is not queried: on a slow line the reply would arrive late and be read as keys.
    pub fn of_terminal(term: Option<&str>, colorterm: Option<&str>, ground: Option<&str>) -> Self {
        let term = term.unwrap_or_default();
        if term == "dumb" {
            return Self::Mono;
        }
        let many = matches!(colorterm, Some("truecolor" | "24bit")) || term.contains("256color");
        // COLORFGBG, as rxvt and Konsole set it: the last number is the background.
        let ground = ground.and_then(|value| value.rsplit(';').next()?.parse::<u8>().ok());
        match ground {
            Some(7 | 15) if many => Self::Light,
            Some(0..=6 | 8) if many => Self::Dark,
            _ => Self::Sixteen,
        }
    }
}

struct Inks {
    dim: Color,
    accent: Color,
    heading: Color,
    good: Color,
    warning: Color,
    error: Color,
}

impl Inks {
    fn of(palette: Palette) -> Self {
        let of = |[dim, accent, heading, good, warning, error]: [Color; 6]| Self {
            dim,
            accent,
            heading,
            good,
            warning,
            error,
        };
        let indexed = |codes: [u8; 6]| of(codes.map(Color::Indexed));
        match palette {
            Palette::Dark => indexed([245, 80, 117, 114, 221, 210]),
            // Dark enough for a contrast of 4.5 to 1 on white.
            Palette::Light => indexed([241, 24, 25, 22, 94, 124]),
            Palette::Sixteen | Palette::Mono => of([
                Color::DarkGray,
                Color::Cyan,
                Color::Cyan,
                Color::Green,
                Color::Yellow,
                Color::Red,
            ]),
        }
    }
}
