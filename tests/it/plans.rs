//! Input planning: which inputs are read, replaced by a newer run, or left out, and for which reason.

use crate::support::{document, file, run, run_with_input, stderr};
use chrono::{DateTime, Utc};
use costscope::data::sources::candidate::{Candidate, CandidateKind};
use costscope::data::sources::manifest::ExportManifest;
use costscope::data::sources::names::{days, part_of, run_time, stem};
use costscope::data::sources::plan::{Decision, plan};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use tempfile::TempDir;

#[test]
fn parts_are_told_from_files_of_their_own() {
    for (name, part) in [
        ("part_0_0001.csv", Some("part_")),
        ("part_1_0001.csv.gz", Some("part_")),
        ("exp_33333333-1111_1_0001.csv", Some("exp_33333333-1111_")),
        ("000001.csv", Some("")),
        ("part0.csv", Some("part")),
        ("part-00003-abc.c000.snappy.parquet", Some("part-abc.c000")),
        ("KEY.part2.csv", Some("key.part")),
        ("costs.csv", None),
        ("costs (1).csv", None),
        ("202610.csv", None),
        ("costs_2026.csv", None),
        ("partner.csv", None),
        ("2026-10_1.csv", None),
        ("part_0_0001 (1).csv", None),
        ("costs_2026_0910.csv", None),
        ("kosten_01092026.csv", None),
        ("09102026.csv", None),
    ] {
        assert_eq!(part_of(name).as_deref(), part, "{name}");
    }
    let path = "root/exp/20261101-20261130/202611120307/guid/000001.csv";
    assert_eq!(days(path).unwrap().0.to_string(), "2026-11-01");
    assert_eq!(
        run_time(path).unwrap().to_string(),
        "2026-11-12 03:07:00 UTC"
    );
    assert_eq!(days("root/20261101-20261130"), None);
    assert_eq!(stem("a.CSV.GZ"), "a");
}

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn costs(path: &str, modified: &str) -> Candidate {
    Candidate {
        path: path.to_owned(),
        origin: 0,
        bytes: 1,
        modified: Some(at(modified)),
        kind: CandidateKind::Costs,
    }
}

fn described(path: &str, blobs: &[&str], submitted: &str) -> Candidate {
    let manifest = ExportManifest {
        blobs: blobs.iter().map(|blob| (*blob).to_owned()).collect(),
        submitted: Some(at(submitted)),
        ..ExportManifest::default()
    };
    Candidate {
        kind: CandidateKind::Manifest(Arc::new(manifest)),
        ..costs(path, submitted)
    }
}

const MONTH: &str = "e/20261001-20261031";
const EARLY: &str = "2026-10-10T03:00:00Z";
const LATE: &str = "2026-10-12T03:00:00Z";

/// One letter per candidate (read, replaced, left out), or the reason why all are refused.
fn decided(candidates: &[Candidate]) -> String {
    match plan(candidates) {
        Ok(plan) => plan
            .decisions
            .iter()
            .map(|decision| match decision {
                Decision::Read => 'r',
                Decision::Replaced { .. } => 'o',
                Decision::LeftOut { .. } => 'l',
                Decision::Manifest => 'm',
            })
            .collect(),
        Err(refusal) => format!("refused: {}", refusal.text),
    }
}

#[test]
fn of_runs_of_the_same_days_the_newest_whole_one_counts() {
    let run = |name: &str| format!("{MONTH}/{name}/part_0_0001.csv");
    let by_manifest = |name: &str, submitted: &str| {
        let blob = format!("root/{}", run(name));
        described(
            &format!("{MONTH}/{name}/manifest.json"),
            &[&blob],
            submitted,
        )
    };
    // The newest run is chosen by its manifest, whatever the file times say.
    let two = [
        costs(&run("a"), LATE),
        by_manifest("a", EARLY),
        costs(&run("b"), EARLY),
        by_manifest("b", LATE),
    ];
    assert_eq!(decided(&two), "omrm");
    // An older run is used if the newest one is incomplete.
    let cut = [
        costs(&run("a"), EARLY),
        by_manifest("a", EARLY),
        by_manifest("b", LATE),
    ];
    assert_eq!(decided(&cut), "rmm");
    assert!(decided(&cut[2..]).contains("is not in the folder"));
    // The same if the newest run has no manifest.
    let bare = [
        costs(&run("a"), EARLY),
        by_manifest("a", EARLY),
        costs(&run("b"), LATE),
    ];
    assert_eq!(decided(&bare), "rmo");
    // Equal times decide nothing.
    let equal = [
        costs(&run("a"), EARLY),
        by_manifest("a", LATE),
        costs(&run("b"), EARLY),
        by_manifest("b", LATE),
    ];
    let refused = decided(&equal);
    assert!(
        refused.contains("it is unclear which is newer") && refused.contains("costscope show"),
        "{refused}"
    );
}

