//! The two source documents of costscope, statement by statement: each statement names the tests that cover it.
//! Requests and replies in the shape of the documents' samples are sent and read.

use crate::support::hostile::{Answer, fetch, stage};
use crate::support::{World, october_of};
use costscope::domain::metric::{Metric, MetricChoice};
use costscope::domain::period::{DateRange, Period, parse_date};
use costscope::domain::report::request::{Api, Subset};
use costscope::domain::report::usage_filter::UsageFilter;
use costscope::domain::scope::ScopeId;
use costscope::ops::explore::open;
use costscope::ops::orders::order_spec::OrderSpec;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seeds {
    statement: Vec<Statement>,
    rows: BTreeMap<String, String>,
    sample: Vec<Sample>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    document: String,
    says: String,
    checks: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    scope: String,
    kind: String,
    metric: Option<String>,
    filter: Option<String>,
    sent: Option<String>,
    top: Option<NonZeroU32>,
}

fn seeds() -> Seeds {
    toml::from_str(include_str!("fixtures/seeds.toml")).unwrap()
}

/// Every test as `module::name`: those in this folder, and those beside the code (`domain::money::name`). Ignored tests
/// do not count.
fn tests() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    for item in std::fs::read_dir(root.join("tests/it")).unwrap() {
        let path = item.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "rs") {
            let module = path.file_stem().unwrap().to_str().unwrap();
            tests_of(&path, module, &mut found);
        }
    }
    tests_beside_code(&root.join("src"), "", &mut found);
    found
}

fn tests_beside_code(folder: &Path, module: &str, found: &mut BTreeSet<String>) {
    for item in std::fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            let name = path.file_name().unwrap().to_str().unwrap();
            let inner = [module, name].join("::");
            tests_beside_code(&path, inner.trim_start_matches(':'), found);
        } else if path.file_name().is_some_and(|name| name == "tests.rs") {
            tests_of(&path, module, found);
        }
    }
}

fn tests_of(path: &Path, module: &str, found: &mut BTreeSet<String>) {
    let text = std::fs::read_to_string(path).unwrap();
    let (mut is_test, mut is_off) = (false, false);
    for line in text.lines() {
        let line = line.trim_start();
        let name = line
            .trim_start_matches("async ")
            .strip_prefix("fn ")
            .and_then(|rest| rest.split('(').next());
        if line.starts_with("#[") {
            is_test |= line.starts_with("#[test") || line.starts_with("#[tokio::test");
            is_off |= line.starts_with("#[ignore");
        } else if let Some(name) = name {
            if is_test && !is_off {
                found.insert(format!("{module}::{name}"));
            }
            (is_test, is_off) = (false, false);
        }
    }
}

