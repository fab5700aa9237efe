//! What a report is known by, which reports share rows, and which are fresh or replaced.

use crate::domain::metric::{Metric, MetricChoice};
use crate::domain::period::{DateRange, Period, Reach};
use crate::domain::report::request::{
    Api, ExportName, ReportKey, ReportRequest, Subset, days_of_folder, export_note,
};
use crate::domain::report::usage_filter::UsageFilter;
use crate::domain::scope::ScopeId;
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeSet;
use std::num::NonZeroU32;

fn days(text: &str) -> Period {
    Period::Dates(DateRange::parse(text).unwrap())
}

fn billing(name: &str) -> Period {
    Period::billing(name).unwrap()
}

fn invoice(id: &str) -> Period {
    Period::Invoice(id.to_owned())
}

fn of(period: Period) -> ReportRequest {
    ReportRequest {
        scope: ScopeId::parse("8608480").unwrap(),
        metric: Metric::Actual,
        period,
        subset: Subset::default(),
        export: None,
    }
}

fn part(filter: Option<&str>, rows: Option<u32>) -> Subset {
    Subset {
        filter: filter.map(|text| UsageFilter::parse(text).unwrap()),
        top_rows: rows.and_then(NonZeroU32::new),
    }
}

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

#[test]
fn reports_overlap_where_they_may_have_the_same_rows() {
    for (one, other, expected) in [
        (days("2026-10"), days("2026-10-31..2026-11-02"), true),
        (days("2026-10"), days("2026-11"), false),
        (invoice("G1"), invoice("G1"), true),
        (invoice("G1"), invoice("G2"), false),
        (invoice("G1"), days("2026-10"), true),
        (invoice("G1"), billing("202610"), true),
        (billing("202610"), billing("202610"), true),
        (billing("202610"), billing("202611"), false),
        (billing("202610"), days("2026-10-31"), true),
        (billing("202610"), days("2026-11-01"), false),
        // Such periods have no days that are known.
        (billing("201702-1"), days("2026-11-01"), true),
        (billing("20180801"), days("2026-11-01"), true),
    ] {
        let (one, other) = (of(one), of(other));
        assert_eq!(one.may_overlap(&other), expected, "{one:?} {other:?}");
        assert_eq!(other.may_overlap(&one), expected, "{other:?} {one:?}");
    }
}

#[test]
fn a_report_is_final_from_the_sixth_of_the_next_month_else_fresh_for_a_day() {
    for (period, fetched, now, expected) in [
        (
            days("2026-10"),
            "2026-11-06T00:00:00Z",
            "2036-01-01T00:00:00Z",
            true,
        ),
        (
            days("2026-10-03"),
            "2026-11-06T00:00:00Z",
            "2036-01-01T00:00:00Z",
            true,
        ),
        (
            days("2026-10"),
            "2026-11-05T23:59:59Z",
            "2026-11-06T23:59:59Z",
            false,
        ),
        (
            days("2026-10"),
            "2026-11-05T23:59:59Z",
            "2026-11-06T23:59:58Z",
            true,
        ),
        (
            billing("202610"),
            "2026-11-06T00:00:00Z",
            "2036-01-01T00:00:00Z",
            true,
        ),
        (
            billing("202610"),
            "2026-11-05T00:00:00Z",
            "2026-11-06T00:00:00Z",
            false,
        ),
        (
            billing("201702-1"),
            "2026-11-06T00:00:00Z",
            "2026-11-07T00:00:00Z",
            false,
        ),
        (
            invoice("G1"),
            "2026-11-06T00:00:00Z",
            "2026-11-06T23:59:59Z",
            true,
        ),
        (
            invoice("G1"),
            "2026-11-06T00:00:00Z",
            "2026-11-07T00:00:00Z",
            false,
        ),
    ] {
        let request = of(period);
        let fresh = request.is_fresh(at(fetched), at(now));
        assert_eq!(fresh, expected, "{request:?} from {fetched} at {now}");
    }
}

#[test]
fn only_the_same_month_to_date_is_replaced() {
    let fetched = at("2026-11-20T10:00:00Z");
    let replaces = |new: &ReportRequest, old: &ReportRequest| new.replaces(old, fetched);
    let old = of(days("2026-11-01..2026-11-20"));
    for (new, expected) in [
        ("2026-11-01..2026-11-21", true),
        ("2026-11", true),
        ("2026-11-01..2026-11-20", false),
        ("2026-11-01..2026-11-19", false),
        ("2026-11-02..2026-11-21", false),
        ("2026-10-01..2026-11-21", false),
    ] {
        assert_eq!(replaces(&of(days(new)), &old), expected, "{new}");
    }
    let new = of(days("2026-11-01..2026-11-21"));
    let amortized = ReportRequest {
        metric: Metric::Amortized,
        ..new.clone()
    };
    let scoped = ReportRequest {
        scope: ScopeId::parse("8608481").unwrap(),
        ..new.clone()
    };
    let small = ReportRequest {
        subset: part(None, Some(5)),
        ..new.clone()
    };
    for other in [amortized, scoped, small] {
        assert!(!replaces(&other, &old) && !other.is_like(&old), "{other:?}");
    }
    assert!(new.is_like(&old));
    // Its end was chosen: the day was over when it was fetched.
    assert!(!new.replaces(&old, at("2026-11-21T00:00:00Z")));
    let from_second = |to: &str| of(days(&format!("2026-11-02..2026-11-{to}")));
    assert!(!replaces(&from_second("21"), &from_second("20")));
    assert!(!replaces(&of(invoice("G1")), &old));
    assert!(!replaces(&new, &of(billing("202611"))));
    // A whole month is final, whatever is ordered beyond it.
    assert!(
        !of(days("2026-11-01..2026-12-02"))
            .replaces(&of(days("2026-11")), at("2026-11-30T00:00:00Z"))
    );
}

