//! The tag texts that are accepted.

use crate::data::columns::tags;

#[test]
fn tags_are_read_with_and_without_braces() {
    let pairs = |text: &str| {
        tags::parse(text)
            .unwrap()
            .into_iter()
            .map(|(k, v)| format!("{k}={v}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        pairs("\"env\": \"prod\",\"team\": \"a,b\""),
        ["env=prod", "team=a,b"]
    );
    assert_eq!(pairs("{\"env\":\"qa:eu\"}"), ["env=qa:eu"]);
    assert_eq!(
        pairs("{ \"q\": \"say \\\"go\\\"\", \"empty\": \"\" }"),
        ["q=say \"go\"", "empty="]
    );
    assert_eq!(
        pairs("{\"n\": 1.10, \"big\": 12345678901234567890123, \"b\": true, \"x\": null}"),
        ["n=1.10", "big=12345678901234567890123", "b=true", "x="]
    );
    // One brace is missing, or there is a comma before the first or after the last pair.
    for text in [
        "{\"a\": \"1\"",
        "\"a\": \"1\"}",
        "\"a\": \"1\",",
        "{\"a\": \"1\",}",
        ",\"a\": \"1\"",
        "{ ,\"a\" : \"1\" , }",
    ] {
        assert_eq!(pairs(text), ["a=1"], "{text}");
    }
    assert_eq!(pairs("\"a\": {\"b\": \"}\"}"), ["a={\"b\": \"}\"}"]);
    assert!(pairs("").is_empty() && pairs("{}").is_empty());
    // Anything else would be a guess.
    for text in [
        "env:prod",
        "env=prod;team=x",
        "\"a\": \"x \"y\" z\",\"b\": \"1\"",
        "\"a\": \"1\",,\"b\": \"2\"",
        "\"a\": \"1\";\"b\": \"2\"",
        "\"a\": \"1\",\"b\": \"cut of",
        "\"path\": \"C:\\xyz\"",
        "{'a':'1'}",
        "{\"a\":\"1\"}:",
        "\"a\"",
        "[\"a\"]",
    ] {
        assert_eq!(tags::parse(text), None, "{text}");
    }
}
