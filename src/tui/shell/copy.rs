//! Copies a text to the clipboard, and says what happened to it.

use super::Shell;
use super::status::{LEAVES, StatusLine};
use crate::domain::text::{counted, escape};
use crate::ops::remote_sources;
use crate::tui::clipboard::{Clipboard, Copier};
use crate::tui::effect::Effect;

/// The largest text in bytes that is sent to the terminal's clipboard. Some terminals do not accept more.
const CLIPBOARD: usize = 74_000;

/// The note that a command has no pivot.
pub const COLUMNS_AS_LINES: &str = "the command lists the columns of the pivot as lines; ";

/// The note that a command has no signature.
const NEEDS_SAS: &str = "the SAS is left out: set AZURE_STORAGE_SAS_TOKEN to run it; ";

/// Copies a text, or saves it to a file if the terminal would not take it.
pub fn copied(shell: &mut Shell, text: &str) -> Vec<Effect> {
    copied_with(shell, text, "")
}

/// The same; the message begins with a note on the text.
pub fn copied_with(shell: &mut Shell, text: &str, note: &'static str) -> Vec<Effect> {
    let is_signed = text.starts_with("costscope ") && remote_sources::names_signed(text);
    shell.copy_note = if is_signed { NEEDS_SAS } else { note };
    // An answer may come after the screen was masked.
    if shell.masked {
        return shell.refuse(LEAVES);
    }
    let text = escape::for_clipboard(text);
    if text.trim().is_empty() {
        return shell.refuse("nothing was copied: there is no text here");
    }
    match shell.clipboard {
        Clipboard::Program(copier) => {
            shell.status = StatusLine::hint("copying …");
            vec![Effect::CopyWith(copier, text)]
        }
        Clipboard::Terminal(setting) => to_terminal(shell, text, setting, None),
    }
}

/// Sends a text to the terminal, which does not say whether it takes it. With the error of a program that did not.
fn to_terminal(
    shell: &mut Shell,
    text: String,
    setting: &str,
    failed: Option<&str>,
) -> Vec<Effect> {
    if text.len() > CLIPBOARD {
        return vec![Effect::SaveCopy(text)];
    }
    let setting = match setting {
        "" => String::new(),
        setting => format!("; {setting}"),
    };
    let note = shell.copy_note;
    let told = format!(
        "{note}copied (if the terminal allows it{setting}): {}",
        beginning(&text)
    );
    shell.status = match failed {
        None => StatusLine::hint(told),
        Some(why) => StatusLine::error(format!("{why}; {told}")),
    };
    vec![Effect::Copy(text)]
}

/// Says that a program took the text. If it failed, the text goes to the terminal.
pub fn handed_over(
    shell: &mut Shell,
    copier: Copier,
    text: String,
    result: Result<(), String>,
) -> Vec<Effect> {
    let Err(why) = result else {
        let setting = match copier.setting {
            "" => String::new(),
            setting => format!(" (if it is in no other clipboard: {setting})"),
        };
        let note = shell.copy_note;
        shell.status = StatusLine::hint(format!(
            "{note}copied with {}{setting}: {}",
            copier.program,
            beginning(&text)
        ));
        return Vec::new();
    };
    to_terminal(shell, text, "", Some(&why))
}

/// The first line of a text, and how many follow.
fn beginning(text: &str) -> String {
    let first: String = text
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(300)
        .collect();
    match text.lines().count().saturating_sub(1) as u64 {
        0 => first,
        more => format!("{first} and {}", counted(more, "more line")),
    }
}