#[test]
fn without_manifests_folders_tell_the_time_and_files_only_by_more_than_an_hour() {
    let timed =
        |time: &str, modified: &str| costs(&format!("{MONTH}/{time}/g/000001.csv"), modified);
    assert_eq!(
        decided(&[timed("202610100307", LATE), timed("202610120307", EARLY)]),
        "or"
    );
    let run =
        |name: &str, modified: &str| costs(&format!("{MONTH}/{name}/part_0_0001.csv"), modified);
    assert_eq!(decided(&[run("a", EARLY), run("b", LATE)]), "or");
    let close = decided(&[
        run("a", "2026-10-10T03:00:00Z"),
        run("b", "2026-10-10T03:59:00Z"),
    ]);
    assert!(close.contains("it is unclear which is newer"), "{close}");
    // Different months and different exports do not replace each other.
    assert_eq!(
        decided(&[
            run("a", EARLY),
            costs("e/20260901-20260930/b/000001.csv", EARLY)
        ]),
        "rr"
    );
    assert_eq!(
        decided(&[
            run("a", EARLY),
            costs("f/20261001-20261031/b/000001.csv", EARLY)
        ]),
        "rr"
    );
}

#[test]
fn parts_of_a_run_are_one_run_and_what_a_manifest_does_not_list_is_left_out() {
    let parts = [
        costs(&format!("{MONTH}/exp_GUID_0_0001.csv"), EARLY),
        costs(&format!("{MONTH}/exp_GUID_1_0001.csv"), LATE),
    ];
    assert_eq!(decided(&parts), "rr");
    assert_eq!(plan(&parts).unwrap().runs.len(), 1);
    // A decompressed file still matches the entry in the manifest.
    let unpacked = [
        described("dl/manifest.json", &["c/x/part_0_0001.csv.gz"], EARLY),
        costs("dl/part_0_0001.csv", EARLY),
        costs("dl/other.csv", EARLY),
    ];
    assert_eq!(decided(&unpacked), "mrl");
}

const HEADER: &str = "SubscriptionId,ResourceGroup,Date,MeterName,CostInBillingCurrency,ResourceId,ChargeType,BillingCurrencyCode,Quantity\n";

fn row(subscription: &str, day: u32, resource: &str, cost: &str) -> String {
    format!(
        "{subscription},rg,10/{day:02}/2026,m,{cost},/subscriptions/{subscription}/{resource},Usage,EUR,1\n"
    )
}

fn table(rows: &[String]) -> String {
    format!("{HEADER}{}", rows.concat())
}

fn show(folder: &Path, sources: &[&str]) -> Output {
    let mut arguments = vec!["show"];
    arguments.extend(sources);
    arguments.extend(["--group-by", "month", "--format", "json"]);
    run(folder, &arguments)
}

