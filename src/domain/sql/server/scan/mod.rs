//! Scans a statement in a server's dialect without parsing it, for names in backticks and unclosed delimiters.

use crate::domain::text::strip_any_case;

/// A piece of a statement.
#[derive(Debug, PartialEq, Eq)]
enum StatementPiece {
    /// An identifier in backticks.
    Name(String),
    /// A character outside of texts, names and comments.
    Sign(char),
    /// An unclosed text, name or comment.
    Open(&'static str),
}

fn pieces(statement: &str) -> Vec<StatementPiece> {
    let mut out = Vec::new();
    let mut chars = statement.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // A text ends at its quote; a backslash escapes the next character.
            '\'' | '"' => {
                let mut closed = false;
                while let Some(inner) = chars.next() {
                    if inner == '\\' {
                        chars.next();
                    } else if inner == c {
                        closed = true;
                        break;
                    }
                }
                out.extend((!closed).then_some(StatementPiece::Open("a string is never closed")));
            }
            '-' if chars.peek() == Some(&'-') => {
                chars.by_ref().take_while(|c| *c != '\n').for_each(drop);
            }
            '/' if chars.peek() == Some(&'*') => {
                let mut before = ' ';
                chars.next();
                let closed = chars.by_ref().any(|c| {
                    let ends = before == '*' && c == '/';
                    before = c;
                    ends
                });
                out.extend((!closed).then_some(StatementPiece::Open("a comment is never closed")));
            }
            '`' => {
                let (mut name, mut closed) = (String::new(), false);
                while let Some(inner) = chars.next() {
                    if inner != '`' {
                        name.push(inner);
                    } else if chars.peek() == Some(&'`') {
                        name.push('`');
                        chars.next();
                    } else {
                        closed = true;
                        break;
                    }
                }
                out.push(if closed {
                    StatementPiece::Name(name)
                } else {
                    StatementPiece::Open("a name is never closed")
                });
            }
            c => out.push(StatementPiece::Sign(c)),
        }
    }
    out
}

/// The tags that a statement names: identifiers in backticks that begin with `tag:`.
pub fn tags_named(statement: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for piece in pieces(statement) {
        let StatementPiece::Name(name) = piece else {
            continue;
        };
        let tag = strip_any_case(&name, "tag:").unwrap_or_default();
        let known = found
            .iter()
            .any(|known| known.to_lowercase() == tag.to_lowercase());
        if !tag.is_empty() && !known {
            found.push(tag.to_owned());
        }
    }
    found
}

/// The reason a statement cannot be put in parentheses; `None` if it can.
pub fn loose_end(statement: &str) -> Option<&'static str> {
    let mut depth = 0_usize;
    for piece in pieces(statement.trim_end().trim_end_matches(';')) {
        match piece {
            StatementPiece::Open(why) => return Some(why),
            StatementPiece::Sign('(') => depth += 1,
            StatementPiece::Sign(')') => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return Some("a closing parenthesis has no opening one"),
            },
            StatementPiece::Sign(';') => return Some("only one statement is allowed"),
            StatementPiece::Sign(_) | StatementPiece::Name(_) => {}
        }
    }
    (depth > 0).then_some("a parenthesis is never closed")
}

#[cfg(test)]
mod tests;
