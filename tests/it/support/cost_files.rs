//! Cost files written by a test, and the program's answers about them.

use crate::support::inside::run_inside;
use crate::support::{document, file, stderr, stdout};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::Output;
use tempfile::TempDir;

pub(crate) const HEADER: &str = "SubscriptionId,ResourceGroup,Date,MeterName,CostInBillingCurrency,ResourceId,ChargeType,BillingCurrencyCode,Quantity\n";

pub(crate) fn row(subscription: &str, day: u32, resource: &str, cost: &str) -> String {
    format!(
        "{subscription},rg,10/{day:02}/2026,m,{cost},/subscriptions/{subscription}/{resource},Usage,EUR,1\n"
    )
}

pub(crate) fn table(rows: &[String]) -> String {
    format!("{HEADER}{}", rows.concat())
}

pub(crate) fn show_by_month(folder: &Path, sources: &[&str]) -> Output {
    let mut arguments = vec!["show"];
    arguments.extend(sources);
    arguments.extend(["--group-by", "month", "--format", "json"]);
    run_inside(folder, &arguments)
}

pub(crate) fn total(output: &Output) -> String {
    let found = document(output);
    found["totals"][0]["cost"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

pub(crate) fn assert_refused(output: &Output, words: &[&str]) {
    let said = stderr(output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(output.stdout.is_empty(), "{said}");
    for word in words {
        assert!(said.contains(word), "{word} is not in: {said}");
    }
}

pub(crate) fn show_as_csv(folder: &Path, arguments: &[&str]) -> Output {
    let all = [&["show"], arguments, &["--format", "csv"]].concat();
    run_inside(folder, &all)
}

/// Writes a file and shows it with these extra arguments.
pub(crate) fn shown_as_csv(text: &str, arguments: &[&str]) -> (String, String, Option<i32>) {
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "costs.csv", text);
    let path = path.to_str().unwrap();
    let output = show_as_csv(folder.path(), &[&[path], arguments].concat());
    (stdout(&output), stderr(&output), output.status.code())
}

pub(crate) fn shown_as_json(text: impl AsRef<[u8]>, arguments: &[&str]) -> Value {
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "costs.csv", text);
    let mut all = vec!["show", path.to_str().unwrap(), "--format", "json"];
    all.extend(arguments);
    document(&run_inside(folder.path(), &all))
}

pub(crate) fn write(folder: &Path, name: &str, text: &str) -> String {
    file(folder, name, text).to_str().unwrap().to_owned()
}

/// A file with its number of rows and its total by currency; an empty text is no currency.
pub(crate) type Totals<'a> = (&'a str, u64, &'a [(&'a str, &'a str)]);

/// Shows a file by charge type.
pub(crate) fn shown_by_charge_type(path: &Path) -> Value {
    let folder = TempDir::new().unwrap();
    let path = path.to_str().unwrap();
    let output = run_inside(
        folder.path(),
        &[
            "show",
            path,
            "--group-by",
            "charge-type",
            "--format",
            "json",
        ],
    );
    document(&output)
}

/// Checks the rows and exact totals of files in a folder.
pub(crate) fn assert_totals(root: &Path, cases: &[Totals<'_>]) {
    for (name, rows, totals) in cases {
        let found = shown_by_charge_type(&root.join(name));
        assert_eq!(found["rows"], *rows, "{name}");
        let expected: Vec<Value> = totals
            .iter()
            .map(|(currency, cost)| json!({ "currency": (!currency.is_empty()).then_some(currency), "cost": cost }))
            .collect();
        assert_eq!(found["totals"], Value::Array(expected), "{name}");
    }
}

/// The first key of each group with its cost.
pub(crate) fn groups(document: &Value) -> Vec<(Option<String>, String)> {
    let group = |group: &Value| {
        let key = group["keys"][0].as_str().map(ToOwned::to_owned);
        (key, group["cost"].as_str().unwrap().to_owned())
    };
    document["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(group)
        .collect()
}

/// A ZIP archive of texts.
pub(crate) fn zipped(members: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in members {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(*name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
