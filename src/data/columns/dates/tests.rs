//! The date formats that are accepted.

use crate::data::columns::dates;

#[test]
fn dates_are_month_first_or_iso() {
    let cases = [
        ("10/01/2026", "2026-10-01"),
        ("9/2/2023", "2023-09-02"),
        ("3/1/21", "2021-03-01"),
        ("2026-10-01", "2026-10-01"),
        ("2019-03-30T00:00:00.0000000Z", "2019-03-30"),
        ("2024-01-01T00:00Z", "2024-01-01"),
    ];
    for (text, expected) in cases {
        assert_eq!(dates::parse(text).unwrap().to_string(), expected, "{text}");
    }
    assert_eq!(
        dates::parse("31/10/2026"),
        Err(dates::DateProblem::OtherOrder)
    );
    for text in [
        "",
        "x",
        "13/32/2026",
        "2026-13-01",
        "10-01-2026",
        "2026/10/01",
    ] {
        assert!(dates::parse(text).is_err(), "{text}");
    }
}