#[test]
fn keys_of_what_may_be_replaced_are_those_of_the_earlier_days() {
    let new = of(days("2026-11-01..2026-11-04"));
    let key = new.key("https://example.org");
    let expected: BTreeSet<ReportKey> = (1..4)
        .map(|day| of(days(&format!("2026-11-01..2026-11-0{day}"))).key("https://example.org"))
        .collect();
    let found: BTreeSet<ReportKey> = new.replaceable(&key).into_iter().collect();
    assert_eq!(found, expected);
    for other in [
        of(days("2026-11-02..2026-11-04")),
        of(invoice("G1")),
        of(days("2026-11-01")),
    ] {
        assert_eq!(other.replaceable(&other.key("public")), []);
    }
}

#[test]
fn keys_tell_reports_apart_and_fit_into_names_of_files() {
    let whole = of(days("2026-10"));
    let mut all = vec![
        whole.clone(),
        of(days("2026-11")),
        of(days("2026-10-01..2026-10-30")),
        of(invoice("G1")),
        of(billing("202610")),
    ];
    all.extend(
        [Metric::Amortized, Metric::Usage].map(|metric| ReportRequest {
            metric,
            ..whole.clone()
        }),
    );
    let filters = [
        "tag:a = b",
        "tag:a = B",
        "tag:A = b and tag:a = c",
        "resource-group = a",
    ];
    let parts = filters.map(|filter| part(Some(filter), None));
    let rows = [Some(1), Some(2000)].map(|rows| part(None, rows));
    let long = "x".repeat(300);
    let longs = ["a", "b"].map(|end| part(Some(&format!("tag:a = {long}{end}")), Some(1)));
    all.extend(
        parts
            .into_iter()
            .chain(rows)
            .chain(longs)
            .map(|subset| ReportRequest {
                subset,
                ..whole.clone()
            }),
    );
    let scopes = [
        "subscriptions/s",
        "subscriptions/s/resourceGroups/g",
        "providers/Microsoft.Management/managementGroups/m",
        "providers/Microsoft.Billing/departments/d",
        "providers/Microsoft.Billing/enrollmentAccounts/d",
        "providers/Microsoft.Billing/billingAccounts/a/customers/c",
        "providers/Microsoft.Billing/billingAccounts/a/invoiceSections/c",
        &format!("providers/Microsoft.Billing/billingAccounts/{long}a"),
        &format!("providers/Microsoft.Billing/billingAccounts/{long}b"),
    ];
    all.extend(scopes.map(|scope| ReportRequest {
        scope: ScopeId::parse(scope).unwrap(),
        ..whole.clone()
    }));
    let keys: BTreeSet<ReportKey> = all.iter().map(|request| request.key("public")).collect();
    assert_eq!(keys.len(), all.len());
    for request in &all {
        let key = request.key("public");
        let name = key.as_str();
        assert!(name.len() <= 240, "{name}");
        assert!(ReportKey::is_form(name), "{name}");
        assert!(!name.contains(['/', ' ', ':', '"']), "{name}");
        assert!(request.is_called(&key) && request.is_called(&request.key("http://127.0.0.1:1")));
        for other in all.iter().filter(|other| *other != request) {
            assert!(!other.is_called(&key), "{name}");
        }
    }
    assert!(!whole.is_called(&ReportKey::from_text("2026-10")));
    let name = |subset| {
        let request = ReportRequest {
            subset,
            ..whole.clone()
        };
        request.key("public").to_string()
    };
    // Filters that mean the same have one key.
    assert_eq!(
        name(part(Some("charge-type = usage and tag:a = b"), None)),
        name(part(Some("tag:a = b and charge-type = Usage"), None))
    );
    let key = name(part(Some("tag:a = \"B c\""), Some(5)));
    let start = "public@ba-8608480@2026-10@part-tag-a-b-c-the-most-recent-5-rows-";
    assert!(key.starts_with(start) && key.ends_with("@actual"), "{key}");
    for text in [
        "public@a@2026-10@cost",
        "a@b@actual",
        "actual",
        "",
        "a@b@c@actual@d",
    ] {
        assert!(!ReportKey::is_form(text), "{text}");
    }
    assert_eq!(
        ReportRequest::origin_words("HTTP://h:1/a"),
        "http~+2f+2fh~1+2fa"
    );
}

