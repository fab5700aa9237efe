//! Filters that the server applies to Usage Details.

use crate::support::World;
use crate::support::hostile::{Answer, fetch, stage};
use crate::support::usage_details::{EA, PAYG, opened, part_of, repair_of};
use costscope::domain::metric::Metric;
use costscope::domain::period::Month;
use costscope::domain::query::{Query, filter_text};
use costscope::domain::report::request::Api;
use costscope::domain::report::usage_filter::{Operator, Property, Term, UsageFilter, odata};
use costscope::ops::context::OpenDataset;
use costscope::ops::explore::open;
use costscope::ops::orders::order_spec::Order;
use costscope::ops::orders::report;

fn kept(opened: &OpenDataset, filter: &str) -> (u64, String) {
    let query = Query {
        filter: Some(filter_text::parse(filter).unwrap()),
        ..Query::default()
    };
    let table = open::show(&opened.data, &query).unwrap();
    (table.rows, format!("{:?}", table.totals))
}

#[test]
fn a_filter_is_typed_in_the_words_of_the_contract_and_sent_in_those_of_the_api() {
    let group = "properties/resourceGroup eq 'rg-a'";
    let cases = [
        ("resource-group = rg-a", "resource-group = rg-a", group),
        ("ResourceGroup = rg-a", "resource-group = rg-a", group),
        ("(resource-group = rg-a)", "resource-group = rg-a", group),
        (
            "resource-group = \"o'brien & sons\" and charge-type = Usage",
            "resource-group = \"o'brien & sons\" and charge-type = Usage",
            "properties/resourceGroup eq 'o''brien & sons' and properties/chargeType eq 'Usage'",
        ),
        (
            "resourceName > a and resource <= /b and reservation >= c and charge-type < d",
            "resource-name > a and resource <= /b and reservation >= c and charge-type < d",
            "properties/resourceName gt 'a' and properties/resourceId le '/b' and properties/reservationId ge 'c' and \
             properties/chargeType lt 'd'",
        ),
        (
            "tag:\"cost center\" = 'Team: A' and (publisher-type = Marketplace and tag:env = \"\")",
            "\"tag:cost center\" = \"Team: A\" and publisher-type = marketplace and tag:env = \"\"",
            "tags eq 'cost center:Team: A' and properties/publisherType eq 'marketplace' and tags eq 'env:'",
        ),
    ];
    for (typed, shown, sent) in cases {
        let filter = UsageFilter::parse(typed).unwrap();
        assert_eq!(filter.to_string(), shown, "{typed}");
        assert_eq!(UsageFilter::parse(shown).unwrap(), filter, "{shown}");
        assert_eq!(odata(None, None, Some(&filter)).as_deref(), Some(sent));
    }
    assert_eq!(odata(None, None, None), None);
    let days = Month::parse("2026-10").unwrap().range();
    assert_eq!(
        odata(Some(days), Some("rg's"), None).unwrap(),
        "properties/usageStart ge '2026-10-01' and properties/usageEnd le '2026-10-31' and properties/resourceGroup eq 'rg''s'"
    );
}

#[test]
fn unsupported_server_filters_are_refused_at_their_position() {
    for (typed, at, wrong) in [
        ("resource-group != a", 15, "does not support `!=`"),
        ("resource-group ~ a", 15, "does not support `~`"),
        (
            "charge-type = Usage and cost > 1",
            24,
            "does not filter by cost",
        ),
        ("service = Storage", 0, "does not filter by service"),
        ("date >= 2026-10-01", 0, "days are set in the order"),
        ("month = 2026-10", 0, "days are set in the order"),
        (
            "charge-type = a or charge-type = b",
            16,
            "neither `or` nor `not`",
        ),
        (
            "charge-type = a and not (tag:x = 1)",
            20,
            "neither `or` nor `not`",
        ),
        ("charge-type in (a, b)", 12, "does not support lists"),
        ("tag:env is missing", 8, "test for missing values"),
        ("tag:env > a", 8, "only = here"),
        ("tag:\"a:b\" = c", 0, "a key cannot contain one"),
        ("publisher-type = Microsoft", 17, "two publisher types"),
        ("publisher-type > azure", 15, "only = here"),
        ("resource = vm-1", 11, "resource-name takes a name"),
        ("resource-group = ", 17, "a value is missing"),
        ("", 0, "a name is missing"),
    ] {
        let error = UsageFilter::parse(typed).unwrap_err();
        assert!(error.wrong.contains(wrong), "{typed}: {}", error.wrong);
        assert_eq!(error.at, at, "{typed}: {error}");
        for refused in ["cost,", "header", "!=", "is missing", "in (…)"] {
            assert!(!error.expected.contains(refused), "{typed}: {error}");
        }
    }
}

