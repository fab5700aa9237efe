//! Input planning: which inputs are read, replaced by a newer run, or left out, and for which reason.

use crate::support::cost_files::{assert_refused, row, show_by_month, table, total};
use crate::support::inside::run_inside;
use crate::support::{document, file, run_with_input, stderr};
use serde_json::{Value, json};
use tempfile::TempDir;

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
    let checked = document(&run_inside(
        folder.path(),
        &["check", path, "--format", "json"],
    ));
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
