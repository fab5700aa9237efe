//! Stored tables: tables of older versions and Parquet files of other programs are read; new tables record their
//! origin.

use crate::support::{document, file, fixture, program, run, stderr};
use costscope::data::dataset::convert::Options;
use costscope::data::dataset::downloads;
use costscope::data::progress::Progress;
use costscope::data::table::footer::OrderFacts;
use costscope::domain::metric::Metric;
use costscope::domain::period::{DateRange, Month, Period};
use costscope::domain::report::request::{ReportKey, ReportRequest, Subset};
use costscope::domain::scope::ScopeId;
use costscope::store::ledger::commit::ReportCommit;
use costscope::store::ledger::{Ledger, LedgerEntry};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

/// Groups as pairs of keys and cost.
fn groups(found: &Value) -> Vec<(Value, &str)> {
    let groups = found["groups"].as_array().unwrap();
    groups
        .iter()
        .map(|group| (group["keys"][0].clone(), group["cost"].as_str().unwrap()))
        .collect()
}

/// `report.json` of a report with three rows.
fn manifest(key: &str, (from, to): (&str, &str)) -> Value {
    json!({
        "schema": 1, "key": key,
        "request": { "scope": "/providers/Microsoft.Billing/billingAccounts/8608480", "metric": "actual",
            "period": { "dates": { "from": from, "to": to } } },
        "fetched_at": "2026-11-08T10:00:00Z", "rows": 3, "bytes": 300, "sha256": ["00"],
        "totals": [{ "currency": "EUR", "cost": "3.249999999999999999" }], "dialect": "EA", "repairs": [],
        "fingerprints": ["1"], "parts": ["part-0.parquet"]
    })
}

#[test]
fn a_ledger_of_the_first_version_is_read() {
    let folder = TempDir::new().unwrap();
    let key = "public@ba-8608480@2026-10@actual";
    let report = folder.path().join("ledger").join(key);
    std::fs::create_dir_all(&report).unwrap();
    std::fs::copy(
        fixture("ledger-1/part-0.parquet"),
        report.join("part-0.parquet"),
    )
    .unwrap();
    let manifest = manifest(key, ("2026-10-01", "2026-10-31"));
    std::fs::write(report.join("report.json"), manifest.to_string()).unwrap();
    let listed = Ledger::open(folder.path()).unwrap().list().unwrap();
    assert!(listed.damaged.is_empty(), "{:?}", listed.damaged);
    let output = run(
        folder.path(),
        &[
            "show",
            key,
            "--group-by",
            "resource-group",
            "--format",
            "json",
        ],
    );
    let found = document(&output);
    assert_eq!(found["metric"], "actual");
    assert_eq!(
        groups(&found),
        [
            (json!("RG-A"), "3.25"),
            (Value::Null, "-0.000000000000000001")
        ]
    );
    let tags = document(&run(
        folder.path(),
        &["show", key, "--group-by", "tag:env", "--format", "json"],
    ));
    assert_eq!(tags["groups"][0]["keys"], json!([null]));
}

