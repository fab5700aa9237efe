//! Lists of scopes: every page, refusals, loops, JSON.

use crate::support::hostile::{Answer, stage, stage_on};
use crate::support::served::Served;
use crate::support::{JumpingClock, World, document, run};
use costscope::ops::clock::Clock as _;
use serde_json::{Value, json};
use tempfile::TempDir;

#[test]
fn scopes_have_the_shape_of_the_contract() {
    let folder = TempDir::new().unwrap();
    let served = Served::start(&folder, "happy");
    let found = document(&run(
        folder.path(),
        &[
            "--endpoint",
            &served.url,
            "scopes",
            "--search",
            "prod",
            "--format",
            "json",
        ],
    ));
    let scopes = found["scopes"].as_array().unwrap();
    let online = scopes
        .iter()
        .find(|scope| scope["name"] == "prod-online")
        .unwrap();
    assert_eq!(
        (
            &online["kind"],
            &online["agreement"],
            &online["reports"],
            &online["why_not"]
        ),
        (
            &json!("subscription"),
            &json!("EA"),
            &json!(true),
            &Value::Null
        )
    );
    let group = scopes
        .iter()
        .find(|scope| scope["kind"] == "management-group")
        .unwrap();
    assert!(group["reports"] == false && group["why_not"].is_string());
}

#[tokio::test]
async fn lists_follow_every_page_and_report_refusals() {
    let world = World::new("").await;
    let found = costscope::ops::scopes::list(&world.session).await.unwrap();
    let names: Vec<&str> = found
        .scopes
        .iter()
        .map(|scope| scope.name.as_str())
        .collect();
    for name in [
        "Contoso Enrolment",
        "Retail",
        "Shared Platform",
        "Production",
        "mg-prod",
        "payg-sandbox",
        "locked-down",
    ] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    assert_eq!(
        names.iter().filter(|name| **name == "prod-online").count(),
        1
    );
    let refused = World::new("[[disturbances]]\nmeets = \"list\"\nstatus = 403\ntimes = 9\nbody = '{\"error\":{\"code\":\"AuthorizationFailed\"}}'").await;
    let error = costscope::ops::scopes::list(&refused.session)
        .await
        .unwrap_err();
    assert_eq!(error.exit_code(), 4);
}

/// A page without items and with a link.
fn linked(link: &str) -> Answer {
    Answer::new(200).body(format!("{{\"value\":[],\"nextLink\":\"{{url}}/{link}\"}}"))
}

#[tokio::test]
async fn broken_pages_of_a_list_are_asked_for_again_and_then_refused() {
    let broken = [
        (linked("again"), "form a loop"),
        (Answer::new(204), "unexpected end"),
        (Answer::new(200), "unexpected end"),
    ];
    for (page, words) in broken {
        let mut answers = vec![linked("again"), linked("again"), linked("again")];
        answers.extend((0..12).map(|_| page.clone()));
        let stage = stage(answers).await;
        let error = costscope::ops::scopes::list(&stage.session)
            .await
            .unwrap_err();
        assert_eq!((error.exit_code(), stage.server.count("GET")), (6, 15));
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_broken_page_that_is_whole_the_next_time_costs_nothing() {
    let last = "{\"value\":[{\"id\":\"/subscriptions/11111111-2222-4333-8444-555555555555\",\"displayName\":\"prod\"}]}";
    let mut answers = vec![linked("2"), linked("2"), linked("2")];
    answers.extend((0..3).map(|_| Answer::new(204)));
    answers.extend((0..3).map(|_| Answer::new(200).body(last)));
    let stage = stage(answers).await;
    let found = costscope::ops::scopes::roots(&stage.session).await.unwrap();
    assert!(
        !found.incomplete && found.problems.is_empty(),
        "{:?}",
        found.problems
    );
    assert!(found.scopes.iter().any(|scope| scope.name == "prod"));
}

#[tokio::test]
async fn a_list_without_end_stops_at_its_page_limit_and_pace() {
    let clock = JumpingClock::new();
    let answers = (0..3_003).map(|number| linked(&number.to_string()));
    let stage = stage_on(std::sync::Arc::clone(&clock), answers.collect()).await;
    let begun = clock.now();
    let error = costscope::ops::scopes::list(&stage.session)
        .await
        .unwrap_err();
    assert_eq!((error.exit_code(), stage.server.count("GET")), (6, 3_000));
    assert!(error.to_string().contains("1000 pages"), "{error}");
    let seconds = (clock.now() - begun).num_seconds();
    assert!(seconds >= 290, "{seconds} s: at most ten pages a second");
}
