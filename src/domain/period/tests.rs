//! Dates, presets, limits and the split by calendar month.

use crate::domain::metric::Metric;
use crate::domain::period::{DateRange, Month, Period, Preset, Reach, parse_date};
use crate::domain::report::request::{ExportName, ReportKey, ReportRequest, Subset};
use crate::domain::scope::ScopeId;
use chrono::NaiveDate;
use proptest::prelude::*;
use std::collections::BTreeSet;

pub(super) fn day(text: &str) -> NaiveDate {
    parse_date(text).unwrap()
}

pub(super) fn range(from: &str, to: &str) -> DateRange {
    DateRange {
        from: day(from),
        to: day(to),
    }
}

#[test]
fn dates_are_read_or_refused_with_the_reason() {
    assert_eq!(day(" 2026-10-31 ").to_string(), "2026-10-31");
    for (text, reason) in [
        ("2026-02-30", "no such day"),
        ("2026-13-01", "no such month"),
        ("2026-1-5", "digits"),
        ("31.10.2026", "a year, a month and a day"),
        ("", "a year, a month and a day"),
        ("2026-10-3a", "digits"),
    ] {
        let error = parse_date(text).unwrap_err().to_string();
        assert!(
            error.contains(reason) && error.contains("YYYY-MM-DD"),
            "{text}: {error}"
        );
    }
    assert!(Month::parse("2026-00").is_err());
    assert_eq!(
        Month::parse("2024-02").unwrap().range(),
        range("2024-02-01", "2024-02-29")
    );
}

#[test]
fn ranges_split_by_calendar_month() {
    let parts: Vec<String> = range("2026-01-31", "2026-03-01")
        .by_month()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        parts,
        [
            "2026-01-31..2026-01-31",
            "2026-02",
            "2026-03-01..2026-03-01"
        ]
    );
}

#[test]
fn presets_are_seen_from_today() {
    let today = day("2026-11-22");
    let cases = [
        (Preset::LastMonth, range("2026-10-01", "2026-10-31")),
        (Preset::ThisMonth, range("2026-11-01", "2026-11-22")),
        (Preset::Last3, range("2026-08-01", "2026-10-31")),
        (Preset::Last12, range("2025-11-01", "2026-10-31")),
        (Preset::Last7, range("2026-11-16", "2026-11-22")),
        (Preset::Last30, range("2026-10-24", "2026-11-22")),
        (Preset::ThisQuarter, range("2026-10-01", "2026-11-22")),
        (Preset::LastQuarter, range("2026-07-01", "2026-09-30")),
        (Preset::ThisYear, range("2026-01-01", "2026-11-22")),
    ];
    for (preset, expected) in cases {
        assert_eq!(preset.range(today), expected, "{preset:?}");
        assert!(
            preset.range(today).orderable(today, Reach::Reports).is_ok(),
            "{preset:?}"
        );
    }
}

#[test]
fn presets_end_where_months_quarters_and_years_do() {
    let cases = [
        (
            "2026-01-01",
            Preset::LastMonth,
            range("2025-12-01", "2025-12-31"),
        ),
        (
            "2026-01-01",
            Preset::ThisQuarter,
            range("2026-01-01", "2026-01-01"),
        ),
        (
            "2026-01-01",
            Preset::LastQuarter,
            range("2025-10-01", "2025-12-31"),
        ),
        (
            "2026-03-31",
            Preset::LastQuarter,
            range("2025-10-01", "2025-12-31"),
        ),
        (
            "2026-06-30",
            Preset::ThisQuarter,
            range("2026-04-01", "2026-06-30"),
        ),
        (
            "2026-12-31",
            Preset::LastQuarter,
            range("2026-07-01", "2026-09-30"),
        ),
        (
            "2026-01-01",
            Preset::ThisYear,
            range("2026-01-01", "2026-01-01"),
        ),
        (
            "2026-01-31",
            Preset::LastYear,
            range("2025-01-01", "2025-12-31"),
        ),
        (
            "2024-03-01",
            Preset::Last7,
            range("2024-02-24", "2024-03-01"),
        ),
        (
            "2026-01-03",
            Preset::Last30,
            range("2025-12-05", "2026-01-03"),
        ),
    ];
    for (today, preset, expected) in cases {
        assert_eq!(preset.range(day(today)), expected, "{preset:?} on {today}");
    }
    // A year back is more than the reports reach, which the order says.
    let last_year = Preset::LastYear.range(day("2026-11-22"));
    assert!(
        last_year
            .orderable(day("2026-11-22"), Reach::Reports)
            .is_err()
    );
}

