//! Rows printed by `show`: columns, order, limits, control characters.

use crate::support::cost_files::shown_as_json;
use crate::support::inside::run_inside;
use crate::support::{document, file, program, stderr, stdout};
use serde_json::json;
use tempfile::TempDir;

#[test]
fn all_rows_as_csv_are_the_rows_of_the_table_in_its_order() {
    let folder = TempDir::new().unwrap();
    let mut text = "Cost,Currency,Name\n".to_owned();
    for row in 0..500 {
        text += &format!("{}.5,EUR,\"n, {row}\"\n", row * 7 % 101);
    }
    let path = file(folder.path(), "costs.csv", text);
    let path = path.to_str().unwrap();
    for more in [
        vec![],
        vec![
            "--filter",
            "cost > 20",
            "--sort",
            "Name",
            "--columns",
            "Name,cost",
        ],
    ] {
        let ask = |top: &str| {
            let mut all = vec!["show", path, "--format", "csv", "--top", top];
            all.extend(&more);
            run_inside(folder.path(), &all).stdout
        };
        // A limit that is never reached takes the other code path.
        assert_eq!(ask("0"), ask("100000"));
    }
    // A reader that closes the pipe is not a failure.
    let mut child = program()
        .args(["show", path, "--format", "csv", "--top", "0"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let wrong = run_inside(
        folder.path(),
        &[
            "show",
            path,
            "--format",
            "csv",
            "--top",
            "0",
            "--columns",
            "Nmae",
        ],
    );
    assert_eq!(wrong.status.code(), Some(2));
    assert!(wrong.stdout.is_empty());
}

#[test]
fn rows_are_printed_as_the_contract_says() {
    let text = "Date,Cost,Name,Qty\n10/02/2026,1.50,b,x\n10/01/2026,2e0,a,\n";
    let found = shown_as_json(text, &[]);
    assert_eq!(found["columns"], json!(["Date", "Cost", "Name", "Qty"]));
    assert_eq!(
        found["records"][0],
        json!({ "Date": "2026-10-01", "Cost": "2", "Name": "a", "Qty": null })
    );
    assert_eq!((&found["shown"], &found["of"]), (&json!(2), &json!(2)));
    let sorted = shown_as_json(
        text,
        &["--sort", "-date", "--top", "1", "--columns", "Name"],
    );
    assert_eq!(
        (&sorted["records"], &sorted["shown"], &sorted["of"]),
        (&json!([{ "Name": "b" }]), &json!(1), &json!(2))
    );
}

#[test]
fn control_characters_are_escaped_in_output() {
    let folder = TempDir::new().unwrap();
    let costs = file(
        folder.path(),
        "c.csv",
        "Cost,Currency,ResourceGroup\n1,E\u{1b}]0;x\u{7},rg\u{9b}\u{202e}\n",
    );
    for format in ["table", "md", "json"] {
        let output = run_inside(
            folder.path(),
            &[
                "show",
                costs.to_str().unwrap(),
                "--group-by",
                "resource-group",
                "--format",
                format,
            ],
        );
        let text = stdout(&output) + &stderr(&output);
        assert!(
            !text.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']),
            "{format}: {text:?}"
        );
    }
    let json = document(&run_inside(
        folder.path(),
        &[
            "show",
            costs.to_str().unwrap(),
            "--group-by",
            "resource-group",
            "--format",
            "json",
        ],
    ));
    assert_eq!(
        json["groups"][0]["keys"][0], "rg\u{9b}\u{202e}",
        "JSON readers get the exact text"
    );
}

#[test]
fn rows_beyond_the_limit_are_mentioned() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("costs.csv");
    let path = path.to_str().unwrap();
    let made = run_inside(folder.path(), &["sample", "--rows", "50", "--out", path]);
    assert!(made.status.success(), "{}", stderr(&made));
    let show = |more: &[&str]| {
        let mut arguments = vec!["show", path, "--columns", "date,cost", "--format", "csv"];
        arguments.extend(more);
        let done = run_inside(folder.path(), &arguments);
        (stdout(&done).lines().count() - 1, stderr(&done))
    };
    let note = "20 of 50 rows; --top 0 prints all of them\n".to_owned();
    assert_eq!(show(&[]), (20, note));
    assert_eq!(show(&["--top", "0"]), (50, String::new()));
    assert_eq!(show(&["--top", "5"]), (5, String::new()));
    // Rows that are written while they are read are verified too.
    #[cfg(feature = "sql")]
    assert_eq!(
        show(&["--top", "0", "--verify"]),
        (50, "both engines agree on 50 of 50 rows\n".to_owned())
    );
}
