//! A few colours become named styles; drawing never names a colour. Everything reads without colour, too.

use ratatui::style::{Color, Modifier, Style};
use std::str::FromStr;

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
    /// Names and amounts are hidden; the number makes the pseudonyms of a run.
    pub hidden: Option<u64>,
}

impl Theme {
    /// The styles in the 16 colours of the terminal, or in none.
    pub fn new(color: bool) -> Self {
        Self::named(if color {
            Palette::Sixteen
        } else {
            Palette::Mono
        })
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
            focus: ink(inks.accent).add_modifier(Modifier::REVERSED),
            heading: ink(inks.heading),
            good: ink(inks.good),
            warning: ink(inks.warning).add_modifier(Modifier::BOLD),
            error: ink(inks.error).add_modifier(Modifier::BOLD),
            grew: ink(inks.error),
            shrank: ink(inks.good),
            gauge: ink(inks.accent),
            key: plain.add_modifier(Modifier::BOLD),
            glyphs: Glyphs::Unicode,
            hidden: None,
        }
    }

    /// Gives one of the styles another colour: a name such as `light-blue`, a number to 255, or `#rrggbb`.
    pub fn set(&mut self, style: &str, color: &str) -> Result<(), String> {
        let color = Color::from_str(color).map_err(|_| {
            format!("`{color}` is no colour; write a name such as light-blue, a number from 0 to 255, or #rrggbb")
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

/// The styles that can have a colour of one's own.
pub const STYLES: [&str; 10] = [
    "dim", "accent", "focus", "heading", "good", "warning", "error", "grew", "shrank", "gauge",
];

/// Where the colours come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Palette {
    /// 256 colours on a dark ground.
    Dark,
    /// 256 colours on a light ground.
    Light,
    /// The terminal's own 16, which suit its ground.
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

    /// What suits a terminal: its own 16 colours, unless it says that it has more and what its ground is. It is not asked:
    /// over a slow line the answer would come late and be taken for keys.
    pub fn of_terminal(term: Option<&str>, colorterm: Option<&str>, ground: Option<&str>) -> Self {
        let term = term.unwrap_or_default();
        if term == "dumb" {
            return Self::Mono;
        }
        let many = matches!(colorterm, Some("truecolor" | "24bit")) || term.contains("256color");
        // COLORFGBG, as rxvt and Konsole set it: the last number is the ground.
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
