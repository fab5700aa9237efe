//! Reports are checked against their orders: reports and pages for another order, duplicated, truncated, or refused
//! oddly.

use crate::support::hostile::{Answer, Stage, failure, fetch, fetch_outcome, order_by, stage};
use crate::support::october_of;
use crate::support::report_answers::{busy, report_answers};
use costscope::domain::metric::Metric;
use costscope::domain::report::request::Api;
use costscope::ops::orders::order_spec::OrderSpec;
use costscope::ops::orders::outcome::PartOutcome;
use costscope::store::ledger::StoredRepair;
use std::time::Duration;

#[tokio::test]
async fn report_is_dated_by_its_order() {
    let mut answers = report_answers("7");
    answers.insert(1, busy());
    let stage = stage(answers).await;
    let before = stage.session.clock().now();
    let patient = OrderSpec {
        max_wait: Duration::from_secs(30_000),
        ..order_by(None)
    };
    let outcome = fetch_outcome(&stage.session, &patient, Metric::Actual).await;
    assert_eq!(outcome.status(), "ready", "{outcome:?}");
    let after = stage.session.clock().now();
    assert!(
        after - before > chrono::TimeDelta::hours(1),
        "it took hours"
    );
    let entries = stage.session.ledger().list().unwrap().entries;
    let fetched_at = entries.values().next().unwrap().fetched_at;
    assert!(fetched_at - before < chrono::TimeDelta::minutes(1));
}

const SUBSCRIPTION: &str = "3f1c2b7e-0001-4e5a-9d10-6b2f4c8a9a02";

const OTHER: &str = "3f1c2b7e-0002-4e5a-9d10-6b2f4c8a9a03";

fn order(scope: &str, api: Api) -> OrderSpec {
    OrderSpec {
        api: Some(api),
        ..october_of(scope)
    }
}

fn accepted() -> Answer {
    Answer::new(202).header("location", "{url}/x/poll/1?api-version=2025-03-01")
}

/// A finished report with these members in its manifest, and this many blobs.
fn finished(manifest: &str, blobs: usize) -> Answer {
    let blobs: Vec<String> = (0..blobs)
        .map(|at| format!("{{\"blobLink\":\"{{url}}/blob-{at}?sig=s\"}}"))
        .collect();
    Answer::new(200).body(format!(
        "\u{feff}{{\"status\":\"Completed\",\"manifest\":{{{manifest}\"blobs\":[{}]}}}}",
        blobs.join(",")
    ))
}

const HEADER: &str = "SubscriptionId,ResourceGroup,Date,MeterName,CostInBillingCurrency,ResourceId,ChargeType,ReservationId,BillingCurrencyCode,Quantity\n";

fn row(subscription: &str, day: &str, cost: &str) -> String {
    format!("{subscription},rg,{day},m,{cost},/subscriptions/{subscription}/r,Usage,,EUR,1\n")
}

fn csv(rows: &[String]) -> Answer {
    Answer::new(200).body(format!("{HEADER}{}", rows.concat()))
}

async fn report(answers: Vec<Answer>) -> (PartOutcome, Stage) {
    let stage = stage(answers).await;
    let order = order(SUBSCRIPTION, Api::Details);
    let (outcome, _) = fetch(&stage.session, &order, Metric::Actual).await;
    (outcome, stage)
}

fn good() -> Vec<String> {
    vec![
        row(SUBSCRIPTION, "10/05/2026", "2.5"),
        row(SUBSCRIPTION, "10/13/2026", "1"),
    ]
}

fn mended(outcome: &PartOutcome, kind: &str) -> Vec<StoredRepair> {
    let entry = outcome.entry().unwrap_or_else(|| panic!("{outcome:?}"));
    let all = entry.repairs.iter();
    all.filter(|mended| mended.kind == kind).cloned().collect()
}

fn total(outcome: &PartOutcome) -> String {
    outcome.totals()[0].amount.to_string()
}