fn total(output: &Output) -> String {
    let found = document(output);
    found["totals"][0]["cost"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn refused(output: &Output, words: &[&str]) {
    let said = stderr(output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(output.stdout.is_empty(), "{said}");
    for word in words {
        assert!(said.contains(word), "{word} is not in: {said}");
    }
}

#[test]
fn common_rows_are_refused_with_their_count_and_money_however_they_are_given() {
    let folder = TempDir::new().unwrap();
    let rows = |from: usize, to: usize| -> Vec<String> {
        (from..to)
            .map(|at| {
                row(
                    "s1",
                    u32::try_from(at % 28 + 1).unwrap(),
                    &format!("r{at}"),
                    "0.5",
                )
            })
            .collect()
    };
    // Two halves of 150 rows with ten in common.
    let one = file(folder.path(), "one.csv", table(&rows(0, 80)));
    let two = file(folder.path(), "two.csv", table(&rows(70, 150)));
    let (one, two) = (one.to_str().unwrap(), two.to_str().unwrap());
    refused(
        &show(folder.path(), &[one, two]),
        &["one.csv", "two.csv", "10 rows", "5 EUR"],
    );
    let inside = folder.path().join("inside");
    std::fs::create_dir(&inside).unwrap();
    std::fs::copy(one, inside.join("one.csv")).unwrap();
    std::fs::copy(two, inside.join("two.csv")).unwrap();
    refused(
        &show(folder.path(), &[inside.to_str().unwrap()]),
        &["10 rows", "5 EUR"],
    );
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["one.csv", "two.csv"] {
        archive
            .start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        archive
            .write_all(&std::fs::read(inside.join(name)).unwrap())
            .unwrap();
    }
    let archive = file(
        folder.path(),
        "both.zip",
        archive.finish().unwrap().into_inner(),
    );
    refused(
        &show(folder.path(), &[archive.to_str().unwrap()]),
        &["10 rows", "5 EUR"],
    );
    // One file both by itself and in a folder, and a file that contains the same rows twice.
    refused(
        &show(
            folder.path(),
            &[one, inside.join("one.csv").to_str().unwrap()],
        ),
        &["same rows"],
    );
    let twice = file(folder.path(), "twice.csv", table(&rows(0, 3)).repeat(2));
    refused(
        &show(folder.path(), &[twice.to_str().unwrap()]),
        &["same rows", "from line 5"],
    );
    // Without the common rows, the halves are read, and a note says that they cover the same days.
    let rest = file(folder.path(), "rest.csv", table(&rows(80, 150)));
    let both = show(folder.path(), &[one, rest.to_str().unwrap()]);
    assert_eq!(total(&both), "75");
    assert!(
        stderr(&both).contains("they have no common rows"),
        "{}",
        stderr(&both)
    );
    // Other subscriptions are disjoint, and equal rows within one file are separate rows.
    let other: Vec<String> = (1..5).map(|day| row("s2", day, "r", "1")).collect();
    let other = file(
        folder.path(),
        "other.csv",
        table(&[other.clone(), other].concat()),
    );
    let apart = show(folder.path(), &[one, other.to_str().unwrap()]);
    assert_eq!(
        (total(&apart).as_str(), stderr(&apart).as_str()),
        ("48", "")
    );
}

#[test]
fn one_usage_in_two_layouts_is_refused() {
    let folder = TempDir::new().unwrap();
    let guid = "aaaaaaaa-0000-4000-8000-000000000001";
    let own = table(&[row(guid, 5, "r1", "12.5"), row(guid, 6, "r2", "7")]);
    let focus = format!(
        "BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,ChargeCategory,SubAccountId,x_ResourceGroupName,ResourceId\n\
         12.5,12.5,EUR,2026-10-05T00:00:00Z,Usage,/subscriptions/{guid},RG,\n"
    );
    let old = format!(
        "SubscriptionGuid,ResourceGroup,UsageDateTime,PreTaxCost,Currency,InstanceId\n{guid},rg,2026-10-06,7,EUR,/subscriptions/{guid}/r2\n"
    );
    let own = file(folder.path(), "own.csv", own);
    for (name, text, money) in [("focus.csv", focus, "12.5 EUR"), ("old.csv", old, "7 EUR")] {
        let other = file(folder.path(), name, text);
        let both = [own.to_str().unwrap(), other.to_str().unwrap()];
        refused(
            &show(folder.path(), &both),
            &["own.csv", name, "1 row", money],
        );
    }
}

/// Files without cost data are named by kind and left out if there are cost files next to them.
#[test]
fn everything_in_a_folder_is_read_or_named() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("dl");
    std::fs::create_dir_all(root.join("deep/er")).unwrap();
    std::fs::create_dir_all(root.join(".git")).unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(root.join(name), bytes).unwrap();
    put("costs", table(&[row("s1", 1, "a", "1")]).as_bytes());
    put("costs.txt", table(&[row("s2", 2, "b", "2")]).as_bytes());
    put(
        "deep/er/more.csv",
        table(&[row("s3", 3, "c", "4")]).as_bytes(),
    );
    put(
        "prices.csv",
        b"PriceType,BasePrice,EnrollmentNumber\nx,1,2\n",
    );
    put("bill.pdf", b"%PDF-1.7 ...");
    put("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
    put("a.7z", b"7z\xbc\xaf\x27\x1c");
    put("readme.md", b"# costs, \"quoted\" here\n");
    let path = root.to_str().unwrap();
    let output = show(folder.path(), &[path]);
    assert_eq!(total(&output), "7");
    let said = stderr(&output);
    for words in [
        "price sheet",
        "a PDF",
        "old Excel",
        "7z archive",
        "readme.md",
        "hidden",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(
        said.lines()
            .filter(|line| line.starts_with("left out"))
            .count(),
        1,
        "{said}"
    );
    let checked = document(&run(folder.path(), &["check", path, "--format", "json"]));
    let plan = checked["plan"].as_array().unwrap();
    let decision = |end: &str| {
        let found = plan
            .iter()
            .find(|line| line["path"].as_str().unwrap().ends_with(end));
        found.map(|line| line["decision"].as_str().unwrap().to_owned())
    };
    assert_eq!(decision("/more.csv").as_deref(), Some("read"));
    assert_eq!(decision("/prices.csv").as_deref(), Some("left-out"));
    let read = plan
        .iter()
        .find(|line| line["path"].as_str().unwrap().ends_with("costs.txt"))
        .unwrap();
    assert_eq!(
        read["coverage"],
        json!({ "dataset": null, "accounts": [], "subscriptions": ["s2"], "from": "2026-10-02", "to": "2026-10-02", "rows": 1,
            "totals": [{ "currency": "EUR", "cost": "2" }], "run": null, "export": null })
    );
    // Cost files in an unreadable format are refused: leaving them out would give a smaller total.
    put("semicolons.csv", b"Date;Cost;Currency\n2026-10-01;1;EUR\n");
    refused(
        &show(folder.path(), &[path]),
        &["semicolons.csv", "separated by semicolons"],
    );
}

/// The log of a Delta table defines which files it consists of.
#[test]
fn a_delta_table_is_what_its_log_says() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("tbl");
    std::fs::create_dir_all(root.join("_delta_log")).unwrap();
    for name in ["a.csv", "b.csv"] {
        let rows: Vec<String> = (1..3).map(|day| row("s1", day, name, "1")).collect();
        std::fs::write(root.join(name), table(&rows)).unwrap();
    }
    let commit = |number: u32, actions: &[Value]| {
        let lines: Vec<String> = actions.iter().map(Value::to_string).collect();
        std::fs::write(
            root.join(format!("_delta_log/{number:020}.json")),
            lines.join("\n"),
        )
        .unwrap();
    };
    commit(0, &[json!({ "add": { "path": "a.csv" } })]);
    commit(
        1,
        &[
            json!({ "remove": { "path": "a.csv" } }),
            json!({ "add": { "path": "b.csv" } }),
        ],
    );
    let path = root.to_str().unwrap();
    let output = show(folder.path(), &[path]);
    assert_eq!(total(&output), "2");
    assert!(stderr(&output).contains("a.csv"), "{}", stderr(&output));
    commit(
        2,
        &[json!({ "add": { "path": "c.csv", "deletionVector": { "storageType": "u" } } })],
    );
    refused(
        &show(folder.path(), &[path]),
        &["Delta table", "deletion vector", "Spark"],
    );
    commit(2, &[json!({ "add": { "path": "c.csv" } })]);
    refused(&show(folder.path(), &[path]), &["c.csv", "is missing"]);
    std::fs::remove_file(root.join("_delta_log/00000000000000000000.json")).unwrap();
    refused(&show(folder.path(), &[path]), &["commits are missing"]);
}

#[test]
fn dates_are_decided_by_what_proves_them_or_refused() {
    let folder = TempDir::new().unwrap();
    let show_text = |name: &str, text: &str, more: &[&str]| {
        let path = file(folder.path(), name, text);
        let mut arguments = vec![
            "show",
            path.to_str().unwrap(),
            "--group-by",
            "month",
            "--format",
            "json",
        ];
        arguments.extend(more);
        run(folder.path(), &arguments)
    };
    let months = |output: &Output| -> Vec<String> {
        let found = document(output);
        let groups = found["groups"].as_array().unwrap().iter();
        groups
            .map(|group| group["keys"][0].as_str().unwrap().to_owned())
            .collect()
    };
    let with_period = |from: &str, to: &str| {
        format!(
            "Date,Cost,Currency,BillingPeriodStartDate,BillingPeriodEndDate\n01/10/2026,1,EUR,{from},{to}\n02/10/2026,1,EUR,{from},{to}\n"
        )
    };
    // Decided by the end of the billing period, and by a period with an unambiguous date.
    assert_eq!(
        months(&show_text(
            "a.csv",
            &with_period("01/10/2026", "31/10/2026"),
            &[]
        )),
        ["2026-10"]
    );
    assert_eq!(
        months(&show_text(
            "b.csv",
            &with_period("2026-10-01", "2026-10-31"),
            &[]
        )),
        ["2026-10"]
    );
    // Padded dates under Azure's own header are month first unless something proves otherwise.
    let padded = "Date,Cost,Currency\n10/01/2026,1,EUR\n10/02/2026,1,EUR\n";
    assert_eq!(months(&show_text("c.csv", padded, &[])), ["2026-10"]);
    // Without padding the order is unknown; the flag decides.
    let bare = "Date,Cost,Currency\n1/10/2026,1,EUR\n2/10/2026,1,EUR\n";
    refused(
        &show_text("d.csv", bare, &[]),
        &["d.csv", "line 2", "--dates day-first"],
    );
    assert_eq!(
        months(&show_text("d.csv", bare, &["--dates", "day-first"])),
        ["2026-10"]
    );
    assert_eq!(
        months(&show_text("d.csv", bare, &["--dates", "month-first"])),
        ["2026-01", "2026-02"]
    );
    // Contradictory proofs.
    let both = "Date,Cost,Currency\n10/13/2026,1,EUR\n13/10/2026,1,EUR\n";
    refused(&show_text("e.csv", both, &[]), &["e.csv", "--dates"]);
    // A flag that contradicts the file is refused, and the error names the other one.
    let october = "Date,Cost,Currency\n10/31/2026,1,EUR\n";
    refused(
        &show_text("f.csv", october, &["--dates", "day-first"]),
        &["f.csv", "line 2", "month first", "use --dates month-first"],
    );
    let swapped = "Date,Cost,Currency\n31/10/2026,1,EUR\n";
    refused(
        &show_text("g.csv", swapped, &["--dates", "month-first"]),
        &["g.csv", "line 2", "day first", "use --dates day-first"],
    );
    // A file of the same run proves the order for both.
    let root = folder.path().join("run");
    std::fs::create_dir(&root).unwrap();
    std::fs::write(
        root.join("part_0_0001.csv"),
        "Date,Cost,Currency\n01/10/2026,1,EUR\n",
    )
    .unwrap();
    std::fs::write(
        root.join("part_1_0001.csv"),
        "Date,Cost,Currency\n31/10/2026,1,EUR\n",
    )
    .unwrap();
    assert_eq!(
        months(&show(folder.path(), &[root.to_str().unwrap()])),
        ["2026-10"]
    );
}

#[test]
fn json_on_standard_input_and_answers_that_are_no_rows() {
    let folder = TempDir::new().unwrap();
    let rows = r#"[{"pretaxCost":"1.5","currency":"USD","usageStart":"2026-10-05T00:00:00Z","instanceId":"/subscriptions/s/r"}]"#;
    let arguments = ["show", "-", "--group-by", "month", "--format", "json"];
    assert_eq!(
        total(&run_with_input(folder.path(), &arguments, rows.as_bytes())),
        "1.5"
    );
    let query =
        r#"{"properties":{"columns":[{"name":"PreTaxCost","type":"Number"}],"rows":[[1.5]]}}"#;
    let path = file(folder.path(), "answer.json", query);
    refused(
        &show(folder.path(), &[path.to_str().unwrap()]),
        &["Query API", "PreTaxCost"],
    );
}
