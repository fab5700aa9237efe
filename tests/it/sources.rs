//! Sources of cost data: archives, Parquet, export folders, standard input, FOCUS; and the same data given twice.

use crate::support::cost_files::zipped;
use crate::support::inside::run_inside;
use crate::support::{document, file, run_with_input, stderr};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

const EA: &str = "CostInBillingCurrency,BillingCurrencyCode,Date,ResourceGroup,ChargeType\n1.5,EUR,10/01/2026,rg-a,Usage\n2.25,EUR,10/02/2026,rg-b,Usage\n";
const MCA: &str = "\u{feff}costInBillingCurrency,billingCurrency,pricingCurrency,date,resourceGroupName,chargeType\r\n4,USD,USD,11/01/2026,RG-A,Usage\r\n";

fn show(folder: &Path, sources: &[&str]) -> Value {
    let mut all = vec!["show"];
    all.extend(sources);
    all.extend(["--group-by", "resource-group", "--format", "json"]);
    document(&run_inside(folder, &all))
}

fn refused(folder: &Path, arguments: &[&str], words: &[&str]) {
    let output = run_inside(folder, arguments);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for word in words {
        assert!(said.contains(word), "{word} is not in: {said}");
    }
}

#[test]
fn every_csv_of_an_archive_is_one_table() {
    let folder = TempDir::new().unwrap();
    let archive = zipped(&[
        ("october/ea.csv", EA),
        ("november.CSV", MCA),
        ("__MACOSX/october/ea.csv", "not a table"),
        ("readme.txt", "no rows"),
    ]);
    file(folder.path(), "costs.zip", &archive);
    let path = folder.path().join("costs.zip");
    let found = show(folder.path(), &[path.to_str().unwrap()]);
    assert_eq!(found["rows"], 3);
    assert_eq!(
        found["totals"],
        json!([{ "currency": "EUR", "cost": "3.75" }, { "currency": "USD", "cost": "4" }])
    );
    // One unreadable member is an error, never a smaller total.
    let half = zipped(&[("ea.csv", EA), ("bad.csv", "Cost\nx\n")]);
    let bad = file(folder.path(), "bad.zip", &half);
    refused(
        folder.path(),
        &["show", bad.to_str().unwrap()],
        &["bad.zip/bad.csv", "line 2", "column Cost"],
    );
    for cut in [archive.len() / 2, archive.len() - 30] {
        let cut = file(folder.path(), "cut.zip", &archive[..cut]);
        refused(
            folder.path(),
            &["show", cut.to_str().unwrap()],
            &["cut.zip", "damaged"],
        );
    }
}

