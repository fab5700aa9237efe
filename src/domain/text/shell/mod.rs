//! Quotes words for commands that users copy into a shell.

use std::fmt::Write as _;

/// A word quoted for a shell. Control characters are escaped (`$'...'` of bash, zsh and ksh), so that no part of a name
/// runs when it is pasted.
pub fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,=".contains(c);
    // A `=` at the start of a word names a program in zsh.
    if !text.is_empty() && !text.starts_with('=') && text.chars().all(plain) {
        return text.to_owned();
    }
    if !text.chars().any(hidden) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let mut out = String::from("$'");
    for c in text.chars() {
        match c {
            '\'' | '\\' => out.extend(['\\', c]),
            c if hidden(c) => {
                for byte in c.to_string().bytes() {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "\\x{byte:02x}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

fn hidden(c: char) -> bool {
    c.is_control() || super::is_invisible(c)
}

#[cfg(test)]
mod tests;
