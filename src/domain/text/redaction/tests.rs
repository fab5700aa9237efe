//! The redaction filter between outside text and the screen: secrets are removed, everything else stays.

use crate::domain::text::redaction::{
    STRUCK, foreign, repeats_a_secret, without_held, without_secrets, words_of_others,
};
use crate::domain::text::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

const JWT: &str =
    "eyJhbGciOiJSUzI1NiIsImtpZCI6IjkifQ.eyJhdWQiOiJodHRwczovL20ifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg";

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn escaped(text: &str) -> String {
    text.chars()
        .map(|c| format!("\\u{:04x}", u32::from(c)))
        .collect()
}

#[test]
fn held_secrets_are_removed_in_every_encoding() {
    let text = "Zq8+hunter/two=&%Ä four five six7";
    let secret = Secret::new(text);
    let html: String = text
        .chars()
        .map(|c| format!("&#{};", u32::from(c)))
        .collect();
    let forms = [
        text.to_owned(),
        percent(text),
        percent(&percent(text)),
        percent(text).to_lowercase(),
        text.replace('+', "%2B")
            .replace(' ', "+")
            .replace('/', "%2F"),
        escaped(text),
        html,
        STANDARD.encode(text),
        URL_SAFE_NO_PAD.encode(text),
        STANDARD.encode(format!("x{text}yz")),
        STANDARD.encode(format!("xy{text}z")),
        text.bytes().map(|byte| format!("{byte:02x}")).collect(),
        text.replace("hunter", "hun\n  ter"),
        text.chars().take(24).collect(),
    ];
    for form in forms {
        let said = without_secrets(&format!("the value {form} is wrong"));
        assert!(said.contains(STRUCK), "{form}: {said}");
        assert!(
            !said.contains("hunter") && !said.contains("aHVudGVy"),
            "{form}: {said}"
        );
        assert!(
            said.starts_with("the value ") && said.ends_with("wrong"),
            "{said}"
        );
    }
    assert!(repeats_a_secret(&format!("https://x/?t={}", percent(text))));
    drop(secret);
    // A test in another thread may still hold a reference to the list of secrets.
    let known = (0..100).all(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        repeats_a_secret(text)
    });
    assert!(!known, "what is no longer held is no longer known");
}

#[test]
fn secret_shaped_text_is_removed() {
    let cases = [
        format!("The token {JWT} is expired"),
        format!("The token {} is expired", percent(JWT)),
        format!("Authorization: Bearer {JWT}"),
        format!("token\n{}\n{}\n", &JWT[..50], &JWT[50..]),
        "https://a.blob.core.windows.net/c/x.csv?sv=2024&sig=abc%2Fdef%3D&se=2026".to_owned(),
        "?SIG=abcdef".to_owned(),
        "{\"client_secret\": \"swordfish\"}".to_owned(),
        "client_secret=swordfish&grant_type=x".to_owned(),
        "the secret abC8Q~abcdefghijklmnopqrstuvwxyz012345678 is wrong".to_owned(),
        "refresh 1.AVwAJ3dX2Z8kq0Sx9pLm4nBvC7yTgRfE5hUiO1aQwSeDrFtGyHuJ".to_owned(),
        "https://user:passw0rd@proxy.example/".to_owned(),
        "sc://host:15002/;token=abc123def;x=y".to_owned(),
        "AccountKey=abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/abcdefghijklmn==".to_owned(),
    ];
    for text in cases {
        let said = without_secrets(&text);
        assert!(said.contains(STRUCK), "{said}");
        for part in [
            "eyJhbGci",
            "c2lnbmF0dXJl",
            "abc%2F",
            "abcdef",
            "swordfish",
            "8Q~abc",
            "AVwAJ3",
            "passw0rd",
            "abc123def",
        ] {
            assert!(!said.contains(part), "{said}");
        }
    }
}