#[test]
fn standard_input_is_a_source() {
    let folder = TempDir::new().unwrap();
    // Day-first dates need a second pass, which a pipe cannot give.
    let text = "Cost,Currency,Date\n1,EUR,01/10/2026\n2,EUR,31/10/2026\n";
    let arguments = ["show", "-", "--group-by", "date", "--format", "json"];
    let output = run_with_input(folder.path(), &arguments, text.as_bytes());
    let found = document(&output);
    let keys: Vec<&Value> = found["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| &group["keys"][0])
        .collect();
    assert_eq!(keys, ["2026-10-31", "2026-10-01"]);
    assert!(stderr(&output).contains("day first"), "{}", stderr(&output));
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn manifest(submitted: &str, blob: &str, rows: u64) -> String {
    json!({
        "manifestVersion": "2024-04-01", "dataRowCount": rows, "blobCount": 1,
        "exportConfig": { "exportName": "daily" },
        "runInfo": { "submittedTime": submitted, "startDate": "2026-10-01T00:00:00", "endDate": "2026-10-31T00:00:00Z" },
        "blobs": [{ "blobName": format!(" {blob}"), "dataRowCount": rows }]
    })
    .to_string()
}

fn row(cost: &str, day: &str) -> String {
    format!("Cost,BillingCurrency,Date,ResourceGroup\n{cost},EUR,{day},rg\n")
}

/// Layouts A and B: a folder for each run, with its manifest; every run holds the month to date.
#[test]
fn only_the_newest_run_of_a_month_counts() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("exports");
    for (run, submitted, cost) in [
        ("aaa", "2026-10-10T01:00:00Z", "10"),
        ("zzz", "2026-10-09T01:00:00Z", "9"),
        ("202610110100/mmm", "2026-10-11T01:00:00.1234567Z", "11"),
    ] {
        let base = format!("costs/daily/20261001-20261031/{run}");
        write(
            &root,
            &format!("{base}/part_0_0001.csv"),
            &row(cost, "10/01/2026"),
        );
        let blob = format!("container/{base}/part_0_0001.csv");
        write(
            &root,
            &format!("{base}/manifest.json"),
            &manifest(submitted, &blob, 1),
        );
    }
    // Another month without a manifest (layout C), and a month of another export.
    write(
        &root,
        "costs/daily/20260901-20260930/daily_guid.csv",
        &row("1", "09/01/2026"),
    );
    let path = root.to_str().unwrap();
    let output = run_inside(
        folder.path(),
        &["show", path, "--group-by", "month", "--format", "json"],
    );
    let found = document(&output);
    assert_eq!(
        found["totals"],
        json!([{ "currency": "EUR", "cost": "12" }])
    );
    assert!(
        stderr(&output).contains("2 files (older run:"),
        "{}",
        stderr(&output)
    );
}

/// Each run is checked when its last file has been read, whatever happens to the runs behind it.
#[test]
fn an_incomplete_run_is_refused_before_a_damaged_file_of_the_next_one() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("exports");
    for (month, part) in [
        ("20260901-20260930", row("1", "09/01/2026")),
        ("20261001-20261031", "this is no cost file".to_owned()),
    ] {
        let base = format!("costs/daily/{month}/run");
        write(&root, &format!("{base}/part_0_0001.csv"), &part);
        let blob = format!("container/{base}/part_0_0001.csv");
        let days = month.split_once('-').unwrap();
        let day = |day: &str| format!("{}-{}-{}T00:00:00", &day[..4], &day[4..6], &day[6..]);
        let mut listed: Value =
            serde_json::from_str(&manifest("2026-10-11T01:00:00Z", &blob, 10)).unwrap();
        listed["runInfo"]["startDate"] = json!(day(days.0));
        listed["runInfo"]["endDate"] = json!(day(days.1));
        write(&root, &format!("{base}/manifest.json"), &listed.to_string());
    }
    let output = run_inside(folder.path(), &["show", root.to_str().unwrap()]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(6), "{said}");
    assert!(said.contains("20260901-20260930"), "{said}");
}

fn export(root: &Path, name: &str, kind: &str, cost: &str) {
    let base = format!("{name}/20261001-20261031/run");
    let scope = "/subscriptions/s/providers/Microsoft.CostManagement/exports";
    let manifest = json!({
        "exportConfig": { "exportName": name, "resourceId": format!("{scope}/{name}"), "type": kind },
        "runInfo": { "submittedTime": "2026-11-01T00:00:00Z" },
        "blobs": [{ "blobName": format!("c/{base}/part_0_0001.csv") }]
    });
    write(
        root,
        &format!("{base}/manifest.json"),
        &manifest.to_string(),
    );
    write(
        root,
        &format!("{base}/part_0_0001.csv"),
        &row(cost, "10/01/2026"),
    );
}

/// Downloads without the month folders: files are grouped by their manifests.
#[test]
fn runs_of_different_exports_never_replace_each_other() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("dl");
    for (name, scope, submitted, cost) in [
        ("one", "s1", "2026-11-01T00:00:00Z", "1"),
        ("two", "s2", "2026-11-02T00:00:00Z", "2"),
    ] {
        let id = format!("/subscriptions/{scope}/providers/Microsoft.CostManagement/exports/e");
        let manifest = json!({
            "exportConfig": { "resourceId": id, "type": "ActualCost" },
            "runInfo": { "submittedTime": submitted, "startDate": "2026-10-01T00:00:00", "endDate": "2026-10-31T00:00:00Z" },
            "blobs": [{ "blobName": "x/part_0_0001.csv" }]
        });
        write(
            &root,
            &format!("{name}/manifest.json"),
            &manifest.to_string(),
        );
        write(
            &root,
            &format!("{name}/part_0_0001.csv"),
            &row(cost, "10/01/2026"),
        );
    }
    let found = show(folder.path(), &[root.to_str().unwrap()]);
    assert_eq!(found["totals"][0]["cost"], "3");
    // A later run of a few days does not replace the whole month.
    let again = json!({
        "exportConfig": { "resourceId": "/subscriptions/s1/providers/Microsoft.CostManagement/exports/e", "type": "ActualCost" },
        "runInfo": { "submittedTime": "2026-11-03T00:00:00Z", "startDate": "2026-10-05T00:00:00", "endDate": "2026-10-06T00:00:00Z" },
        "blobs": [{ "blobName": "x/part_0_0001.csv" }]
    });
    write(&root, "three/manifest.json", &again.to_string());
    write(&root, "three/part_0_0001.csv", &row("9", "10/05/2026"));
    refused(
        folder.path(),
        &["show", root.to_str().unwrap()],
        &["only some of its days"],
    );
}

