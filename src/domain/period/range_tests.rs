//! Billing periods, ranges of days as the lists of their days, and what errors say.

use crate::domain::period::tests::{day, range};
use crate::domain::period::{DateRange, Month, Period, Preset, Reach, days_after};
use chrono::NaiveDate;
use proptest::prelude::*;
use std::collections::BTreeSet;

#[test]
fn names_of_billing_periods_are_months_parts_of_months_and_days() {
    for name in [
        "202403",
        "202401",
        "202412",
        "201702-1",
        "201702-12",
        "20180801",
        " 202403 ",
    ] {
        let expected = Period::Billing(name.trim().to_owned());
        assert_eq!(Period::billing(name), Ok(expected), "{name}");
    }
    for name in [
        "",
        "202400",
        "202413",
        "2024-03",
        "2024030",
        "20240230",
        "20240300",
        "2024033a",
        "+2024030",
        "202403-",
        "202403-a",
        "202413-1",
        "20240301-1",
        "-1",
        "abcdef",
        "202403-1-2",
    ] {
        let said = Period::billing(name).unwrap_err().to_string();
        assert!(
            said.contains("such as 202610, 201702-1 or 20180801"),
            "{said}"
        );
        assert_eq!(
            said.contains("is not a billing period"),
            !name.is_empty(),
            "{said}"
        );
    }
}

#[test]
fn periods_are_named_and_joined() {
    let october = Period::Dates(range("2026-10-01", "2026-10-31"));
    let days = Period::Dates(range("2026-09-15", "2026-10-02"));
    let joined = Period::Dates(range("2026-09-15", "2026-10-31"));
    assert_eq!(october.joined(&days), Some(joined.clone()));
    assert_eq!(days.joined(&october), Some(joined));
    let [one, other] = ["G1", "G2"].map(|id| Period::Invoice(id.to_owned()));
    assert_eq!(one.joined(&one), Some(one.clone()));
    assert_eq!(one.joined(&other), None);
    assert_eq!(one.joined(&october), None);
    let billing = Period::Billing("202403".to_owned());
    assert_eq!(october.range(), Some(range("2026-10-01", "2026-10-31")));
    assert_eq!((one.range(), billing.range()), (None, None));
    assert_eq!(october.name(), None);
    assert_eq!(one.name().as_deref(), Some("invoice G1"));
    assert_eq!(billing.name().as_deref(), Some("billing period 202403"));
}

#[test]
fn days_are_read_as_a_month_a_day_or_two_days() {
    for (text, expected) in [
        ("2026-10", Some(range("2026-10-01", "2026-10-31"))),
        (" 2026-10-05 ", Some(range("2026-10-05", "2026-10-05"))),
        (
            "2026-10-05..2026-11-02",
            Some(range("2026-10-05", "2026-11-02")),
        ),
        (
            "2026-10-05 .. 2026-10-05",
            Some(range("2026-10-05", "2026-10-05")),
        ),
        ("2026-10-05..2026-10-04", None),
        ("2026-10..2026-11", None),
        ("2026-10-05..", None),
        ("..", None),
        ("", None),
    ] {
        assert_eq!(DateRange::parse(text), expected, "{text}");
        if let Some(days) = expected {
            assert_eq!(DateRange::parse(&days.to_string()), Some(days), "{days}");
        }
    }
}

#[test]
fn errors_name_the_days_and_the_limit() {
    let today = day("2026-11-22");
    let said = |from, to, reach| {
        range(from, to)
            .orderable(today, reach)
            .unwrap_err()
            .to_string()
    };
    for (from, to, reach, expected) in [
        (
            "2026-11-23",
            "2026-11-24",
            Reach::Reports,
            "2026-11-23 is in the future; today is 2026-11-22 (UTC)",
        ),
        (
            "2026-11-02",
            "2026-11-01",
            Reach::Reports,
            "the first day 2026-11-02 is after the last day 2026-11-01",
        ),
        (
            "2025-10-21",
            "2025-10-22",
            Reach::Reports,
            "2025-10-21 is too early: reports reach back 13 months, the earliest day is 2025-10-22",
        ),
        (
            "2014-04-30",
            "2014-05-02",
            Reach::UsageDetails,
            "2014-04-30 is too early: Usage Details begins on 2014-05-01",
        ),
    ] {
        assert_eq!(said(from, to, reach), expected);
    }
    for (from, to, reach) in [
        ("2025-10-22", "2026-11-22", Reach::Reports),
        ("2026-11-22", "2026-11-22", Reach::Reports),
        ("2014-05-01", "2014-05-01", Reach::UsageDetails),
    ] {
        let allowed = range(from, to).orderable(today, reach).unwrap();
        assert_eq!((allowed.range, allowed.moved_from), (range(from, to), None));
    }
    let month = Month::parse(" 2026-1 ").unwrap_err().to_string();
    assert!(month.starts_with("`2026-1` is not a month"), "{month}");
}

#[test]
fn every_preset_has_a_label_of_its_own() {
    let labels: BTreeSet<&str> = Preset::ALL.iter().map(|preset| preset.label()).collect();
    assert_eq!(labels.len(), Preset::ALL.len());
    assert!(
        labels
            .iter()
            .all(|label| label.starts_with("last ") || label.starts_with("this "))
    );
}

proptest! {
    #[test]
    fn ranges_behave_as_the_lists_of_their_days(
        starts in (0_usize..40, 0_usize..40), lengths in (0_usize..40, 0_usize..40), size in -1_i64..12,
    ) {
        let first = day("2024-01-20");
        let of = |start, length| DateRange {
            from: days_after(first, start),
            to: days_after(first, start + length),
        };
        let (one, other) = (of(starts.0, lengths.0), of(starts.1, lengths.1));
        let days: Vec<NaiveDate> = one.each_day().collect();
        prop_assert_eq!(usize::try_from(one.days()).unwrap(), days.len());
        prop_assert_eq!(days.len(), lengths.0 + 1);
        let shared: Vec<NaiveDate> = other.each_day().filter(|day| days.contains(day)).collect();
        for day in other.each_day() {
            prop_assert_eq!(one.contains(day), days.contains(&day));
        }
        prop_assert_eq!(one.overlaps(other), !shared.is_empty());
        let common = one.common(other).map(|both| both.each_day().collect::<Vec<_>>());
        prop_assert_eq!(common.unwrap_or_default(), shared);
        let pieces = one.pieces(size);
        let again: Vec<NaiveDate> = pieces.iter().flat_map(|piece| piece.each_day()).collect();
        prop_assert_eq!(&again, &days);
        let (last, full) = pieces.split_last().unwrap();
        prop_assert!(full.iter().all(|piece| piece.days() == size.max(1)));
        prop_assert!((1..=size.max(1)).contains(&last.days()));
    }

    #[test]
    fn months_go_back_one_by_one(back in 0_u32..40) {
        let start = Month::parse("2026-03").unwrap();
        let month = start.back(back);
        prop_assert_eq!(month.back(1), start.back(back + 1));
        let before = month.range().from.pred_opt().unwrap();
        prop_assert_eq!(Month::of(before), month.back(1));
        prop_assert_eq!(Month::parse(&month.to_string()).unwrap(), month);
        prop_assert!(month.range().is_whole_month());
        let short = DateRange { from: month.range().from, to: month.range().to.pred_opt().unwrap() };
        prop_assert!(!short.is_whole_month());
    }
}
