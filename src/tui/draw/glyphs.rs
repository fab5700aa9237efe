//! Replaces characters that a terminal cannot show with ASCII and, for screen readers, graphic characters with blanks.

use crate::tui::theme::Glyphs;
use ratatui::buffer::Buffer;

/// Rewrites a frame in the characters that may be drawn.
pub(crate) fn rewrite(buffer: &mut Buffer, glyphs: Glyphs) {
    let change: fn(&str) -> Option<&'static str> = match glyphs {
        Glyphs::Unicode => return,
        Glyphs::Ascii => ascii,
        Glyphs::Plain => plain,
    };
    for cell in &mut buffer.content {
        if let Some(sign) = change(cell.symbol()) {
            cell.set_symbol(sign);
        }
    }
}

/// Blanks graphic characters: boxes, rules, bars, shades, braille.
fn plain(symbol: &str) -> Option<&'static str> {
    let c = symbol.chars().next()?;
    matches!(c, '\u{2500}'..='\u{259f}' | '\u{2800}'..='\u{28ff}').then_some(" ")
}

/// The ASCII replacement of a character; the replacements of bars differ by height.
#[allow(clippy::match_same_arms)]
fn ascii(symbol: &str) -> Option<&'static str> {
    if symbol.is_ascii() {
        return None;
    }
    Some(match symbol {
        "─" => "-",
        "┄" => ".",
        "│" | "▏" | "┤" => "|",
        "┌" | "┐" | "└" | "┘" | "┼" => "+",
        "█" | "▇" => "#",
        "▆" => "*",
        "▅" | "▓" => "+",
        "▒" => ":",
        "▄" | "▌" | "▀" => "=",
        "▃" => "-",
        "▂" => ".",
        "▁" | "▔" => "_",
        "░" | "·" => ".",
        "›" | "▸" | "→" => ">",
        "←" => "<",
        "↑" | "▲" => "^",
        "↓" | "▾" => "v",
        "…" => "~",
        "•" | "★" => "*",
        "✓" => "y",
        "×" => "x",
        "Σ" => "S",
        "⟲" => "@",
        "€" => "E",
        _ => "?",
    })
}
