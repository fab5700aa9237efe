//! The columns that a question reads.

use super::Wanted;
use crate::data::columns::column_types::ColumnKind;
use crate::data::columns::layout::Layout;
use crate::domain::period::DateRange;
use crate::domain::query::filter_text;
use crate::domain::query::group_key::GroupKey;
use crate::domain::query::group_key::parse_keys;
use crate::domain::query::sort::Sort;
use crate::domain::query::{Measure, Query};
use chrono::NaiveDate;

const EA: &str = "BillingAccountId,SubscriptionId,SubscriptionName,ResourceGroup,ResourceId,Date,MeterName,Quantity,\
                  UnitOfMeasure,CostInBillingCurrency,BillingCurrencyCode,Tags,ChargeType,PublisherType,PricingModel,\
                  ReservationId,BillingPeriodEndDate,AdditionalInfo,CostInUsd";

/// The promised columns of this layout.
const ALWAYS: &str = "Date,CostInBillingCurrency,BillingCurrencyCode,ChargeType,PublisherType,PricingModel,\
                      ReservationId,BillingPeriodEndDate";

fn layout(headers: &str) -> Layout {
    let headers: Vec<String> = headers.split(',').map(ToOwned::to_owned).collect();
    Layout::read("costs.csv", &headers).unwrap()
}

/// The columns that are read beyond the promised ones.
fn beyond(query: &Query, adjust: impl Fn(&mut Wanted)) -> Vec<String> {
    let mut wanted = Wanted::by(query).unwrap();
    adjust(&mut wanted);
    let layout = layout(EA);
    let read = reads(&wanted, &layout);
    for promised in ALWAYS.split(',') {
        assert!(read.iter().any(|header| header == promised), "{promised}");
    }
    let more = read.into_iter();
    more.filter(|header| !ALWAYS.split(',').any(|promised| promised == header))
        .collect()
}

/// The columns that are read, kept or not.
fn reads(wanted: &Wanted, layout: &Layout) -> Vec<String> {
    let projection = wanted.in_layout(layout);
    let headers = layout.headers.iter().enumerate();
    let read = headers.filter(|(at, _)| projection.reads(*at));
    read.map(|(_, header)| header.clone()).collect()
}

fn by(keys: &str) -> Query {
    Query {
        group_by: parse_keys(keys).unwrap(),
        ..Query::default()
    }
}

#[test]
fn keys_read_the_columns_that_their_values_come_from() {
    let cases: [(&str, &[&str]); 8] = [
        ("month", &[]),
        ("charge-type,currency", &[]),
        ("resource-group", &["ResourceGroup", "ResourceId"]),
        ("subscription", &["SubscriptionId", "SubscriptionName"]),
        ("tag:env", &["Tags"]),
        ("additional_info", &["AdditionalInfo"]),
        ("meter", &["MeterName"]),
        ("no such column", &[]),
    ];
    for (keys, expected) in cases {
        assert_eq!(beyond(&by(keys), |_| ()), expected, "{keys}");
    }
}

#[test]
fn filters_measures_and_pivots_read_their_columns() {
    let query = Query {
        filter: Some(filter_text::parse("meter = x and not tag:team = a").unwrap()),
        pivot: Some(GroupKey::Month),
        measures: vec![Measure::Quantity, Measure::FirstDay],
        ..by("month")
    };
    let expected = ["MeterName", "Quantity", "UnitOfMeasure", "Tags"];
    assert_eq!(beyond(&query, |_| ()), expected);
}

#[test]
fn groups_sorted_by_a_measure_read_what_all_measures_need() {
    for sort in ["quantity", "share", "first-day"] {
        let query = Query {
            sort: Sort::parse_list(sort).unwrap().unwrap(),
            ..by("charge-type")
        };
        assert_eq!(beyond(&query, |_| ()), ["Quantity", "UnitOfMeasure"]);
        let layout = layout(EA);
        let kept = Wanted::by(&query).unwrap().in_layout(&layout);
        assert!(
            kept.only(layout.headers.clone())
                .contains(&"Date".to_owned())
        );
    }
}