#[tokio::test]
async fn reports_of_something_else_are_exit_six_and_are_not_stored() {
    let context = |text: &str| format!("\"requestContext\":{{{text}}},");
    let scope = |id: &str| context(&format!("\"requestScope\":\"/subscriptions/{id}/\""));
    let body = |text: &str| context(&format!("\"requestBody\":{text}"));
    let unused = good().concat().replace("Usage,,", "UnusedReservation,r1,");
    let cases: Vec<(&str, String, Vec<Answer>, &str)> = vec![
        (
            "another scope",
            scope(OTHER),
            vec![csv(&good())],
            "the scope",
        ),
        (
            "another metric in text",
            body("\"{\\\"metric\\\":\\\"AmortizedCost\\\"}\""),
            vec![csv(&good())],
            "another metric",
        ),
        (
            "another month, written short",
            body("{\"timePeriod\":{\"start\":\"2026-9-1\",\"end\":\"2026-9-30\"}}"),
            vec![csv(&good())],
            "another metric or period",
        ),
        (
            "a billing period",
            body("{\"billingPeriod\":\"202609\"}"),
            vec![csv(&good())],
            "another metric or period",
        ),
        (
            "no row inside",
            String::new(),
            vec![csv(&[row(SUBSCRIPTION, "09/13/2026", "1")])],
            "no row is in the ordered days",
        ),
        (
            "no row inside and one without a day",
            String::new(),
            vec![csv(&[
                row(SUBSCRIPTION, "09/13/2026", "1"),
                row(SUBSCRIPTION, "", "1"),
            ])],
            "no row is in the ordered days",
        ),
        (
            "another subscription",
            String::new(),
            vec![csv(&[row(OTHER, "10/13/2026", "1")])],
            "another subscription",
        ),
        (
            "the other metric",
            String::new(),
            vec![csv(&[unused])],
            "amortized cost, but actual was ordered",
        ),
        (
            "a header that was cut",
            String::new(),
            vec![Answer::new(200).body("SubscriptionId,ResourceGr")],
            "--refresh",
        ),
        (
            "no header",
            String::new(),
            vec![Answer::new(200).body("\r\n")],
            "no header",
        ),
        (
            "nothing at all",
            String::new(),
            vec![Answer::new(200).body("")],
            "is empty",
        ),
    ];
    for (what, manifest, blobs, words) in cases {
        let mut answers = vec![accepted(), finished(&manifest, blobs.len())];
        answers.extend(blobs);
        let (outcome, stage) = report(answers).await;
        let PartOutcome::Failed(failure) = &outcome else {
            panic!("{what}: {outcome:?}");
        };
        assert_eq!(failure.exit_code(), 6, "{what}: {}", failure.message());
        assert!(
            failure.message().contains(words),
            "{what}: {}",
            failure.message()
        );
        let listed = stage.session.ledger().list().unwrap();
        assert!(
            listed.entries.is_empty() && listed.damaged.is_empty(),
            "{what}"
        );
    }
}

#[tokio::test]
async fn rows_outside_days_and_scope_are_kept_and_reported() {
    let mut rows = good();
    rows.push(row(SUBSCRIPTION, "11/01/2026", "7"));
    rows.push(row(OTHER, "10/14/2026", "4"));
    let (outcome, _) = report(vec![accepted(), finished("", 1), csv(&rows)]).await;
    assert_eq!(total(&outcome), "14.5");
    let outside = &mended(&outcome, "outside-days")[0];
    let said = outside.said.as_deref().unwrap();
    assert_eq!(said, "1 row, 2026-11-01 to 2026-11-01, 7 EUR");
    let elsewhere = &mended(&outcome, "other-scope")[0];
    assert_eq!(elsewhere.count, 1);
    assert!(elsewhere.said.as_deref().unwrap().contains("4 EUR"));
}

#[tokio::test]
async fn file_listed_twice_counts_once_with_a_note() {
    let (outcome, _) = report(vec![
        accepted(),
        finished("", 2),
        csv(&good()),
        csv(&good()),
    ])
    .await;
    assert_eq!(total(&outcome), "3.5");
    assert_eq!(mended(&outcome, "repeated-file").len(), 1);
}

