//! The last hand over a picture: signs that a terminal cannot show become letters, and for screen readers what only draws
//! becomes a blank.

use crate::tui::theme::Glyphs;
use ratatui::buffer::Buffer;

/// Rewrites a picture in the signs that may be used.
pub(super) fn rewrite(buffer: &mut Buffer, glyphs: Glyphs) {
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

/// Signs that only draw: boxes, rules, bars, shades, braille.
fn plain(symbol: &str) -> Option<&'static str> {
    let c = symbol.chars().next()?;
    matches!(c, '\u{2500}'..='\u{259f}' | '\u{2800}'..='\u{28ff}').then_some(" ")
}

/// What stands for a sign where there is no Unicode; bars in the order of their height.
#[allow(clippy::match_same_arms)]
fn ascii(symbol: &str) -> Option<&'static str> {
    if symbol.is_ascii() {
        return None;
    }
    Some(match symbol {
        "─" => "-",
        "│" | "▏" => "|",
        "┌" | "┐" | "└" | "┘" => "+",
        "█" | "▇" => "#",
        "▆" => "*",
        "▅" | "▓" => "+",
        "▒" => ":",
        "▄" | "▌" => "=",
        "▃" => "-",
        "▂" => ".",
        "▁" => "_",
        "░" | "·" => ".",
        "›" | "▸" | "→" => ">",
        "←" => "<",
        "↑" => "^",
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