#[test]
fn rows_are_joined_if_the_question_does_not_tell_amounts_apart() {
    let layout = layout(EA);
    let kinds: Vec<ColumnKind> = layout
        .headers
        .iter()
        .map(|header| kind_of(header))
        .collect();
    let joins = |query: &Query, usd: bool| {
        let mut wanted = Wanted::by(query).unwrap();
        wanted.usd = usd;
        wanted.in_layout(&layout).joins(&kinds)
    };
    let filtered = |filter: &str| Query {
        filter: Some(filter_text::parse(filter).unwrap()),
        ..by("charge-type")
    };
    for keys in ["charge-type", "month", "tag:env,subscription", "date"] {
        assert!(joins(&by(keys), false), "{keys}");
        assert!(!joins(&by(keys), true), "{keys}");
    }
    assert!(joins(
        &filtered("tag:team = a and date >= 2026-10-02"),
        false
    ));
    for query in [
        filtered("cost > 1"),
        filtered("quantity = 2"),
        by("quantity"),
    ] {
        assert!(!joins(&query, false), "{query:?}");
    }
    let with_quantity = Query {
        measures: vec![Measure::Quantity],
        ..by("charge-type")
    };
    assert!(!joins(&with_quantity, false));
}

fn kind_of(header: &str) -> ColumnKind {
    match header {
        "CostInBillingCurrency" => ColumnKind::Amount { must: true },
        "Quantity" | "CostInUsd" => ColumnKind::Amount { must: false },
        "Date" => ColumnKind::Day { must: true },
        "BillingPeriodEndDate" => ColumnKind::Day { must: false },
        _ => ColumnKind::Text,
    }
}

#[test]
fn columns_behind_promises_are_kept_only_where_something_reads_them() {
    let layout = layout(EA);
    let kept = |keys: &str, several: bool| {
        let mut wanted = Wanted::by(&by(keys)).unwrap();
        wanted.several = several;
        let kept = wanted.in_layout(&layout).only(layout.headers.clone());
        kept.join(",")
    };
    let money = "CostInBillingCurrency,BillingCurrencyCode";
    assert_eq!(kept("month", false), format!("Date,{money}"));
    for (key, column) in [
        ("charge-type", "ChargeType"),
        ("pricing-model", "PricingModel"),
        ("ReservationId", "ReservationId"),
        ("BillingPeriodEndDate", "BillingPeriodEndDate"),
    ] {
        assert_eq!(kept(key, false), format!("{money},{column}"), "{key}");
    }
    let scope = "BillingAccountId,SubscriptionId";
    assert_eq!(kept("month", true), format!("{scope},Date,{money}"));
    assert_eq!(kept("currency", true), format!("{scope},{money}"));
}

#[test]
fn several_sources_read_their_scopes_and_usd_all_costs() {
    let several = beyond(&by("month"), |wanted| wanted.several = true);
    assert_eq!(several, ["BillingAccountId", "SubscriptionId"]);
    let mut wanted = Wanted::by(&by("month")).unwrap();
    wanted.marked = true;
    let layout = layout(EA);
    let projection = wanted.in_layout(&layout);
    let kept = projection.only(layout.headers.clone());
    let read = layout.headers.iter().enumerate();
    let read = read.filter(|(at, _)| projection.reads(*at));
    let marked: Vec<&str> = read
        .map(|(_, header)| header.as_str())
        .filter(|header| !kept.iter().any(|kept| kept == header))
        .collect();
    // Read to tell rows apart, and not kept.
    let proofs = ALWAYS.split(',').skip(3);
    let only_read = ["ResourceId", "MeterName", "Quantity"].into_iter();
    let only_read: Vec<&str> = only_read.chain(proofs).chain(["CostInUsd"]).collect();
    assert_eq!(marked, only_read);
    let usd = beyond(&by("month"), |wanted| wanted.usd = true);
    assert_eq!(usd, ["CostInUsd"]);
}

#[test]
fn both_spellings_of_a_role_are_read() {
    let layout =
        layout("Date,Cost,BillingCurrencyCode,BillingCurrency,ResourceId,InstanceId,MeterName");
    let wanted = Wanted::by(&by("month")).unwrap();
    let read = wanted.in_layout(&layout).only(layout.headers.clone());
    assert!(read.contains(&"ResourceId".to_owned()), "{read:?}");
    assert!(!read.contains(&"MeterName".to_owned()), "{read:?}");
}

#[test]
fn a_resource_is_read_only_where_the_group_is_blank() {
    let layout = layout(EA);
    let read = |keys: &str| Wanted::by(&by(keys)).unwrap().in_layout(&layout);
    let (group, resource) = (3, 4);
    assert_eq!(read("resource-group").fallback_of(resource), Some(group));
    assert_eq!(read("resource-group,resource").fallback_of(resource), None);
    assert_eq!(read("resource").fallbacks().count(), 0);
}

#[test]
fn rows_and_changes_need_every_column() {
    assert_eq!(Wanted::by(&Query::default()), None);
    let day = DateRange {
        from: NaiveDate::MIN,
        to: NaiveDate::MAX,
    };
    let change = Query {
        change: Some((day, day)),
        ..by("month")
    };
    assert_eq!(Wanted::by(&change), None);
    assert!(Wanted::by(&by("month")).is_some());
}