#[test]
fn foreign_parquet_reads_like_its_csv() {
    let folder = TempDir::new().unwrap();
    let path = fixture("azure-export.snappy.parquet");
    let path = path.to_str().unwrap();
    let found = document(&run(
        folder.path(),
        &[
            "show",
            path,
            "--group-by",
            "resource-group",
            "--format",
            "json",
        ],
    ));
    assert_eq!(
        groups(&found),
        [
            (json!("RG-A"), "0.3"),
            (Value::Null, "0.000000001"),
            (json!("rg-b"), "0")
        ]
    );
    let rows = document(&run(
        folder.path(),
        &[
            "show", path, "--sort", "count", "--top", "1", "--format", "json",
        ],
    ));
    assert_eq!(
        rows["records"][0],
        json!({
            "costInBillingCurrency": "0.1", "billingCurrency": "EUR", "date": "2026-10-01", "resourceGroupName": "rg-a",
            "quantity": "1.5", "isAzureCreditEligible": "True", "paygCost": "1.1", "count": "1",
            "tags": "{\"env\":\"prod\"}", "pricingCurrency": "USD"
        })
    );
    let checked = document(&run(folder.path(), &["check", path, "--format", "json"]));
    let repairs = checked["repairs"].as_array().unwrap();
    let found = repairs
        .iter()
        .find(|repair| repair["kind"] == "float-amount");
    assert_eq!(found.unwrap()["first_line"], 1, "rows, counted from 1");
    let cut = std::fs::read(path).unwrap();
    let cut = file(folder.path(), "cut.parquet", &cut[..cut.len() - 9]);
    let output = run(folder.path(), &["show", cut.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("cut.parquet"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_stored_table_says_where_it_came_from_and_is_a_source() {
    let folder = TempDir::new().unwrap();
    let text = "\u{feff}CostInBillingCurrency,BillingCurrencyCode,Date,ResourceGroup,PartNumber\n1.5,EUR,10/01/2026,rg,\n,EUR,10/02/2026,rg,\n";
    let csv = file(folder.path(), "costs.csv", text);
    let table = folder.path().join("table.parquet");
    let about = OrderFacts {
        scope: Some("/subscriptions/s".to_owned()),
        metric: Some(Metric::Amortized),
        period: Some("2026-10-01 to 2026-10-31".to_owned()),
    };
    let progress = Progress::default();
    downloads::commit(&csv, "costs.csv", &about, &table, &Options::new(&progress)).unwrap();
    let bytes = std::fs::read(&table).unwrap();
    let said = String::from_utf8_lossy(&bytes);
    for words in [
        "\"scope\":\"/subscriptions/s\"",
        "\"schema\":2",
        "\"metric\":\"amortized\"",
        "blank-cost",
        "\"dialect\":\"EA\"",
    ] {
        assert!(said.contains(words), "{words}");
    }
    let checked = document(&run(
        folder.path(),
        &["check", table.to_str().unwrap(), "--format", "json"],
    ));
    let of_csv = document(&run(
        folder.path(),
        &["check", csv.to_str().unwrap(), "--format", "json"],
    ));
    for field in [
        "sha256", "bytes", "rows", "totals", "bom", "from", "to", "dialect",
    ] {
        assert_eq!(
            checked["files"][0][field], of_csv["files"][0][field],
            "{field}"
        );
    }
    assert_eq!(checked["files"][0]["metric"], "amortized");
    let both = run(
        folder.path(),
        &["show", table.to_str().unwrap(), csv.to_str().unwrap()],
    );
    assert!(stderr(&both).contains("same rows"), "{}", stderr(&both));
}

#[test]
fn a_stored_table_whose_amounts_were_changed_is_refused() {
    let folder = TempDir::new().unwrap();
    let csv = file(folder.path(), "costs.csv", "Cost,Currency\n1.5,EUR\n");
    let table = folder.path().join("table.parquet");
    let progress = Progress::default();
    let options = Options::new(&progress);
    downloads::commit(&csv, "costs.csv", &OrderFacts::default(), &table, &options).unwrap();
    let mut bytes = std::fs::read(&table).unwrap();
    let place = bytes
        .windows(11)
        .position(|window| window == b"\"cost\":\"1.5")
        .unwrap();
    bytes[place + 8] = b'2';
    let changed = file(folder.path(), "changed.parquet", &bytes);
    let output = run(folder.path(), &["show", changed.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(6), "{}", stderr(&output));
    assert!(stderr(&output).contains("2.5"), "{}", stderr(&output));
}

#[test]
fn leftovers_of_ended_processes_are_removed() {
    let folder = TempDir::new().unwrap();
    let ledger = Ledger::open(folder.path()).unwrap();
    let work = folder.path().join("ledger/.work");
    let left = work.join("new-public@ba-1@2026-10@actual");
    std::fs::create_dir(&left).unwrap();
    std::fs::write(left.join("part-0.parquet"), "half").unwrap();
    let key = ReportKey::from_text("public@ba-2@2026-10@actual");
    let busy = ReportCommit::begin(&ledger, &key).unwrap();
    std::fs::write(busy.part(0), "under way").unwrap();
    Ledger::open(folder.path()).unwrap();
    assert!(!left.exists() && busy.part(0).exists());
    drop(busy);
    let names: Vec<_> = std::fs::read_dir(&work)
        .unwrap()
        .map(|item| item.unwrap().file_name())
        .filter(|name| name.to_string_lossy().starts_with("new-"))
        .collect();
    assert!(names.is_empty(), "{names:?}");
}

#[test]
fn reading_that_is_killed_leaves_nothing_behind() {
    let folder = TempDir::new().unwrap();
    let costs = folder.path().join("costs.csv");
    let made = run(
        folder.path(),
        &[
            "sample",
            "--rows",
            "60000",
            "--out",
            costs.to_str().unwrap(),
        ],
    );
    assert_eq!(made.status.code(), Some(0));
    let data = folder.path().join("data");
    for wait in [30, 150, 300] {
        let mut child = program()
            .arg("--data-dir")
            .arg(&data)
            .args(["show", costs.to_str().unwrap()])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(wait));
        let _ = child.kill();
        child.wait().unwrap();
    }
    let mut found = Vec::new();
    let mut folders = vec![data];
    while let Some(next) = folders.pop() {
        for item in std::fs::read_dir(next).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("costscope.log") {
                found.push(path);
            }
        }
    }
    assert!(found.is_empty(), "{found:?}");
}

/// A ledger with one complete report and one whose manifest cannot be read.
fn two_reports(folder: &Path) -> [&'static str; 2] {
    let keys = [
        "public@ba-8608480@2026-09@actual",
        "public@ba-8608480@2026-10@actual",
    ];
    for key in keys {
        let report = folder.join("ledger").join(key);
        std::fs::create_dir_all(&report).unwrap();
        std::fs::copy(
            fixture("ledger-1/part-0.parquet"),
            report.join("part-0.parquet"),
        )
        .unwrap();
    }
    let [whole, damaged] = keys;
    let manifest = manifest(whole, ("2026-09-01", "2026-09-30"));
    let ledger = folder.join("ledger");
    std::fs::write(ledger.join(whole).join("report.json"), manifest.to_string()).unwrap();
    std::fs::write(ledger.join(damaged).join("report.json"), "{").unwrap();
    keys
}

#[test]
fn reports_are_removed_together_or_not_at_all() {
    let folder = TempDir::new().unwrap();
    let [whole, damaged] = two_reports(folder.path());
    let left = || {
        let listed = std::fs::read_dir(folder.path().join("ledger")).unwrap();
        let names = listed.map(|item| item.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
        names.sort();
        names
    };
    // If one key is wrong, nothing is removed.
    let typo = whole.replace("09@", "08@");
    let refused = run(folder.path(), &["ledger", "remove", whole, &typo]);
    assert_eq!(refused.status.code(), Some(1));
    let said = stderr(&refused);
    assert!(
        said.contains("nothing was removed") && said.contains(&format!("did you mean {whole}")),
        "{said}"
    );
    assert!(refused.stdout.is_empty());
    assert_eq!(left(), [whole, damaged]);
    // No key leads outside the ledger.
    std::fs::create_dir(folder.path().join("kept")).unwrap();
    // A folder that is not a report is left alone.
    std::fs::create_dir(folder.path().join("ledger/mine")).unwrap();
    for outside in ["../kept", ".work", "", "..", "/", "mine"] {
        let refused = run(folder.path(), &["ledger", "remove", outside]);
        assert_ne!(refused.status.code(), Some(0), "{outside}");
    }
    assert!(folder.path().join("kept").is_dir());
    std::fs::remove_dir(folder.path().join("ledger/mine")).unwrap();
    let removed = run(
        folder.path(),
        &[
            "ledger", "remove", whole, damaged, whole, "--format", "json",
        ],
    );
    assert_eq!(document(&removed), json!({ "removed": [whole, damaged] }));
    let said = stderr(&removed);
    assert!(
        said.contains("removed (3 rows)") && said.contains("removed (damaged)"),
        "{said}"
    );
    assert!(left().is_empty());
    let work = std::fs::read_dir(folder.path().join("ledger/.work")).unwrap();
    let rest: Vec<_> = work
        .map(|item| item.unwrap().file_name())
        .filter(|name| name != "lock")
        .collect();
    assert!(rest.is_empty(), "{rest:?}");
}

#[test]
fn a_removal_that_was_cut_off_is_finished() {
    let folder = TempDir::new().unwrap();
    let [whole, _] = two_reports(folder.path());
    let work = folder.path().join("ledger/.work");
    std::fs::create_dir_all(&work).unwrap();
    let gone = work.join(format!("gone-{whole}"));
    std::fs::rename(folder.path().join("ledger").join(whole), &gone).unwrap();
    let listed = Ledger::open(folder.path()).unwrap().list().unwrap();
    assert!(listed.entries.is_empty());
    assert!(!gone.exists());
}

#[test]
fn a_report_that_is_replaced_goes_as_a_whole() {
    let folder = TempDir::new().unwrap();
    let key = |to: &str| {
        let days = DateRange::parse(&format!("2026-11-01..{to}")).unwrap();
        let request = ReportRequest {
            export: None,
            scope: ScopeId::parse("8608480").unwrap(),
            metric: Metric::Actual,
            period: Period::Dates(days),
            subset: Subset::default(),
        };
        request.key("public")
    };
    let (older, newer) = (key("2026-11-10"), key("2026-11-12"));
    let report = folder.path().join("ledger").join(older.as_str());
    // Removing it stops half-way, as if the process were killed.
    std::fs::create_dir_all(report.join("deep/".repeat(40))).unwrap();
    let part = fixture("ledger-1/part-0.parquet");
    std::fs::copy(&part, report.join("part-0.parquet")).unwrap();
    let text = manifest(older.as_str(), ("2026-11-01", "2026-11-10")).to_string();
    std::fs::write(report.join("report.json"), text).unwrap();
    let ledger = Ledger::open(folder.path()).unwrap();
    assert!(ledger.find(&older).unwrap().is_some());
    let commit = ReportCommit::begin(&ledger, &newer).unwrap();
    std::fs::copy(&part, commit.part(0)).unwrap();
    let manifest = manifest(newer.as_str(), ("2026-11-01", "2026-11-12"));
    let entry: LedgerEntry = serde_json::from_value(manifest).unwrap();
    assert!(commit.finish(&entry).is_err());
    assert!(ledger.root().join(newer.as_str()).is_dir());
    assert!(!report.exists());
    assert!(ledger.find(&older).unwrap().is_none());
}

#[test]
fn reports_that_are_replaced_are_found_by_their_keys() {
    let month = Month::parse("2026-10").unwrap().range();
    let days = || {
        month
            .from
            .iter_days()
            .take_while(move |day| *day <= month.to)
    };
    // Names that are too long are cut.
    let long = format!(
        "/providers/Microsoft.Billing/billingAccounts/{0}:{0}_2019-05-31/billingProfiles/{1}/invoiceSections/{1}",
        "5c0ffee0-1234-4abc-9def-00c05750ca1e",
        "ABCD-EFGH-".repeat(8)
    );
    let scopes = ["8608480", &long];
    let part = Subset {
        top_rows: std::num::NonZeroU32::new(7),
        ..Subset::default()
    };
    let mut replaced = 0;
    for scope in scopes.map(|scope| ScopeId::parse(scope).unwrap()) {
        for subset in [Subset::default(), part.clone()] {
            let of = |from, to| ReportRequest {
                export: None,
                scope: scope.clone(),
                metric: Metric::Actual,
                period: Period::Dates(DateRange { from, to }),
                subset: subset.clone(),
            };
            for (to, origin) in days().zip(["public", "http://127.0.0.1:9"].into_iter().cycle()) {
                let newer = of(month.from, to);
                let key = newer.key(origin);
                let found = newer.replaceable(&key);
                assert!(!found.contains(&key), "{key}");
                let before = month.from.pred_opt().unwrap();
                for (from, other) in [before, month.from, month.to]
                    .into_iter()
                    .flat_map(|from| days().map(move |other| (from, other)))
                {
                    let older = of(from, other);
                    let fetched = other.and_hms_opt(10, 0, 0).unwrap().and_utc();
                    if newer.replaces(&older, fetched) {
                        replaced += 1;
                        assert!(found.contains(&older.key(origin)), "{key} and {other}");
                    }
                    assert!(!found.contains(&older.key("other")), "{key} and {other}");
                }
            }
        }
    }
    assert!(replaced > 1_000, "{replaced}");
    let invoice = ReportRequest {
        export: None,
        scope: ScopeId::parse("8608480").unwrap(),
        metric: Metric::Actual,
        period: Period::Invoice("E1".to_owned()),
        subset: Subset::default(),
    };
    assert!(invoice.replaceable(&invoice.key("public")).is_empty());
}