#[test]
fn ordinary_text_is_kept() {
    let cases = [
        "403 AuthorizationFailed: The client 'jane@example.com' with object id '0f3a1b2c-1111-2222-3333-444455556666' does not have authorization to perform action 'Microsoft.CostManagement/generateCostDetailsReport/action' over scope '/subscriptions/0f3a1b2c-1111-2222-3333-444455556666/resourceGroups/rg-Production-WestEurope-01' (request id 11f00000-0000-4000-8000-00000000abcd)",
        "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value.",
        "the password: it was changed since",
        "Invalid dataset: design=1, assigned",
        "nextLink with $skiptoken=AQAAAA%3D",
        "/providers/Microsoft.Billing/billingAccounts/1234abcd-aaaa-bbbb-cccc-111122223333:5678efab-aaaa-bbbb-cccc-111122223333_2019-05-31/billingProfiles/AW4F-ABCD-BG7-TGB",
        "WWW-Authenticate: Bearer authorization_uri=\"https://login.microsoftonline.com/x\", error=\"invalid_token\"",
        "100 % of rows; \\u0041 & more",
        "MonthlyActualCostExport_0f5d9b1e-2b3c-4d5e-8f90-a1b2c3d4e5f6.csv and surveyJuly2026.csv hold the same rows",
        "2.Amortized-costs-2026-10-of-the-enterprise-agreement.csv is no file",
        "mg-MoneyJar-production, HoneyJar-International",
    ];
    for text in cases {
        assert_eq!(without_secrets(text), text);
    }
}

