//! Lists of scopes: every page, refusals, loops, JSON.

use crate::support::hostile::{Answer, stage};
use crate::support::served::Served;
use crate::support::{World, document, run};
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

#[tokio::test]
async fn an_endless_list_is_noticed() {
    let page = || Answer::new(200).body("{\"value\":[],\"nextLink\":\"{url}/again\"}");
    let stage = stage((0..6).map(|_| page()).collect()).await;
    let error = costscope::ops::scopes::list(&stage.session)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("form a loop"), "{error}");
}
