//! The emulator: its protocol, its hosts, its sample rows, and pairs that describe the same usage.

use crate::support::served::Served;
use crate::support::{file, run};
use chrono::NaiveDate;
use costscope::emulator::bills::accounts;
use costscope::emulator::bills::accounts::{Access, VisibleCosts};
use costscope::emulator::bills::rows;
use costscope::emulator::bills::rows::{BillRow, Metric};
use costscope::emulator::bills::services::Commitment;
use costscope::emulator::scenario::Script;
use costscope::emulator::server::Emulator;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn the_emulator_answers_this_machine_only() {
    let script = Script::read("test", "").unwrap();
    let emulator = Emulator::start(script, 0, Arc::new(chrono::Utc::now))
        .await
        .unwrap();
    let address = emulator.url().trim_start_matches("http://").to_owned();
    let ask = move |line: &str, headers: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        write!(
            stream,
            "{line} HTTP/1.1\r\n{headers}authorization: Bearer x\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut text = String::new();
        let _ = stream.read_to_string(&mut text);
        text
    };
    let path = "GET /subscriptions?api-version=2022-12-01";
    tokio::task::spawn_blocking(move || {
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "0.0.0.0",
            "127.0.0.1@evil.example",
            "",
            "[::2]:80",
        ] {
            let said = ask(path, &format!("host: {host}\r\n"));
            assert!(!said.starts_with("HTTP/1.1 200"), "{host}: {said}");
            assert!(!said.contains("evil"), "{host}: {said}");
        }
        let two = ask(path, "host: localhost\r\nhost: evil.example\r\n");
        assert!(!two.starts_with("HTTP/1.1 200"), "{two}");
        let absolute = ask(
            "GET http://evil.example/subscriptions?api-version=2022-12-01",
            "host: localhost\r\n",
        );
        assert!(!absolute.starts_with("HTTP/1.1 200"), "{absolute}");
        for host in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1",
            "127.8.9.1:1",
            "[::1]:9",
        ] {
            let said = ask(path, &format!("host: {host}\r\n"));
            assert!(said.starts_with("HTTP/1.1 200"), "{host}: {said}");
        }
    })
    .await
    .unwrap();
}

const ORDER: &str =
    "{\"metric\":\"ActualCost\",\"timePeriod\":{\"start\":\"START\",\"end\":\"START\"}}";

const DETAILED: &str = "/providers/Microsoft.Billing/billingAccounts/8608480/providers/Microsoft.CostManagement/generateDetailedCostReport?api-version=2021-10-01";

const BEARER: &str = "Authorization: Bearer anything";

fn path_of<'a>(served: &Served, link: &'a str) -> &'a str {
    link.strip_prefix(served.url.as_str())
        .unwrap_or_else(|| panic!("{link} is not on {}", served.url))
}

fn header_of<'a>(head: &'a str, name: &str) -> &'a str {
    let line = head
        .lines()
        .find(|line| line.starts_with(&format!("{name}:")))
        .unwrap_or_else(|| panic!("no {name} in {head}"));
    line.split_once(':').unwrap().1.trim()
}

#[test]
fn emulator_follows_the_documented_protocol() {
    let folder = TempDir::new().unwrap();
    let script = file(
        folder.path(),
        "fast.toml",
        "polls = 2\nretry-after = 0\nretry-after-as-date = false\n",
    );
    let served = Served::start(&folder, script.to_str().unwrap());
    let yesterday = chrono::Utc::now()
        .date_naive()
        .pred_opt()
        .unwrap()
        .to_string();
    let order = ORDER.replace("START", &yesterday);
    let (status, _, body) = served.ask("POST", DETAILED, &[], &order);
    assert!(status == 401 && body.contains("Bearer"), "{status} {body}");
    let (status, _, body) = served.ask("POST", DETAILED, &[BEARER], "metric: ActualCost");
    assert!(
        status == 400 && body.contains("not JSON"),
        "{status} {body}"
    );
    let (status, head, _) = served.ask("POST", DETAILED, &[BEARER], &order);
    assert_eq!((status, header_of(&head, "retry-after")), (202, "0"));
    assert!(header_of(&head, "location").contains("/operationresults/"));
    let link = header_of(&head, "azure-asyncoperation").to_owned();
    assert_eq!(link, header_of(&head, "azure-consumption-asyncoperation"));
    let mut statuses = Vec::new();
    let url = loop {
        let (status, _, body) = served.ask("GET", path_of(&served, &link), &[BEARER], "");
        assert_eq!(status, 200, "{body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        statuses.push(body["status"].as_str().unwrap().to_owned());
        assert_eq!(body["error"]["code"], 0);
        if let Some(url) = body["properties"]["downloadUrl"].as_str() {
            break url.to_owned();
        }
    };
    assert_eq!(statuses, ["Queued", "InProgress", "Completed"]);
    let (status, _, whole) = served.ask("GET", path_of(&served, &url), &[], "");
    assert!(
        status == 200 && whole.starts_with("InvoiceSectionName,"),
        "{status}"
    );
    let (status, head, part) = served.ask("GET", path_of(&served, &url), &["Range: bytes=0-9"], "");
    assert_eq!((status, part.as_str()), (206, &whole[..10]));
    assert!(header_of(&head, "content-range").starts_with("bytes 0-9/"));
    let (status, ..) = served.ask("GET", path_of(&served, &url), &[BEARER], "");
    assert_eq!(status, 403, "the storage takes no token");
    let (status, ..) = served.ask(
        "GET",
        &path_of(&served, &url).replace("sig=", "sig=0"),
        &[],
        "",
    );
    assert_eq!(status, 403, "a signature that is not ours");
}

#[test]
fn samples_are_the_same_for_the_same_seed() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, seed: &str| {
        let path = folder.path().join(name);
        let output = run(
            folder.path(),
            &[
                "sample",
                "--rows",
                "500",
                "--seed",
                seed,
                "--out",
                path.to_str().unwrap(),
            ],
        );
        assert_eq!(output.status.code(), Some(0));
        std::fs::read(path).unwrap()
    };
    assert_eq!(write("a.csv", "3"), write("b.csv", "3"));
    assert_ne!(write("c.csv", "4"), write("d.csv", "3"));
}