#[test]
fn redaction_is_idempotent_and_fast() {
    let texts = [
        "client_secret=ab%26cdefghijk&next=1".to_owned(),
        format!("sig={JWT} token={JWT}"),
        "password=a%3Bb%22c d".to_owned(),
    ];
    for text in texts {
        let once = without_secrets(&text);
        assert_eq!(without_secrets(&once), once);
        assert!(!once.contains("cdefg") && !once.contains("%22c"), "{once}");
    }
    let began = std::time::Instant::now();
    for hostile in ["sig=", "&", "%", "\\u", "bearer ", "eyJ", "Q~", "://a:b@"] {
        without_secrets(&hostile.repeat(100_000 / hostile.len()));
    }
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[test]
fn user_text_is_kept_except_signatures_in_links() {
    let own = "token = 'x' and secret=production and bogus";
    assert_eq!(without_held(own), own);
    let link =
        without_held("there is no https://a.example/x.csv?sv=1&sig=abc%2Fdef and no token=abc");
    assert_eq!(
        link,
        "there is no https://a.example/x.csv?sv=1&sig=[secret] and no token=abc"
    );
}

#[test]
fn foreign_messages_are_cut_and_have_no_secrets() {
    assert_eq!(words_of_others("the disk is full"), "the disk is full");
    let said = words_of_others(&format!("Bearer {JWT} is expired"));
    assert!(said.contains(STRUCK) && !said.contains(JWT), "{said}");
    let longest = "ä ".repeat(4096);
    assert_eq!(words_of_others(&longest), longest);
    let cut = words_of_others(&format!("{longest}x"));
    assert_eq!(cut, format!("{longest} …"));
}

/// A text with upper case, lower case and digits.
fn mixed(length: usize) -> String {
    "aB1".chars().cycle().take(length).collect()
}

#[test]
fn shapes_of_secrets_have_a_shortest_length() {
    let letters = |length: usize| "k".repeat(length);
    for (before, rest, length) in [
        ("Bearer ", letters as fn(usize) -> String, 16),
        ("abC8Q~", letters, 28),
        ("", mixed, 60),
        ("1.AV", mixed, 36),
        ("M.C5", mixed, 36),
        ("M.R5", mixed, 36),
        ("eyJ", mixed, 27),
        ("eyJabcdefg.", letters, 10),
    ] {
        for (length, is_struck) in [(length, true), (length - 1, false)] {
            let text = format!("x {before}{} y", rest(length));
            let said = without_secrets(&text);
            assert_eq!(said != text, is_struck, "{before} {length}: {said}");
        }
    }
}

#[test]
fn shapes_of_secrets_are_struck_where_they_begin() {
    let long = mixed(40);
    for (text, struck) in [
        (format!("xyzabC8Q~{}", "k".repeat(30)), "xyz[secret]"),
        (format!("abCxQ~{}", "k".repeat(30)), ""),
        (format!("Q~{}", "k".repeat(30)), ""),
        (format!("a=eyJ{long} b"), "a=[secret] b"),
        (format!("moneyJ{}", "abcdefgh.abcdefghij"), ""),
        (format!("M.X5{long}"), ""),
        (format!("1.BV{long}"), ""),
        // A piece of a name has no more than a few capitals or digits.
        (format!("{}A", "a1".repeat(40)), ""),
        (format!("{}1", "aA".repeat(40)), ""),
        (format!("{}a", "A1".repeat(40)), ""),
        ([mixed(19), mixed(19), mixed(19), mixed(19)].join("-"), ""),
        ([mixed(20), "x".repeat(50)].join("-"), "[secret]"),
    ] {
        let expected = if struck.is_empty() {
            text.as_str()
        } else {
            struck
        };
        assert_eq!(without_secrets(&text), expected);
    }
}

#[test]
fn a_token_goes_on_in_lines_that_have_nothing_else() {
    let token = mixed(60);
    for (rest, struck) in [
        ("\nabc\nabc", "\n[secret]\n[secret]"),
        ("\n  abc\n", "\n  [secret]\n"),
        ("\nabc\".  \nx y", "\n[secret]\".  \nx y"),
        ("\nabc def", "\nabc def"),
        (" abc", " abc"),
        (",\nabc", ",\nabc"),
        ("\nabc/def", "\nabc/def"),
    ] {
        let said = without_secrets(&format!("{token}{rest}"));
        assert_eq!(said, format!("[secret]{struck}"), "{rest}");
    }
}

#[test]
fn a_named_value_ends_at_the_sign_after_it() {
    for (text, struck) in [
        ("sig=ab&c", "sig=[secret]&c"),
        ("sig=ab c", "sig=[secret] c"),
        ("sig = \"ab c\"", "sig = \"[secret] c\""),
        ("sig=&c", "sig=&c"),
        ("sig", "sig"),
        ("sig=", "sig="),
        ("x-sig=abc", "x-sig=[secret]"),
        ("my_sig=abc", "my_sig=abc"),
        ("4sig=abc", "4sig=abc"),
        ("'pwd' : 'abc', 1", "'pwd' : '[secret]', 1"),
        ("pwd: abc", "pwd: abc"),
        ("pwd; abc", "pwd; abc"),
        ("SIG=secret=abc&x", "SIG=[secret]&x"),
        ("sig=%26abc&x", "sig=[secret]&x"),
        ("sig=[secret]&x", "sig=[secret]&x"),
    ] {
        assert_eq!(without_secrets(text), struck);
    }
}

#[test]
fn a_user_and_password_of_a_link_are_struck() {
    for (text, struck) in [
        (
            "https://me:pass@a.example/x",
            "https://[secret]@a.example/x",
        ),
        ("https://me:p@ss@a.example", "https://[secret]@a.example"),
        ("https://me@a.example/x", "https://me@a.example/x"),
        ("https://a.example:443/x@y", "https://a.example:443/x@y"),
        (
            "https://a.example: ask me@b.example",
            "https://a.example: ask me@b.example",
        ),
        ("\"https://a.example:1\" @b", "\"https://a.example:1\" @b"),
    ] {
        assert_eq!(without_secrets(text), struck);
        assert_eq!(without_held(text), struck);
    }
}

#[test]
fn a_bearer_is_struck_unless_it_is_a_setting() {
    for (text, struck) in [
        ("bearer abcdefghijklmnop", "bearer [secret]"),
        ("bearer abcdefghijklmno==", "bearer [secret]"),
        ("bearer abcdefghijklmnop= \"x\"", "bearer [secret] \"x\""),
        (
            "bearer abcdefghijklmnop=\"x\"",
            "bearer abcdefghijklmnop=\"x\"",
        ),
        ("bearer abcdefgh=ijklmnopq", "bearer abcdefgh=ijklmnopq"),
    ] {
        assert_eq!(without_secrets(text), struck);
    }
}

#[test]
fn foreign_text_has_neither_secrets_nor_control_characters() {
    assert_eq!(foreign("a\u{1b}[31m sig=abc"), "a\u{241b}[31m sig=[secret]");
}
