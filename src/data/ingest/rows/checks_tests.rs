//! Unusual texts, equal values, and fields that are not in their columns.

use super::checks::{agree, is_blank, moved, oddity, without_edges};
use crate::data::columns::layout::Layout;
use crate::data::ingest::records::Records;

#[test]
fn texts_that_are_kept_although_they_are_unusual_have_a_kind() {
    for (text, kind) in [
        (&b""[..], None),
        (b" ~", None),
        (b"a\tb\r\nc", None),
        ("\u{e4} \u{20ac}".as_bytes(), None),
        (b"a\x07b", Some("control-character")),
        (b"a\x7fb", Some("control-character")),
        (b"a\x00", Some("control-character")),
        ("\u{e4}\u{1b}".as_bytes(), Some("control-character")),
        ("a\u{200b}".as_bytes(), Some("invisible-character")),
        (b"M\xfcnchen", Some("windows-1252")),
        (b"a\x81", Some("bad-utf8")),
    ] {
        assert_eq!(oddity(text), kind, "{text:?}");
    }
}

#[test]
fn white_space_and_the_word_null_are_no_value() {
    for (text, inner, blank) in [
        (&b""[..], &b""[..], true),
        (b" \t\r\n", b"", true),
        ("\u{a0}\u{2003}".as_bytes(), b"", true),
        (b" NULL ", b"NULL", true),
        (b"null", b"null", false),
        (b" a b ", b"a b", false),
        (b"a ", b"a", false),
        (b" a", b"a", false),
        ("\u{a0}\u{e4}".as_bytes(), "\u{e4}".as_bytes(), false),
        // In Windows-1252, a no-break space is one byte.
        (b"\xa0M\xfc \xa0", b"M\xfc", false),
        (b"\xa0", b"", true),
        // Any other text loses the blanks of ASCII only.
        (b" \x81\xa0 ", b"\x81\xa0", false),
    ] {
        assert_eq!(without_edges(text), inner, "{text:?}");
        assert_eq!(is_blank(text), blank, "{text:?}");
    }
}

#[test]
fn values_agree_as_amounts_as_days_or_as_texts_without_case() {
    for (one, other, expected) in [
        ("Eur ", "eur", true),
        ("eur", "usd", false),
        ("1.50", "1.5", true),
        ("1.50", "1.51", false),
        ("1e2", "100", true),
        ("2026-10-01", "10/01/2026", true),
        ("2026-10-01", "2026-10-02", false),
        ("2026-10-01", "x", false),
        ("x", "y", false),
        ("1", "", false),
    ] {
        assert_eq!(
            agree(one.as_bytes(), other.as_bytes()),
            expected,
            "{one} {other}"
        );
        assert_eq!(
            agree(other.as_bytes(), one.as_bytes()),
            expected,
            "{other} {one}"
        );
    }
    assert!(agree(b"\xff", b"\xff") && !agree(b"\xff", b"\xfe"));
}

#[test]
fn a_value_that_does_not_fit_its_column_shows_that_fields_are_moved() {
    for (header, value, fits) in [
        ("ResourceId", "/subscriptions/s", true),
        ("ResourceId", "rg-a", false),
        ("SubscriptionGuid", "0f-1a", true),
        ("SubscriptionGuid", "a b", false),
        ("MeterId", "1.5", false),
        ("MeterId", "{", false),
        ("Tags", "{\"a\": 1}", true),
        ("AdditionalInfo", "\"a\": 1", true),
        ("Tags", "a", false),
        ("Quantity", "-1.5e3", true),
        ("UnitPrice", "1 hour", false),
        ("BillingCurrency", "EUR", true),
        ("BillingCurrency", "EURO", false),
        ("Currency", "1", false),
        ("ChargeType", "Unused Reservation", true),
        ("Frequency", "One-Time", false),
        ("BillingPeriodStartDate", "10/01/2026", true),
        ("BillingPeriodStartDate", "October", false),
        // An id stands where the header says so.
        ("ProductOrderId", "/subscriptions/s", true),
        ("ResourceName", "/subscriptions/s", true),
        ("MeterName", "/subscriptions/s", false),
        ("MeterName", "/other", true),
        ("MeterName", "{\"a\": 1}", false),
        ("ProductOrderId", "{\"a\": 1}", false),
        ("MeterName", "D2", true),
        ("ResourceId", " ", true),
        ("ResourceId", "NULL", true),
        ("ResourceId", " /x ", true),
    ] {
        let headers = ["CostInBillingCurrency", header].map(str::to_owned);
        let layout = Layout::read("", &headers).unwrap();
        let text = format!("1,\"{}\"\n", value.replace('"', "\"\""));
        let (mut records, mut fields) = (Records::new(text.as_bytes()), Vec::new());
        assert!(records.next(&mut fields).unwrap());
        let found = moved(&layout, text.as_bytes(), &fields);
        let expected = (!fits).then(|| format!("column {header} holds `{value}`"));
        assert_eq!(found, expected, "{text}");
    }
}
