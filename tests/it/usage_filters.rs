//! Filters that the server applies to Usage Details.

use crate::support::World;
use crate::support::hostile::{Answer, fetch, stage};
use crate::support::usage_details::{EA, PAYG, opened, part_of, range, repair_of};
use costscope::domain::metric::Metric;
use costscope::domain::period::Period;
use costscope::domain::query::{Query, filter_text};
use costscope::domain::report::request::Api;
use costscope::domain::report::usage_filter::UsageFilter;
use costscope::ops::context::OpenDataset;
use costscope::ops::explore::open;
use costscope::ops::orders::order_spec::OrderSpec;
use costscope::ops::orders::report;

fn kept(opened: &OpenDataset, filter: &str) -> (u64, String) {
    let query = Query {
        filter: Some(filter_text::parse(filter).unwrap()),
        ..Query::default()
    };
    let table = open::show(&opened.data, &query).unwrap();
    (table.rows, format!("{:?}", table.totals))
}

#[tokio::test(flavor = "multi_thread")]
async fn filtered_report_equals_the_filtered_whole() {
    use costscope::emulator::bills::accounts::MCA_ACCOUNT;
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
    let part_of = |scope, filter| OrderSpec {
        period: Period::Dates(range("2026-10-01", "2026-10-08")),
        ..part_of(scope, filter, 0)
    };
    for scope in [EA, PAYG, &mca] {
        let world = World::new("usage-page = 100").await;
        let (all, _) = fetch(&world.session, &part_of(scope, ""), Metric::Actual).await;
        let all = opened(&world, &all);
        for filter in filters {
            let of_publisher = filter.starts_with("publisher");
            if of_publisher && scope != PAYG {
                continue;
            }
            let order = part_of(scope, filter);
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
    let refused = |order: &OrderSpec| report::plan(order, today).unwrap_err().to_string();
    for api in [None, Some(Api::Details), Some(Api::Detailed)] {
        let order = OrderSpec {
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
