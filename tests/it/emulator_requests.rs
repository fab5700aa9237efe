//! What Microsoft's SDKs send, and what the emulator answers: `tests/sdk/run` asks with the SDKs themselves.

use crate::support::World;
use reqwest::Method;
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::collections::BTreeSet;

const EA: &str = "providers/Microsoft.Billing/billingAccounts/8608480";
const PROD: &str = "3f1c2b7e-0001-4e5a-9d10-6b2f4c8a9a02";
const PAYG: &str = "77b0f3d1-0001-4c8e-b2a4-13579bdf12de";
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";
const READY: &str = "polls = 0\nretry-after = 0\n";

/// An answer of the emulator.
struct Answered {
    status: u16,
    headers: Vec<(String, String)>,
    body: Value,
}

impl Answered {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap()
    }
}

async fn send(method: Method, url: &str, query: &[(&str, &str)], body: Option<&Value>) -> Answered {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.request(method, url).bearer_auth("anything");
    if !query.is_empty() {
        request = request.query(query);
    }
    if let Some(body) = body {
        request = request.json(body);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let headers = answer
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    let bytes = answer.bytes().await.unwrap();
    Answered {
        status,
        headers,
        body: serde_json::from_slice(&bytes).unwrap_or_default(),
    }
}

async fn get(world: &World, path: &str, query: &[(&str, &str)]) -> Answered {
    let version = [("api-version", "2022-12-01")];
    let url = format!("{}/{path}", world.emulator.url());
    send(Method::GET, &url, &[&version[..], query].concat(), None).await
}

/// Orders a report of the first generation.
async fn ordered(world: &World, version: &str) -> Answered {
    let days = json!({ "start": "2026-11-01", "end": "2026-11-01" });
    let body = json!({ "metric": "ActualCost", "timePeriod": days });
    let url = format!(
        "{}/{EA}/providers/Microsoft.CostManagement/generateDetailedCostReport",
        world.emulator.url()
    );
    send(Method::POST, &url, &[("api-version", version)], Some(&body)).await
}

async fn follow(link: Option<&str>) -> Answered {
    send(Method::GET, link.unwrap(), &[], None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn pollers_of_the_first_generation_end_in_every_version_but_the_first() {
    for (version, status_links, status) in [
        ("2021-10-01", 2, json!("Completed")),
        ("2022-10-01", 1, json!({ "status": "Completed" })),
        ("2025-03-01", 1, json!({ "status": "Completed" })),
    ] {
        let world = World::new(READY).await;
        let order = ordered(&world, version).await;
        assert_eq!(order.status, 202, "{version}");
        let link = order.header("azure-consumption-asyncoperation");
        let names = ["azure-consumption-asyncoperation", "azure-asyncoperation"];
        let links: Vec<&str> = names.iter().filter_map(|name| order.header(name)).collect();
        assert_eq!(links, vec![link.unwrap(); status_links], "{version}");
        let told = follow(link).await;
        assert_eq!((told.status, &told.body["status"]), (200, &status));
        assert_eq!(told.body["error"], json!({ "code": 0, "message": null }));
        let result = follow(order.header("location")).await;
        assert_eq!((result.status, result.body.get("status")), (200, None));
        assert!(result.body["properties"]["downloadUrl"].is_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_report_has_a_failed_status_and_no_results() {
    let world = World::new(&format!("{READY}ending = \"failed\"\n")).await;
    let order = ordered(&world, "2025-03-01").await;
    let words = "The report could not be generated. Please retry.";
    let result = follow(order.header("location")).await;
    let error = json!({ "error": { "code": "BadRequest", "message": words } });
    assert_eq!((result.status, result.body), (400, error));
    let told = follow(order.header("azure-consumption-asyncoperation")).await;
    let failed = json!({ "status": "Failed" });
    assert_eq!((told.status, &told.body["status"]), (200, &failed));
    let error = json!({ "code": "500", "message": words });
    assert_eq!(told.body["error"], error);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_item_of_a_list_has_a_path_of_its_own() {
    use costscope::emulator::bills::accounts::{CUSTOMERS, MCA_ACCOUNT, MPA_ACCOUNT, TENANT};
    let world = World::new("").await;
    let mca = format!("providers/Microsoft.Billing/billingAccounts/{MCA_ACCOUNT}");
    let mpa = format!("providers/Microsoft.Billing/billingAccounts/{MPA_ACCOUNT}");
    let profile = format!("{mca}/billingProfiles/KQ7L-HM2T-BG7-PGB");
    let groups = "providers/Microsoft.Management/managementGroups";
    for path in [
        EA.to_owned(),
        mca.clone(),
        mca.replace(':', "%3A"),
        profile.clone(),
        format!("{profile}/invoiceSections/PR0D-7XQ2-PJA-PGB"),
        format!("{EA}/departments/164821"),
        format!("{EA}/enrollmentAccounts/200101"),
        format!("{mpa}/customers/{}", CUSTOMERS[0].0),
        format!("{groups}/mg-prod"),
        format!("{groups}/{TENANT}"),
        format!("subscriptions/{PAYG}"),
        format!("subscriptions/{PROD}/resourceGroups/rg-web"),
    ] {
        let found = get(&world, &path, &[]).await;
        assert_eq!(found.status, 200, "{path}");
        let id = found.body["id"].as_str().unwrap().trim_start_matches('/');
        assert_eq!(id, path.replace("%3A", ":"));
        let loud = get(&world, &path.to_uppercase().replace("%3A", ":"), &[]).await;
        assert_eq!(loud.body, found.body, "{path} without case");
        let (above, _) = path.rsplit_once('/').unwrap();
        let missing = get(&world, &format!("{above}/nobody"), &[]).await;
        assert_eq!(missing.status, 404, "{above}");
    }
    let subscription = get(&world, &format!("subscriptions/{PAYG}"), &[]).await;
    let policies = json!({
        "locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01",
        "spendingLimit": "Off",
    });
    let expected = json!({
        "id": format!("/subscriptions/{PAYG}"), "subscriptionId": PAYG, "displayName": "payg-sandbox",
        "tenantId": TENANT, "state": "Enabled", "authorizationSource": "RoleBased",
        "subscriptionPolicies": policies,
    });
    assert_eq!(subscription.body, expected);
    for (path, code) in [
        (format!("subscriptions/{NOBODY}"), "SubscriptionNotFound"),
        (
            format!("subscriptions/{NOBODY}/resourcegroups"),
            "SubscriptionNotFound",
        ),
        (
            format!("subscriptions/{PROD}/resourcegroups/rg-nobody"),
            "ResourceGroupNotFound",
        ),
        (EA.replace("8608480", "1234567"), "ResourceNotFound"),
    ] {
        let refused = get(&world, &path, &[]).await;
        assert_eq!((refused.status, refused.code()), (404, code), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_and_resource_groups_are_listed() {
    let world = World::new("").await;
    let tenants = get(&world, "tenants", &[]).await;
    let tenant = json!({
        "id": "/tenants/5c0ffee0-1234-4abc-9def-00c05750ca1e",
        "tenantId": "5c0ffee0-1234-4abc-9def-00c05750ca1e",
        "tenantCategory": "Home", "tenantType": "AAD", "displayName": "Contoso", "countryCode": "DE",
        "defaultDomain": "contoso.example", "domains": ["contoso.example"],
    });
    let expected = json!({ "value": [tenant], "nextLink": null });
    assert_eq!((tenants.status, tenants.body), (200, expected));
    let path = format!("subscriptions/{PROD}/resourcegroups");
    let groups = get(&world, &path, &[]).await;
    let group = |name: &str, location: &str| {
        json!({
            "id": format!("/subscriptions/{PROD}/resourceGroups/{name}"), "name": name,
            "type": "Microsoft.Resources/resourceGroups", "location": location,
            "properties": { "provisioningState": "Succeeded" },
        })
    };
    let value = [
        group("rg-batch", "uksouth"),
        group("rg-data", "uksouth"),
        group("rg-logs", "swedencentral"),
        group("rg-platform", "northeurope"),
        group("rg-web", "eastus"),
    ];
    assert_eq!(groups.body, json!({ "value": value, "nextLink": null }));
    let two = get(&world, &path, &[("$top", "2")]).await;
    assert_eq!(two.body, json!({ "value": &value[..2], "nextLink": null }));
    for (name, status) in [("rg-web", 204), ("rg-nobody", 404)] {
        let url = format!("{}/{path}/{name}", world.emulator.url());
        let version = [("api-version", "2021-04-01")];
        let told = send(Method::HEAD, &url, &version, None).await;
        assert_eq!(told.status, status, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_a_list_keep_its_parameters() {
    let world = World::new("").await;
    let first = get(&world, "subscriptions", &[("$top", "7")]).await;
    let link = first.body["nextLink"].as_str().unwrap();
    let expected = format!(
        "{}/subscriptions?$top=7&api-version=2022-12-01&$skiptoken=5",
        world.emulator.url()
    );
    assert_eq!(link, expected);
    let second = follow(Some(link)).await;
    assert_eq!(second.body["value"].as_array().unwrap().len(), 2);
    assert_eq!(second.body["nextLink"], Value::Null);
    let far = usize::MAX.to_string();
    let usage = format!("subscriptions/{PAYG}/providers/Microsoft.Consumption/usageDetails");
    for path in ["subscriptions", usage.as_str()] {
        let empty = get(&world, path, &[("$skiptoken", &far)]).await;
        let nothing = json!({ "value": [], "nextLink": null });
        assert_eq!((empty.status, empty.body), (200, nothing), "{path}");
    }
}

/// The rows of Usage Details for a filter; all of them fit on one page.
async fn usage(world: &World, scope: &str, query: &[(&str, &str)]) -> Vec<Value> {
    let path = format!("{scope}/providers/Microsoft.Consumption/usageDetails");
    let answer = get(world, &path, query).await;
    assert_eq!(answer.status, 200, "{query:?}: {}", answer.body);
    assert_eq!(answer.body["nextLink"], Value::Null);
    answer.body["value"].as_array().unwrap().clone()
}

fn member<'a>(row: &'a Value, name: &str) -> &'a str {
    row["properties"][name].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_may_compare_days_in_every_way() {
    let world = World::new("").await;
    let scope = format!("subscriptions/{PAYG}");
    let (start, end) = ("properties/usageStart", "properties/usageEnd");
    for (filter, days) in [
        (
            format!("{start} ge '2026-10-05' and {end} le '2026-10-07'"),
            5..=7,
        ),
        (
            format!("{start} gt '2026-10-05' and {end} lt '2026-10-07'"),
            6..=6,
        ),
        (format!("{start} eq '2026-10-05'"), 5..=5),
        (
            format!("{end} ge '2026-10-05' and {end} le '2026-10-06'"),
            5..=6,
        ),
        (
            format!("{start} ge '2026-10-05' and {start} lt '2026-10-07'"),
            5..=6,
        ),
        (
            format!(
                "{start} ge '2026-10-01' and {start} ge '2026-10-05' and {end} le '2026-10-05'"
            ),
            5..=5,
        ),
        (
            format!("{start} ge '2026-10-05T00:00:00.000Z' and {end} le '2026-10-06T23:59:59Z'"),
            5..=6,
        ),
    ] {
        let rows = usage(&world, &scope, &[("$filter", &filter)]).await;
        let found: BTreeSet<String> = rows
            .iter()
            .map(|row| member(row, "date").to_owned())
            .collect();
        let expected: BTreeSet<String> = days
            .map(|day| format!("2026-10-{day:02}T00:00:00.0000000Z"))
            .collect();
        assert_eq!(found, expected, "{filter}");
        assert_eq!(rows.len(), 24 * expected.len(), "{filter}");
    }
    let nothing = format!("{start} ge '2026-10-06' and {end} le '2026-10-05'");
    assert!(
        usage(&world, &scope, &[("$filter", &nothing)])
            .await
            .is_empty()
    );
    // The days of a billing period are the most that a filter can leave.
    let period = format!("{scope}/providers/Microsoft.Billing/billingPeriods/202610");
    let overlapping = format!("{start} ge '2026-09-20' and {end} le '2026-10-02'");
    let rows = usage(&world, &period, &[("$filter", &overlapping)]).await;
    assert_eq!(rows.len(), 48);
    // Usage details begin in May 2014.
    let early = format!("{start} ge '0001-01-01' and {end} le '2014-05-01'");
    assert_eq!(
        usage(&world, &scope, &[("$filter", &early)]).await.len(),
        24
    );
    let path = format!("{scope}/providers/Microsoft.Consumption/usageDetails");
    let filter = format!("{start} ge 'yesterday'");
    let refused = get(&world, &path, &[("$filter", &filter)]).await;
    assert_eq!((refused.status, refused.code()), (400, "400"));
}

/// Day, resource and cost of rows, sorted.
fn costs<'a>(rows: impl Iterator<Item = &'a Value>) -> Vec<[String; 3]> {
    let members = ["date", "resourceId", "cost"];
    let mut all: Vec<[String; 3]> = rows
        .map(|row| members.map(|name| row["properties"][name].to_string()))
        .collect();
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_documented_property_may_be_compared_in_every_way() {
    let world = World::new("").await;
    let days = "properties/usageStart ge '2026-10-01' and properties/usageEnd le '2026-10-05'";
    let whole = usage(&world, EA, &[("$filter", days)]).await;
    assert_eq!(whole.len(), 481);
    let mut compared = 0;
    for name in [
        "resourceGroup",
        "resourceName",
        "resourceId",
        "chargeType",
        "reservationId",
    ] {
        // The group is often null, and then only in the id of the resource.
        let value = |row: &Value| match name {
            "resourceGroup" => {
                let group = member(row, "resourceId").split('/').nth(4);
                group.map(str::to_lowercase)
            }
            name => Some(member(row, name).to_owned()),
        };
        let values: BTreeSet<String> = whole.iter().filter_map(value).collect();
        let literal = values.iter().nth(values.len() / 2).unwrap();
        for (word, holds) in [
            ("eq", Ordering::is_eq as fn(Ordering) -> bool),
            ("lt", Ordering::is_lt),
            ("gt", Ordering::is_gt),
            ("le", Ordering::is_le),
            ("ge", Ordering::is_ge),
        ] {
            let filter = format!("{days} and properties/{name} {word} '{literal}'");
            let found = usage(&world, EA, &[("$filter", &filter)]).await;
            let kept = |row: &&Value| value(row).is_some_and(|value| holds(value.cmp(literal)));
            let expected = whole.iter().filter(kept);
            assert_eq!(costs(found.iter()), costs(expected), "{filter}");
            compared += found.len();
        }
    }
    assert!(compared > 5 * 481, "{compared}");
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_expanded_one_by_one() {
    let world = World::new("").await;
    let scope = format!("subscriptions/{PAYG}");
    for (expand, meters, info) in [
        ("meterDetails", true, false),
        ("additionalInfo", false, true),
        ("properties/additionalInfo", false, true),
        ("meterDetails,additionalInfo", true, true),
        (
            "properties/meterDetails, properties/additionalInfo",
            true,
            true,
        ),
        ("something", false, false),
    ] {
        let rows = usage(&world, &scope, &[("$expand", expand)]).await;
        let own = &rows[0]["properties"];
        assert_eq!(own["meterDetails"].is_object(), meters, "{expand}");
        assert_eq!(own.get("additionalInfo").is_some(), info, "{expand}");
    }
    let rows = usage(&world, &scope, &[]).await;
    let own = &rows[0]["properties"];
    assert_eq!(own.get("additionalInfo"), None);
    assert_eq!(own["meterDetails"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn slashes_around_a_scope_are_no_part_of_it() {
    let world = World::new("").await;
    let usage = "providers/Microsoft.Consumption/usageDetails";
    let plain = get(&world, &format!("subscriptions/{PAYG}/{usage}"), &[]).await;
    assert_eq!(plain.status, 200);
    for scope in [
        format!("/subscriptions/{PAYG}"),
        format!("subscriptions/{PAYG}/"),
        format!("/subscriptions/{PAYG}/"),
    ] {
        let other = get(&world, &format!("{scope}/{usage}"), &[]).await;
        assert_eq!((other.status, &other.body), (200, &plain.body), "{scope}");
    }
}
