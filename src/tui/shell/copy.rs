//! Copies a text to the clipboard of the terminal.

use super::Shell;
use super::status::{LEAVES, StatusLine};
use crate::domain::text::escape;
use crate::tui::effect::Effect;

/// The largest text in bytes that is sent to the terminal's clipboard. Some terminals do not accept more.
const CLIPBOARD: usize = 74_000;

/// Copies a text to the clipboard, or saves it to a file if it is too large.
pub fn copied(shell: &mut Shell, text: &str) -> Vec<Effect> {
    // An answer may come after the screen was masked.
    if shell.masked {
        return shell.refuse(LEAVES);
    }
    let text = escape::for_clipboard(text);
    if text.len() > CLIPBOARD {
        return vec![Effect::SaveCopy(text)];
    }
    let first: String = text
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(300)
        .collect();
    let more = text.lines().count().saturating_sub(1);
    let rest = if more > 0 {
        format!(" and {more} more lines")
    } else {
        String::new()
    };
    shell.status = StatusLine::hint(format!("copied (if the terminal allows it): {first}{rest}"));
    vec![Effect::Copy(text)]
}