#[test]
fn limits_are_thirteen_months_back_and_today() {
    assert_eq!(
        Reach::Reports.earliest_day(day("2026-03-31")).to_string(),
        "2025-02-28"
    );
    let today = day("2026-11-22");
    let moved = range("2026-11-20", "2026-12-31")
        .orderable(today, Reach::Reports)
        .unwrap();
    assert_eq!(
        (moved.range, moved.moved_from),
        (range("2026-11-20", "2026-11-22"), Some(day("2026-12-31")))
    );
    let early = range("2025-10-21", "2025-10-31")
        .orderable(today, Reach::Reports)
        .unwrap_err()
        .to_string();
    assert!(early.contains("the earliest day is 2025-10-22"), "{early}");
    assert!(
        range("2026-11-02", "2026-11-01")
            .orderable(today, Reach::Reports)
            .is_err()
    );
    assert!(
        range("2026-11-23", "2026-11-24")
            .orderable(today, Reach::Reports)
            .is_err()
    );
}

fn request(from: &str, to: &str) -> ReportRequest {
    let scope = ScopeId::parse("8608480").unwrap();
    ReportRequest {
        export: None,
        scope,
        metric: Metric::Actual,
        period: Period::Dates(range(from, to)),
        subset: Subset::default(),
    }
}

#[test]
fn closed_months_stay_for_good_open_ones_for_a_day() {
    let at = |text: &str| chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc();
    let october = request("2026-10-01", "2026-10-31");
    assert!(october.is_fresh(at("2026-11-06T00:00:00Z"), at("2030-01-01T00:00:00Z")));
    assert!(!october.is_fresh(at("2026-11-05T23:59:59Z"), at("2026-11-07T00:00:00Z")));
    assert!(october.is_fresh(at("2026-11-05T12:00:00Z"), at("2026-11-06T11:59:59Z")));
    let november = request("2026-11-01", "2026-11-22");
    assert!(!november.is_fresh(at("2026-11-22T00:00:00Z"), at("2026-11-23T00:00:00Z")));
}

#[test]
fn month_to_date_replaces_its_predecessor_and_nothing_else() {
    let at = |text: &str| chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc();
    let older = request("2026-11-01", "2026-11-21");
    assert!(request("2026-11-01", "2026-11-22").replaces(&older, at("2026-11-21T10:00:00Z")));
    assert!(request("2026-11-01", "2026-11-30").replaces(&older, at("2026-11-21T10:00:00Z")));
    // A part whose end was chosen stays.
    let chosen = request("2026-09-01", "2026-09-10");
    assert!(!request("2026-09-01", "2026-09-30").replaces(&chosen, at("2026-11-21T10:00:00Z")));
    assert!(!request("2026-10-01", "2026-10-31").replaces(&older, at("2026-11-21T10:00:00Z")));
}

#[test]
fn keys_are_readable_and_safe_as_folder_names() {
    let october = request("2026-10-01", "2026-10-31");
    assert_eq!(
        october.key("public").as_str(),
        "public@ba-8608480@2026-10@actual"
    );
    let mca = ScopeId::parse(
        "/providers/Microsoft.Billing/billingAccounts/a:b_2019-05-31/billingProfiles/X Y/",
    )
    .unwrap();
    let part = ReportRequest {
        scope: mca,
        ..request("2026-10-01", "2026-10-05")
    };
    let key = part.key("public");
    assert_eq!(
        key.as_str(),
        "public@ba-a~b_2019-05-31@bp-x+20y@2026-10-01..2026-10-05@actual"
    );
    assert!(!key.as_str().contains('/'));
}

