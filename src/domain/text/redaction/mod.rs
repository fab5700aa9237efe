//! Removes secrets from foreign text. All foreign text passes through here before it is shown, logged or stored.
//!
//! It removes the secrets held by this process, also percent-encoded, escaped, in hexadecimal, in Base64 or in part,
//! and anything shaped like a secret: JWTs, `sig=`, client secrets (`...8Q~...`), refresh tokens, `Bearer ...`.

use super::printable;
use super::secret::Secret;
use super::secret_forms::{PART, SHORTEST, SecretPart, is_plain, is_there};
use super::unescape::UnescapedText;
use std::collections::HashSet;
use std::ops::Range;

/// The placeholder for a secret.
pub const STRUCK: &str = "[secret]";

/// Foreign text made safe to show: without secrets, and without control or invisible characters.
pub fn foreign(text: &str) -> String {
    printable(&without_secrets(text))
}

/// A text without secrets.
pub fn without_secrets(text: &str) -> String {
    let decoded = UnescapedText::of(text).decoded();
    let mut struck = all_held(&decoded);
    shapes(&decoded, &mut struck);
    strike(text, struck)
}

/// A text without the secrets held by this process and without those in links. For our own messages, in which a user's
/// text such as `token = x` is not a secret.
pub fn without_held(text: &str) -> String {
    let decoded = UnescapedText::of(text).decoded();
    let mut struck = all_held(&decoded);
    named(&decoded, true, &mut struck);
    strike(text, struck)
}

/// Maximum length of a foreign message, in characters.
const LONGEST: usize = 8192;

/// A foreign message, cut to a readable length and without secrets.
pub fn words_of_others(text: &str) -> String {
    let cut = text.char_indices().nth(LONGEST).map(|(at, _)| at);
    match cut {
        Some(at) => format!("{} …", without_secrets(text.get(..at).unwrap_or_default())),
        None => without_secrets(text),
    }
}

/// Whether a text contains a secret held by this process.
pub fn repeats_a_secret(text: &str) -> bool {
    !all_held(&UnescapedText::of(text).decoded()).is_empty()
}

