//! Commands for runs of exports that are repeated too soon: nothing is started twice, and no wait of the server is lost.

use crate::support::World;
use crate::support::exports::{NAME, noted, october, order, run, says, starts};
use crate::support::hostile::{Answer, Hostile};
use crate::support::{JumpingClock, session};
use chrono::TimeDelta;
use costscope::domain::export::watch::WatchEnding;
use costscope::domain::period::DateRange;
use costscope::ops::exports::running;
use costscope::ops::exports::running::{News, RunOrder, RunOutcome};
use costscope::ops::exports::{watched, words};
use serde_json::json;
use std::time::Duration;
use tempfile::TempDir;

fn unwatched(days: Option<DateRange>) -> RunOrder {
    RunOrder {
        waits: false,
        ..order(days)
    }
}

/// Answers of an export whose own days cannot be told; its history stays empty.
fn unseen() -> Vec<Answer> {
    let properties = json!({ "definition": { "timeframe": "BillingMonthToDate" } });
    let export = json!({ "name": NAME, "properties": properties }).to_string();
    let history = Answer::new(200).body("{\"value\":[]}");
    vec![Answer::new(200).body(export), Answer::new(202), history]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_the_history_does_not_show_yet_is_not_repeated() {
    for days in [None, Some(october())] {
        let server = Hostile::start(unseen()).await;
        let folder = TempDir::new().unwrap();
        let session = session(&server.url, folder.path(), JumpingClock::new());
        let (outcome, _) = run(&session, &unwatched(days)).await;
        assert_eq!(outcome.unwrap(), RunOutcome::Started);
        let (outcome, told) = run(&session, &unwatched(days)).await;
        assert_eq!(outcome.unwrap(), RunOutcome::UnderWay, "{told:?}");
        assert!(says(&told, "is under way"), "{told:?}");
        // The next look has its time, which is not waited for.
        let (outcome, told) = run(&session, &unwatched(days)).await;
        assert_eq!(outcome.unwrap(), RunOutcome::UnderWay);
        assert!(says(&told, "next look is not before"), "{told:?}");
        assert_eq!((server.count("POST"), server.seen().len()), (1, 3));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_not_followed_any_more_is_not_started_again() {
    let world = World::new("export-seconds = 3600").await;
    let session = &world.session;
    let short = RunOrder {
        max_wait: Duration::from_secs(600),
        ..order(None)
    };
    let (outcome, _) = run(session, &short).await;
    let id = outcome.unwrap().run().unwrap().id.clone();
    running::forget(session, &short).unwrap();
    assert_eq!(watched::list(session).unwrap().0, []);
    let (outcome, told) = run(session, &unwatched(None)).await;
    assert_eq!(outcome.unwrap(), RunOutcome::UnderWay, "{told:?}");
    let (outcome, _) = run(session, &order(None)).await;
    assert_eq!(outcome.unwrap().run().unwrap().id, id);
    assert_eq!(starts(&world), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_month_to_date_is_the_same_run_after_midnight() {
    let world = World::new("export-seconds = 3600").await;
    let to_date = |text: &str, waits| RunOrder {
        is_to_date: true,
        waits,
        ..order(DateRange::parse(text))
    };
    world.clock.forward(TimeDelta::minutes(13 * 60 + 59));
    let (outcome, _) = run(&world.session, &to_date("2026-11-01..2026-11-22", false)).await;
    assert_eq!(outcome.unwrap(), RunOutcome::Started);
    world.clock.forward(TimeDelta::minutes(2));
    let tomorrow = "2026-11-01..2026-11-23";
    let (outcome, told) = run(&world.session, &to_date(tomorrow, false)).await;
    assert_eq!(outcome.unwrap(), RunOutcome::UnderWay, "{told:?}");
    let (outcome, _) = run(&world.session, &to_date(tomorrow, true)).await;
    assert_eq!(outcome.unwrap().exit_code(), 0);
    assert_eq!(starts(&world), 1);
    assert!(!noted(world.folder.path()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_server_is_asked_again_when_it_says() {
    let script = "[[disturbances]]\nmeets = \"export-run\"\nstatus = 429\nheaders = { Retry-After = \"900\" }\n";
    let world = World::new(script).await;
    let (outcome, told) = run(&world.session, &order(Some(october()))).await;
    assert_eq!(outcome.unwrap().exit_code(), 0);
    let words: Vec<String> = told.iter().map(words::told).collect();
    let busy = "the server is busy, and nothing was started; the start is sent again in 900 s";
    assert!(words.iter().any(|said| said == busy), "{words:?}");
    assert_eq!(starts(&world), 2);
    // It may be busy already when the export is asked for; nothing is sent before the wait is over.
    let mut answers = vec![Answer::new(429).header("Retry-After", "900")];
    answers.extend(unseen());
    answers.extend((0..60).map(|_| Answer::new(200).body("{\"value\":[]}")));
    let server = Hostile::start(answers).await;
    let folder = TempDir::new().unwrap();
    let session = session(&server.url, folder.path(), JumpingClock::new());
    let short = RunOrder {
        max_wait: Duration::from_secs(20 * 60),
        ..order(Some(october()))
    };
    let (outcome, told) = run(&session, &short).await;
    assert_eq!(
        outcome.unwrap(),
        RunOutcome::Ended(WatchEnding::TimeUp(None)),
        "{told:?}"
    );
    assert!(
        matches!(told.first(), Some(News::Busy { since, until, .. }) if *until - *since == TimeDelta::seconds(900)),
        "{told:?}"
    );
    assert_eq!(server.count("POST"), 1);
    // Where nobody waits, the time is kept for the next command.
    let world = World::new(script).await;
    for _ in 0..2 {
        let (outcome, _) = run(&world.session, &unwatched(Some(october()))).await;
        let error = outcome.unwrap_err();
        assert_eq!(error.exit_code(), 5, "{error}");
        assert!(error.to_string().contains("nothing was started"), "{error}");
        assert_eq!(starts(&world), 1);
        assert_eq!(watched::list(&world.session).unwrap().0, []);
    }
    world.clock.forward(TimeDelta::seconds(900));
    let (outcome, _) = run(&world.session, &unwatched(Some(october()))).await;
    assert_eq!(outcome.unwrap(), RunOutcome::Started);
    assert_eq!(starts(&world), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stays_busy_is_asked_slowly_and_within_the_limit() {
    let script = "[[disturbances]]\nmeets = \"export-run\"\ntimes = 1000\nstatus = 429\nheaders = { Retry-After = \"0\" }\n";
    let world = World::new(script).await;
    let short = RunOrder {
        max_wait: Duration::from_secs(60),
        ..order(Some(october()))
    };
    let (outcome, _) = run(&world.session, &short).await;
    assert_eq!(outcome.unwrap_err().exit_code(), 5);
    let sent = starts(&world);
    assert!((2..=13).contains(&sent), "{sent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_refusals_that_do_not_pass_end_a_watch() {
    for (status, gives_up) in [(503, false), (400, true)] {
        let script = format!(
            "[[disturbances]]\nmeets = \"export-history\"\ntimes = 12\nstatus = {status}\nbody = \"{{}}\"\n"
        );
        let world = World::new(&script).await;
        let (outcome, told) = run(&world.session, &order(Some(october()))).await;
        match outcome {
            Ok(outcome) => assert!(!gives_up && outcome.exit_code() == 0, "{told:?}"),
            Err(error) => {
                let error = error.to_string();
                assert!(gives_up && error.contains("the run goes on"), "{error}");
            }
        }
        assert_eq!(noted(world.folder.path()), gives_up, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_beyond_the_time_limit_ends_the_watch_at_once() {
    let script = "[[disturbances]]\nmeets = \"export-history\"\nstatus = 429\nheaders = { Retry-After = \"4000\" }\n";
    let world = World::new(script).await;
    let short = RunOrder {
        max_wait: Duration::from_secs(600),
        ..order(Some(october()))
    };
    let looks = || {
        let requests = world.emulator.record().requests;
        let looks = requests.iter().filter(|line| line.contains("runHistory"));
        looks.count()
    };
    let mut first = None;
    for _ in 0..3 {
        let (outcome, _) = run(&world.session, &short).await;
        assert_eq!(
            outcome.unwrap(),
            RunOutcome::Ended(WatchEnding::TimeUp(None))
        );
        assert_eq!(looks(), *first.get_or_insert_with(looks));
    }
    let (outcome, told) = run(&world.session, &unwatched(Some(october()))).await;
    assert_eq!(outcome.unwrap(), RunOutcome::UnderWay);
    assert!(says(&told, "next look is not before"), "{told:?}");
    let (outcome, _) = run(&world.session, &order(Some(october()))).await;
    assert_eq!(outcome.unwrap().exit_code(), 0);
    assert_eq!(starts(&world), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_fails_keeps_the_wait_of_the_server() {
    let script = "export-seconds = 3600\n\
        [[disturbances]]\nmeets = \"export-history\"\nstatus = 429\nheaders = { Retry-After = \"400\" }\n";
    let world = World::new(script).await;
    let days = Some(october());
    let (outcome, _) = run(&world.session, &unwatched(days)).await;
    assert_eq!(outcome.unwrap(), RunOutcome::Started);
    let (outcome, _) = run(&world.session, &unwatched(days)).await;
    assert_eq!(outcome.unwrap_err().exit_code(), 5);
    let (outcome, told) = run(&world.session, &unwatched(days)).await;
    assert_eq!(outcome.unwrap(), RunOutcome::UnderWay);
    assert!(says(&told, "next look is not before"), "{told:?}");
    assert_eq!(starts(&world), 1);
}
