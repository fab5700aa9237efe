//! Usage Details over HTTP: every shape and every scope, throttling, timeouts, and no row lost or duplicated.

use crate::support::hostile::{Answer, fetch, stage};
use crate::support::{World, october_of};
use costscope::domain::metric::{Metric, MetricChoice};
use costscope::domain::period::{DateRange, Month, Period, parse_date};
use costscope::domain::query::Query;
use costscope::domain::query::group_key::GroupKey;
use costscope::domain::report::reply::Failure;
use costscope::domain::report::request::Api;
use costscope::domain::scope::Agreement;
use costscope::ops::explore::open;
use costscope::ops::orders::order_spec::Order;
use costscope::ops::orders::outcome::Outcome;
use costscope::ops::orders::report;
use std::time::Duration;

const PAYG: &str = "77b0f3d1-0001-4c8e-b2a4-13579bdf12de";

fn range(from: &str, to: &str) -> DateRange {
    DateRange {
        from: parse_date(from).unwrap(),
        to: parse_date(to).unwrap(),
    }
}

fn order(scope: &str, api: Option<Api>, period: Period) -> Order {
    Order {
        period,
        api,
        ..october_of(scope)
    }
}

fn october() -> Period {
    Period::Dates(Month::parse("2026-10").unwrap().range())
}

fn total(outcome: &Outcome) -> String {
    let totals = outcome.totals();
    assert_eq!(totals.len(), 1, "{outcome:?}");
    format!("{} {}", totals[0].amount, totals[0].code())
}

fn page(rows: &[String], next: Option<&str>) -> Answer {
    let next = next.map_or("null".to_owned(), |link| format!("\"{link}\""));
    Answer::new(200)
        .header("content-type", "application/json")
        .body(format!(
            "{{\"value\":[{}],\"nextLink\":{next}}}",
            rows.join(",")
        ))
}

fn legacy(day: &str, cost: &str) -> String {
    format!(
        "{{\"id\":\"same\",\"name\":\"same\",\"kind\":\"legacy\",\"tags\":{{\"env\":\"prod\"}},\"properties\":{{\"date\":\"{day}T00:00:00.0000000Z\",\
         \"cost\":{cost},\"billingCurrency\":\"EUR\",\"resourceGroup\":null,\"chargeType\":\"Usage\",\"isAzureCreditEligible\":\"1\",\
         \"resourceId\":\"/subscriptions/1/resourceGroups/rg-a/providers/x/y/z\",\"meterDetails\":{{\"meterCategory\":\"Storage\"}}}}}}"
    )
}