fn strike(text: &str, mut struck: Vec<Range<usize>>) -> String {
    struck.sort_by_key(|range| range.start);
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for range in struck {
        if range.start >= at {
            out.push_str(text.get(at..range.start).unwrap_or_default());
            out.push_str(STRUCK);
        }
        at = at.max(range.end);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// Every occurrence of every secret held by this process: whole, in part, or encoded.
fn all_held(view: &UnescapedText) -> Vec<Range<usize>> {
    let mut struck = Vec::new();
    let secrets = Secret::all();
    if secrets.is_empty() || view.text.len() < SHORTEST {
        return struck;
    }
    let (plain, there) = (view.only(is_plain), view.only(is_there));
    let parts = plain.text.as_bytes().windows(PART);
    let parts: HashSet<SecretPart> = parts.filter_map(|part| part.try_into().ok()).collect();
    for secret in secrets {
        let forms = secret.forms();
        if let Some(whole) = &forms.whole {
            there.strike_all(whole, &mut struck);
        }
        for form in &forms.plain {
            if form.parts.is_empty() {
                plain.strike_all(&form.text, &mut struck);
            }
            let present = form.parts.iter().filter(|(_, part)| parts.contains(part));
            for (from, _) in present {
                strike_part(&plain, &form.text, *from, &mut struck);
            }
        }
    }
    struck
}

/// Marks every text that contains the part of a secret that begins here, as far as it goes on like the secret.
fn strike_part(view: &UnescapedText, secret: &str, from: usize, struck: &mut Vec<Range<usize>>) {
    let (text, all) = (view.text.as_bytes(), secret.as_bytes());
    let part = secret.get(from..from + PART).unwrap_or_default();
    for (at, _) in view.text.match_indices(part) {
        let before = text.iter().take(at).rev().zip(all.iter().take(from).rev());
        let before = before.take_while(|(a, b)| a == b).count();
        let (rest, tail) = (text.iter().skip(at), all.iter().skip(from));
        let after = rest.zip(tail).take_while(|(a, b)| a == b).count();
        struck.push(view.original(at - before..at + after));
    }
}

/// Names of secret values.
const NAMES: [&str; 24] = [
    "sig",
    "client_secret",
    "clientsecret",
    "client-secret",
    "client_assertion",
    "assertion",
    "refresh_token",
    "refreshtoken",
    "access_token",
    "accesstoken",
    "id_token",
    "device_code",
    "password",
    "accountkey",
    "sharedaccesskey",
    "sharedaccesssignature",
    "x-identity-header",
    "token",
    "secret",
    "pwd",
    "apikey",
    "api_key",
    "access_key",
    "account_key",
];

/// Marks everything that looks like a secret, known or not.
fn shapes(view: &UnescapedText, struck: &mut Vec<Range<usize>>) {
    named(view, false, struck);
    let lower = view.text.to_ascii_lowercase();
    for (at, word) in lower.match_indices("bearer ") {
        let value = run_at(&view.text, at + word.len());
        if value.len() >= PART && !is_setting(&view.text, &value) {
            struck.push(view.original(value));
        }
    }
    opaque(view, struck);
}

/// Marks values by the names before them, in links only or anywhere, and user names with passwords in links.
fn named(view: &UnescapedText, in_links: bool, struck: &mut Vec<Range<usize>>) {
    let lower = view.text.to_ascii_lowercase();
    for name in NAMES {
        let mut done = 0;
        for (at, _) in lower.match_indices(name) {
            // A name inside a value is already marked with that value.
            let before = lower
                .get(..at)
                .and_then(|before| before.chars().next_back());
            let is_of_a_link = before.is_some_and(|sign| "?&;".contains(sign));
            if at >= done
                && (is_of_a_link || !in_links)
                && let Some(value) = value_after(view, &lower, at, name.len())
            {
                done = value.end;
                struck.push(view.original(value));
            }
        }
    }
    for (at, _) in view.text.match_indices("://") {
        if let Some(user) = user_at(&view.text, at + 3) {
            struck.push(view.original(user));
        }
    }
}

/// Marks everything that is too long and too mixed to be a word.
fn opaque(view: &UnescapedText, struck: &mut Vec<Range<usize>>) {
    let mut before: Option<Range<usize>> = None;
    for value in runs(&view.text) {
        let run = view.text.get(value.clone()).unwrap_or_default();
        // Tokens are wrapped over lines: a run that fills the line below a token belongs to it.
        let goes_on = before.is_some_and(|before| {
            let between = view.text.get(before.end..value.start).unwrap_or_default();
            let after = view.text.get(value.end..).unwrap_or_default();
            let ends = after.trim_start_matches(['\r', '"', '\'', '.', ' ']);
            between.contains('\n')
                && between.trim().is_empty()
                && (ends.is_empty() || ends.starts_with('\n'))
        });
        let from = if goes_on { Some(0) } else { token_in(run) };
        before = from.map(|_| value.clone());
        if let Some(from) = from {
            struck.push(view.original(value.start + from..value.end));
        }
    }
}

/// The user name and password in a URL whose authority begins here.
fn user_at(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = text.get(at..)?;
    let end = rest.find(|c: char| c.is_whitespace() || "/?#\"'<>".contains(c));
    let authority = rest.get(..end.unwrap_or(rest.len()))?;
    let (user, _) = authority.rsplit_once('@')?;
    user.contains(':').then_some(at..at + user.len())
}

/// Whether a run is a setting such as `authorization_uri="..."`, which may also follow the word.
fn is_setting(text: &str, run: &Range<usize>) -> bool {
    let word = text.get(run.clone()).unwrap_or_default();
    let quoted = text
        .get(run.end..)
        .is_some_and(|rest| rest.starts_with('"'));
    word.trim_end_matches('=').contains('=') || (word.ends_with('=') && quoted)
}

/// The value after a name: `name=value`, or `"name": "value"`.
fn value_after(view: &UnescapedText, text: &str, at: usize, length: usize) -> Option<Range<usize>> {
    let before = text.get(..at)?.chars().next_back();
    if before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    let end = at + length;
    let rest = text.get(end..)?;
    let quoted = rest.starts_with(['"', '\'']);
    let sign = rest.trim_start_matches(['"', '\'']).trim_start();
    // In prose, a colon may follow the name.
    let value = match sign.chars().next()? {
        '=' => sign.get(1..)?,
        ':' if quoted => sign.get(1..)?,
        _ => return None,
    };
    let value = value.trim_start().trim_start_matches(['"', '\'']);
    if value.starts_with(STRUCK) {
        return None;
    }
    let from = text.len() - value.len();
    // An encoded character is part of the value.
    let is_written = |at: usize| {
        view.places
            .get(from + at)
            .is_some_and(|place| place.len() == 1)
    };
    let ends = |(at, c): (usize, char)| {
        let sign = c.is_whitespace() || "&\"'<>;,)]}".contains(c);
        (sign && is_written(at)).then_some(at)
    };
    let long = value.char_indices().find_map(ends).unwrap_or(value.len());
    (long > 0).then_some(from..from + long)
}

fn is_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.~+=!*$".contains(c)
}

/// The run of token characters from an offset.
fn run_at(text: &str, at: usize) -> Range<usize> {
    let rest = text.get(at..).unwrap_or_default();
    let end = rest.find(|c| !is_of_token(c)).unwrap_or(rest.len());
    at..at + end
}

/// Every run of token characters.
fn runs(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let skipped = text.get(at..)?.find(is_of_token)?;
        let run = run_at(text, at + skipped);
        at = run.end;
        Some(run)
    })
}