#[test]
fn manifest_decides_the_kind_of_an_export() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("exports");
    let path = root.to_str().unwrap().to_owned();
    export(&root, "actual", "ActualCost", "1");
    export(&root, "prices", "PriceSheet", "7");
    let output = run_inside(
        folder.path(),
        &["show", &path, "--group-by", "month", "--format", "json"],
    );
    let found = document(&output);
    assert_eq!(
        (&found["metric"], &found["totals"][0]["cost"]),
        (&json!("actual"), &json!("1"))
    );
    assert!(
        stderr(&output).contains("data other than costs"),
        "{}",
        stderr(&output)
    );
    export(&root, "amortized", "AmortizedCost", "2");
    refused(folder.path(), &["show", &path], &["never added up"]);
    std::fs::remove_dir_all(root.join("amortized")).unwrap();
    export(&root, "again", "ActualCost", "3");
    refused(folder.path(), &["show", &path], &["same scope and days"]);
}

#[test]
fn json_is_read_where_it_is_a_page_of_usage_details() {
    let folder = TempDir::new().unwrap();
    let page = json!({ "value": [
        { "kind": "legacy", "properties": { "cost": 1.25, "billingCurrency": "EUR", "date": "2026-10-01T00:00:00Z",
            "resourceGroup": "rg", "chargeType": "Usage" } } ],
        "nextLink": "https://management.azure.com/next" });
    let path = file(folder.path(), "page.json", page.to_string());
    let output = run_inside(
        folder.path(),
        &[
            "show",
            path.to_str().unwrap(),
            "--group-by",
            "resource-group",
            "--format",
            "json",
        ],
    );
    let found = document(&output);
    assert_eq!(found["groups"][0]["cost"], "1.25");
    assert!(stderr(&output).contains("nextLink"), "{}", stderr(&output));
    for text in ["{}", "{\"error\": {\"code\": \"429\"}}", "{\"value\": 3"] {
        let path = file(folder.path(), "other.json", text);
        refused(
            folder.path(),
            &["show", path.to_str().unwrap()],
            &["other.json", "JSON"],
        );
    }
}

#[test]
fn parts_without_a_manifest_belong_together() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("exports");
    for (path, cost, day) in [
        (
            "a/20261001-20261031/run1/part_0_0001.csv",
            "1",
            "10/01/2026",
        ),
        (
            "a/20261001-20261031/run1/part_1_0001.csv",
            "2",
            "10/02/2026",
        ),
        ("b/20261101-20261130/part0.csv", "4", "11/01/2026"),
        ("b/20261101-20261130/part1.csv", "8", "11/02/2026"),
    ] {
        write(&root, path, &row(cost, day));
    }
    let found = show(folder.path(), &[root.to_str().unwrap()]);
    assert_eq!(found["totals"][0]["cost"], "15");
}

#[test]
fn a_run_that_is_not_whole_is_refused() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("exports");
    let base = "daily/20261001-20261031/run";
    let blob = format!("c/{base}/part_0_0001.csv");
    write(
        &root,
        &format!("{base}/manifest.json"),
        &manifest("2026-10-10T01:00:00Z", &blob, 2),
    );
    let path = root.to_str().unwrap();
    refused(
        folder.path(),
        &["show", path],
        &["part_0_0001.csv", "not in the folder"],
    );
    write(
        &root,
        &format!("{base}/part_0_0001.csv"),
        &row("1", "10/01/2026"),
    );
    // A failed check.
    let counted = run_inside(folder.path(), &["show", path]);
    assert_eq!(counted.status.code(), Some(6), "{}", stderr(&counted));
    assert!(stderr(&counted).contains("lists 2 rows"));
    let empty = TempDir::new().unwrap();
    refused(
        folder.path(),
        &["show", empty.path().to_str().unwrap()],
        &["no cost files found in this folder"],
    );
}