#[test]
fn a_part_is_told_in_words() {
    for (subset, mark, words) in [
        (Subset::default(), "", None),
        (part(None, Some(1)), ", part", Some("the most recent row")),
        (
            part(None, Some(2000)),
            ", part",
            Some("the most recent 2,000 rows"),
        ),
        (part(Some("tag:a = b"), None), ", part", Some("tag:a = b")),
        (
            part(Some("tag:a = b"), Some(2)),
            ", part",
            Some("tag:a = b; the most recent 2 rows"),
        ),
    ] {
        assert_eq!(subset.is_whole(), words.is_none());
        assert_eq!((subset.mark(), subset.words().as_deref()), (mark, words));
        let request = ReportRequest {
            subset,
            ..of(days("2026-10"))
        };
        let json = serde_json::to_string(&request).unwrap();
        assert_eq!(json.contains("subset"), words.is_some(), "{json}");
        assert_eq!(
            serde_json::from_str::<ReportRequest>(&json).unwrap(),
            request
        );
    }
}

#[test]
fn notes_of_exports_have_names_of_their_own() {
    let scope = ScopeId::parse("subscriptions/s").unwrap();
    let october = DateRange::parse("2026-10").unwrap();
    let note =
        |export: &str, days, is_to_date| export_note("public", &scope, export, (days, is_to_date));
    assert_eq!(
        note("Daily", None, false),
        "public@sub-s@own-days@export-daily"
    );
    assert_eq!(
        note("daily", Some(october), false),
        "public@sub-s@2026-10@export-daily"
    );
    let to_date = note("daily", Some(october), true);
    assert_eq!(to_date, "public@sub-s@2026-10-01..to-date@export-daily");
    let tomorrow = DateRange {
        to: october.to.succ_opt().unwrap(),
        ..october
    };
    assert_eq!(note("daily", Some(tomorrow), true), to_date);
    let long = "x".repeat(300);
    let [one, other] = ["a", "b"].map(|end| note(&format!("{long}{end}"), None, false));
    assert!(one != other && one.len() < 240, "{one}");
    let fits = "x".repeat(240 - "public@sub-s@own-days@export-".len());
    assert!(note(&fits, None, false).ends_with("xxx"));
    assert!(!note(&format!("{fits}x"), None, false).ends_with("xxx"));
}

#[test]
fn folders_and_places_of_exports_are_read_from_addresses() {
    let day = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap();
    let october = Some((day("2026-10-01"), day("2026-10-31")));
    for (name, expected) in [
        ("20261001-20261031", october),
        ("20261001-2026103", None),
        ("20261001-20261032", None),
        ("2026101-20261031", None),
        ("20261001", None),
        ("daily", None),
    ] {
        assert_eq!(days_of_folder(name), expected, "{name}");
    }
    let export = ExportName {
        name: "daily".to_owned(),
        place: None,
        folder: None,
    };
    for (run, place, folder) in [
        (
            "http://localhost:1/a/c/d/20261001-20261031/1",
            Some("http://localhost:1/a/c"),
            Some("d"),
        ),
        (
            "http://[::1]:1/a/c/20261001-20261031",
            Some("http://[::1]:1/a/c"),
            Some(""),
        ),
        (
            "az://127.a/c/d/20261001-20261031",
            Some("az://127.a/c"),
            Some("d"),
        ),
        (
            "az://a/c//d/20261001-20261031",
            Some("az://a/c"),
            Some("/d"),
        ),
        (
            "az://a/c/20260901-20260930/20261001-20261031/1",
            Some("az://a/c"),
            Some("20260901-20260930"),
        ),
        ("folder/20261001-20261031", None, None),
    ] {
        let placed = export.placed_by(run);
        assert_eq!(placed.place.as_deref(), place, "{run}");
        assert_eq!(placed.folder.as_deref(), folder, "{run}");
    }
}

#[test]
fn apis_and_metrics_have_their_names() {
    for (api, operation, reach) in [
        (Api::Details, "generateCostDetailsReport", Reach::Reports),
        (Api::Detailed, "generateDetailedCostReport", Reach::Reports),
        (Api::Usage, "usageDetails", Reach::UsageDetails),
    ] {
        assert_eq!((api.operation(), api.reach()), (operation, reach));
    }
    for (metric, api_name, word, short) in [
        (Metric::Actual, "ActualCost", "actual", "act."),
        (Metric::Amortized, "AmortizedCost", "amortized", "amort."),
        (Metric::Usage, "Usage", "usage", "usage"),
    ] {
        assert_eq!(
            (metric.api_name(), metric.word(), metric.short()),
            (api_name, word, short)
        );
        assert_eq!(metric.to_string(), word);
    }
    let both = [Metric::Actual, Metric::Amortized];
    for (choice, word, metrics) in [
        (MetricChoice::Actual, "actual", &both[..1]),
        (MetricChoice::Amortized, "amortized", &both[1..]),
        (MetricChoice::Both, "both", &both[..]),
        (MetricChoice::Usage, "usage", &[Metric::Usage][..]),
    ] {
        assert_eq!((choice.word(), choice.metrics()), (word, metrics));
    }
}
