//! Columns of typed values are filled as the same values written as text.

use super::amounts::{AmountRules, fill as fill_amounts};
use super::column::{ColumnValues, NO_TIME, TextPart, rows_of};
use super::days::{DayRules, fill as fill_days};
use super::texts::{TextRules, fill as fill_texts};
use crate::data::columns::column_types::{NO_AMOUNT, NO_DAY};
use crate::data::columns::dates::DayOrder;
use crate::data::columns::text_column::NONE;
use crate::data::ingest::findings::Findings;
use crate::data::ingest::halt::{ParseStop, Restart};
use crate::domain::money::Amount;

/// Rows with these words by their codes. Words that are not shared are repeated for each row.
fn part(words: &[&str], codes: &[u32], shared: bool) -> TextPart {
    let word = |code: &u32| words.get(*code as usize).copied().unwrap_or_default();
    let (words, codes): (Vec<&str>, Vec<u32>) = if shared {
        (words.to_vec(), codes.to_vec())
    } else {
        let own = (0..).zip(codes);
        let own = own.map(|(at, code)| if *code == NONE { NONE } else { at });
        (codes.iter().map(word).collect(), own.collect())
    };
    let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
    TextPart {
        codes,
        words: Box::new(words),
        shared,
    }
}

/// The repairs in one text.
fn repairs(findings: &Findings) -> String {
    let all = findings.repairs.list().into_iter();
    let all = all.map(|one| format!("{}x{}@{}", one.kind, one.count, one.first_line));
    all.collect::<Vec<_>>().join(" ")
}

/// The reason to stop in one text.
fn why(stop: &ParseStop) -> String {
    match stop {
        ParseStop::Restart(Restart::ByText) => "by text".to_owned(),
        ParseStop::Restart(Restart::NoNumber { column, line }) => {
            format!("no number {column}@{line}")
        }
        ParseStop::Restart(Restart::AsText { column }) => format!("as text {column}"),
        other => format!("{other:?}"),
    }
}

/// The amounts of a column and its repairs, or the reason to stop.
fn amounts(column: ColumnValues, must: bool) -> Result<(Vec<i128>, String), String> {
    let mut findings = Findings::default();
    let rules = AmountRules { at: 7, must };
    let found = fill_amounts(column, rules, &mut findings).map_err(|stop| why(&stop))?;
    assert!(found.checked.is_empty() || found.checked == found.units);
    Ok((found.units, repairs(&findings)))
}

const ONE: i128 = 1_000_000_000_000_000_000;

#[test]
fn decimals_of_any_scale_are_amounts_in_eighteen_places() {
    let of = |values: &[i128], scale| ColumnValues::Decimals {
        values: values.to_vec(),
        scale,
    };
    let most = Amount::MAX.units();
    for (values, scale, units, told) in [
        (
            &[150, NO_AMOUNT, -5][..],
            2,
            &[ONE * 3 / 2, NO_AMOUNT, -ONE / 20][..],
            "",
        ),
        (&[7], 0, &[7 * ONE], ""),
        (&[7], 18, &[7], ""),
        (&[most, -most], 18, &[most, -most], ""),
        (
            &[NO_AMOUNT, 1_249, 1_250, 1_350],
            20,
            &[NO_AMOUNT, 12, 12, 14],
            "rounded-amountx3@2",
        ),
        (&[1_200], 20, &[12], ""),
    ] {
        let found = amounts(of(values, scale), true);
        assert_eq!(found, Ok((units.to_vec(), told.to_owned())), "{values:?}");
    }
    let rounded = amounts(of(&[1_249], 20), false).unwrap();
    assert_eq!(rounded.1, "rounded-numberx1@1");
    // 20 digits before the point are the most.
    let whole = most / ONE;
    assert!(amounts(of(&[whole, -whole], 0), true).is_ok());
    for (value, scale) in [(whole + 1, 0), (-whole - 1, 0), (most + 1, 18)] {
        assert_eq!(
            amounts(of(&[1, value], scale), true),
            Err("by text".to_owned())
        );
        let found = amounts(of(&[1, value], scale), false);
        assert_eq!(found, Err("no number 7@2".to_owned()));
    }
}

