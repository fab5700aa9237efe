//! Checks of the client and the emulator against API specifications. Listed exceptions: newer api-versions, and the
//! undocumented `startDate` and `endDate`.

use crate::support::hostile::{Answer, Hostile};
use crate::support::spec::Spec;
use crate::support::usage_details::range;
use crate::support::witness::Witness;
use crate::support::{JumpingClock, emulator, october_of, session};
use costscope::azure::client::Client;
use costscope::azure::cloud::{Cloud, Target};
use costscope::azure::credential::TokenCache;
use costscope::azure::credential::credential_chain::SignIn;
use costscope::azure::net::Network;
use costscope::azure::reports::details;
use costscope::azure::reports::usage;
use costscope::azure::reports::usage::PageRequest;
use costscope::azure::scopes;
use costscope::azure::time::Time;
use costscope::domain::metric::{Metric, MetricChoice};
use costscope::domain::period::{DateRange, Period, parse_date};
use costscope::domain::report::reply::{Reply, Span};
use costscope::domain::report::request::{Api, ReportRequest, Subset};
use costscope::domain::scope::ScopeId;
use costscope::ops::clock::Clock;
use costscope::ops::orders::order_spec::OrderSpec;
use costscope::ops::orders::report;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

fn order(scope: &str, api: Api, period: Period) -> OrderSpec {
    OrderSpec {
        metric: MetricChoice::Both,
        period,
        api: Some(api),
        refresh: true,
        ..october_of(scope)
    }
}

/// Orders every kind of report from the emulator and checks all requests and responses.
pub(crate) async fn check_all_exchanges(spec: &Spec) {
    use costscope::emulator::bills::accounts::{CUSTOMERS, MCA_ACCOUNT, MPA_ACCOUNT};
    let billing = "providers/Microsoft.Billing/billingAccounts";
    let profile = format!("{billing}/{MCA_ACCOUNT}/billingProfiles/KQ7L-HM2T-BG7-PGB");
    let week = || Period::Dates(range("2026-10-01", "2026-10-07"));
    let invoice = || Period::Invoice("G20261001".to_owned());
    let billed = || Period::billing("202610").unwrap();
    let group = "providers/Microsoft.Management/managementGroups/mg-prod".to_owned();
    let subscription = "3f1c2b7e-0001-4e5a-9d10-6b2f4c8a9a02".to_owned();
    let department = format!("{billing}/8608480/departments/164821");
    let account = format!("{billing}/8608480/enrollmentAccounts/200101");
    let customer = format!("{billing}/{MPA_ACCOUNT}/customers/{}", CUSTOMERS[0].0);
    let section = format!("{profile}/invoiceSections/PR0D-7XQ2-PJA-PGB");
    let mut orders = Vec::new();
    for scope in [
        &subscription,
        &"8608480".to_owned(),
        &department,
        &account,
        &profile,
        &section,
        &customer,
    ] {
        for api in [Api::Details, Api::Detailed, Api::Usage] {
            orders.push(order(scope, api, week()));
        }
    }
    orders.push(order(&profile, Api::Details, invoice()));
    orders.push(order(&group, Api::Usage, week()));
    for scope in [
        &subscription,
        &"8608480".to_owned(),
        &department,
        &account,
        &group,
    ] {
        orders.push(order(scope, Api::Usage, billed()));
    }
    orders.push(order("8608480", Api::Details, billed()));
    orders.push(order(
        &format!("subscriptions/{subscription}/resourceGroups/rg-web"),
        Api::Usage,
        week(),
    ));
    let scripts = [
        "usage-page = 100",
        "usage-page = 100\nusage-longest-days = 2",
        include_str!("../../../assets/scenarios/throttled.toml"),
        "ending = \"no-data-found\"",
        "ending = \"failed\"",
    ];
    let (mut checked, mut kinds) = (0, std::collections::BTreeSet::new());
    for (at, script) in scripts.into_iter().enumerate() {
        let clock: Arc<dyn Clock> = JumpingClock::new();
        let emulator = emulator(script, &clock).await;
        let witness = Witness::start(emulator.url()).await;
        let folder = TempDir::new().unwrap();
        let session = session(&witness.url, folder.path(), clock);
        let too_long = script.contains("longest-days");
        // A billing period is never split into days, because its days are not known for certain.
        let asked = orders
            .iter()
            .filter(|order| !too_long || !matches!(order.period, Period::Billing(_)));
        // The well-behaved server gets every order; the others get enough to show their faults.
        let asked = asked.take(if at == 0 { orders.len() } else { 3 });
        for order in asked {
            for metric in [Metric::Actual, Metric::Amortized] {
                let request = order.request(order.period.clone(), metric);
                let stop = CancellationToken::new();
                let outcome = report::fetch(&session, order, &request, &stop, |_| {}).await;
                let fails = script.contains("failed") && order.api != Some(Api::Usage);
                assert!(
                    fails || outcome.status() != "failed",
                    "{request:?}: {:?}",
                    outcome.why()
                );
            }
        }
        let ours = witness.exchanges().into_iter().filter(|exchange| {
            ["Microsoft.CostManagement", "Microsoft.Consumption"]
                .iter()
                .any(|provider| exchange.path.contains(&format!("/providers/{provider}/")))
        });
        for exchange in ours {
            let wrong = spec.check(&exchange);
            assert!(
                wrong.is_empty(),
                "{} {} {}: {wrong:#?}",
                exchange.method,
                exchange.path,
                exchange.status
            );
            let action = exchange
                .path
                .rsplit_once("/providers/Microsoft.")
                .unwrap()
                .1;
            kinds.insert(format!(
                "{} {} {}",
                exchange.method,
                action.split('/').nth(1).unwrap(),
                exchange.status
            ));
            checked += 1;
        }
    }
    assert!(checked > 200, "{checked}");
    for kind in [
        "POST generateCostDetailsReport 202",
        "GET costDetailsOperationResults 200",
        "GET costDetailsOperationResults 429",
        "POST generateDetailedCostReport 202",
        "GET operationResults 200",
        "GET usageDetails 200",
        "GET usageDetails 504",
    ] {
        assert!(kinds.contains(kind), "{kind} is not among {kinds:?}");
    }
}

