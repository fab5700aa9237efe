//! Pages of Usage Details: every shape, cut and broken lists, no row lost or duplicated.

use crate::support::World;
use crate::support::hostile::{Answer, fetch, fetch_outcome, only_total, order_by, stage};
use crate::support::report_answers::{busy, one_row_page};
use crate::support::usage_details::{PAYG, legacy, october, order, page, total, two_weeks};
use costscope::data::sources::usage::pages::{KeptRows, PageFile, sort};
use costscope::domain::metric::Metric;
use costscope::domain::period::Period;
use costscope::domain::query::Query;
use costscope::domain::query::group_key::GroupKey;
use costscope::domain::report::reply::Failure;
use costscope::domain::report::request::Api;
use costscope::ops::explore::open;
use costscope::ops::orders::order_spec::OrderSpec;
use costscope::ops::orders::outcome::PartOutcome;
use std::io::{Read, Seek};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

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
    let data = open::open_in(&stage.session, (&open::Progress::default(), None), &[key])
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
    let data = open::open_in(&stage.session, (&open::Progress::default(), None), &[key])
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

#[tokio::test(flavor = "multi_thread")]
async fn errors_in_pages_name_the_row_that_was_received() {
    let first = page(
        &[
            legacy("2026-10-01", "1.5"),
            legacy("2026-09-30", "2"),
            legacy("2026-09-30", "3"),
        ],
        Some("{url}/next?$skiptoken=a"),
    );
    let stage = stage(vec![first, page(&[legacy("2026-10-02", "\"much\"")], None)]).await;
    let order = order(PAYG, Some(Api::Usage), Period::Dates(two_weeks()));
    let (outcome, _) = fetch(&stage.session, &order, Metric::Actual).await;
    let why = outcome.why().unwrap();
    assert!(why.contains("row 4, column cost:"), "{why}");
    assert!(!why.contains("line "), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn repairs_in_pages_name_the_row_that_was_received() {
    let first = page(
        &[
            legacy("2026-10-01", "1.5"),
            legacy("2026-09-30", "2"),
            legacy("2026-09-30", "3"),
        ],
        Some("{url}/next?$skiptoken=a"),
    );
    let tiny = legacy("2026-10-02", "0.0000000000000000015");
    let stage = stage(vec![first, page(&[tiny], None)]).await;
    let order = order(PAYG, Some(Api::Usage), Period::Dates(two_weeks()));
    let (outcome, _) = fetch(&stage.session, &order, Metric::Actual).await;
    let repairs = &outcome.entry().expect("it is ready").repairs;
    let (other_days, others): (Vec<_>, Vec<_>) = repairs
        .iter()
        .partition(|repair| repair.kind == "other-days");
    assert_eq!(other_days[0].first_line, 2, "{repairs:?}");
    let places: Vec<u64> = others.iter().map(|repair| repair.first_line).collect();
    assert_eq!(places, [4], "{repairs:?}");
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
        matches!(&outcome, PartOutcome::Failed(Failure::Rejected { message }) if message.contains("smaller scope")),
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
        matches!(outcome, PartOutcome::Failed(Failure::GaveUp { .. })),
        "{outcome:?}"
    );
    stage
        .server
        .queue(vec![page(&[legacy("2026-10-02", "2")], None)]);
    let longer = OrderSpec {
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
        matches!(outcome, PartOutcome::Failed(Failure::ForeignLink { .. })),
        "{outcome:?}"
    );
    let again = || page(&[legacy("2026-10-01", "1")], Some("{url}/same"));
    // The first page leads to one that leads back to itself: the list is read three times.
    let stage = self::stage((0..6).map(|_| again()).collect()).await;
    let (outcome, _) = fetch(&stage.session, &order, Metric::Actual).await;
    assert!(
        matches!(&outcome, PartOutcome::Failed(Failure::Damaged { message }) if message.contains("form a loop")),
        "{outcome:?}"
    );
    assert_eq!(stage.server.count("GET"), 6);
    assert!(stage.session.ledger().list().unwrap().entries.is_empty());
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
        let opened =
            open::open_in(&stage.session, (&open::Progress::default(), None), &[key]).unwrap();
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

#[tokio::test]
async fn missing_page_restarts_the_list() {
    let stage = stage(vec![
        one_row_page("2026-10-01", "1", Some("{url}/page2?t=1")),
        one_row_page("2026-10-02", "2", Some("{url}/page3?t=1")),
        busy(),
    ])
    .await;
    let wanted = order_by(Some(Api::Usage));
    fetch_outcome(&stage.session, &wanted, Metric::Actual).await;
    let pages = |folder: &TempDir| -> Vec<PathBuf> {
        let downloads = std::fs::read_dir(folder.path().join("downloads")).unwrap();
        let files = downloads.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
        let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|kind| kind == "json"));
        files.sort();
        files
    };
    let kept = pages(&stage.folder);
    assert_eq!(kept.len(), 2, "{kept:?}");
    std::fs::remove_file(&kept[0]).unwrap();
    stage.server.queue(vec![
        one_row_page("2026-10-01", "1", Some("{url}/page2?t=2")),
        one_row_page("2026-10-02", "2", None),
    ]);
    let longer = OrderSpec {
        max_wait: Duration::from_secs(30_000),
        ..wanted
    };
    let outcome = fetch_outcome(&stage.session, &longer, Metric::Actual).await;
    assert_eq!(
        (outcome.status(), only_total(&outcome)),
        ("ready", "3".into())
    );
    let lines = stage.lines();
    let first = lines.iter().filter(|line| line.contains("usageDetails?"));
    assert_eq!(first.count(), 2, "{lines:?}");
    assert_eq!(lines.last().unwrap(), "GET /page2?t=2");
}