/// Where in a run a token begins, if there is one.
fn token_in(run: &str) -> Option<usize> {
    /// No readable name or id has this many mixed characters.
    const OPAQUE: usize = 60;
    /// Refresh tokens of Entra ID have hundreds of characters.
    const REFRESH: usize = 40;
    if let Some(at) = jwt_in(run) {
        return Some(at);
    }
    let bytes = run.as_bytes();
    let secret = run.match_indices("Q~").map(|(at, _)| at).find(|at| {
        let digit = at.checked_sub(1).and_then(|at| bytes.get(at));
        digit.is_some_and(u8::is_ascii_digit) && run.len() - at >= 30
    });
    if let Some(at) = secret {
        return Some(at.saturating_sub(4));
    }
    let refresh = matches!(
        bytes,
        [b'0'..=b'9', b'.', b'A', b'A'..=b'Z', ..] | [b'M', b'.', b'C' | b'R', b'0'..=b'9', ..]
    );
    let long = run.len() >= OPAQUE || (refresh && run.len() >= REFRESH);
    (long && is_mixed(run)).then_some(0)
}

/// Where a JWT begins: a JSON object in Base64, followed by another part after a dot, or long and mixed on its own.
fn jwt_in(run: &str) -> Option<usize> {
    const LONG: usize = 30;
    run.match_indices("eyJ").map(|(at, _)| at).find(|at| {
        let before = run.get(..*at).and_then(|before| before.chars().next_back());
        // Not inside a word, as in `moneyJar`.
        let begins = before.is_none_or(|c| !c.is_ascii_alphanumeric());
        let rest = run.get(*at..).unwrap_or_default();
        let parts = rest.split('.').filter(|part| part.len() >= 10).count();
        begins && (parts >= 2 || (rest.len() >= LONG && is_mixed(rest)))
    })
}

/// Whether a piece of a text is too mixed to be a word: it contains upper case, lower case and digits.
fn is_mixed(run: &str) -> bool {
    const PIECE: usize = 20;
    let mut pieces = run.split(['-', '_', '.', '~', '=']);
    pieces.any(|piece| {
        let many = |kind: fn(&u8) -> bool| piece.bytes().filter(kind).count() >= 2;
        piece.len() >= PIECE
            && many(u8::is_ascii_uppercase)
            && many(u8::is_ascii_lowercase)
            && many(u8::is_ascii_digit)
    })
}

#[cfg(test)]
mod tests;
