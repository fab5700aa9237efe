//! Exports are complete or absent, exact, and harmless to open.

use crate::support::bills::MIXED_CURRENCIES;
use crate::support::inside::run_inside;
use crate::support::{document, file, program, stderr, stdout};
use costscope::domain::text::escape::Csv;
use std::io::Read;
use std::path::Path;
use tempfile::TempDir;

const COSTS: &str = "Date,ResourceGroup,MeterName,CostInBillingCurrency,BillingCurrencyCode,Tags\n\
    2026-10-01,=cmd|'/c calc'!A1,+meter,1.000000000000000001,EUR,\n\
    2026-10-02,rg-a,-5,2.5,EUR,\"\"\"owner\"\": \"\"@sum(A1)\"\"\"\n\
    2026-10-03,rg-a,plain,-0.25,EUR,\n";

fn costs(folder: &TempDir) -> String {
    file(folder.path(), "costs.csv", COSTS)
        .display()
        .to_string()
}

#[test]
fn every_form_holds_the_same_numbers() {
    let folder = TempDir::new().unwrap();
    let source = costs(&folder);
    for ending in ["csv", "parquet", "json"] {
        let target = folder
            .path()
            .join(format!("rows.{ending}"))
            .display()
            .to_string();
        let done = run_inside(folder.path(), &["export", &source, "--to", &target]);
        assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
        if ending == "json" {
            let text = std::fs::read_to_string(&target).unwrap();
            let rows: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(
                rows["records"][1]["CostInBillingCurrency"],
                "1.000000000000000001"
            );
            continue;
        }
        let back = document(&run_inside(
            folder.path(),
            &["show", &target, "--group-by", "month", "--format", "json"],
        ));
        assert_eq!(
            back["totals"][0]["cost"], "3.250000000000000001",
            "{ending}"
        );
        assert_eq!(back["rows"], 3);
    }
}

#[test]
fn text_is_never_a_formula() {
    let folder = TempDir::new().unwrap();
    let source = costs(&folder);
    let path = folder.path().join("rows.csv");
    run_inside(
        folder.path(),
        &["export", &source, "--to", path.to_str().unwrap()],
    );
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.contains("'=cmd|") && text.contains("'+meter"),
        "{text}"
    );
    assert!(
        text.contains(",-5,") && text.contains(",-0.25,"),
        "numbers stay numbers: {text}"
    );
    let book = folder.path().join("rows.xlsx");
    let done = run_inside(
        folder.path(),
        &["export", &source, "--to", book.to_str().unwrap()],
    );
    assert!(
        stderr(&done).contains("more than the 15 digits"),
        "{}",
        stderr(&done)
    );
    let mut archive = zip::ZipArchive::new(std::fs::File::open(&book).unwrap()).unwrap();
    let mut sheet = String::new();
    archive
        .by_name("xl/worksheets/sheet1.xml")
        .unwrap()
        .read_to_string(&mut sheet)
        .unwrap();
    assert!(!sheet.contains("<f>"), "{sheet}");
    assert!(
        sheet.contains("<v>2.5</v>") && sheet.contains("<v>-0.25</v>"),
        "{sheet}"
    );
}

/// Everything that a workbook says.
fn texts_of(book: &Path) -> String {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(book).unwrap()).unwrap();
    let mut all = String::new();
    for at in 0..archive.len() {
        archive
            .by_index(at)
            .unwrap()
            .read_to_string(&mut all)
            .unwrap();
    }
    all
}

