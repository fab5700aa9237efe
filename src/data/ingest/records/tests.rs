//! Records are split strictly, and read back as a CSV writer wrote them.

use super::{BadQuote, FieldSpan, Records, is_too_wide};
use proptest::prelude::*;

/// All records as texts, or the first error.
fn read(text: &str) -> Result<Vec<Vec<String>>, BadQuote> {
    let (mut records, mut fields) = (Records::new(text.as_bytes()), Vec::new());
    let mut out = Vec::new();
    while records.next(&mut fields)? {
        let texts = fields.iter().map(|field: &FieldSpan| {
            let mut scratch = Vec::new();
            let bytes = field.bytes(text.as_bytes(), &mut scratch);
            String::from_utf8(bytes.to_vec()).unwrap()
        });
        out.push(texts.collect());
    }
    Ok(out)
}

#[test]
fn quotes_commas_and_line_ends_are_told_apart() {
    let cases: [(&str, &[&[&str]]); 9] = [
        ("", &[]),
        ("\n\r\n\r", &[]),
        ("a,b\nc,d", &[&["a", "b"], &["c", "d"]]),
        ("a,b\r\nc,\r\n", &[&["a", "b"], &["c", ""]]),
        ("\"a,b\",\"c\nd\"\n", &[&["a,b", "c\nd"]]),
        ("\"say \"\"go\"\"\",\"\"\n", &[&["say \"go\"", ""]]),
        ("a\"b,c\n", &[&["a\"b", "c"]]),
        ("\u{feff}a\n\u{feff}b\n", &[&["a"], &["b"]]),
        ("a\n\n\nb", &[&["a"], &["b"]]),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text).unwrap(), expected, "{text:?}");
    }
}

#[test]
fn invalid_quotes_name_the_line_where_the_field_begins() {
    for (text, line, words) in [
        ("a,b\n\"c,d\ne,f\n", 2, "never closed"),
        ("a\n\"b\nc\",d\n\"e\"f\n", 4, "out of place"),
        ("\"a\"\"", 1, "never closed"),
    ] {
        let error = read(text).unwrap_err();
        assert_eq!(error.line, line, "{text:?}");
        assert!(error.problem.contains(words), "{text:?}: {}", error.problem);
    }
}

#[test]
fn more_fields_than_any_table_has_are_refused() {
    let error = read(&",".repeat(300_000)).unwrap_err();
    assert!(error.problem.contains("more fields"), "{}", error.problem);
}

#[test]
fn only_too_many_fields_are_certain_whatever_follows() {
    let wide = [",", "a,", "\"a\","].map(|field| field.repeat(300_000));
    for text in &wide {
        assert!(read(text).unwrap_err().is_certain, "{text:.9}");
        assert!(is_too_wide(text.as_bytes()), "{text:.9}");
    }
    for text in ["a,b\n\"c,d\n", "a\n\"e\"f\n"] {
        assert!(!read(text).unwrap_err().is_certain, "{text:?}");
    }
    let long = "a".repeat(300_000);
    let open = format!("\"{}", ",".repeat(300_000));
    let rows = "a,b\n".repeat(300_000);
    for text in [long, open, rows] {
        assert!(!is_too_wide(text.as_bytes()), "{text:.9}");
    }
}

#[test]
fn lines_inside_quotes_count_and_an_unended_record_is_known() {
    let text = b"a,\"b\r\nc\nd\"\ne,f";
    let (mut records, mut fields) = (Records::new(text), Vec::new());
    assert!(records.next(&mut fields).unwrap());
    assert!(fields[1].is_quoted(text) && !fields[0].is_quoted(text));
    assert!(records.ended);
    assert!(records.next(&mut fields).unwrap());
    assert_eq!(records.record_line, 4);
    assert!(!records.ended);
    assert!(!records.next(&mut fields).unwrap());
    assert_eq!(records.position(), text.len());
}

proptest! {
    #[test]
    fn written_records_read_back(
        rows in prop::collection::vec(prop::collection::vec("[a\",\r\n é]{0,6}", 2..5), 0..8),
    ) {
        let mut writer = csv::WriterBuilder::new()
            .flexible(true)
            .quote_style(csv::QuoteStyle::Always)
            .from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        prop_assert_eq!(read(&text).unwrap(), rows);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[a\",\r\n]{0,40}") {
        let _ = read(&text);
    }
}
