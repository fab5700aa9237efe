//! The forms of a secret, and texts that have one of them.

use crate::domain::text::hex;
use crate::domain::text::redaction::{repeats_a_secret, without_held};
use crate::domain::text::secret::Secret;
use crate::domain::text::secret_forms::{Forms, PART};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The Base64 characters of a secret that stay the same whatever stands around it.
fn unchanged(secret: &str, before: usize) -> String {
    let around = [0_u8, 0xff].map(|byte| {
        let bytes = [vec![byte; before], secret.into(), vec![byte; 3]].concat();
        STANDARD.encode(bytes)
    });
    let [one, other] = &around;
    let same = one.chars().zip(other.chars()).filter(|(a, b)| a == b);
    let letters = same.map(|(c, _)| c).filter(char::is_ascii_alphanumeric);
    letters.collect()
}

fn texts(forms: &Forms) -> Vec<&str> {
    forms.plain.iter().map(|form| form.text.as_str()).collect()
}

#[test]
fn a_secret_is_looked_for_in_every_form_of_six_characters() {
    for (secret, whole) in [
        ("hunter", None),
        ("hunter2", None),
        ("hunter22", None),
        ("Zq8/hunter=two+more", None),
        ("abcde", None),
        ("abc", None),
        ("ab", None),
        // Too few letters: it is looked for with its signs, and without its blanks.
        ("Zq8+hu", Some("Zq8+hu")),
        ("a-+ +-!?", Some("a-++-!?")),
        ("a-+ +-", None),
    ] {
        let forms = Forms::of(secret);
        let letters = secret.chars().filter(char::is_ascii_alphanumeric);
        let hex = hex(secret.as_bytes());
        let mut expected = vec![letters.collect(), hex.to_uppercase(), hex];
        expected.extend((0..3).map(|before| unchanged(secret, before)));
        expected.retain(|form| form.len() >= 6);
        assert_eq!(texts(&forms), expected, "{secret}");
        assert_eq!(forms.whole.as_deref(), whole, "{secret}");
    }
}

#[test]
fn any_piece_of_a_long_secret_has_one_of_its_parts() {
    let all = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for length in 6..all.len() {
        let secret = &all[..length];
        let forms = Forms::of(secret);
        let form = &forms.plain[0];
        assert_eq!(form.parts.is_empty(), length <= PART, "{secret}");
        for (from, part) in &form.parts {
            assert_eq!(&secret.as_bytes()[*from..from + PART], part, "{secret}");
        }
        let pieces = secret.as_bytes().windows(PART + PART / 2 - 1);
        for piece in pieces.filter(|_| length > PART) {
            let has = |part: &[u8; PART]| piece.windows(PART).any(|at| at == part);
            let found = form.parts.iter().any(|(_, part)| has(part));
            assert!(found, "{secret}: {}", String::from_utf8_lossy(piece));
        }
        let ends = form
            .parts
            .last()
            .is_none_or(|(from, _)| from + PART == length);
        assert!(ends, "{secret}");
    }
}

#[test]
fn of_a_link_only_the_signature_is_secret() {
    for (link, signature) in [
        (
            "https://a.example/x?sv=1&sig=ab-cd%2Fef&se=2",
            Some("abcdef"),
        ),
        ("https://a.example/x?sig=abcdef", Some("abcdef")),
        ("https://a.example/x?sig=abcde", None),
        ("https://a.example/x?sv=abcdef", None),
        ("https://a.example/abcdefghijklmnopq", None),
    ] {
        let forms = Forms::of(link);
        assert_eq!(forms.whole.as_deref(), Some(link));
        assert_eq!(texts(&forms), Vec::from_iter(signature), "{link}");
        assert!(forms.plain.iter().all(|form| form.parts.is_empty()));
    }
}

#[test]
fn a_held_secret_is_struck_as_far_as_a_text_has_it() {
    for (secret, text, struck) in [
        // The whole text is the shortest secret there is.
        ("Xw4+Lk", "Xw4+Lk", "[secret]"),
        ("Xw5Lkm", "Xw5Lkm", "[secret]"),
        ("Xw6Lk", "a Xw6Lk b", "a Xw6Lk b"),
        // A text without letters may be wrapped over lines.
        ("~{^}~|{^", "a ~{^}\n ~|{^ b", "a [secret] b"),
        ("~{^}~|{^", "a ~{^}~|{ b", "a ~{^}~|{ b"),
        // Of a long one, sixteen letters at the start of a part give it away, with all that goes on like it.
        (
            "Kc1Dq2We3Rt4Zu5Io6Pa7Sd8Fg9Hj",
            "x c1Dq2We3Rt4Zu5Io6Pa7Sd8F y",
            "x [secret] y",
        ),
        (
            "Kc1Dq2We3Rt4Zu5Io6Pa7Sd8Fg9Hj",
            "x-Kc1Dq2We3Rt4Zu5I-y Kc1Dq2We3Rt4Zu5",
            "x-[secret]-y Kc1Dq2We3Rt4Zu5",
        ),
        // One of sixteen letters is only struck whole.
        (
            "Lc1Dq2We3Rt4Zu5I",
            "x Lc1Dq2We3Rt4Zu5 y",
            "x Lc1Dq2We3Rt4Zu5 y",
        ),
        ("Lc1Dq2We3Rt4Zu5I", "x Lc1Dq2We3Rt4Zu5I y", "x [secret] y"),
    ] {
        let held = Secret::new(secret);
        assert_eq!(without_held(text), struck, "{secret}");
        assert_eq!(repeats_a_secret(text), text != struck, "{secret}");
        drop(held);
    }
}
