//! The header of a text: where it is, what is before it, and what a text without one is told.

use super::decisions::Decisions;
use super::head::{Head, names_a_header, of_names, read};
use super::records::Records;
use crate::data::columns::column_types::ColumnKind;
use crate::data::error::DataError;

fn of(text: &str) -> Result<(Head, String), DataError> {
    let (head, rest) = read("costs.csv", &mut text.as_bytes())?;
    Ok((head, String::from_utf8(rest).unwrap()))
}

#[test]
fn a_header_is_found_behind_other_records() {
    for (text, lines, preamble, rest) in [
        ("Date,Cost\n1,2\n", 1, 0, "1,2\n"),
        ("Cost\n", 1, 0, ""),
        ("Costs of October\n\nDate,Cost\n1,2\n", 3, 1, "1,2\n"),
        ("Costs\n\"two\nlines\",x\nDate,Cost\n1,2\n", 4, 2, "1,2\n"),
    ] {
        let (head, left) = of(text).unwrap();
        assert_eq!((head.lines, head.preamble), (lines, preamble), "{text:?}");
        assert_eq!(left, rest, "{text:?}");
        assert!(head.ended && !head.bom);
    }
    let (head, rest) = of("\u{feff}Date,Cost").unwrap();
    assert!(head.bom && !head.ended && rest.is_empty());
    assert_eq!(head.layout.headers, ["Date", "Cost"]);
    let records = |count: usize| format!("{}Date,Cost\n", "x\n".repeat(count));
    assert!(of(&records(39)).is_ok());
    assert!(
        of(&records(40)).is_err(),
        "a header is among the first 40 records"
    );
}

#[test]
fn a_text_without_a_cost_column_names_the_widest_record() {
    for (text, headers) in [
        ("Date,Meter\n1,2\n", "Date, Meter"),
        (
            "Report\nDate,Meter,Region,Group\n1,2,3,4\n",
            "Date, Meter, Region, Group",
        ),
        // Three columns are not more than a title may have.
        ("Report\nDate,Meter,Region\n1,2,3\n", "Report"),
        ("a,b,c,d,e\nDate,Meter,Region,Group\n", "a, b, c, d, e"),
        ("Report\na,b,c,d\ne,f,g,h\n", "a, b, c, d"),
        ("Report\na,b,c,d\ne,f,g,h,i\n", "e, f, g, h, i"),
    ] {
        let Err(DataError::NoCost { headers: found, .. }) = of(text) else {
            panic!("{text:?}");
        };
        assert_eq!(found, headers, "{text:?}");
    }
}

#[test]
fn a_row_is_not_a_header_and_a_header_has_a_cost_and_a_date() {
    for (text, expected) in [
        ("Date,Cost\n", true),
        ("Date,EffectiveCost,Meter\n", true),
        ("Date,Meter\n", false),
        ("Cost,Meter\n", false),
        ("Date,Cost,5\n", false),
        ("Date,Cost,5.0\n", false),
        ("Date,Cost,D2\n", true),
        ("2026-10-01,Cost,Date\n", false),
    ] {
        let (mut records, mut fields) = (Records::new(text.as_bytes()), Vec::new());
        records.next(&mut fields).unwrap();
        assert_eq!(names_a_header(text.as_bytes(), &fields), expected, "{text}");
    }
}

#[test]
fn only_the_whole_header_is_a_repeated_one() {
    let (head, _) = of("Date,Cost\n").unwrap();
    for (text, expected) in [
        ("Date,Cost\n", true),
        ("Date,\"Cost\"\n", true),
        ("date,Cost\n", false),
        ("Date,Cost,\n", false),
        ("Date\n", false),
    ] {
        let (mut records, mut fields) = (Records::new(text.as_bytes()), Vec::new());
        records.next(&mut fields).unwrap();
        let found = head.is_repeated(text.as_bytes(), &fields, &mut Vec::new());
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn columns_have_the_types_of_their_roles_and_names() {
    let names = [
        ("Date", ColumnKind::Day { must: true }),
        ("CostInBillingCurrency", ColumnKind::Amount { must: true }),
        ("Quantity", ColumnKind::Amount { must: false }),
        ("UnitPrice", ColumnKind::Amount { must: false }),
        ("BillingPeriodStartDate", ColumnKind::Day { must: false }),
        ("MeterName", ColumnKind::Text),
    ];
    let fields = names.map(|(name, _)| name.to_owned()).to_vec();
    let head = of_names("", fields).unwrap();
    let kinds = names.map(|(_, kind)| kind).to_vec();
    assert_eq!(head.kinds(&Decisions::default()), kinds);
    let as_text = Decisions {
        as_text: [0, 3].into(),
        ..Decisions::default()
    };
    let mut texts = kinds.clone();
    (texts[0], texts[3]) = (ColumnKind::Text, ColumnKind::Text);
    assert_eq!(head.kinds(&as_text), texts);
    // The column of times is not one of the file.
    let timed = head.with_hours();
    assert_eq!(timed.layout.headers.last().unwrap(), "DateTime");
    assert_eq!(
        timed.kinds(&Decisions::default()),
        [kinds, vec![ColumnKind::Text]].concat()
    );
}

#[test]
fn a_head_of_very_many_names_is_left_to_the_text() {
    let names = |count: usize| -> Vec<String> {
        let more = (1..count).map(|at| format!("c{at}"));
        std::iter::once("Cost".to_owned()).chain(more).collect()
    };
    assert!(of_names("", names((1 << 14) - 1)).is_some());
    assert!(of_names("", names(1 << 14)).is_none());
    assert!(of_names("", vec!["Meter".to_owned()]).is_none());
}