/// The first two weeks of October. The server also sends a day of September, which is left out.
fn two_weeks() -> DateRange {
    range("2026-10-01", "2026-10-14")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_reports_falls_back_by_itself_and_says_so() {
    for (script, agreement) in [
        // `billingProperty` gives the agreement: no order is sent at all.
        ("", 0),
        // It cannot be read: the order is refused with 422, once for both metrics.
        (
            "[[disturbances]]\nmeets = \"list\"\nstatus = 403\ntimes = 99",
            1,
        ),
    ] {
        let world = World::new(script).await;
        let order = order(PAYG, None, october());
        let mut totals = Vec::new();
        for metric in [Metric::Actual, Metric::Amortized] {
            let (outcome, told) = fetch(&world.session, &order, metric).await;
            assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
            totals.push(total(&outcome));
            let entry = outcome.entry().unwrap();
            assert_eq!((entry.rows, entry.api), (24 * 31, Api::Usage));
            let said = told.iter().filter_map(|news| news.note.as_ref());
            let said = said.filter(|note| note.contains("Usage Details")).count();
            assert_eq!(
                said,
                usize::from(metric == Metric::Actual && agreement == 1)
            );
        }
        assert_eq!(
            totals[0], totals[1],
            "pay-as-you-go has nothing to amortize"
        );
        let requests = world.emulator.record().requests;
        let posts = requests
            .iter()
            .filter(|line| line.starts_with("POST"))
            .count();
        assert_eq!(posts, agreement, "{requests:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_details_and_reports_give_the_same_money_at_every_scope() {
    use costscope::emulator::accounts::{CUSTOMERS, MCA_ACCOUNT, MPA_ACCOUNT};
    let billing = "providers/Microsoft.Billing/billingAccounts";
    let mca = format!("{billing}/{MCA_ACCOUNT}");
    let scopes = [
        "3f1c2b7e-0001-4e5a-9d10-6b2f4c8a9a02".to_owned(),
        "8608480".to_owned(),
        format!("{billing}/8608480/departments/164821"),
        format!("{billing}/8608480/enrollmentAccounts/200102"),
        mca.clone(),
        format!("{mca}/billingProfiles/KQ7L-HM2T-BG7-PGB"),
        format!("{mca}/billingProfiles/KQ7L-HM2T-BG7-PGB/invoiceSections/PR0D-7XQ2-PJA-PGB"),
        format!("{billing}/{MPA_ACCOUNT}/customers/{}", CUSTOMERS[0].0),
    ];
    for scope in &scopes {
        let world = World::new("usage-page = 500").await;
        for metric in [Metric::Actual, Metric::Amortized] {
            let details = order(scope, Some(Api::Details), october());
            let (reports, _) = fetch(&world.session, &details, metric).await;
            let expected = reports.totals().to_vec();
            let usage = Order {
                refresh: true,
                ..order(scope, Some(Api::Usage), october())
            };
            let (rows, _) = fetch(&world.session, &usage, metric).await;
            assert_eq!(rows.status(), "ready", "{scope}: {:?}", rows.why());
            assert_eq!(rows.totals(), expected, "{scope} {metric}");
            let key = rows.key().unwrap().as_str().to_owned();
            let data = open::open_in(&world.session, &open::Progress::default(), &[key])
                .unwrap()
                .data;
            let query = Query {
                group_by: vec![
                    GroupKey::parse("service").unwrap(),
                    GroupKey::parse("tag:env").unwrap(),
                ],
                ..Query::default()
            };
            let table = open::show(&data, &query).unwrap();
            assert!(table.of > 5, "{scope}: rows have services and tags");
        }
    }
    // A month given as its billing period, in the path.
    let world = World::new("").await;
    let days = order("8608480", Some(Api::Usage), october());
    let (by_days, _) = fetch(&world.session, &days, Metric::Actual).await;
    let name = order(
        "8608480",
        Some(Api::Usage),
        Period::billing("202610").unwrap(),
    );
    let (by_name, _) = fetch(&world.session, &name, Metric::Actual).await;
    assert_eq!(total(&by_days), total(&by_name));
    let name = order(
        "8608480",
        Some(Api::Details),
        Period::billing("202610").unwrap(),
    );
    let refresh = Order {
        refresh: true,
        ..name
    };
    let (report, _) = fetch(&world.session, &refresh, Metric::Actual).await;
    assert_eq!(total(&by_days), total(&report));
    assert!(
        world
            .emulator
            .record()
            .requests
            .iter()
            .any(|line| line.contains("/billingPeriods/202610/providers/Microsoft.Consumption/")),
    );
}

#[tokio::test]
async fn the_days_are_named_as_each_kind_of_account_wants_them() {
    use costscope::emulator::accounts::MCA_ACCOUNT;
    let billing = "providers/Microsoft.Billing/billingAccounts";
    let filter = "$filter=properties%2FusageStart%20ge%20%272026-10-01%27%20and%20properties%2FusageEnd%20le%20%272026-10-31%27";
    let dates = "startDate=2026-10-01&endDate=2026-10-31";
    let expand = "$expand=properties%2FmeterDetails%2Cproperties%2FadditionalInfo";
    let cases: [(String, Option<Agreement>, Vec<&str>, Vec<&str>); 5] = [
        (
            "8608480".into(),
            None,
            vec![filter, expand],
            vec!["startDate"],
        ),
        (
            format!("{billing}/{MCA_ACCOUNT}"),
            None,
            vec![dates],
            vec!["$filter", "$expand"],
        ),
        // The account may have moved to a customer agreement since.
        (
            PAYG.into(),
            Some(Agreement::Payg),
            vec![filter, dates],
            vec![],
        ),
        // The agreement is unknown: both are sent, and the server uses the one it understands.
        (PAYG.into(), None, vec![filter, dates], vec![]),
        (
            format!("subscriptions/{PAYG}/resourceGroups/rg's"),
            Some(Agreement::Payg),
            vec!["properties%2FresourceGroup%20eq%20%27rg%27%27s%27"],
            vec!["resourceGroups"],
        ),
    ];
    for (scope, agreement, has, has_not) in cases {
        for (metric, word) in [
            (Metric::Actual, "actualcost"),
            (Metric::Amortized, "amortizedcost"),
            (Metric::Usage, "usage"),
        ] {
            let stage = stage(vec![Answer::new(204)]).await;
            let order = Order {
                agreement,
                ..order(&scope, Some(Api::Usage), october())
            };
            let (outcome, _) = fetch(&stage.session, &order, metric).await;
            assert_eq!(
                outcome.status(),
                "empty",
                "204 is an answer: {:?}",
                outcome.why()
            );
            let line = stage.server.seen()[0].line.clone();
            assert!(
                line.contains("api-version=2024-08-01") && line.contains("$top=1000"),
                "{line}"
            );
            assert!(line.contains(&format!("metric={word}")), "{line}");
            for word in &has {
                assert!(line.contains(word), "{word} is not in {line}");
            }
            for word in &has_not {
                assert!(!line.contains(word), "{word} is in {line}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_counts_once_with_every_digit() {
    let first = page(
        &[
            legacy("2026-10-01", "0.000295194820065"),
            legacy("2026-10-02", "2.4E-05"),
            legacy("2026-09-30", "1000000"),
        ],
        Some("{url}/next?$filter=properties/usageStart ge '2026-10-01'&$skiptoken=a b"),
    );
    let rows = [
        legacy("2026-10-03", "1E-18"),
        legacy("2026-10-03", "1E-18"),
        legacy("2026-10-14", "-0.5"),
    ];
    let stage = stage(vec![first, page(&rows, None)]).await;
    let order = order(PAYG, Some(Api::Usage), Period::Dates(two_weeks()));
    let (outcome, _) = fetch(&stage.session, &order, Metric::Actual).await;
    assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
    assert_eq!(total(&outcome), "-0.499680805179934998 EUR");
    let entry = outcome.entry().unwrap();
    assert_eq!(entry.rows, 5, "ids say nothing: both rows count");
    let left: Vec<_> = entry
        .repairs
        .iter()
        .map(|m| (m.kind.as_str(), m.count, m.first_line))
        .collect();
    assert_eq!(left, [("other-days", 1, 3)]);
    assert_eq!(
        stage.server.seen()[1].line,
        "GET /next?$filter=properties/usageStart%20ge%20%272026-10-01%27&$skiptoken=a%20b",
        "a link with blanks is followed as it is"
    );
    let key = outcome.key().unwrap().as_str().to_owned();
    let data = open::open_in(&stage.session, &open::Progress::default(), &[key])
        .unwrap()
        .data;
    let by = |name: &str| {
        let query = Query {
            group_by: vec![GroupKey::parse(name).unwrap()],
            ..Query::default()
        };
        let table = open::show(&data, &query).unwrap();
        assert_eq!(table.of, 1, "{name}");
        format!("{:?}", table.body)
    };
    assert!(by("resource-group").contains("rg-a"), "cut from the ARM id");
    assert!(
        by("service").contains("Storage"),
        "from inside meterDetails"
    );
    assert!(by("tag:env").contains("prod"));
}

#[tokio::test(flavor = "multi_thread")]
async fn legacy_modern_and_older_shapes_are_read_even_on_one_page() {
    let modern = "{\"kind\":\"modern\",\"tags\":null,\"properties\":{\"date\":\"2026-10-02T00:00:00Z\",\"costInBillingCurrency\":2.25,\"costInUSD\":9,\
                  \"billingCurrencyCode\":\"EUR\",\"instanceName\":\"/subscriptions/1/resourceGroups/rg-m/providers/x/y/z\"}}";
    let old = "{\"name\":\"x\",\"properties\":{\"usageStart\":\"2026-10-03T00:00:00Z\",\"usageEnd\":\"2026-10-03T23:59:59Z\",\"pretaxCost\":\"0.25\",\
               \"currency\":\"EUR\",\"usageQuantity\":1,\"instanceId\":\"/subscriptions/1/resourceGroups/rg-o/providers/x/y/z\"}}";
    let rows = [
        legacy("2026-10-01", "1.5"),
        modern.to_owned(),
        old.to_owned(),
    ];
    let stage = stage(vec![page(&rows, None)]).await;
    let order = order(PAYG, Some(Api::Usage), Period::Dates(two_weeks()));
    let (outcome, _) = fetch(&stage.session, &order, Metric::Actual).await;
    assert_eq!(
        (total(&outcome), outcome.entry().unwrap().rows),
        ("4 EUR".to_owned(), 3),
        "{outcome:?}"
    );
    let key = outcome.key().unwrap().as_str().to_owned();
    let data = open::open_in(&stage.session, &open::Progress::default(), &[key])
        .unwrap()
        .data;
    let query = Query {
        group_by: vec![GroupKey::parse("resource-group").unwrap()],
        ..Query::default()
    };
    let groups = format!("{:?}", open::show(&data, &query).unwrap().body);
    for group in ["rg-a", "rg-m", "rg-o"] {
        assert!(groups.contains(group), "{groups}");
    }
    // Rows with quantities but no cost are an error, not a cost of 0.
    let bare =
        "{\"kind\":\"legacy\",\"properties\":{\"date\":\"2026-10-01T00:00:00Z\",\"quantity\":3}}"
            .to_owned();
    let stage = self::stage(vec![page(&[bare], None)]).await;
    let (outcome, _) = fetch(&stage.session, &order, Metric::Actual).await;
    assert!(
        outcome.why().unwrap().contains("without costs"),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_span_that_takes_too_long_is_halved_down_to_a_day() {
    for longest in [12, 3, 1] {
        let world = World::new(&format!("usage-longest-days = {longest}\nusage-page = 100")).await;
        let order = order(PAYG, Some(Api::Usage), october());
        let (outcome, told) = fetch(&world.session, &order, Metric::Actual).await;
        let plain = World::new("").await;
        let (expected, _) = fetch(&plain.session, &order, Metric::Actual).await;
        assert_eq!(total(&outcome), total(&expected), "{longest}");
        assert_eq!(
            outcome.entry().unwrap().rows,
            expected.entry().unwrap().rows
        );
        assert!(told.iter().any(|news| {
            news.note
                .as_ref()
                .is_some_and(|note| note.contains("halved"))
        }));
    }
    let never = World::new("usage-longest-days = 0").await;
    let (outcome, _) = fetch(
        &never.session,
        &order(PAYG, Some(Api::Usage), october()),
        Metric::Actual,
    )
    .await;
    assert!(
        matches!(&outcome, Outcome::Failed(Failure::Rejected { message }) if message.contains("smaller scope")),
        "{outcome:?}"
    );
    let requests = never.emulator.record().requests.len();
    assert!(requests < 15, "{requests}: no endless asking");
}

#[tokio::test]
async fn pages_wait_as_told_and_cut_ones_are_asked_for_again() {
    let busy = Answer::new(429)
        .header("x-ms-ratelimit-microsoft.consumption-retry-after", "2")
        .header(
            "x-ms-ratelimit-microsoft.consumption-tenant-retry-after",
            "7",
        )
        .header("retry-after", "0");
    let html = Answer::new(503)
        .header("retry-after", "3")
        .body("<html>503</html>");
    let cut = Answer::new(200).body("{\"value\":[{\"kind\":\"leg");
    let good = page(&[legacy("2026-10-01", "1")], None);
    let stage = stage(vec![busy, html, cut, good]).await;
    let order = order(PAYG, Some(Api::Usage), Period::Dates(two_weeks()));
    let (outcome, told) = fetch(&stage.session, &order, Metric::Actual).await;
    assert_eq!(
        (outcome.status(), total(&outcome)),
        ("ready", "1 EUR".to_owned()),
        "{outcome:?}"
    );
    let waits: Vec<i64> = told
        .iter()
        .filter_map(|news| news.operation.wait())
        .map(|wait| (wait.until - wait.since).num_seconds())
        .collect();
    assert_eq!(
        waits,
        [7, 3, 3],
        "the longest of all headers, then the last named one"
    );
    assert!(stage.server.seen().iter().all(|seen| {
        seen.headers
            .iter()
            .any(|(n, v)| n == "clienttype" && v == "costscope")
    }));
}

#[tokio::test]
async fn a_broken_list_goes_on_behind_its_last_page_in_the_next_run() {
    let first = page(&[legacy("2026-10-01", "1")], Some("{url}/page2?t=1"));
    let busy = Answer::new(429).header("retry-after", "86400");
    let stage = stage(vec![first, busy]).await;
    let order = order(PAYG, Some(Api::Usage), Period::Dates(two_weeks()));
    let (outcome, _) = fetch(&stage.session, &order, Metric::Actual).await;
    assert!(
        matches!(outcome, Outcome::Failed(Failure::GaveUp { .. })),
        "{outcome:?}"
    );
    stage
        .server
        .queue(vec![page(&[legacy("2026-10-02", "2")], None)]);
    let longer = Order {
        max_wait: Duration::from_secs(3 * 86400),
        ..order.clone()
    };
    let (outcome, _) = fetch(&stage.session, &longer, Metric::Actual).await;
    assert_eq!(
        (outcome.status(), total(&outcome)),
        ("ready", "3 EUR".to_owned()),
        "{outcome:?}"
    );
    let lines: Vec<String> = stage
        .server
        .seen()
        .into_iter()
        .map(|seen| seen.line)
        .collect();
    assert_eq!(
        lines
            .iter()
            .filter(|line| line.contains("usageDetails?"))
            .count(),
        1,
        "{lines:?}"
    );
    assert_eq!(lines.last().unwrap(), "GET /page2?t=1");
}

#[tokio::test]
async fn links_of_other_hosts_and_chains_without_end_are_refused() {
    let foreign = page(
        &[legacy("2026-10-01", "1")],
        Some("http://evil.example/next"),
    );
    let stage = stage(vec![foreign]).await;
    let order = order(PAYG, Some(Api::Usage), Period::Dates(two_weeks()));
    let (outcome, _) = fetch(&stage.session, &order, Metric::Actual).await;
    assert!(
        matches!(outcome, Outcome::Failed(Failure::ForeignLink { .. })),
        "{outcome:?}"
    );
    let again = || page(&[legacy("2026-10-01", "1")], Some("{url}/same"));
    let stage = self::stage(vec![again(), again(), again()]).await;
    let (outcome, _) = fetch(&stage.session, &order, Metric::Actual).await;
    assert!(
        outcome.why().unwrap().contains("form a loop"),
        "{outcome:?}"
    );
    assert!(stage.session.ledger().list().unwrap().entries.is_empty());
}

#[test]
fn usage_details_reach_back_to_2014_and_say_what_they_cannot_do() {
    let today = parse_date("2026-11-22").unwrap();
    let old = Period::Dates(range("2014-05-01", "2014-05-31"));
    let plan = |order: &Order| report::plan(order, today).map(|plan| plan.parts.len());
    assert_eq!(
        plan(&order(PAYG, Some(Api::Usage), old.clone())).unwrap(),
        1
    );
    let error = plan(&order(
        PAYG,
        Some(Api::Usage),
        Period::Dates(range("2014-04-30", "2014-05-31")),
    ))
    .unwrap_err();
    assert!(
        error.exit_code() == 2 && error.to_string().contains("2014-05-01"),
        "{error}"
    );
    let error = plan(&order(PAYG, None, old.clone())).unwrap_err();
    assert!(
        error.to_string().contains("2025-10-22") && error.to_string().contains("--api usage"),
        "{error}"
    );
    let known = Order {
        agreement: Some(Agreement::Payg),
        ..order(PAYG, None, old)
    };
    assert_eq!(
        plan(&known).unwrap(),
        1,
        "what is known to be pay-as-you-go has the longer reach"
    );
    let group = "providers/Microsoft.Management/managementGroups/mg-prod";
    assert_eq!(plan(&order(group, Some(Api::Usage), october())).unwrap(), 1);
    assert_eq!(
        plan(&order(group, None, october()))
            .unwrap_err()
            .exit_code(),
        2
    );
    let metric = Order {
        metric: MetricChoice::Usage,
        ..order(PAYG, None, october())
    };
    assert!(
        plan(&metric)
            .unwrap_err()
            .to_string()
            .contains("--api usage")
    );
    let modern = "providers/Microsoft.Billing/billingAccounts/a:b_2019-05-31";
    assert!(plan(&order(modern, None, Period::billing("202610").unwrap())).is_err());
    for name in ["201903", "201903-1", "201702-12", "20180801", " 202610 "] {
        let period = Period::billing(name).unwrap();
        assert_eq!(period, Period::Billing(name.trim().to_owned()));
    }
    let wrong = [
        "",
        "2026-10",
        "20261",
        "202613",
        "202610-",
        "abc",
        "20180832",
        "20181301",
        "20180801-1",
        "+2018080",
        "201808011",
    ];
    for wrong in wrong {
        assert!(Period::billing(wrong).is_err(), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_without_names_of_meters_are_grouped_by_product_and_meter_id() {
    let legacy = "{\"kind\":\"legacy\",\"properties\":{\"date\":\"2026-10-01T00:00:00Z\",\"cost\":1.5,\"billingCurrency\":\"EUR\",\
                  \"product\":\"Bandwidth - Out\",\"meterId\":\"aaaa0000-0000-4000-8000-000000000001\",\"meterDetails\":null}}";
    let modern = "{\"kind\":\"modern\",\"properties\":{\"date\":\"2026-10-02T00:00:00Z\",\"costInBillingCurrency\":2.25,\
                  \"costInPricingCurrency\":2.5,\"billingCurrencyCode\":\"EUR\",\"product\":\"Virtual Machines D - D1\",\
                  \"meterId\":\"aaaa0000-0000-4000-8000-000000000002\"}}";
    for (row, product, meter) in [
        (legacy, "Bandwidth - Out", "000000000001"),
        (modern, "Virtual Machines D - D1", "000000000002"),
    ] {
        let stage = stage(vec![page(&[row.to_owned()], None)]).await;
        let order = order(PAYG, Some(Api::Usage), Period::Dates(two_weeks()));
        let (outcome, _) = fetch(&stage.session, &order, Metric::Actual).await;
        let key = outcome.key().unwrap().as_str().to_owned();
        let opened = open::open_in(&stage.session, &open::Progress::default(), &[key]).unwrap();
        for (name, value) in [("service", product), ("meter", meter)] {
            let query = Query {
                group_by: vec![GroupKey::parse(name).unwrap()],
                ..Query::default()
            };
            let groups = format!("{:?}", open::show(&opened.data, &query).unwrap().body);
            assert!(groups.contains(value), "{name}: {groups}");
        }
        let said = "service is its column product and meter is its column meterId";
        assert!(
            opened.notes.iter().any(|note| note.contains(said)),
            "{:?}",
            opened.notes
        );
    }
}