#[test]
fn keys_of_exports_end_with_the_name_of_the_export() {
    let of = |name: &str, to: &str| ReportRequest {
        export: Some(ExportName {
            name: name.to_owned(),
            place: Some("az://costacct/exports".to_owned()),
            folder: Some("cost/daily".to_owned()),
        }),
        ..request("2026-11-01", to)
    };
    let daily = of("Daily costs", "2026-11-22");
    let key = daily.key("public");
    assert_eq!(
        key.as_str(),
        "public@ba-8608480@2026-11-01..2026-11-22@actual@export-daily+20costs@in-costacct.exports.cost.daily"
    );
    // Versions before folders had the container, and those before places the name only. Their reports are replaced, whatever
    // day they end on.
    let forms = daily.older_forms();
    for (form, end) in forms.iter().zip(["@in-costacct.exports", ""]) {
        let start = "public@ba-8608480@2026-11-01..2026-11-22@actual@export-daily+20costs";
        assert_eq!(form.key("public").as_str(), format!("{start}{end}"));
        assert!(daily.replaceable(&key).contains(&form.key("public")));
        assert!(!form.replaceable(&key).contains(&key) && *form != daily);
    }
    assert_eq!(forms.len(), 2);
    // Folders that read alike have keys of their own.
    let below = |folder: &str| {
        let mut request = daily.clone();
        let export = request.export.as_mut().unwrap();
        export.folder = Some(folder.to_owned());
        request.key("public")
    };
    let folders = ["cost/daily", "cost.daily", "Cost/daily", "cost", ""];
    let keys: BTreeSet<ReportKey> = folders.map(below).into();
    assert_eq!(keys.len(), folders.len(), "{keys:?}");
    let ordered = request("2026-11-01", "2026-11-22");
    assert!(daily.is_called(&key) && !ordered.is_called(&key));
    for (name, is_form) in [
        (key.as_str(), true),
        (ordered.key("public").as_str(), true),
        ("public@ba-8608480@2026-11@other@export-daily", false),
        ("notes@export-daily", false),
    ] {
        assert_eq!(ReportKey::is_form(name), is_form, "{name}");
    }
    // Long names stay distinct, and fit into the names of files.
    let long = ["a", "b"].map(|end| format!("{}{end}", "x".repeat(250)));
    let [one, other] = long.map(|name| of(&name, "2026-11-22").key("public"));
    assert!(one != other && one.as_str().len() < 240, "{one}");
    assert!(ReportKey::is_form(one.as_str()), "{one}");
    // The month to date replaces that of the same export only.
    let fetched = chrono::DateTime::parse_from_rfc3339("2026-11-21T10:00:00Z").unwrap();
    let older = of("Daily costs", "2026-11-21");
    assert!(daily.replaces(&older, fetched.to_utc()));
    // It may have been opened first on a later day.
    let later = chrono::DateTime::parse_from_rfc3339("2026-11-22T10:00:00Z").unwrap();
    assert!(daily.replaces(&older, later.to_utc()));
    assert!(!ordered.replaces(&request("2026-11-01", "2026-11-21"), later.to_utc()));
    assert!(daily.replaceable(&key).contains(&older.key("public")));
    assert!(!ordered.replaces(&older, fetched.to_utc()));
    assert!(!of("other", "2026-11-22").replaces(&older, fetched.to_utc()));
}

proptest! {
    #[test]
    fn the_parts_of_a_range_are_the_range(start in 0_i64..4000, length in 0_i64..500) {
        let from = day("2015-01-01") + chrono::Days::new(u64::try_from(start).unwrap());
        let to = from + chrono::Days::new(u64::try_from(length).unwrap());
        let parts = DateRange { from, to }.by_month();
        prop_assert_eq!(parts.first().unwrap().from, from);
        prop_assert_eq!(parts.last().unwrap().to, to);
        for part in &parts {
            prop_assert!(part.from <= part.to);
            prop_assert_eq!(Month::of(part.from), Month::of(part.to));
        }
        for pair in parts.windows(2) {
            prop_assert_eq!(pair[0].to.succ_opt(), Some(pair[1].from));
        }
    }

    #[test]
    fn any_text_is_a_date_or_refused(text in "\\PC{0,20}") {
        let _ = parse_date(&text);
        let _ = Month::parse(&text);
    }
}

#[test]
fn same_days_of_another_month_end_with_it_if_they_end_with_theirs() {
    let cases = [
        (
            ("2026-10-01", "2026-10-22"),
            "2026-09",
            ("2026-09-01", "2026-09-22"),
        ),
        (
            ("2026-10-01", "2026-10-31"),
            "2026-09",
            ("2026-09-01", "2026-09-30"),
        ),
        (
            ("2026-09-01", "2026-09-30"),
            "2026-08",
            ("2026-08-01", "2026-08-31"),
        ),
        (
            ("2026-03-05", "2026-03-30"),
            "2026-02",
            ("2026-02-05", "2026-02-28"),
        ),
        (
            ("2026-03-31", "2026-03-31"),
            "2026-02",
            ("2026-02-28", "2026-02-28"),
        ),
    ];
    for ((from, to), month, (first, last)) in cases {
        let month = Month::parse(month).unwrap();
        assert_eq!(
            range(from, to).in_month(month),
            range(first, last),
            "{from}..{to}"
        );
    }
    let days: Vec<String> = range("2026-02-27", "2026-03-01")
        .each_day()
        .map(|day| day.to_string())
        .collect();
    assert_eq!(days, ["2026-02-27", "2026-02-28", "2026-03-01"]);
    let settled = Month::parse("2026-12").unwrap().settled_on();
    assert_eq!(settled, day("2027-01-06"));
}

#[test]
fn the_short_form_leaves_out_what_both_days_share() {
    for (from, to, expected) in [
        ("2026-11-01", "2026-11-22", "2026-11-01..22"),
        ("2026-11-05", "2026-11-05", "2026-11-05..05"),
        ("2026-11-01", "2026-11-30", "2026-11"),
        ("2026-10-31", "2026-11-02", "2026-10-31..2026-11-02"),
        ("2025-11-01", "2026-11-22", "2025-11-01..2026-11-22"),
    ] {
        assert_eq!(range(from, to).short(), expected);
    }
}