#[test]
fn a_focus_file_is_a_pair_by_itself() {
    let folder = TempDir::new().unwrap();
    // The seed's example for one day: $365 bought, half of the day used, half not.
    let text = "BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,ChargeCategory,ChargeClass,CommitmentDiscountId,CommitmentDiscountStatus,CommitmentDiscountType,x_ResourceGroupName,SubAccountId\n\
        365,0,USD,2026-01-01T00:00:00Z,Purchase,,R1,,Reservation,,/subscriptions/s\n\
        0,0.5,USD,2026-01-01T00:00Z,Usage,,r1,Used,Reservation,rg,/subscriptions/S\n\
        0,0.5,USD,2026-01-01T00:00:00Z,Usage,,r1,Unused,Reservation,,/subscriptions/s\n\
        2.25,2.25,USD,2026-01-01T00:00:00Z,Usage,,,,,rg,/subscriptions/s\n";
    let path = file(folder.path(), "focus.csv", text);
    let path = path.to_str().unwrap();
    let compared = document(&run_inside(
        folder.path(),
        &["compare", path, "--strict", "--format", "json"],
    ));
    let steps: Vec<&str> = compared["currencies"][0]["bridge"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["cost"].as_str().unwrap())
        .collect();
    assert_eq!(steps, ["367.25", "-365", "0.5", "0.5", "0", "0", "3.25"]);
    let shown = document(&run_inside(
        folder.path(),
        &[
            "show",
            path,
            "--group-by",
            "charge-type,subscription",
            "--format",
            "json",
        ],
    ));
    assert_eq!(shown["metric"], "actual");
    assert_eq!(shown["groups"][1]["keys"], json!(["Usage", "s"]));
    assert_eq!(shown["groups"][1]["cost"], "2.25");
    let other = file(folder.path(), "ea.csv", EA);
    let alone = run_inside(folder.path(), &["compare", other.to_str().unwrap()]);
    assert_eq!(alone.status.code(), Some(2), "{}", stderr(&alone));
}

#[test]
fn sources_that_share_rows_are_refused() {
    let folder = TempDir::new().unwrap();
    let rows = |count: u32| -> String {
        let lines: Vec<String> = (0..count)
            .map(|row| format!("0.{row:03},EUR,10/{:02}/2026,rg-{row}\n", row % 28 + 1))
            .collect();
        format!(
            "Cost,BillingCurrency,Date,ResourceGroup\n{}",
            lines.concat()
        )
    };
    let ten = file(folder.path(), "ten-days.csv", rows(300));
    let month = file(folder.path(), "month.csv", rows(400));
    refused(
        folder.path(),
        &["show", ten.to_str().unwrap(), month.to_str().unwrap()],
        &["common rows", "twice"],
    );
    // A second download of the same days with new prices has no row in common, but is still the same usage.
    let priced = |cost: &str| -> String {
        let lines: Vec<String> = (0..40)
            .map(|row| format!("{cost}.{row:03},EUR,10/01/2026,/subscriptions/s/r{row},m\n"))
            .collect();
        format!(
            "Cost,BillingCurrency,Date,ResourceId,MeterName\n{}",
            lines.concat()
        )
    };
    let before = file(folder.path(), "before.csv", priced("1"));
    let after = file(folder.path(), "after.csv", priced("2"));
    refused(
        folder.path(),
        &["show", before.to_str().unwrap(), after.to_str().unwrap()],
        &["same days, resources and meters"],
    );
    // The same rows in one of costscope's Parquet files and in an archive are the same rows.
    let archive = file(folder.path(), "month.zip", zipped(&[("m.csv", &rows(400))]));
    refused(
        folder.path(),
        &["show", archive.to_str().unwrap(), month.to_str().unwrap()],
        &["same rows"],
    );
}

/// Each part of a month may be such a source.
#[test]
fn sources_that_do_not_show_their_metric_share_one_note() {
    const WORDS: &str = "whether they are actual or amortized cost";
    let folder = TempDir::new().unwrap();
    let part = |name: &str, charge: &str| -> String {
        let header = "Cost,BillingCurrency,Date,SubscriptionId,ChargeType,PricingModel";
        let text = format!("{header}\n1,EUR,10/01/2026,{name},{charge}\n");
        let path = file(folder.path(), &format!("{name}.csv"), text);
        path.to_str().unwrap().to_owned()
    };
    let known = part("a", "Purchase,Reservation");
    let parts = ["b", "c", "d"].map(|name| part(name, "Usage,OnDemand"));
    let [one, two, three] = parts.each_ref().map(String::as_str);
    let said =
        |sources: &[&str]| stderr(&run_inside(folder.path(), &[&["show"], sources].concat()));
    let all = said(&[&known, one, two, three]);
    assert_eq!(all.matches(WORDS).count(), 1, "{all}");
    assert!(all.contains("b.csv and 2 other sources"), "{all}");
    let single = said(&[&known, one]);
    assert!(
        single.contains("b.csv: it does not show whether"),
        "{single}"
    );
    assert!(!said(&[one, two]).contains("amortized"));
}
