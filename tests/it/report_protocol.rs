//! The protocol of reports against misbehaving servers: links, statuses, ranges, tokens.

use crate::support::hostile::{Answer, failure, stage};
use costscope::domain::report::reply::Failure;

const POLL: &str = "{url}/x/poll/1?api-version=2025-03-01";

fn accepted() -> Answer {
    Answer::new(202)
        .header("LOCATION", POLL)
        .header("rEtRy-AfTeR", "5")
}

fn completed(link: &str) -> Answer {
    let body = format!(
        "{{\"surprise\":[1],\"name\":\"1\",\"status\":\"Completed\",\"manifest\":{{\"new\":{{}},\"dataFormat\":\"CSV\",\"blobCount\":1,\
         \"blobs\":[{{\"blobLink\":\"{link}\",\"byteCount\":5}}]}},\"validTill\":\"2026-11-22T22:08:46.1973252Z\"}}"
    );
    Answer::new(200)
        .header("content-type", "application/json")
        .body(body)
}

const CSV: &str = "Cost,BillingCurrency,Date\n1.5,EUR,10/01/2026\n";

fn blob() -> Answer {
    Answer::new(200).body(CSV)
}

#[tokio::test]
async fn documented_report_flow_works() {
    let stage = stage(vec![
        accepted(),
        Answer::new(202),
        completed("{url}/blob?sig=secret"),
        blob(),
    ])
    .await;
    let outcome = stage.fetch().await;
    assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
    let seen = stage.server.seen();
    assert_eq!(
        seen[0].line,
        "POST /providers/Microsoft.Billing/billingAccounts/8608480/providers/Microsoft.CostManagement/generateCostDetailsReport?api-version=2025-03-01"
    );
    let body: serde_json::Value = serde_json::from_str(&seen[0].body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({ "metric": "ActualCost", "timePeriod": { "start": "2026-10-01", "end": "2026-10-31" } })
    );
    let header = |at: usize, name: &str| {
        seen[at]
            .headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(
        header(0, "authorization"),
        Some("Bearer costscope-loopback")
    );
    assert_eq!(header(0, "clienttype"), Some("costscope"));
    assert_eq!(
        seen[1].line, "GET /x/poll/1?api-version=2025-03-01",
        "links are followed as given"
    );
    assert_eq!(header(3, "authorization"), None, "the token stays with ARM");
}

#[tokio::test]
async fn status_objects_error_zero_and_relative_links_are_read() {
    let body = "{\"status\":{\"status\":\"Completed\"},\"properties\":{\"downloadUrl\":\"/blob?sig=x\",\"validTill\":\"2020-12-08T05:55:59.4394737Z\"},\"error\":{\"code\":\"0\",\"message\":null}}";
    let queued = "{\"status\":\"Queued\",\"error\":{\"code\":0,\"message\":null}}";
    let relative = Answer::new(202).header("azure-asyncoperation", "/status/1");
    let stage = stage(vec![
        relative,
        Answer::new(200).body(queued),
        Answer::new(200).body(body),
        blob(),
    ])
    .await;
    let outcome = stage.fetch().await;
    assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
}

#[tokio::test]
async fn links_to_other_hosts_are_refused_and_the_order_stays_noted() {
    for answers in [
        vec![Answer::new(202).header("location", "http://evil.example/poll")],
        vec![Answer::new(202).header("location", "http://127.0.0.1:1/poll")],
        vec![accepted(), completed("http://evil.example/blob?sig=secret")],
        vec![
            accepted(),
            Answer::new(307).header("location", "{url}/elsewhere"),
        ],
        vec![
            accepted(),
            completed("{url}/blob?sig=secret"),
            Answer::new(302).header("location", "http://evil.example/"),
        ],
    ] {
        let stage = stage(answers.clone()).await;
        let failed = failure(stage.fetch().await);
        assert!(
            matches!(failed, Failure::ForeignLink { .. }),
            "{answers:?}: {failed:?}"
        );
        assert!(!failed.message().contains("secret"));
        assert!(stage.noted(), "{answers:?}");
    }
}

#[tokio::test]
async fn unreadable_answers_never_show_a_signed_link() {
    let bodies = [
        "{\"status\":\"Completed\",\"manifest\":{\"blobs\":[\"{url}/b?sig=SECRETSIG\"]}}",
        "{\"status\":\"Completed\",\"properties\":\"{url}/b?sig=SECRETSIG\"}",
        "<html>sig=SECRETSIG</html>",
        "{}",
    ];
    for body in bodies {
        let stage = stage(vec![accepted(), Answer::new(200).body(body)]).await;
        let failed = failure(stage.fetch().await);
        assert!(
            matches!(failed, Failure::Unreadable { .. }),
            "{body}: {failed:?}"
        );
        assert!(
            !failed.message().contains("SECRETSIG"),
            "{}",
            failed.message()
        );
        assert!(stage.noted(), "{body}");
    }
}

#[tokio::test]
async fn an_empty_answer_about_a_report_is_asked_for_again() {
    let link = "{url}/blob?sig=x";
    let stage = stage(vec![accepted(), Answer::new(200), completed(link), blob()]).await;
    assert_eq!(stage.fetch().await.status(), "ready");
    let mut answers = vec![accepted()];
    answers.extend((0..4).map(|_| Answer::new(200)));
    let stage = self::stage(answers).await;
    assert_eq!(failure(stage.fetch().await).exit_code(), 6);
    assert!(stage.noted(), "the order is kept");
}

#[tokio::test]
async fn a_401_is_answered_with_one_new_token_and_then_given_up() {
    let refused = || {
        Answer::new(401)
            .body("{\"error\":{\"code\":\"ExpiredAuthenticationToken\",\"message\":\"old\"}}")
    };
    let stage = stage(vec![
        refused(),
        accepted(),
        completed("{url}/blob?sig=x"),
        blob(),
    ])
    .await;
    assert_eq!(stage.fetch().await.status(), "ready");
    let stage = self::stage(vec![refused(), refused()]).await;
    let failed = failure(stage.fetch().await);
    assert_eq!((failed.exit_code(), stage.server.count("POST")), (4, 2));
}

#[tokio::test]
async fn lengths_and_ranges_must_hold() {
    let wrong_range = Answer::new(206)
        .header("content-range", "bytes 0-4/9000000")
        .body("Cost,");
    // Long enough for some of it to arrive before the connection breaks.
    let long = format!("{CSV}{}", "1,EUR,10/01/2026\n".repeat(40_000));
    let short = || {
        Answer::new(200)
            .header("content-length", "9000000")
            .body(long.clone())
    };
    let range = |text: &str| Answer::new(206).header("content-range", text).body("x");
    for downloads in [
        vec![short(), wrong_range],
        vec![short(), range("bytes 46-8999999/9000000")],
        vec![short(), range("bytes 45-44/9000000")],
        vec![blob().header("content-md5", "not base64 !")],
    ] {
        let mut answers = vec![accepted(), completed("{url}/blob?sig=x")];
        answers.extend(downloads.clone());
        let stage = stage(answers).await;
        let failed = failure(stage.fetch().await);
        let last = downloads.last().map(|answer| &answer.headers);
        assert_eq!(failed.exit_code(), 6, "{last:?}: {failed:?}");
    }
}