#[test]
fn doubles_and_texts_are_amounts_or_stop_the_pass() {
    let doubles = |values: &[Option<f64>]| ColumnValues::Doubles(values.to_vec());
    let found = amounts(doubles(&[Some(0.1), None, Some(-2.0), Some(0.1)]), true);
    let units = vec![ONE / 10, NO_AMOUNT, -2 * ONE, ONE / 10];
    assert_eq!(found, Ok((units, String::new())));
    for wrong in [f64::NAN, f64::INFINITY, 1e30] {
        let found = amounts(doubles(&[None, Some(wrong)]), false);
        assert_eq!(found, Err("no number 7@2".to_owned()), "{wrong}");
    }
    assert_eq!(
        amounts(ColumnValues::Blank(2), true).unwrap().0,
        [NO_AMOUNT; 2]
    );
    for shared in [true, false] {
        let words = ["1.50", " NULL", " ", "0.0000000000000000019"];
        let parts = vec![
            part(&words, &[0, 1, NONE, 0], shared),
            part(&words, &[2, 3, 3, 1], shared),
        ];
        let (units, told) = amounts(ColumnValues::Texts(parts), true).unwrap();
        let half = ONE * 3 / 2;
        let expected = [half, NO_AMOUNT, NO_AMOUNT, half, NO_AMOUNT, 2, 2, NO_AMOUNT];
        assert_eq!(units, expected, "{shared}");
        assert_eq!(told, "null-wordx2@2 rounded-amountx2@6", "{shared}");
        let parts = || {
            vec![
                part(&["1"], &[0, 0], shared),
                part(&["x"], &[NONE, 0], shared),
            ]
        };
        let found = amounts(ColumnValues::Texts(parts()), true);
        assert_eq!(found, Err("by text".to_owned()));
        let found = amounts(ColumnValues::Texts(parts()), false);
        assert_eq!(found, Err("no number 7@4".to_owned()));
    }
}

/// The days of a column, its repairs, and whether it has times; or the reason to stop.
fn days(column: ColumnValues, must: bool) -> Result<(Vec<i32>, String, bool), String> {
    let mut findings = Findings::default();
    let rules = DayRules {
        at: 7,
        must,
        is_date: must,
        order: DayOrder::MonthFirst,
    };
    let mut judged = Vec::new();
    let found = fill_days(column, rules, &mut findings, &mut judged).map_err(|stop| why(&stop))?;
    let known = found.values.iter().copied().filter(|day| *day != NO_DAY);
    let span = known.clone().min().zip(known.max()).filter(|_| must);
    assert_eq!(findings.days, span);
    Ok((found.values.clone(), repairs(&findings), found.has_time()))
}

#[test]
fn days_and_times_are_days_and_those_without_one_are_counted() {
    let blank = |must: bool, told: &str| if must { told.to_owned() } else { String::new() };
    for must in [true, false] {
        let found = days(ColumnValues::Days(vec![20_000, NO_DAY, 0]), must);
        let expected = (
            vec![20_000, NO_DAY, 0],
            blank(must, "blank-datex1@2"),
            false,
        );
        assert_eq!(found, Ok(expected));
        let midnight = 20_000 * 86_400;
        for (time, has_time) in [
            (midnight, false),
            (midnight + 1, true),
            (midnight + 86_399, true),
        ] {
            let found = days(ColumnValues::Times(vec![time, NO_TIME]), must);
            let expected = (
                vec![20_000, NO_DAY],
                blank(must, "blank-datex1@2"),
                has_time,
            );
            assert_eq!(found, Ok(expected), "{time}");
        }
        let found = days(ColumnValues::Blank(2), must);
        let expected = (vec![NO_DAY; 2], blank(must, "blank-datex2@1"), false);
        assert_eq!(found, Ok(expected));
        let last = days(ColumnValues::Days(vec![84_370]), must).unwrap();
        assert_eq!(last.0, [84_370], "the last day of 2200");
    }
}

