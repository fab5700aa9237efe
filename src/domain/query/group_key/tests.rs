//! Lists of group keys.

use crate::domain::query::group_key::{GroupKey, keys_text, listed, parse_keys, split_list};

#[test]
fn key_lists_are_read_or_refused() {
    let names = |text: &str| {
        parse_keys(text)
            .unwrap()
            .iter()
            .map(GroupKey::name)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names("resource-group, TAG:env ,\"a, b\""),
        ["resource-group", "tag:env", "a, b"]
    );
    assert_eq!(names("\"tag:q\"\"z\""), ["tag:q\"z"]);
    for text in ["", ",", "a,,b", "tag:", "\"a"] {
        assert!(parse_keys(text).is_err(), "{text}");
    }
}

#[test]
fn a_list_of_keys_is_read_back_as_it_is_written() {
    for text in [
        "resource-group",
        "resource-group,tag:env,date",
        "\"a,b\",\"tag: x \",\"say \"\"hi\"\"\"",
    ] {
        let keys = parse_keys(text).unwrap();
        assert_eq!(keys_text(&keys), text);
    }
    assert_eq!(keys_text(&[]), "");
    let refused = parse_keys("a,,b").unwrap_err().to_string();
    let told = "`a,,b` is not a list of keys: a key is empty. Separate keys with commas, such as resource-group,tag:env";
    assert_eq!(refused, told);
}

#[test]
fn the_parts_of_a_group_are_told_by_finer_keys() {
    let key = |text: &str| GroupKey::parse(text).unwrap();
    let tags = ["env".to_owned(), "team".to_owned()];
    for (view, tags, expected) in [
        ("service", &tags[..], "charge-type resource tag:env"),
        (
            "service,tag:env",
            &tags[..],
            "charge-type resource tag:team",
        ),
        ("resource", &tags[..1], "charge-type meter tag:env"),
        ("tag:env", &tags[..1], "charge-type resource"),
        ("service", &[], "charge-type resource"),
    ] {
        let view = parse_keys(view).unwrap();
        let parts = GroupKey::of_parts(&view, tags);
        let names: Vec<String> = parts.iter().map(GroupKey::name).collect();
        assert_eq!(names.join(" "), expected, "{view:?}");
    }
    assert!(key("service").groups() && key("tag:cost").groups());
    assert!(!key("cost").groups(), "an amount is summed");
}

#[test]
fn values_are_spelled_as_their_column_holds_them() {
    for (key, value, held) in [
        ("pricing-model", " On Demand ", "OnDemand"),
        ("subscription", " /subscriptions/0f/x ", "0f"),
        ("currency", " eur ", "EUR"),
        ("service", " a b ", " a b "),
        ("tag:env", " a b ", " a b "),
        ("month", "2026-10", "2026-10"),
        ("Other", " a b ", " a b "),
    ] {
        let key = GroupKey::parse(key).unwrap();
        assert_eq!(key.as_held(value), held, "{key}");
    }
}

#[test]
fn the_tag_of_a_column_is_in_its_header() {
    for (header, tag) in [
        ("tag:env", Some("env")),
        ("TAG: env ", Some(" env ")),
        ("tag:", None),
        ("tags", None),
        ("env", None),
        ("", None),
    ] {
        assert_eq!(GroupKey::tag_of(header).as_deref(), tag, "{header}");
    }
}

#[test]
fn lists_are_split_at_commas_and_keep_what_is_quoted() {
    for (text, words) in [
        ("a,b", &["a", "b"][..]),
        (" a , b ", &["a", "b"]),
        ("a b", &["a b"]),
        (" \" a \" , b", &[" a ", "b"]),
        ("\"a,b\",c", &["a,b", "c"]),
        ("x\" a \" ", &["x a "]),
        ("\"a\" b ", &["a b"]),
        ("\"a\"\"b\"", &["a\"b"]),
        ("\"\"", &[""]),
        (",", &["", ""]),
        ("", &[""]),
    ] {
        assert_eq!(split_list(text).unwrap(), words, "{text}");
    }
    for text in ["\"", "a,\"b", "\"a\"\""] {
        let error = split_list(text).unwrap_err().to_string();
        assert!(error.contains("never closed"), "{text}: {error}");
    }
    for name in ["a", "a,b", " a", "a\"b", "\"", "ä ö"] {
        assert_eq!(split_list(&listed(name)).unwrap(), [name]);
    }
}

#[test]
fn only_values_that_name_no_customer_are_anonymous() {
    for (name, is_anonymous, ignores_case) in [
        ("service", true, false),
        ("meter", true, false),
        ("region", true, false),
        ("date", true, false),
        ("month", true, false),
        ("currency", true, true),
        ("charge-type", true, true),
        ("publisher-type", true, true),
        ("pricing-model", true, true),
        ("MeterName", true, false),
        ("unitOfMeasure", true, false),
        ("resource", false, true),
        ("resource-group", false, true),
        ("subscription", false, true),
        ("reservation", false, true),
        ("benefit", false, true),
        ("cost-center", false, false),
        ("invoice-section", false, false),
        ("cost", false, false),
        ("tag:env", false, false),
        ("tag:service", false, false),
        ("ResourceId", false, true),
        ("resourceName", false, false),
        ("Other", false, false),
    ] {
        let key = GroupKey::parse(name).unwrap();
        assert_eq!(key.is_anonymous(), is_anonymous, "{name}");
        assert_eq!(key.ignores_case(), ignores_case, "{name}");
    }
}
