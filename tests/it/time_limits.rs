//! Servers that are silent, drip, or are away for a while: `--max-wait` holds, and nothing that comes back is missed.

use crate::support::JumpingClock;
use crate::support::hostile::{
    Answer, EA, Sending, Stage, failure, fetch, order_both, order_by, stage, stage_on,
};
use crate::support::report_answers::{accepted, blob, completed, one_row_page};
use chrono::TimeDelta;
use costscope::domain::metric::Metric;
use costscope::domain::report::reply::{Failure, WaitReason};
use costscope::domain::report::request::Api;
use costscope::ops::clock::Clock as _;
use costscope::ops::orders::order_spec::OrderSpec;
use std::sync::Arc;
use std::time::Duration;

const LINK: &str = "{url}/blob?sig=x";

fn details(max_wait: u64) -> OrderSpec {
    OrderSpec {
        max_wait: Duration::from_secs(max_wait),
        ..order_both(EA, Api::Details)
    }
}

/// The files left in the folder of downloads.
fn left(stage: &Stage) -> usize {
    let Ok(folders) = std::fs::read_dir(stage.folder.path().join("downloads")) else {
        return 0;
    };
    let files = folders.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
    files.count()
}

#[tokio::test]
async fn no_request_goes_on_after_max_wait() {
    let pages = OrderSpec {
        max_wait: Duration::from_secs(20),
        ..order_by(Some(Api::Usage))
    };
    for sending in [Sending::Never, Sending::Dripping] {
        let slow = |body: &str| Answer::new(200).body(body).sent(sending);
        let cases = [
            (details(20), vec![slow("{")]),
            (details(20), vec![accepted(), slow("{")]),
            (
                details(20),
                vec![accepted(), completed(LINK), slow("Cost,")],
            ),
            (pages.clone(), vec![slow("{\"value\":[")]),
            (
                pages.clone(),
                vec![one_row_page("2026-10-01", "1", Some("{url}/2")), slow("{")],
            ),
        ];
        for (order, answers) in cases {
            let count = answers.len();
            let clock = JumpingClock::hurrying();
            let begun = clock.now();
            let stage = stage_on(Arc::clone(&clock), answers).await;
            let failed = failure(fetch(&stage.session, &order, Metric::Actual).await.0);
            assert_eq!(failed.exit_code(), 5, "{failed:?}");
            assert!(
                failed.message().contains("--max-wait (00:20)"),
                "{failed:?}"
            );
            let gone = clock.now() - begun;
            assert!(gone <= TimeDelta::seconds(21), "{gone} for {count} answers");
            assert_eq!(
                left(&stage),
                usize::from(count == 2 && order.api == Some(Api::Usage))
            );
        }
    }
}

#[tokio::test]
async fn an_accepted_order_is_known_even_if_its_body_never_ends() {
    let answers = vec![accepted().sent(Sending::Dripping), completed(LINK), blob()];
    let stage = stage_on(JumpingClock::hurrying(), answers).await;
    let (outcome, _) = fetch(&stage.session, &details(3600), Metric::Actual).await;
    assert_eq!(outcome.status(), "ready", "{outcome:?}");
    assert_eq!(stage.server.count("POST"), 1);
}

