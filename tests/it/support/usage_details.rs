//! Orders and pages of Usage Details.

use crate::support::hostile::Answer;
use crate::support::{World, october_of};
use costscope::domain::period::{DateRange, Month, Period, parse_date};
use costscope::domain::report::request::{Api, Subset};
use costscope::domain::report::usage_filter::UsageFilter;
use costscope::ops::context::OpenDataset;
use costscope::ops::explore::open;
use costscope::ops::orders::order_spec::OrderSpec;
use costscope::ops::orders::outcome::PartOutcome;
use costscope::store::ledger::{LedgerEntry, StoredRepair};
use std::num::NonZeroU32;

pub(crate) const EA: &str = "8608480";

pub(crate) fn part_of(scope: &str, filter: &str, top_rows: u32) -> OrderSpec {
    OrderSpec {
        api: Some(Api::Usage),
        subset: Subset {
            filter: (!filter.is_empty()).then(|| UsageFilter::parse(filter).unwrap()),
            top_rows: NonZeroU32::new(top_rows),
        },
        ..october_of(scope)
    }
}

pub(crate) fn opened(world: &World, outcome: &PartOutcome) -> OpenDataset {
    let key = outcome.key().expect("it is ready").as_str().to_owned();
    open::open_in(&world.session, (&open::Progress::default(), None), &[key]).unwrap()
}

pub(crate) fn repair_of<'a>(entry: &'a LedgerEntry, kind: &str) -> Option<&'a StoredRepair> {
    entry.repairs.iter().find(|mended| mended.kind == kind)
}

pub(crate) const PAYG: &str = "77b0f3d1-0001-4c8e-b2a4-13579bdf12de";

pub(crate) fn range(from: &str, to: &str) -> DateRange {
    DateRange {
        from: parse_date(from).unwrap(),
        to: parse_date(to).unwrap(),
    }
}

pub(crate) fn order(scope: &str, api: Option<Api>, period: Period) -> OrderSpec {
    OrderSpec {
        period,
        api,
        ..october_of(scope)
    }
}

pub(crate) fn october() -> Period {
    Period::Dates(Month::parse("2026-10").unwrap().range())
}

pub(crate) fn total(outcome: &PartOutcome) -> String {
    let totals = outcome.totals();
    assert_eq!(totals.len(), 1, "{outcome:?}");
    format!("{} {}", totals[0].amount, totals[0].code())
}

pub(crate) fn page(rows: &[String], next: Option<&str>) -> Answer {
    let next = next.map_or("null".to_owned(), |link| format!("\"{link}\""));
    Answer::new(200)
        .header("content-type", "application/json")
        .body(format!(
            "{{\"value\":[{}],\"nextLink\":{next}}}",
            rows.join(",")
        ))
}

pub(crate) fn legacy(day: &str, cost: &str) -> String {
    format!(
        "{{\"id\":\"same\",\"name\":\"same\",\"kind\":\"legacy\",\"tags\":{{\"env\":\"prod\"}},\"properties\":{{\"date\":\"{day}T00:00:00.0000000Z\",\
         \"cost\":{cost},\"billingCurrency\":\"EUR\",\"resourceGroup\":null,\"chargeType\":\"Usage\",\"isAzureCreditEligible\":\"1\",\
         \"resourceId\":\"/subscriptions/1/resourceGroups/rg-a/providers/x/y/z\",\"meterDetails\":{{\"meterCategory\":\"Storage\"}}}}}}"
    )
}

/// The first two weeks of October. The server also sends a day of September, which is left out.
pub(crate) fn two_weeks() -> DateRange {
    range("2026-10-01", "2026-10-14")
}