#[test]
fn texts_too_long_for_a_cell_are_counted_and_named() {
    let folder = TempDir::new().unwrap();
    let long = "x".repeat(40_000);
    let text = format!(
        "Date,Cost,Currency,MeterName,AdditionalInfo\n2026-10-01,1,EUR,a,{long}\n2026-10-01,1,EUR,b,{long}\n\
         2026-10-01,1,EUR,c,{}\n",
        "y".repeat(32_767)
    );
    let source = file(folder.path(), "costs.csv", text).display().to_string();
    let book = folder.path().join("costs.xlsx");
    let to = book.to_str().unwrap();
    let mut ways = vec![vec!["export", &source, "--to", to]];
    ways.push(vec![
        "export",
        &source,
        "--group-by",
        "AdditionalInfo,MeterName",
        "--to",
        to,
    ]);
    if cfg!(feature = "sql") {
        let statement = "SELECT MeterName, AdditionalInfo FROM costs";
        ways.push(vec!["sql", statement, &source, "--to", to]);
    }
    for way in ways {
        let done = run_inside(folder.path(), &way);
        let said = stderr(&done);
        assert_eq!(done.status.code(), Some(0), "{way:?}: {said}");
        for text in [said, texts_of(&book)] {
            assert!(text.contains("2 cells were cut"), "{way:?}");
            assert!(
                text.contains("the column AdditionalInfo had more"),
                "{way:?}"
            );
        }
        std::fs::remove_file(&book).unwrap();
    }
}

#[test]
fn source_is_never_overwritten() {
    let folder = TempDir::new().unwrap();
    let source = costs(&folder);
    let done = run_inside(folder.path(), &["export", &source, "--to", &source]);
    assert_eq!(done.status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(&source).unwrap(), COSTS);
    let done = run_inside(folder.path(), &["export", &source, "--to", "costs.doc"]);
    assert_eq!(done.status.code(), Some(2));
    assert!(stderr(&done).contains(".xlsx"), "{}", stderr(&done));
    let target = folder.path().join("out.md").display().to_string();
    let wrong = run_inside(
        folder.path(),
        &["export", &source, "--filter", "cots > 1", "--to", &target],
    );
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        !std::path::Path::new(&target).exists(),
        "nothing half written"
    );
    assert_eq!(stdout(&wrong), "");
}

#[test]
fn csv_is_for_spreadsheets_unless_it_is_asked_for_raw() {
    let line = [
        Some("a"),
        None,
        Some(""),
        Some("-5.20"),
        Some("=1"),
        Some("a,\"b\"\nc"),
        Some("2026-10-01"),
    ];
    for (form, joined) in [
        (
            Csv::Spreadsheet,
            "\"a\",,\"\",-5.20,\"'=1\",\"a,\"\"b\"\"\nc\",\"2026-10-01\"",
        ),
        (
            Csv::Guarded,
            "a,,\"\",-5.20,'=1,\"a,\"\"b\"\"\nc\",2026-10-01",
        ),
        (Csv::Raw, "a,,\"\",-5.20,=1,\"a,\"\"b\"\"\nc\",2026-10-01"),
    ] {
        let fields: Vec<String> = line
            .iter()
            .map(|value| {
                let mut field = String::new();
                form.field(*value, &mut field);
                field
            })
            .collect();
        assert_eq!(fields.join(","), joined);
    }
    let folder = TempDir::new().unwrap();
    let costs = file(
        folder.path(),
        "costs.csv",
        "Date,Cost,BillingCurrency,ResourceGroup\n2026-10-01,-1.5,EUR,=cmd\n",
    );
    let target = folder.path().join("out.csv");
    let (costs, out) = (costs.to_str().unwrap(), target.to_str().unwrap());
    for (flag, cell, kept) in [
        (None, "'=cmd", "\"'=cmd\""),
        (Some("--raw"), "=cmd", "=cmd"),
    ] {
        for by in [
            vec!["--group-by", "resource-group"],
            vec!["--columns", "ResourceGroup,Cost"],
        ] {
            let mut arguments = vec!["show", costs, "--format", "csv"];
            arguments.extend(by.iter().copied().chain(flag));
            let shown = stdout(&run_inside(folder.path(), &arguments));
            assert!(shown.contains(&format!("{cell},-1.5")), "{shown}");
            let mut arguments = vec!["export", costs, "--to", out];
            arguments.extend(by.iter().copied().chain(flag));
            assert!(run_inside(folder.path(), &arguments).status.success());
            let written = std::fs::read_to_string(&target).unwrap();
            assert!(written.contains(&format!("{kept},-1.5")), "{written}");
        }
    }
}