#[tokio::test]
async fn both_limits_of_a_request_are_told() {
    let answers = vec![
        accepted(),
        Answer::new(200).sent(Sending::Never),
        completed(LINK),
        blob(),
    ];
    let stage = stage_on(JumpingClock::hurrying(), answers).await;
    let (outcome, told) = fetch(&stage.session, &details(3600), Metric::Actual).await;
    assert_eq!(outcome.status(), "ready", "{outcome:?}");
    let mut notes = told.iter().filter_map(|news| news.note.as_ref());
    assert!(
        notes.any(|note| note.contains("300 s in all") && note.contains("120 s of silence")),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_body_without_an_end_is_refused_and_removed() {
    let manifest = "{\"status\":\"Completed\",\"manifest\":{\"blobs\":[{\"blobLink\":\"{url}/b?sig=x\",\"byteCount\":1400000}]}}";
    let rows = "1,EUR,10/01/2026\n".repeat(60_000);
    let endless = Answer::new(200).body(rows).sent(Sending::Endless);
    let stage = stage(vec![accepted(), Answer::new(200).body(manifest), endless]).await;
    let failed = failure(stage.fetch().await);
    assert_eq!(failed.exit_code(), 6, "{failed:?}");
    assert!(
        failed.message().contains("twice its size in the manifest"),
        "{failed:?}"
    );
    assert_eq!(left(&stage), 0);
}

#[tokio::test]
async fn sizes_that_cannot_be_are_no_reason_to_refuse() {
    let file = |bytes: &str| format!("{{\"blobLink\":\"{{url}}/b?sig=x\",\"byteCount\":{bytes}}}");
    let manifest = |files: &str| {
        Answer::new(200).body(format!(
            "{{\"status\":\"Completed\",\"manifest\":{{\"blobs\":[{files}]}}}}"
        ))
    };
    let body = "Cost,BillingCurrency,Date\n1,EUR,10/01/2026\n";
    let whole = || {
        Answer::new(200)
            .header("content-length", body.len().to_string())
            .body(body)
    };
    let one = vec![accepted(), manifest(&file("5000000000000000000")), whole()];
    let huge = file("10000000000000000000");
    let two = vec![
        accepted(),
        manifest(&format!("{huge},{huge}")),
        whole(),
        whole(),
    ];
    for answers in [one, two] {
        let stage = stage(answers).await;
        let outcome = stage.fetch().await;
        assert_eq!(outcome.status(), "ready", "{outcome:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_away_for_a_while_is_waited_for() {
    let away = || Answer::new(200).sent(Sending::Broken);
    let mut answers = vec![accepted()];
    answers.extend((0..40).map(|_| away()));
    answers.extend([completed(LINK), blob()]);
    let stage = stage(answers).await;
    let (outcome, told) = fetch(&stage.session, &details(3600), Metric::Actual).await;
    assert_eq!(outcome.status(), "ready", "{outcome:?}");
    let lost = told.iter().filter_map(|news| news.operation.wait());
    let lost = lost.filter(|wait| wait.why == WaitReason::Unreachable);
    let waits: Vec<i64> = lost
        .map(|wait| (wait.until - wait.since).num_seconds())
        .collect();
    assert_eq!(waits[..6], [5, 10, 20, 40, 60, 60]);
    // Another time it does not come back: few polls, and the order is kept.
    let mut answers = vec![accepted()];
    answers.extend((0..200).map(|_| away()));
    let stage = self::stage(answers).await;
    let failed = failure(
        fetch(&stage.session, &details(3600), Metric::Actual)
            .await
            .0,
    );
    assert!(matches!(failed, Failure::GaveUp { .. }), "{failed:?}");
    assert!(stage.server.count("GET") < 100 && stage.noted());
}

#[tokio::test]
async fn a_storage_that_ignores_ranges_and_never_comes_further_is_given_up() {
    let rows = "Cost,BillingCurrency,Date\n1,EUR,10/01/2026\n";
    let cut_at = |bytes: usize| {
        Answer::new(200)
            .header("content-length", rows.len().to_string())
            .body(&rows.as_bytes()[..bytes])
            .sent(Sending::Cut)
    };
    // Each second try has more bytes than the one before, but none of them is new.
    let mut answers = vec![accepted(), completed(LINK)];
    answers.extend((0..200).map(|at| cut_at(if at % 2 == 0 { 20 } else { 30 })));
    let stage = stage(answers).await;
    let order = details(3600);
    let failed = failure(fetch(&stage.session, &order, Metric::Actual).await.0);
    assert_eq!(failed.exit_code(), 6, "{failed:?}");
    assert!(
        failed.message().contains("5 times without a new byte"),
        "{failed:?}"
    );
    assert!(stage.server.count("GET") < 12, "{failed:?}");
}

#[tokio::test]
async fn a_storage_that_is_away_is_waited_for_with_a_pause() {
    let busy = || Answer::new(503).header("retry-after", "0");
    let mut answers = vec![accepted(), completed(LINK)];
    answers.extend((0..20).map(|_| busy()));
    answers.push(blob());
    let clock = JumpingClock::new();
    let begun = clock.now();
    let stage = stage_on(Arc::clone(&clock), answers).await;
    assert_eq!(stage.fetch().await.status(), "ready");
    assert!((clock.now() - begun).num_seconds() >= 20, "a second each");
    let mut answers = vec![accepted(), completed(LINK)];
    answers.extend((0..300).map(|_| busy()));
    let stage = self::stage(answers).await;
    let failed = failure(
        fetch(&stage.session, &details(3600), Metric::Actual)
            .await
            .0,
    );
    assert_eq!(failed.exit_code(), 5, "{failed:?}");
    assert!(stage.server.count("GET") < 120);
}