#[test]
fn a_row_is_judged_by_equality_only_and_case_counts_in_tags() {
    let filter = UsageFilter::parse(
        "resource-group = RG-A and reservation = /providers/r/orders/1/items/2 and resource-name > zzz",
    )
    .unwrap();
    let row = |group: &'static str, reservation: &'static str| {
        move |property: &Property| match property {
            Property::ResourceGroup => Some(group.to_owned()),
            Property::ReservationId => Some(reservation.to_owned()),
            _ => None,
        }
    };
    assert_eq!(filter.fails(false, row("rg-a", "2")), None);
    let term = filter.fails(false, row("rg-b", "2"));
    let wanted = Term {
        property: Property::ResourceGroup,
        operator: Operator::Eq,
        value: "RG-A".to_owned(),
    };
    assert_eq!(term, Some(&wanted));
    assert!(filter.fails(false, row("rg-a", "3")).is_some());
    // For a server that ignores filters, rows are also tested in the server's order.
    let late = filter.fails(true, row("rg-a", "2")).unwrap();
    assert_eq!(late.property, Property::ResourceName);
    let tag = UsageFilter::parse("tag:env = prod").unwrap();
    assert_eq!(tag.fails(false, |_| Some("prod".to_owned())), None);
    assert!(tag.fails(false, |_| Some("Prod".to_owned())).is_some());
    assert!(
        filter.fails(false, |_| None).is_some(),
        "what is not there is not equal"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn filtered_report_equals_the_filtered_whole() {
    use costscope::emulator::accounts::MCA_ACCOUNT;
    let mca = format!("providers/Microsoft.Billing/billingAccounts/{MCA_ACCOUNT}");
    let filters = [
        "resource-group = rg-web",
        "charge-type = Purchase",
        "resource-group = rg-data and charge-type = Usage",
        "tag:env = prod",
        "tag:ENV = dev",
        "charge-type = usage",
        "resource-group > rg-l",
        "resource-group <= RG-DATA and charge-type >= R",
        "publisher-type = marketplace",
    ];
    for scope in [EA, PAYG, &mca] {
        let world = World::new("usage-page = 200").await;
        let (all, _) = fetch(&world.session, &part_of(scope, "", 0), Metric::Actual).await;
        let all = opened(&world, &all);
        for filter in filters {
            let of_publisher = filter.starts_with("publisher");
            if of_publisher && scope != PAYG {
                continue;
            }
            let order = part_of(scope, filter, 0);
            let (part, _) = fetch(&world.session, &order, Metric::Actual).await;
            let (rows, totals) = kept(&all, filter);
            if rows == 0 {
                let why = part.why().unwrap();
                assert_eq!(part.status(), "empty", "{scope} {filter}: {why}");
                assert!(why.contains(filter), "{why}");
                continue;
            }
            let entry = part.entry().unwrap_or_else(|| panic!("{filter}: {part:?}"));
            assert_eq!(
                (entry.rows, format!("{:?}", entry.totals)),
                (rows, totals),
                "{scope} {filter}"
            );
            // Under a customer agreement the server ignores the filter silently.
            let left = repair_of(entry, "outside-filter").map(|mended| mended.count);
            let ignored = (scope == mca).then(|| all.data.rows() - rows);
            assert_eq!(left, ignored, "{scope} {filter}");
        }
    }
}

#[test]
fn equivalent_filters_are_the_same_part() {
    let key = |filter: &str, rows: u32| {
        let order = part_of(EA, filter, rows);
        let request = order.request(order.period.clone(), Metric::Actual);
        request.key("test").as_str().to_owned()
    };
    for (one, other) in [
        ("resource-group = rg-web", "ResourceGroup = RG-WEB"),
        (
            "tag:env = a and charge-type = usage",
            "charge-type = Usage and tag:Env = a",
        ),
        (
            "reservation = /providers/orders/1/items/2",
            "reservation = 2",
        ),
        (
            "publisher-type = Azure",
            "publisher-type = azure and publisher-type = azure",
        ),
    ] {
        assert_eq!(
            UsageFilter::parse(one).unwrap(),
            UsageFilter::parse(other).unwrap()
        );
        assert_eq!(key(one, 5), key(other, 5), "{one}");
    }
    for (one, other) in [
        ("tag:env = a", "tag:env = A"),
        ("resource-group = a", "resource-group = b"),
        ("resource-group <= a", "resource-group >= a"),
    ] {
        assert_ne!(key(one, 0), key(other, 0), "{one}");
    }
    assert_ne!(key("tag:env = a", 5), key("tag:env = a", 6));
}

#[tokio::test]
async fn a_filtered_order_that_is_cut_into_shorter_spans_keeps_its_filter() {
    let too_long = || Answer::new(504).header("retry-after", "1");
    let stage = stage(vec![
        too_long(),
        too_long(),
        Answer::new(204),
        Answer::new(204),
        Answer::new(204),
        Answer::new(204),
    ])
    .await;
    let order = part_of(PAYG, "tag:env = prod", 150);
    let (part, told) = fetch(&stage.session, &order, Metric::Actual).await;
    assert_eq!(part.status(), "empty", "{part:?}");
    let notes = told.iter().filter_map(|news| news.note.as_ref());
    assert_eq!(notes.filter(|note| note.contains("halved")).count(), 2);
    let seen = stage.server.seen();
    let spans: Vec<&str> = seen
        .iter()
        .filter_map(|seen| seen.line.split_once("startDate="))
        .map(|(_, days)| days)
        .collect();
    assert_eq!(
        spans,
        [
            "2026-10-01&endDate=2026-10-31",
            "2026-10-17&endDate=2026-10-31",
            "2026-10-25&endDate=2026-10-31",
            "2026-10-17&endDate=2026-10-24",
            "2026-10-09&endDate=2026-10-16",
            "2026-10-01&endDate=2026-10-08",
        ],
        "the last days first, where the most recent rows are wanted"
    );
    for seen in seen {
        let filter = "and%20tags%20eq%20%27env%3Aprod%27";
        assert!(
            seen.line.contains(filter) && seen.line.contains("$top=150&"),
            "{}",
            seen.line
        );
    }
}

#[test]
fn only_usage_details_is_limited_and_publishers_only_where_the_api_knows_them() {
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    let refused = |order: &Order| report::plan(order, today).unwrap_err().to_string();
    for api in [None, Some(Api::Details), Some(Api::Detailed)] {
        let order = Order {
            api,
            ..part_of(EA, "tag:a = b", 0)
        };
        assert!(refused(&order).contains("--api usage"), "{api:?}");
    }
    let publisher = part_of(EA, "publisher-type = azure", 0);
    assert!(refused(&publisher).contains("pay-as-you-go"));
    assert!(report::plan(&part_of(PAYG, "publisher-type = azure", 0), today).is_ok());
    let notes = report::plan(&part_of(EA, "tag:a = b", 5), today)
        .unwrap()
        .notes;
    assert!(
        notes
            .iter()
            .any(|note| note.contains("tag:a = b; the most recent 5 rows")),
        "{notes:?}"
    );
}
