//! Runs of exports against the emulator: they end in every way, answers get lost, nothing is started twice.

use crate::support::World;
use crate::support::exports::{NAME, account, noted, october, order, run, says, starts};
use crate::support::hostile::{Answer, Hostile, Sending};
use crate::support::{JumpingClock, session};
use chrono::TimeDelta;
use costscope::domain::export::history::RunEnding;
use costscope::domain::export::watch::WatchEnding;
use costscope::ops::exports;
use costscope::ops::exports::running;
use costscope::ops::exports::running::{News, RunOrder, RunOutcome};
use costscope::ops::exports::watched;
use costscope::ops::exports::watched::NotedRun;
use serde_json::json;
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_found_in_the_history_and_watched_to_its_end() {
    for (script, code, word) in [
        ("export-seconds = 900", 0, "Completed"),
        ("export-ending = \"failed\"", 1, "Failed"),
        ("export-ending = \"no-data\"", 3, "NewDataNotAvailable"),
    ] {
        let world = World::new(script).await;
        let (outcome, told) = run(&world.session, &order(Some(october()))).await;
        let outcome = outcome.unwrap();
        assert_eq!(outcome.exit_code(), code, "{outcome:?}");
        let run = outcome.run().unwrap();
        assert_eq!((run.status.word(), run.days), (word, Some(october())));
        assert_eq!(starts(&world), 1);
        assert!(!noted(world.folder.path()), "the note is removed");
        let past = watched::past(&world.session).unwrap();
        let [ended] = past.as_slice() else {
            panic!("{past:?}");
        };
        assert_eq!(ended.run.as_ref(), Some(&run.id));
        assert_eq!(
            (ended.days, ended.dataset.as_deref()),
            (Some(october()), Some("ActualCost"))
        );
        assert!(
            ended.looks > 0 && ended.why.is_some() && ended.source.is_some(),
            "{ended:?}"
        );
        let waits = told
            .iter()
            .filter(|news| matches!(news, News::Waiting { .. }));
        assert!(waits.count() > 0, "{told:?}");
        let history = exports::show(&world.session, &account(), NAME)
            .await
            .unwrap();
        assert_eq!(history.runs[0].id, run.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_whose_answer_is_lost_is_never_sent_again() {
    let world = World::new("lost-run-answers = 1").await;
    let (outcome, told) = run(&world.session, &order(None)).await;
    let outcome = outcome.unwrap();
    assert!(
        matches!(outcome, RunOutcome::Ended(WatchEnding::Completed(_))),
        "{outcome:?}"
    );
    assert!(says(&told, "not sent again"), "{told:?}");
    assert_eq!(starts(&world), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_never_arrived_ends_after_ten_minutes() {
    let world =
        World::new("[[disturbances]]\nmeets = \"export-run\"\nstatus = 503\nbody = \"{}\"\n").await;
    let (outcome, _) = run(&world.session, &order(Some(october()))).await;
    assert_eq!(
        outcome.unwrap(),
        RunOutcome::Ended(WatchEnding::NeverStarted)
    );
    assert_eq!(starts(&world), 1);
    assert!(!noted(world.folder.path()));
    // The next command may start it.
    let (outcome, _) = run(&world.session, &order(Some(october()))).await;
    assert_eq!(outcome.unwrap().exit_code(), 0);
    assert_eq!(starts(&world), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_is_resumed_by_the_next_command() {
    let world = World::new("export-seconds = 3600").await;
    let short = RunOrder {
        max_wait: Duration::from_secs(600),
        ..order(Some(october()))
    };
    let (outcome, _) = run(&world.session, &short).await;
    let outcome = outcome.unwrap();
    assert_eq!(outcome.exit_code(), 5, "{outcome:?}");
    let id = outcome.run().unwrap().id.clone();
    assert!(noted(world.folder.path()));
    let (outcome, told) = run(&world.session, &order(Some(october()))).await;
    let outcome = outcome.unwrap();
    assert_eq!(outcome.exit_code(), 0);
    assert_eq!(outcome.run().unwrap().id, id);
    assert!(says(&told, "resumed"), "{told:?}");
    assert_eq!(starts(&world), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_is_a_job_that_is_resumed_or_dropped_by_its_note() {
    let world = World::new("export-seconds = 3600").await;
    let session = &world.session;
    let short = RunOrder {
        max_wait: Duration::from_secs(600),
        ..order(Some(october()))
    };
    let (outcome, _) = run(session, &short).await;
    assert_eq!(outcome.unwrap().exit_code(), 5);
    let (noted, damaged) = watched::list(session).unwrap();
    assert_eq!((noted.len(), damaged.len()), (1, 0));
    let NotedRun { note, held } = &noted[0];
    assert!(
        !held && note.name().contains("export-actual-daily"),
        "{noted:?}"
    );
    let (stop, wait) = (CancellationToken::new(), Duration::from_secs(4 * 3600));
    let outcome = running::resume(session, note, wait, &stop, |_| {}).await;
    assert_eq!(outcome.unwrap().exit_code(), 0);
    assert_eq!(watched::list(session).unwrap().0, []);
    // It has ended, so it is neither resumed nor dropped twice.
    let again = running::resume(session, note, wait, &stop, |_| {}).await;
    assert_eq!(again.unwrap_err().exit_code(), 1);
    running::forget(session, &RunOrder::resuming(note, wait)).unwrap();
    assert_eq!(watched::past(session).unwrap().len(), 1);
    world.clock.forward(TimeDelta::days(1));
    let (outcome, _) = run(session, &short).await;
    assert_eq!(outcome.unwrap().exit_code(), 5);
    let noted = watched::list(session).unwrap().0;
    running::forget(session, &RunOrder::resuming(&noted[0].note, wait)).unwrap();
    assert_eq!(watched::list(session).unwrap().0, []);
    let endings: Vec<RunEnding> = watched::past(session)
        .unwrap()
        .iter()
        .map(|past| past.ending)
        .collect();
    assert_eq!(endings, [RunEnding::Dropped, RunEnding::Completed]);
    assert_eq!(starts(&world), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_under_way_is_followed_instead_of_a_second_one() {
    let world = World::new("export-seconds = 3600").await;
    let started = RunOrder {
        waits: false,
        ..order(Some(october()))
    };
    let (outcome, _) = run(&world.session, &started).await;
    assert_eq!(outcome.unwrap(), RunOutcome::Started);
    assert_eq!(
        watched::list(&world.session).unwrap().0,
        [],
        "nobody watches it"
    );
    let (outcome, told) = run(&world.session, &started).await;
    assert_eq!(outcome.unwrap(), RunOutcome::UnderWay);
    assert!(says(&told, "under way"), "{told:?}");
    let (outcome, told) = run(&world.session, &order(Some(october()))).await;
    assert_eq!(outcome.unwrap().exit_code(), 0);
    assert!(says(&told, "under way"), "{told:?}");
    assert_eq!(starts(&world), 1);
    // A week later, the same command starts another one.
    world.clock.forward(TimeDelta::days(7));
    let (outcome, _) = run(&world.session, &order(Some(october()))).await;
    assert_eq!(outcome.unwrap().exit_code(), 0);
    assert_eq!(starts(&world), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_other_days_is_not_followed_for_the_exports_own_days() {
    let world = World::new("export-seconds = 3600").await;
    let started = |days| RunOrder {
        waits: false,
        ..order(days)
    };
    for (days, count) in [(Some(october()), 1), (None, 2)] {
        let (outcome, _) = run(&world.session, &started(days)).await;
        assert_eq!(outcome.unwrap(), RunOutcome::Started);
        assert_eq!(starts(&world), count);
    }
    // The second one is of this month so far.
    let (outcome, told) = run(&world.session, &order(None)).await;
    let days = outcome.unwrap().run().unwrap().days.unwrap();
    assert_eq!(days.to_string(), "2026-11-01..2026-11-22");
    assert!(says(&told, "under way"), "{told:?}");
    assert_eq!(starts(&world), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_nobody_watches_any_more_is_settled_before_the_next_one() {
    let short = RunOrder {
        max_wait: Duration::from_secs(600),
        ..order(Some(october()))
    };
    let unwatched = RunOrder {
        waits: false,
        ..order(Some(october()))
    };
    for (forward, next, expected, count, word) in [
        // It goes on: no second one.
        (
            TimeDelta::zero(),
            &unwatched,
            RunOutcome::UnderWay,
            1,
            "Queued for",
        ),
        // It has ended meanwhile.
        (
            TimeDelta::hours(2),
            &unwatched,
            RunOutcome::Started,
            2,
            "UTC: completed",
        ),
        // After a day, the command is about another run, also if it is watched.
        (
            TimeDelta::days(2),
            &unwatched,
            RunOutcome::Started,
            2,
            "UTC: completed",
        ),
    ] {
        let world = World::new("export-seconds = 3600").await;
        let (outcome, _) = run(&world.session, &short).await;
        assert_eq!(outcome.unwrap().exit_code(), 5);
        world.clock.forward(forward);
        let (outcome, told) = run(&world.session, next).await;
        assert_eq!(outcome.unwrap(), expected);
        assert!(says(&told, word), "{word}: {told:?}");
        assert_eq!(starts(&world), count, "{word}");
    }
    let world = World::new("export-seconds = 3600").await;
    let (outcome, _) = run(&world.session, &short).await;
    let first = outcome.unwrap().run().unwrap().id.clone();
    world.clock.forward(TimeDelta::days(2));
    let (outcome, told) = run(&world.session, &order(Some(october()))).await;
    assert_ne!(outcome.unwrap().run().unwrap().id, first);
    assert!(says(&told, "UTC: completed"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_before_the_start_starts_nothing() {
    let world = World::new("").await;
    let stop = CancellationToken::new();
    stop.cancel();
    let outcome = running::run(&world.session, &order(None), &stop, |_| {}).await;
    let outcome = outcome.unwrap();
    assert_eq!(
        (&outcome, outcome.exit_code()),
        (&RunOutcome::NotStarted, 130)
    );
    assert_eq!(starts(&world), 0);
    assert!(!noted(world.folder.path()));
    // A name that leads elsewhere is never sent.
    for name in ["", "..", "actual-daily/run"] {
        let order = RunOrder {
            export: name.to_owned(),
            ..order(None)
        };
        let (outcome, _) = run(&world.session, &order).await;
        assert_eq!(outcome.unwrap_err().exit_code(), 2, "{name}");
        let shown = exports::show(&world.session, &account(), name).await;
        assert_eq!(shown.unwrap_err().exit_code(), 2, "{name}");
    }
    let requests = world.emulator.record().requests;
    assert!(
        !requests.iter().any(|line| line.contains("exports")),
        "{requests:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_start_leaves_no_note() {
    let body = json!({ "error": { "code": "RBACAccessDenied", "message":
        "The client does not have authorization to perform action 'Microsoft.CostManagement/exports/run/action'." } });
    let script =
        format!("[[disturbances]]\nmeets = \"export-run\"\nstatus = 403\nbody = '''{body}'''\n");
    let world = World::new(&script).await;
    let (outcome, _) = run(&world.session, &order(Some(october()))).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.exit_code(), 4);
    assert!(error.to_string().contains("sign in as a user"), "{error}");
    assert!(!noted(world.folder.path()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_may_fail_for_a_while_and_names_its_own_waits() {
    let script = "[[disturbances]]\nmeets = \"export-history\"\nstatus = 429\nheaders = { Retry-After = \"400\" }\n\
        [[disturbances]]\nmeets = \"export-history\"\nafter = 1\ntimes = 3\nstatus = 500\n";
    let world = World::new(script).await;
    let (outcome, told) = run(&world.session, &order(Some(october()))).await;
    assert_eq!(outcome.unwrap().exit_code(), 0);
    assert!(says(&told, "cannot be read now"), "{told:?}");
    let Some(News::Waiting { since, until, .. }) = told
        .iter()
        .find(|news| matches!(news, News::Waiting { .. }))
    else {
        panic!("no wait: {told:?}");
    };
    assert_eq!(*until - *since, TimeDelta::seconds(400), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_during_the_start_is_no_refusal() {
    let export = json!({ "name": NAME, "properties": {} }).to_string();
    let ours = json!({ "value": [{ "id": "x/Run/r1", "properties": { "status": "Completed", "executionType": "OnDemand",
        "submittedTime": "2026-11-22T10:00:00Z", "startDate": "2026-10-01T00:00:00", "endDate": "2026-10-31T00:00:00" } }] });
    let server = Hostile::start(vec![
        Answer::new(200).body(export),
        Answer::new(200).body("{}").sent(Sending::Broken),
        // No list is not an empty list.
        Answer::new(200).body("{}"),
        Answer::new(200).body(ours.to_string()),
    ])
    .await;
    let folder = TempDir::new().unwrap();
    let session = session(&server.url, folder.path(), JumpingClock::new());
    let (outcome, told) = run(&session, &order(Some(october()))).await;
    assert!(says(&told, "lacks the member \"value\""), "{told:?}");
    assert_eq!(outcome.unwrap().exit_code(), 0);
    let posts = server.seen();
    assert_eq!(
        posts
            .iter()
            .filter(|seen| seen.line.starts_with("POST"))
            .count(),
        1
    );
}