#[tokio::test]
async fn unreadable_pages_are_fetched_again() {
    let stage = stage(vec![one_row_page("2026-10-01", "\"a lot\"", None)]).await;
    let wanted = order_by(Some(Api::Usage));
    let outcome = fetch_outcome(&stage.session, &wanted, Metric::Actual).await;
    let why = outcome.why().unwrap_or_default().to_owned();
    assert!(why.contains("a lot") && why.contains("cost"), "{outcome:?}");
    assert!(stage.session.ledger().list().unwrap().entries.is_empty());
    stage
        .server
        .queue(vec![one_row_page("2026-10-01", "4", None)]);
    let outcome = fetch_outcome(&stage.session, &wanted, Metric::Actual).await;
    assert_eq!(
        (outcome.status(), only_total(&outcome)),
        ("ready", "4".into())
    );
}

#[tokio::test]
async fn an_empty_page_is_asked_for_again_and_then_refused() {
    let first = || one_row_page("2026-10-01", "1", Some("{url}/page2?t=1"));
    for empty in [
        Answer::new(204),
        Answer::new(200),
        Answer::new(200).body("{\"value\":["),
    ] {
        let again = || std::iter::repeat_n(empty.clone(), 3);
        let mut answers = vec![first()];
        answers.extend(again());
        answers.push(one_row_page("2026-10-02", "2", None));
        let stage = stage(answers).await;
        let outcome =
            fetch_outcome(&stage.session, &order_by(Some(Api::Usage)), Metric::Actual).await;
        assert_eq!(
            (outcome.status(), only_total(&outcome)),
            ("ready", "3".into())
        );
        let mut answers = vec![first()];
        answers.extend(again().chain([empty.clone()]));
        let stage = self::stage(answers).await;
        let outcome =
            fetch_outcome(&stage.session, &order_by(Some(Api::Usage)), Metric::Actual).await;
        assert!(
            matches!(&outcome, PartOutcome::Failed(failure) if failure.exit_code() == 6),
            "{outcome:?}"
        );
        assert!(stage.session.ledger().list().unwrap().entries.is_empty());
    }
}

#[tokio::test]
async fn error_page_does_not_end_the_list() {
    let troubles = || Answer::new(200).body("{\"error\":{\"code\":\"GatewayTimeout\"}}");
    let stage = stage(vec![
        one_row_page("2026-10-01", "1", Some("{url}/page2?t=1")),
        troubles(),
        one_row_page("2026-10-02", "2", None),
    ])
    .await;
    let outcome = fetch_outcome(&stage.session, &order_by(Some(Api::Usage)), Metric::Actual).await;
    assert_eq!(
        (outcome.status(), only_total(&outcome)),
        ("ready", "3".into())
    );
    let lost = self::stage(vec![
        one_row_page("2026-10-01", "1", Some("{url}/page2?t=1")),
        troubles(),
        troubles(),
        troubles(),
        troubles(),
        troubles(),
        troubles(),
    ])
    .await;
    let outcome = fetch_outcome(&lost.session, &order_by(Some(Api::Usage)), Metric::Actual).await;
    assert_eq!(outcome.status(), "failed", "{outcome:?}");
    assert!(lost.session.ledger().list().unwrap().entries.is_empty());
}

#[test]
fn rows_with_costs_are_sorted_into_files_without_a_name() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("page-0.json");
    let rows = [
        legacy("2026-10-01", "1.5"),
        "{\"kind\":\"modern\",\"properties\":{\"costInBillingCurrency\":2,\"date\":\"2026-10-02\"}}".to_owned(),
    ];
    std::fs::write(&path, page(&rows, None).body).unwrap();
    let pages = [PageFile { path, days: None }];
    let sorted = sort("pages", &pages, &KeptRows::default(), folder.path()).unwrap();
    assert_eq!((sorted.received, sorted.files.len()), (2, 2));
    let mut texts = String::new();
    for sheet in &sorted.files {
        assert_eq!(sheet.rows, 1);
        let mut file = sheet.file.as_ref();
        file.rewind().unwrap();
        file.read_to_string(&mut texts).unwrap();
    }
    assert!(
        texts.contains("1.5") && texts.contains("costInBillingCurrency"),
        "{texts}"
    );
    // A killed run leaves no copy of them.
    let names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|item| item.unwrap().file_name())
        .collect();
    assert_eq!(names, ["page-0.json"]);
}