#[test]
fn days_in_texts_are_read_once_for_each_word() {
    for shared in [true, false] {
        let words = ["2024-10-04", "NULL", " ", "2024-10-03T23:00:00-02:00"];
        let parts = || {
            vec![
                part(&words, &[0, 0, 0], shared),
                part(&words, &[1, NONE, 2, 3, 3], shared),
            ]
        };
        let (found, told, _) = days(ColumnValues::Texts(parts()), true).unwrap();
        let expected = [
            20_000, 20_000, 20_000, NO_DAY, NO_DAY, NO_DAY, 20_000, 20_000,
        ];
        assert_eq!(found, expected, "{shared}");
        assert_eq!(told, "blank-datex3@4 null-wordx1@4 utc-dayx2@7", "{shared}");
        let (found, told, _) = days(ColumnValues::Texts(parts()), false).unwrap();
        assert_eq!((found, told.as_str()), (expected.to_vec(), "null-wordx1@4"));
        let wrong = |word: &str| ColumnValues::Texts(vec![part(&[word], &[0], shared)]);
        assert_eq!(days(wrong("x"), true), Err("by text".to_owned()));
        assert_eq!(days(wrong("x"), false), Err("as text 7".to_owned()));
        assert_eq!(days(wrong("31/12/2024"), false), Err("by text".to_owned()));
    }
}

#[test]
fn texts_are_entered_once_and_their_repairs_counted_for_each_row() {
    for shared in [true, false] {
        let words = ["a", " a ", "NULL", "b\u{7}"];
        let parts = vec![
            part(&words, &[0, 1, NONE, 2], shared),
            part(&words, &[1, 1, 1], shared),
            part(&words, &[3, 0, 3], shared),
        ];
        for (trimmed, is_tag, expected, told) in [
            (
                true,
                false,
                "a,a,-,-,a,a,a,b\u{7},a,b\u{7}",
                "outer-blanksx4@2 null-wordx1@4",
            ),
            (
                false,
                false,
                "a, a ,-,-, a , a , a ,b\u{7},a,b\u{7}",
                "null-wordx1@4",
            ),
            (false, true, "a, a ,-,NULL, a , a , a ,b\u{7},a,b\u{7}", ""),
        ] {
            let (mut findings, mut odd) = (Findings::default(), Vec::new());
            let rules = TextRules { trimmed, is_tag };
            let found = fill_texts(&parts, rules, &mut findings, &mut odd);
            let text = |code: &u32| {
                let text = found
                    .get(*code)
                    .map(|text| std::str::from_utf8(text).unwrap());
                text.unwrap_or("-").to_owned()
            };
            let rows: Vec<String> = found.codes().iter().map(text).collect();
            assert_eq!(rows.join(","), expected, "{trimmed} {is_tag} {shared}");
            assert_eq!(repairs(&findings), told, "{trimmed} {is_tag} {shared}");
            let odd: Vec<_> = odd.iter().map(|(_, kind, line)| (*kind, *line)).collect();
            assert_eq!(odd, [("control-character", 8)]);
        }
    }
}

#[test]
fn parts_of_a_column_keep_their_types_where_they_are_the_same() {
    let texts = |column: ColumnValues| -> Vec<String> {
        let parts = column.into_texts();
        let rows = rows_of(&parts).map(|text| {
            text.map_or("-".to_owned(), |text| {
                String::from_utf8_lossy(text).into_owned()
            })
        });
        rows.collect()
    };
    let decimals = |value: i128, scale| ColumnValues::Decimals {
        values: vec![value, NO_AMOUNT],
        scale,
    };
    let doubles = || ColumnValues::Doubles(vec![Some(0.5), None]);
    let days = || ColumnValues::Days(vec![20_000, NO_DAY]);
    let times = || ColumnValues::Times(vec![20_000 * 86_400 + 60, NO_TIME]);
    let blank = ColumnValues::Blank;
    for (one, other, rows) in [
        (blank(0), days(), &["2024-10-04", "-"][..]),
        (blank(1), blank(2), &["-", "-", "-"]),
        (decimals(150, 2), decimals(7, 2), &["1.5", "-", "0.07", "-"]),
        (decimals(150, 2), decimals(7, 0), &["1.5", "-", "7", "-"]),
        (doubles(), doubles(), &["0.5", "-", "0.5", "-"]),
        (days(), days(), &["2024-10-04", "-", "2024-10-04", "-"]),
        (times(), blank(1), &["2024-10-04T00:01:00Z", "-", "-"]),
    ] {
        let is_typed = matches!(
            (&one, &other),
            (ColumnValues::Doubles(_), ColumnValues::Doubles(_))
                | (ColumnValues::Days(_), ColumnValues::Days(_))
        );
        let length = one.len() + other.len();
        let joined = one.append(other);
        assert_eq!(joined.len(), length);
        assert!(!is_typed || !matches!(joined, ColumnValues::Texts(_)));
        assert_eq!(texts(joined), rows);
    }
}