fn view(scope: &str) -> VisibleCosts {
    match accounts::access(scope) {
        Access::Report(view) => view,
        other => panic!("{scope}: {other:?}"),
    }
}

fn month(scope: &str, metric: Metric, year: i32, month: u32) -> Vec<BillRow> {
    let view = view(scope);
    let first = NaiveDate::from_ymd_opt(year, month, 1).unwrap();
    let days = first
        .iter_days()
        .take_while(|day| day.format("%m").to_string() == first.format("%m").to_string());
    days.flat_map(|day| rows::day(&view, metric, day, 7))
        .collect()
}

const EA: &str = "providers/microsoft.billing/billingaccounts/8608480";

fn mca() -> String {
    format!(
        "providers/microsoft.billing/billingaccounts/{}",
        accounts::MCA_ACCOUNT
    )
}

#[test]
fn rows_without_a_benefit_are_the_same_in_both_files() {
    for scope in [EA.to_owned(), mca()] {
        let plain = |metric| -> Vec<(NaiveDate, Option<String>, i128)> {
            let rows = month(&scope, metric, 2026, 10);
            rows.into_iter()
                .filter(|row| row.commitment.is_none())
                .map(|row| (row.day, row.resource, row.cost))
                .collect()
        };
        assert_eq!(plain(Metric::Actual), plain(Metric::Amortized), "{scope}");
    }
}

#[test]
fn a_reservation_bought_for_365_is_a_dollar_a_day() {
    let bought: Vec<BillRow> = month(EA, Metric::Actual, 2026, 1)
        .into_iter()
        .filter(|row| row.commitment == Some(Commitment::Databases) && row.charge == "Purchase")
        .collect();
    assert_eq!(
        bought.iter().map(|row| row.cost).collect::<Vec<_>>(),
        [3_650_000_000_000]
    );
    assert_eq!(bought[0].day, NaiveDate::from_ymd_opt(2026, 1, 1).unwrap());
    let amortized = month(EA, Metric::Amortized, 2026, 1);
    let mut unused = 0;
    for day in 1..=31 {
        let day = NaiveDate::from_ymd_opt(2026, 1, day).unwrap();
        let costs: Vec<i128> = amortized
            .iter()
            .filter(|row| row.day == day && row.commitment == Some(Commitment::Databases))
            .map(|row| row.cost)
            .collect();
        assert_eq!(costs.iter().sum::<i128>(), 10_000_000_000, "{day}");
        assert!(
            costs.iter().all(|cost| *cost == 5_000_000_000),
            "{day}: {costs:?}"
        );
        unused += amortized
            .iter()
            .filter(|row| {
                row.day == day
                    && row.charge == "UnusedReservation"
                    && row.commitment == Some(Commitment::Databases)
            })
            .count();
    }
    assert!(unused > 0, "some days only one of the two databases runs");
}

#[test]
fn sample_accounts_cover_the_required_cases() {
    let ea = month(EA, Metric::Amortized, 2026, 10);
    let mca_actual = month(&mca(), Metric::Actual, 2026, 10);
    let has = |rows: &[BillRow], charge: &str| rows.iter().any(|row| row.charge == charge);
    assert!(has(&ea, "UnusedReservation") && has(&ea, "UnusedSavingsPlan"));
    assert!(
        !has(&month(EA, Metric::Actual, 2026, 10), "Refund"),
        "EA data has no refunds"
    );
    assert!(has(&mca_actual, "Refund"));
    assert!(
        ea.iter()
            .any(|row| row.marketplace && row.charge == "Purchase")
    );
    let profiles: std::collections::BTreeSet<usize> =
        mca_actual.iter().map(|row| row.profile).collect();
    assert_eq!(profiles.len(), 2, "two currencies");
    let spellings: std::collections::BTreeSet<String> = ea
        .iter()
        .filter_map(|row| row.group.as_ref().map(|(_, shown)| shown.clone()))
        .collect();
    let lower: std::collections::BTreeSet<String> =
        spellings.iter().map(|name| name.to_lowercase()).collect();
    assert!(
        spellings.len() > lower.len(),
        "resource groups differ in case"
    );
    assert!(
        month(
            "subscriptions/3f1c2b7e-0001-4e5a-9d10-6b2f4c8a9a02",
            Metric::Actual,
            2026,
            10
        )
        .iter()
        .all(|row| row.charge == "Usage"),
        "purchases are visible at the account only"
    );
}
