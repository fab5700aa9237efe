//! The forms in which a secret may stand in a text: as it is, in part, in hexadecimal or in Base64.
//!
//! They are worked out once for each secret, because every line of a log is searched for them.

use super::unescape::UnescapedText;
use super::{hex, is_invisible};

/// Minimum length of a secret: shorter texts occur in any sentence.
pub(super) const SHORTEST: usize = 6;
/// This many consecutive letters and digits of a secret cannot match by accident.
pub(super) const PART: usize = 16;

/// A part of a secret.
pub(super) type SecretPart = [u8; PART];

/// Letters and digits survive every encoding; other characters have many encodings.
pub(super) fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric()
}

/// Whether a character counts: a secret may be wrapped over lines.
pub(super) fn is_there(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !is_invisible(c)
}

/// The forms that a text is searched for.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Forms {
    /// Looked for as a whole, in all characters that count.
    pub(super) whole: Option<String>,
    /// Looked for in letters and digits alone.
    pub(super) plain: Vec<PlainForm>,
}

/// Letters and digits of a secret.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct PlainForm {
    pub(super) text: String,
    /// Parts that give the secret away, and where each begins; none if only the whole does.
    pub(super) parts: Vec<(usize, SecretPart)>,
}

impl PlainForm {
    fn whole(text: String) -> Self {
        let parts = Vec::new();
        Self { text, parts }
    }

    fn in_parts(text: String) -> Self {
        let last = text.len().saturating_sub(PART);
        let starts = (0..last).step_by(PART / 2).chain([last]);
        let part = |from: usize| {
            let part = text.as_bytes().get(from..from + PART)?;
            Some((from, part.try_into().ok()?))
        };
        let parts = if text.len() <= PART {
            Vec::new()
        } else {
            starts.filter_map(part).collect()
        };
        Self { text, parts }
    }
}

impl Forms {
    pub(super) fn of(secret: &str) -> Self {
        if secret.contains("://") {
            return Self::of_link(secret);
        }
        let only =
            |keep: fn(char) -> bool| -> String { secret.chars().filter(|c| keep(*c)).collect() };
        let is_long = |text: &String| text.len() >= SHORTEST;
        let letters = Some(only(is_plain)).filter(is_long);
        let whole = letters.is_none().then(|| only(is_there)).filter(is_long);
        let all = letters.into_iter().chain(encoded(secret.as_bytes()));
        Self {
            whole,
            plain: all.map(PlainForm::in_parts).collect(),
        }
    }

    /// In a link, only the signature is secret; its host and path are not.
    fn of_link(link: &str) -> Self {
        let decoded = UnescapedText::of(link).decoded().text;
        let mut pairs = decoded.split(['?', '&']);
        let signature = pairs.find_map(|pair| pair.strip_prefix("sig="));
        let letters = signature.unwrap_or_default().chars();
        let letters: String = letters.filter(|c| is_plain(*c)).collect();
        let signature = (letters.len() >= SHORTEST).then(|| PlainForm::whole(letters));
        Self {
            whole: Some(link.to_owned()),
            plain: signature.into_iter().collect(),
        }
    }
}

/// A secret in hexadecimal, and in Base64 at each of the three possible alignments.
fn encoded(secret: &[u8]) -> Vec<String> {
    let hex = hex(secret);
    let mut forms = vec![hex.to_uppercase(), hex];
    for shift in 0..3 {
        let bytes = std::iter::repeat_n(&0_u8, shift).chain(secret);
        // Characters that depend on the surrounding bytes are left out.
        let (first, end) = ((shift * 8).div_ceil(6), (shift + secret.len()) * 8 / 6);
        let form = base64(bytes).take(end).skip(first);
        forms.push(form.filter(|c| is_plain(*c)).collect());
    }
    forms.retain(|form| form.len() >= SHORTEST);
    forms
}

/// The Base64 characters (RFC 4648, section 4) of some bytes; the last one is filled up with zero bits.
fn base64<'a>(bytes: impl Iterator<Item = &'a u8>) -> impl Iterator<Item = char> {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bits = bytes.flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1));
    std::iter::from_fn(move || {
        let first = bits.next()?;
        let rest = (0..5).fold(first, |sum, _| sum << 1 | bits.next().unwrap_or_default());
        SIGNS.get(usize::from(rest)).copied().map(char::from)
    })
}
