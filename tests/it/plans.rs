//! Input planning: which inputs are read, replaced by a newer run, or left out, and for which reason.

use crate::support::cost_files::{assert_refused, row, show_by_month, table, total};
use crate::support::{document, file, run, run_with_input, stderr};
use chrono::{DateTime, Utc};
use costscope::data::sources::candidate::{Candidate, CandidateKind};
use costscope::data::sources::manifest::ExportManifest;
use costscope::data::sources::names::{days, part_of, run_time, stem};
use costscope::data::sources::plan::{Decision, plan};
use serde_json::{Value, json};
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

pub(crate) fn at(text: &str) -> DateTime<Utc> {
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
fn parts_form_one_run_and_unlisted_files_are_left_out() {
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
    let output = show_by_month(folder.path(), &[path]);
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
    assert_refused(
        &show_by_month(folder.path(), &[path]),
        &["semicolons.csv", "separated by semicolons"],
    );
}

/// The log of a Delta table defines which files it consists of.
#[test]
fn delta_table_reads_the_files_of_its_log() {
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
    let output = show_by_month(folder.path(), &[path]);
    assert_eq!(total(&output), "2");
    assert!(stderr(&output).contains("a.csv"), "{}", stderr(&output));
    commit(
        2,
        &[json!({ "add": { "path": "c.csv", "deletionVector": { "storageType": "u" } } })],
    );
    assert_refused(
        &show_by_month(folder.path(), &[path]),
        &["Delta table", "deletion vector", "Spark"],
    );
    commit(2, &[json!({ "add": { "path": "c.csv" } })]);
    assert_refused(
        &show_by_month(folder.path(), &[path]),
        &["c.csv", "is missing"],
    );
    std::fs::remove_file(root.join("_delta_log/00000000000000000000.json")).unwrap();
    assert_refused(
        &show_by_month(folder.path(), &[path]),
        &["commits are missing"],
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
    assert_refused(
        &show_by_month(folder.path(), &[path.to_str().unwrap()]),
        &["Query API", "PreTaxCost"],
    );
}