/// An empty tag and a missing tag, texts that spreadsheets would evaluate, blanks in names.
const TAGGED: &str = "Date,ResourceGroup,ResourceId,MeterName,MeterCategory,ChargeType,CostInBillingCurrency,BillingCurrencyCode,Tags\n\
    2026-10-01,rg-a,/subscriptions/s/resourceGroups/rg-a/providers/x/y/vm,=D2,VM,Usage,0.000000000000000001,EUR,\"\"\"env\"\": \"\"\"\",\"\"cost center\"\": \"\" 7 \"\"\"\n\
    2026-10-02,rg-b,,+B1,VM,Usage,2.5,EUR,\n\
    2026-09-03,,,\"Z, the \"\"last\"\"\",DB,Refund,-1,USD,\"\"\"Env\"\": \"\"prod\"\"\"\n";

#[test]
fn printed_output_opens_with_the_same_values() {
    let folder = TempDir::new().unwrap();
    let bill = file(folder.path(), "bill.csv", TAGGED)
        .display()
        .to_string();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let asked = [
        "--group-by",
        "month,resource-group,tag:env,tag:cost center,meter,service",
    ];
    let groups = |source: &str| {
        let all = [&["show", source, "--format", "json"], &asked[..]].concat();
        let found = document(&run_inside(folder.path(), &all));
        (found["groups"].clone(), found["totals"].clone())
    };
    let expected = groups(&bill);
    assert_eq!(expected.0.as_array().unwrap().len(), 3);
    let printed = |arguments: &[&str]| {
        let output = run_inside(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    };
    for by in [vec![], asked.to_vec()] {
        for name in ["again.json", "again.parquet", "raw.csv"] {
            let to = at(name);
            let all = [&["export", &bill, "--to", &to, "--raw"], by.as_slice()].concat();
            printed(&all);
            assert_eq!(groups(&to), expected, "{name} {by:?}");
        }
        for (name, format) in [("shown.json", "json"), ("shown.csv", "csv")] {
            let all = [
                &["show", &bill, "--top", "0", "--format", format, "--raw"],
                by.as_slice(),
            ];
            file(folder.path(), name, printed(&all.concat()));
            assert_eq!(groups(&at(name)), expected, "{name} {by:?}");
        }
    }
    // A truncated table says so, and a table without a single cost column is refused with the next step.
    let part = [
        "show",
        &bill,
        "--group-by",
        "meter",
        "--top",
        "1",
        "--others",
        "--format",
        "json",
    ];
    file(folder.path(), "part.json", printed(&part));
    let opened = run_inside(folder.path(), &["show", &at("part.json")]);
    let said = stderr(&opened);
    assert!(
        said.contains("only 1 of 3 groups") && said.contains("the others come to"),
        "{said}"
    );
    for (arguments, words) in [
        (
            vec!["show", &bill, "--group-by", "meter", "--pivot", "month"],
            "a pivot",
        ),
        (
            vec![
                "change",
                &bill,
                "--before-days",
                "2026-09",
                "--after-days",
                "2026-10",
            ],
            "compare or change",
        ),
    ] {
        let all = [arguments.as_slice(), &["--format", "json"]].concat();
        file(folder.path(), "other.json", printed(&all));
        let refused = run_inside(folder.path(), &["show", &at("other.json")]);
        assert_eq!(refused.status.code(), Some(1));
        let said = stderr(&refused);
        assert!(
            said.contains(words) && said.contains("open the sources"),
            "{said}"
        );
    }
}

#[test]
fn every_column_of_an_export_has_a_name_of_its_own() {
    let folder = TempDir::new().unwrap();
    let source = file(folder.path(), "odd.csv", MIXED_CURRENCIES)
        .display()
        .to_string();
    for (keys, total) in [("currency", "7"), ("Rows,currency", "7"), ("Rows", "7")] {
        let target = folder.path().join("odd.parquet").display().to_string();
        let line = ["export", &source, "--group-by", keys, "--to", &target];
        assert_eq!(
            run_inside(folder.path(), &line).status.code(),
            Some(0),
            "{keys}"
        );
        let line = [
            "show",
            &target,
            "--group-by",
            "currency",
            "--format",
            "json",
        ];
        let back = document(&run_inside(folder.path(), &line));
        assert_eq!(back["totals"][0]["currency"], "EUR", "{keys}: {back}");
        assert_eq!(back["totals"][0]["cost"], total, "{keys}: {back}");
    }
    let line = [
        "show",
        &source,
        "--group-by",
        "currency",
        "--top",
        "1",
        "--others",
        "--format",
        "csv",
    ];
    let text = stdout(&run_inside(folder.path(), &line));
    assert_eq!(
        text,
        "currency,cost,rows\nEUR,7,2\n(2 others) USD,7,\n(2 others) -,1,\n"
    );
}

/// Texts that need quotes, escapes or an apostrophe, control characters, missing and empty values.
const ODD: &str = "Date,ResourceGroup,MeterName,Quantity,CostInBillingCurrency,BillingCurrencyCode,Tags\n\
    2026-10-01,\"a,\"\"b\"\"\",\"two\nlines\",1.50,-1.000000000000000001,EUR,\n\
    2026-10-02,=D2,tab\there,,12345678901234567890.5,EUR,\"\"\"owner\"\": \"\"\"\"\"\n\
    2026-10-03,,a|b *c* \u{202e}d,7,0,USD,\n\
    2026-10-04,bell\u{7},@sum,0.1,2.5,EUR,\n";

/// A file of made-up rows, and one of odd texts.
fn sample_and_odd(folder: &Path) -> [String; 2] {
    let sample = folder.join("sample.csv").display().to_string();
    let output = run_inside(folder, &["sample", "--rows", "2500", "--out", &sample]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let odd = file(folder, "odd.csv", ODD).display().to_string();
    [sample, odd]
}

#[test]
fn all_rows_are_printed_as_some_rows_are() {
    let folder = TempDir::new().unwrap();
    for source in &sample_and_odd(folder.path()) {
        for more in [
            &["--sort", "date,-cost"][..],
            &["--filter", "cost > 1"],
            &["--filter", "cost > 99999999999999999999"],
            &["--columns", "month,cost,MeterName,date,tag:owner"],
            &["--columns", "ResourceGroup", "--raw"],
        ] {
            for format in ["csv", "json"] {
                let printed = |top: &str| {
                    let all = ["show", source, "--format", format, "--top", top];
                    let output = run_inside(folder.path(), &[&all[..], more].concat());
                    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
                    stdout(&output)
                };
                // A limit asks for a page, which is held as a whole.
                assert!(
                    printed("0") == printed("9999"),
                    "{source} {more:?} {format}"
                );
            }
        }
    }
}

#[test]
fn an_export_has_the_same_bytes_on_any_number_of_threads() {
    let folder = TempDir::new().unwrap();
    let [sample, odd] = sample_and_odd(folder.path());
    for source in [&sample, &odd] {
        for ending in ["csv", "json", "md", "parquet"] {
            let written = |threads: &str| {
                let target = folder.path().join(format!("rows-{threads}.{ending}"));
                let output = program()
                    .env("COSTSCOPE_THREADS", threads)
                    .arg("--data-dir")
                    .arg(folder.path())
                    .args(["export", source, "--to", target.to_str().unwrap()])
                    .output()
                    .unwrap();
                assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
                std::fs::read(&target).unwrap()
            };
            assert!(written("1") == written("4"), "{source} {ending}");
        }
    }
    // The rows are those of the printed table.
    let target = folder.path().join("raw.csv").display().to_string();
    run_inside(folder.path(), &["export", &odd, "--raw", "--to", &target]);
    let shown = ["show", &odd, "--top", "9999", "--format", "csv", "--raw"];
    let shown = stdout(&run_inside(folder.path(), &shown));
    assert_eq!(std::fs::read_to_string(&target).unwrap(), shown);
}