#[test]
fn each_statement_of_the_documents_names_the_checks_that_hold_it() {
    let (seeds, tests) = (seeds(), tests());
    assert!(tests.contains("seeds::each_statement_of_the_documents_names_the_checks_that_hold_it"));
    let mut said = BTreeSet::new();
    for Statement {
        document,
        says,
        checks,
    } in &seeds.statement
    {
        assert!(
            ["Get small usage datasets on demand", "Usage Details - List"]
                .contains(&document.as_str()),
            "{document}"
        );
        assert!(says.len() > 20 && says.ends_with('.'), "{says}");
        assert!(said.insert((document, says)), "twice: {says}");
        assert!(!checks.is_empty(), "without a check: {says}");
        for check in checks {
            assert!(
                tests.contains(check),
                "`{check}` is no test that runs: {says}"
            );
        }
    }
    for (document, least) in [
        ("Get small usage datasets on demand", 20),
        ("Usage Details - List", 22),
    ] {
        let count = seeds
            .statement
            .iter()
            .filter(|statement| statement.document == document)
            .count();
        assert!(count >= least, "{document}: {count}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn samples_of_the_documents_are_asked_for_and_read() {
    let seeds = seeds();
    let march = DateRange {
        from: parse_date("2026-03-01").unwrap(),
        to: parse_date("2026-03-31").unwrap(),
    };
    for sample in &seeds.sample {
        let (scope, named) = ScopeId::parse_with_period(&sample.scope).unwrap();
        let period = named.map_or(Period::Dates(march), |name| Period::billing(&name).unwrap());
        let (metric, choice) = match sample.metric.as_deref() {
            None | Some("actualcost") => (Metric::Actual, MetricChoice::Actual),
            Some("amortizedcost") => (Metric::Amortized, MetricChoice::Amortized),
            Some(_) => (Metric::Usage, MetricChoice::Usage),
        };
        let order = OrderSpec {
            scope,
            period,
            metric: choice,
            api: Some(Api::Usage),
            subset: Subset {
                filter: sample
                    .filter
                    .as_deref()
                    .map(|text| UsageFilter::parse(text).unwrap()),
                top_rows: sample.top,
            },
            ..october_of("8608480")
        };
        let row = &seeds.rows[&sample.kind];
        let body = format!("{{\"value\":[{row}],\"nextLink\":null}}");
        let stage = stage(vec![Answer::new(200).body(body)]).await;
        let (outcome, _) = fetch(&stage.session, &order, metric).await;
        let name = &sample.scope;
        assert_eq!(outcome.status(), "ready", "{name}: {:?}", outcome.why());
        let total = &outcome.totals()[0];
        let expected = match sample.kind.as_str() {
            "legacy" => ("0.000067061728191", "CAD"),
            _ => ("1.23456789012345", "USD"),
        };
        assert_eq!(
            (total.amount.to_string().as_str(), total.code()),
            expected,
            "{name}"
        );
        let asked = stage.server.seen()[0].line.clone();
        let path = name.trim_matches('/').to_lowercase();
        let wanted = format!("get /{path}/providers/microsoft.consumption/usagedetails?");
        assert!(asked.to_lowercase().starts_with(&wanted), "{asked}");
        let metric = sample.metric.as_deref().unwrap_or("actualcost");
        assert!(asked.contains(&format!("metric={metric}&")), "{asked}");
        assert!(asked.contains("api-version=2024-08-01"), "{asked}");
        if let Some(sent) = &sample.sent {
            let encoded = sent
                .replace(' ', "%20")
                .replace('\'', "%27")
                .replace(':', "%3A");
            assert!(asked.contains(&encoded), "{encoded}: {asked}");
        }
        if let Some(top) = sample.top {
            assert!(asked.contains(&format!("$top={top}&")), "{asked}");
        }
        let key = outcome.key().unwrap().as_str().to_owned();
        let data = open::open_in(&stage.session, (&open::Progress::default(), None), &[key])
            .unwrap()
            .data;
        assert_eq!(open::tag_keys(&data).unwrap(), ["dev", "env"], "{name}");
    }
}

fn accepted(header: &'static str) -> Answer {
    Answer::new(202)
        .header(header, "{url}/status/1?api-version=2021-10-01")
        .header("retry-after", "10")
}

/// A status reply for a report that failed.
fn gone() -> Answer {
    Answer::new(200)
        .body("{\"status\":\"Failed\",\"error\":{\"code\":\"NoData\",\"message\":\"no rows\"}}")
}

#[tokio::test]
async fn an_order_is_posted_as_the_document_shows() {
    for (metric, word) in [
        (Metric::Actual, "ActualCost"),
        (Metric::Amortized, "AmortizedCost"),
    ] {
        let stage = stage(vec![accepted("location"), gone()]).await;
        let order = OrderSpec {
            api: Some(Api::Detailed),
            metric: MetricChoice::Both,
            ..october_of("8608480")
        };
        fetch(&stage.session, &order, metric).await;
        let seen = stage.server.seen();
        assert_eq!(
            seen[0].line,
            "POST /providers/Microsoft.Billing/billingAccounts/8608480/providers/Microsoft.CostManagement/generateDetailedCostReport?api-version=2021-10-01"
        );
        let body: serde_json::Value = serde_json::from_str(&seen[0].body).unwrap();
        let days = serde_json::json!({ "start": "2026-10-01", "end": "2026-10-31" });
        assert_eq!(
            body,
            serde_json::json!({ "metric": word, "timePeriod": days })
        );
        assert_eq!(seen[1].line, "GET /status/1?api-version=2021-10-01");
    }
}

#[tokio::test]
async fn each_header_that_names_the_link_is_followed() {
    for header in [
        "location",
        "azure-asyncoperation",
        "azure-consumption-asyncoperation",
    ] {
        let stage = stage(vec![accepted(header), gone()]).await;
        let order = OrderSpec {
            api: Some(Api::Detailed),
            ..october_of("8608480")
        };
        fetch(&stage.session, &order, Metric::Actual).await;
        let seen = stage.server.seen();
        let polled = seen.get(1).map(|seen| seen.line.as_str());
        assert_eq!(
            polled,
            Some("GET /status/1?api-version=2021-10-01"),
            "{header}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_emulator_refuses_filters_that_the_service_refuses() {
    let world = World::new("").await;
    let address = world.emulator.url().clone();
    let payg = "subscriptions/77b0f3d1-0001-4c8e-b2a4-13579bdf12de";
    let client = reqwest::Client::new();
    for (scope, filter, status) in [
        (payg, "properties/chargeType eq 'Usage'", 200),
        (
            payg,
            "properties/resourceGroup eq 'a and b''s' and tags eq 'a:b'",
            200,
        ),
        (payg, "properties/publisherType eq 'azure'", 200),
        (
            payg,
            "properties/resourceName ge 'a' and properties/resourceName le 'b'",
            200,
        ),
        (payg, "properties/chargeType ne 'Usage'", 400),
        (payg, "not properties/chargeType eq 'Usage'", 400),
        (
            payg,
            "properties/chargeType eq 'a' or properties/chargeType eq 'b'",
            400,
        ),
        (payg, "properties/cost gt '1'", 400),
        (payg, "properties/chargeType eq Usage", 400),
        (payg, "properties/chargeType eq 'Usage", 400),
        (payg, "tags eq 'env'", 400),
        (payg, "tags gt 'a:b'", 400),
        (payg, "properties/publisherType eq 'microsoft'", 400),
        (
            "providers/Microsoft.Billing/billingAccounts/8608480",
            "properties/publisherType eq 'azure'",
            400,
        ),
    ] {
        let url = format!("{address}/{scope}/providers/Microsoft.Consumption/usageDetails");
        let answer = client
            .get(url)
            .query(&[("api-version", "2024-08-01"), ("$filter", filter)])
            .bearer_auth("anything")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status().as_u16(), status, "{filter}");
    }
}
