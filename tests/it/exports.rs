//! Exports are complete or absent, exact, and harmless to open.

use crate::support::bills::MIXED_CURRENCIES;
use crate::support::{document, file, run, stderr, stdout};
use costscope::domain::text::escape::{Csv, for_clipboard, harmless, markdown, one_line};
use costscope::domain::text::printable;
use costscope::domain::text::shell::word;
use std::io::Read;
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
        let done = run(folder.path(), &["export", &source, "--to", &target]);
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
        let back = document(&run(
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
    run(
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
    let done = run(
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

#[test]
fn source_is_never_overwritten() {
    let folder = TempDir::new().unwrap();
    let source = costs(&folder);
    let done = run(folder.path(), &["export", &source, "--to", &source]);
    assert_eq!(done.status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(&source).unwrap(), COSTS);
    let done = run(folder.path(), &["export", &source, "--to", "costs.doc"]);
    assert_eq!(done.status.code(), Some(2));
    assert!(stderr(&done).contains(".xlsx"), "{}", stderr(&done));
    let target = folder.path().join("out.md").display().to_string();
    let wrong = run(
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
fn spreadsheet_formulas_get_an_apostrophe() {
    let cases = [
        ("=1+1", "'=1+1"),
        ("@sum", "'@sum"),
        ("-x", "'-x"),
        ("-5.20", "-5.20"),
        ("+1e3", "+1e3"),
        ("rg=a", "rg=a"),
        ("", ""),
        ("-5 +cmd|' /C calc'!A0", "'-5 +cmd|' /C calc'!A0"),
        ("-5 Hours", "'-5 Hours"),
        (" =1+1", "' =1+1"),
        ("\u{a0}=1+1", "'\u{a0}=1+1"),
        ("\u{feff}=1+1", "'\u{feff}=1+1"),
        ("\u{200b}@x", "'\u{200b}@x"),
        ("＝1+1", "'＝1+1"),
        ("＋1", "'＋1"),
        ("\"=1+1", "'\"=1+1"),
        ("a;=1+1", "a;'=1+1"),
        ("a; \"=1+1\";-2", "a;' \"=1+1\";-2"),
        ("a\t@x", "a\t'@x"),
        ("a\n=x\r\n+y", "a\n'=x\r\n'+y"),
        ("2026-10-01", "2026-10-01"),
        ("a;b;c", "a;b;c"),
        ("-", "'-"),
        ("=", "'="),
        ("-1,5", "-1,5"),
        ("-1+1", "'-1+1"),
        ("a\t\t\t=1", "a\t\t\t'=1"),
        (" \t =1", "' \t' =1"),
    ];
    for (text, safe) in cases {
        assert_eq!(harmless(text), safe);
    }
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
            let shown = stdout(&run(folder.path(), &arguments));
            assert!(shown.contains(&format!("{cell},-1.5")), "{shown}");
            let mut arguments = vec!["export", costs, "--to", out];
            arguments.extend(by.iter().copied().chain(flag));
            assert!(run(folder.path(), &arguments).status.success());
            let written = std::fs::read_to_string(&target).unwrap();
            assert!(written.contains(&format!("{kept},-1.5")), "{written}");
        }
    }
}

#[test]
fn long_texts_are_escaped_quickly() {
    let began = std::time::Instant::now();
    harmless(&format!("a{}b", "\t".repeat(100_000)));
    harmless(&"=".repeat(100_000));
    harmless(&" ;".repeat(100_000));
    markdown(&"a.".repeat(200_000));
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
}

#[test]
fn markdown_syntax_in_text_is_escaped() {
    let cases = [
        ("rg-prod_01 / West Europe", "rg-prod_01 / West Europe"),
        ("[x](https://a.example)", "\\[x\\]\\(https&#58;//a.example)"),
        ("![x](a)", "!\\[x\\]\\(a)"),
        ("<img src=x onerror=y>", "&lt;img src=x onerror=y&gt;"),
        ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
        ("@team see #12", "@&#8203;team see #&#8203;12"),
        ("www.a.example", "www&#46;a.example"),
        ("a|b\\|c", "a\\|b\\\\\\|c"),
        (
            "`rm` *b* _i_ ~s~ $m$",
            "\\`rm\\` \\*b\\* \\_i\\_ \\~s\\~ \\$m\\$",
        ),
        ("a\nb", "a␊b"),
    ];
    for (text, safe) in cases {
        assert_eq!(markdown(text), safe);
    }
}

#[test]
fn pasted_text_runs_no_command() {
    assert_eq!(
        one_line("rg\nrm -rf ~\u{1b}[201~\r\u{9b}x\u{2028}y"),
        "rg rm -rf ~ [201~  x y"
    );
    assert_eq!(for_clipboard("a\tb\u{7}\nc\u{1b}d\n"), "a\tb \nc d\n");
    assert_eq!(for_clipboard("a"), "a");
    let words = [
        ("cost.csv", "cost.csv"),
        ("", "''"),
        ("my file", "'my file'"),
        ("it's", r"'it'\''s'"),
        ("$(id)`id`;&|", "'$(id)`id`;&|'"),
        ("a\nb", r"$'a\x0ab'"),
        ("\u{1b}[201~'\\", r"$'\x1b[201~\'\\'"),
        ("a\u{202e}b", r"$'a\xe2\x80\xaeb'"),
    ];
    for (name, quoted) in words {
        assert_eq!(word(name), quoted);
    }
}

#[test]
fn hidden_characters_are_replaced() {
    for hidden in [
        '\u{61c}',
        '\u{200b}',
        '\u{2060}',
        '\u{feff}',
        '\u{2028}',
        '\u{2029}',
        '\u{e0041}',
        '\u{202e}',
        '\u{ad}',
        '\u{e0100}',
        '\u{1d173}',
    ] {
        assert_eq!(
            printable(&format!("a{hidden}b")),
            "a\u{fffd}b",
            "{hidden:?}"
        );
    }
    // Code points that join several into one character are kept.
    for sign in ["👩\u{200d}🚀", "❤\u{fe0f}", "ä", "日本", "e\u{301}"] {
        assert_eq!(printable(sign), sign);
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
        let found = document(&run(folder.path(), &all));
        (found["groups"].clone(), found["totals"].clone())
    };
    let expected = groups(&bill);
    assert_eq!(expected.0.as_array().unwrap().len(), 3);
    let printed = |arguments: &[&str]| {
        let output = run(folder.path(), arguments);
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
    let opened = run(folder.path(), &["show", &at("part.json")]);
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
        let refused = run(folder.path(), &["show", &at("other.json")]);
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
        assert_eq!(run(folder.path(), &line).status.code(), Some(0), "{keys}");
        let line = [
            "show",
            &target,
            "--group-by",
            "currency",
            "--format",
            "json",
        ];
        let back = document(&run(folder.path(), &line));
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
    let text = stdout(&run(folder.path(), &line));
    assert_eq!(
        text,
        "currency,cost,rows\nEUR,7,2\n(2 others) USD,7,\n(2 others) -,1,\n"
    );
}