#[tokio::test]
async fn reasons_reach_the_user_however_they_are_written() {
    let failed = |body: &str| vec![accepted(), Answer::new(200).body(body)];
    for (answers, words) in [
        (
            failed("{\"status\":\"Failed\",\"error\":\"the enrolment is full\"}"),
            "the enrolment is full",
        ),
        (
            failed(
                "{\"status\":\"Failed\",\"error\":{\"code\":\"X1\",\"details\":[{\"code\":\"D\",\"message\":\"too large\"}]}}",
            ),
            "X1: D: too large",
        ),
        (
            failed(
                "{\"status\":\"Failed\",\"properties\":{\"error\":{\"code\":\"Z\",\"message\":\"no luck\"}}}",
            ),
            "Z: no luck",
        ),
        (
            failed(
                "{\"status\":\"Completed\",\"error\":{\"code\":\"Y\",\"message\":\"half done\"}}",
            ),
            "Y: half done",
        ),
        (
            vec![
                accepted(),
                Answer::new(202)
                    .body("{\"status\":\"Failed\",\"error\":{\"message\":\"given up\"}}"),
            ],
            "given up",
        ),
        (
            vec![Answer::new(400).body("the offer is closed, see https://aka.ms/x?sig=1 for more")],
            "the offer is closed, see for more",
        ),
    ] {
        let (outcome, _) = report(answers).await;
        let why = outcome.why().unwrap_or_default();
        assert!(why.contains(words), "{words}: {why}");
        assert!(!why.contains("sig="), "{why}");
    }
}

fn page(rows: &[&str], link: &str) -> Answer {
    let rows = rows.join(",");
    Answer::new(200).body(format!("\u{feff}{{\"value\":[{rows}]{link}}}"))
}

fn usage(id: &str, cost: &str) -> String {
    format!(
        "{{\"id\":\"{id}\",\"kind\":\"legacy\",\"tags\":null,\"properties\":{{\"date\":\"2026-10-05\",\"cost\":{cost},\
         \"billingCurrency\":\"EUR\",\"subscriptionId\":\"{SUBSCRIPTION}\"}}}}"
    )
}

#[tokio::test]
async fn a_page_under_two_links_counts_once_however_it_is_written() {
    let (one, two) = (usage("/A", "1.5"), usage("/B", "2"));
    let again = "{\"kind\":\"legacy\",\"id\":\"/a\",\"properties\":{\"cost\":1.50,\"date\":\"2026-10-05\",\"billingCurrency\":\"EUR\",\"subscriptionId\":\"SUB\"}}"
        .replace("SUB", SUBSCRIPTION);
    let next = ",\"nextLink\":\"\",\"@odata.nextLink\":\"{url}/next?page=2\"";
    let stage = stage(vec![page(&[&one, &two], next), page(&[&two, &again], "")]).await;
    let order = order(SUBSCRIPTION, Api::Usage);
    let (outcome, _) = fetch(&stage.session, &order, Metric::Actual).await;
    assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
    assert_eq!(total(&outcome), "3.5");
    assert_eq!(mended(&outcome, "repeated-page")[0].count, 2);
}

#[tokio::test]
async fn a_reason_in_place_of_a_page_reaches_the_user() {
    let stage = stage(vec![
        Answer::new(200).body("{\"error\":\"the offer has no usage\"}"),
    ])
    .await;
    let order = order(SUBSCRIPTION, Api::Usage);
    let (outcome, _) = fetch(&stage.session, &order, Metric::Actual).await;
    let why = outcome.why().unwrap_or_default();
    assert!(why.contains("the offer has no usage"), "{why}");
}

#[tokio::test]
async fn missing_next_page_is_damage() {
    let next = ",\"nextLink\":\"{url}/next?page=2\"";
    let row = usage("/A", "1.5");
    let mut answers = vec![page(&[&row], next)];
    answers.extend((0..4).map(|_| Answer::new(204)));
    let stage = stage(answers).await;
    let order = order(SUBSCRIPTION, Api::Usage);
    let (outcome, _) = fetch(&stage.session, &order, Metric::Actual).await;
    let PartOutcome::Failed(failure) = &outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(failure.exit_code(), 6, "{}", failure.message());
}

#[tokio::test]
async fn report_of_another_metric_is_not_stored() {
    let body = "{\"status\":\"Completed\",\"manifest\":{\"requestContext\":{\"requestBody\":{\"metric\":\"AmortizedCost\"}},\"blobs\":[{\"blobLink\":\"{url}/b\"}]}}";
    let stage = stage(vec![accepted(), Answer::new(200).body(body)]).await;
    assert!(
        failure(stage.fetch().await)
            .message()
            .contains("another metric or period")
    );
}