fn client(url: &str) -> Client {
    let clock = JumpingClock::new();
    let now = Arc::clone(&clock);
    let time = Time {
        now: Arc::new(move || now.now()),
        pause: Arc::new(|_| Box::pin(std::future::ready(()))),
        alarm: Arc::new(|_| Box::pin(std::future::pending())),
        jitter: Arc::new(chrono::TimeDelta::zero),
    };
    let target = Target::read(Cloud::Public, Some(url)).unwrap();
    let network = Network::default();
    let tokens = TokenCache::new(&target, &SignIn::default(), &network, &time).unwrap();
    Client::new(target, tokens, &network, time).unwrap()
}

/// The order of an example.
fn ordered(example: &Value) -> ReportRequest {
    let parameters = &example["parameters"];
    let asked = &parameters["parameters"];
    let day = |name: &str| {
        asked["timePeriod"][name]
            .as_str()
            .and_then(|text| parse_date(text).ok())
    };
    let period = match (day("start"), day("end")) {
        (Some(from), Some(to)) => Period::Dates(DateRange { from, to }),
        _ => match asked["billingPeriod"].as_str() {
            Some(name) => Period::billing(name).unwrap(),
            None => Period::Invoice(asked["invoiceId"].as_str().unwrap_or("x").to_owned()),
        },
    };
    let metric = match asked["metric"].as_str() {
        Some("AmortizedCost") => Metric::Amortized,
        _ => Metric::Actual,
    };
    let scope = parameters["scope"].as_str().unwrap();
    let scope = ScopeId::parse(scope).unwrap_or_else(|_| ScopeId::parse("8608480").unwrap());
    ReportRequest {
        export: None,
        scope,
        metric,
        period,
        subset: Subset::default(),
    }
}

/// Decodes all examples of a folder as the program does; returns the number of responses.
pub(crate) async fn decode_all_examples(folder: &Path) -> usize {
    let mut count = 0;
    for item in std::fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        // Replace the hosts of the examples with ones that a test may contact.
        let text = text
            .replace(
                "https://ccmreportstorageeastus.blob.core.windows.net",
                "{url}",
            )
            .replace("https://management.azure.com", "{url}");
        let example: Value = serde_json::from_str(&text).unwrap();
        for (status, response) in example["responses"].as_object().unwrap() {
            let status: u16 = status.parse().unwrap();
            let mut answer = Answer::new(status);
            for (header, value) in response["headers"].as_object().into_iter().flatten() {
                let value = value
                    .as_str()
                    .map_or_else(|| value.to_string(), ToOwned::to_owned);
                answer = answer.header(header.clone().leak(), value);
            }
            let mut body = response["body"].clone();
            if let Some(body) = body.as_object_mut() {
                // The examples do not include their next pages.
                body.remove("nextLink");
                answer = answer.body(serde_json::to_string(body).unwrap());
            }
            let server = Hostile::start(vec![answer.clone(), answer.clone(), answer]).await;
            let client = client(&server.url);
            decoded(&name, status, &example, &client, &response["body"]).await;
            count += 1;
        }
    }
    count
}

/// Decodes one answer as the program does, and checks the result.
async fn decoded(name: &str, status: u16, example: &Value, client: &Client, body: &Value) {
    let rows = body["value"].as_array().map_or(0, Vec::len);
    if name.starts_with("UsageDetails") {
        let mut request = ordered(example);
        request.period = Period::billing("201903").unwrap();
        let question = PageRequest {
            request: &request,
            agreement: None,
            span: Span::Period,
            link: None,
        };
        let page = usage::page(client, &question).await;
        match (status, page.exchange.reply) {
            (200, Reply::Paged { rows: read, .. }) => assert_eq!(read, rows as u64, "{name}"),
            (204, Reply::NoData { .. }) => {}
            (_, other) => panic!("{name} {status}: {other:?}"),
        }
    } else if name.starts_with("Generate") || name.starts_with("CostDetails") {
        let request = ordered(example);
        let api = if name.contains("DetailedCost") {
            Api::Detailed
        } else {
            Api::Details
        };
        let is_poll = name.contains("Operation");
        let exchange = if is_poll {
            let link = "/x/operationResults/1";
            // The example of a poll fits any order.
            let any = ReportRequest {
                period: Period::Invoice("x".to_owned()),
                ..request
            };
            details::poll(client, &any, link).await
        } else {
            let until = chrono::DateTime::<chrono::Utc>::MAX_UTC;
            details::order(client, &request, api, until).await
        };
        match (status, exchange.reply) {
            (200, Reply::Finished(manifest)) => assert_eq!(manifest.blobs.len(), 1, "{name}"),
            (202, Reply::Accepted { location, wait }) => {
                assert!(
                    location.is_some() && wait.is_some_and(|w| w.num_seconds() == 60),
                    "{name}"
                );
            }
            (204, Reply::NoData { .. }) => {}
            (_, other) => panic!("{name} {status}: {other:?}"),
        }
    } else {
        let account =
            ScopeId::parse("providers/Microsoft.Billing/billingAccounts/8608480").unwrap();
        let mca =
            ScopeId::parse("providers/Microsoft.Billing/billingAccounts/a:b_2019-05-31").unwrap();
        let found = match name {
            "GetSubscriptions" | "ListManagementGroups" | "billingAccountsList" => {
                scopes::roots(client).await
            }
            "billingProfilesListByBillingAccount" => {
                scopes::children(client, &mca, mca.agreement()).await
            }
            "invoiceSectionsListByBillingProfile" => {
                let profile = ScopeId::parse(&format!("{mca}/billingProfiles/p")).unwrap();
                scopes::children(client, &profile, mca.agreement()).await
            }
            "enrollmentAccountsListByDepartment" => {
                let department = ScopeId::parse(&format!("{account}/departments/1")).unwrap();
                scopes::children(client, &department, account.agreement()).await
            }
            "departmentsListByBillingAccount" | "enrollmentAccountsListByBillingAccount" => {
                scopes::children(client, &account, account.agreement()).await
            }
            other => panic!("nobody reads {other}"),
        };
        let found = found.unwrap();
        let hidden = body["value"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|item| item["properties"]["hasReadAccess"] == false);
        assert!(
            found.scopes.len() >= rows - hidden.count(),
            "{name}: {:?}",
            found.scopes
        );
        assert!(
            rows > 0 && found.scopes.iter().all(|scope| !scope.name.is_empty()),
            "{name}"
        );
    }
}
