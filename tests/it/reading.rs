//! The ingest pass: the same result for blocks of any size, any number of threads, and any text in the fields.

use crate::support::cost_files::shown_as_json;
use crate::support::inside::run_inside;
use crate::support::parquet::{self, Claims, Column};
use crate::support::{document, file, stderr};
use costscope::data::dataset::Dataset;
use costscope::data::dataset::convert::Options;
use costscope::data::dataset::read::read_file;
use costscope::data::error::DataError;
use costscope::data::progress::Progress;
use costscope::data::query;
use costscope::domain::query::Query;
use costscope::domain::query::group_key::GroupKey;
use costscope::domain::table::Body;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use tempfile::TempDir;

fn read(path: &Path, block: usize, threads: usize) -> Result<Dataset, DataError> {
    let progress = Progress::default();
    let options = Options {
        block,
        threads,
        ..Options::new(&progress)
    };
    let scratch = path.parent().unwrap();
    read_file(path, "costs.csv", scratch, &options).map(Dataset::join)
}

/// Sums of thousandths, grouped by the text of a column.
fn groups(data: &Dataset, key: &str) -> BTreeMap<Option<String>, i64> {
    let question = Query {
        group_by: vec![GroupKey::parse(key).unwrap()],
        ..Query::default()
    };
    let Body::Groups { groups, .. } = query::run(data, &question).unwrap().body else {
        panic!("no groups");
    };
    groups
        .into_iter()
        .map(|group| {
            let thousandths = group.cost.amount.units() / 1_000_000_000_000_000;
            (group.keys[0].clone(), i64::try_from(thousandths).unwrap())
        })
        .collect()
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn any_fields_in_blocks_of_any_size_add_up(
        rows in proptest::collection::vec((-5000_i64..5000, "[a-c,\"\r\n; é]{0,6}", any::<bool>()), 1..60),
        block in 40_usize..600,
        threads in 1_usize..4,
        crlf in any::<bool>(),
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let mut text = format!("Name,Cost,Other{end}");
        let mut expected: BTreeMap<Option<String>, i64> = BTreeMap::new();
        for (thousandths, name, quote) in &rows {
            let plain = !name.contains(['"', ',', '\r', '\n']);
            let field = if plain && !quote { name.clone() } else { quoted(name) };
            let sign = if *thousandths < 0 { "-" } else { "" };
            let size = thousandths.abs();
            text += &format!("{field},{sign}{}.{:03},\"x\ny\"{end}", size / 1000, size % 1000);
            // Blanks around a value are stripped.
            let key = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
            *expected.entry(key).or_default() += thousandths;
        }
        let folder = TempDir::new().unwrap();
        let path = file(folder.path(), "costs.csv", &text);
        let data = read(&path, block, threads).unwrap();
        prop_assert_eq!(data.rows(), rows.len() as u64);
        prop_assert_eq!(groups(&data, "Name"), expected);
    }
}

#[test]
fn a_quote_inside_a_bare_field_is_text_wherever_blocks_end() {
    let folder = TempDir::new().unwrap();
    let mut text = "Name,Cost,Other\n".to_owned();
    for row in 0..300 {
        text += &format!("5\" pipe {row},1,\"two\nlines, {row}\"\n");
    }
    let path = file(folder.path(), "costs.csv", &text);
    for block in [64, 500, 1 << 20] {
        let data = read(&path, block, 2).unwrap();
        assert_eq!(data.rows(), 300);
        let repairs = &data.sources()[0].repairs;
        assert_eq!(
            (repairs[0].kind, repairs[0].count, repairs[0].first_line),
            ("literal-quote", 300, 2)
        );
    }
}

/// After a literal quote in a field, the quote count of a block is wrong, so it may be cut inside a quoted field.
#[test]
fn a_line_end_in_quotes_behind_a_quote_that_is_text_is_read_in_blocks_of_any_size() {
    let folder = TempDir::new().unwrap();
    let mut text = "Cost,Disk,Note\n".to_owned();
    for _ in 0..80 {
        text += "1,5\" disk,\"x\ny\"\n2,plain,\"a, b\"\n";
    }
    let path = file(folder.path(), "costs.csv", &text);
    for block in [40, 57, 64, 90, 1 << 20] {
        let data = read(&path, block, 2).unwrap();
        assert_eq!(
            (data.rows(), groups(&data, "Disk").values().sum::<i64>()),
            (160, 240_000),
            "{block}"
        );
    }
}

#[test]
fn any_day_above_twelve_decides_the_order_of_dates() {
    let found = check("Cost,Date,exchangeRateDate\n1,02/01/2026,13/02/2026\n");
    assert_eq!(found["files"][0]["from"], "2026-01-02");
    let turned = check("Cost,Date,exchangeRateDate\n1,13/01/2026,02/03/2026\n");
    assert_eq!(turned["files"][0]["from"], "2026-01-13");
}

#[test]
fn lines_are_counted_through_blocks_and_quoted_line_ends() {
    let folder = TempDir::new().unwrap();
    let mut text = "Name,Cost\n".to_owned();
    for _ in 0..200 {
        text += "\"a\nb\",1\n";
    }
    text += "a,oops\n";
    let path = file(folder.path(), "costs.csv", &text);
    for block in [50, 333, 1 << 20] {
        let error = read(&path, block, 3).err().unwrap().to_string();
        assert!(error.contains("line 402, column Cost"), "{error}");
    }
}

#[test]
fn cancelled_reading_leaves_nothing_behind() {
    let folder = TempDir::new().unwrap();
    let path = file(
        folder.path(),
        "costs.csv",
        format!("Cost\n{}", "1\n".repeat(5000)),
    );
    let progress = Progress::default();
    progress.cancel();
    let scratch = folder.path().join("scratch");
    std::fs::create_dir(&scratch).unwrap();
    let options = Options::new(&progress);
    let error = read_file(&path, "costs.csv", &scratch, &options)
        .err()
        .unwrap();
    assert!(matches!(error, DataError::Cancelled), "{error}");
    assert_eq!(std::fs::read_dir(&scratch).unwrap().count(), 0);
}

fn check(text: impl AsRef<[u8]>) -> Value {
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "costs.csv", text);
    document(&run_inside(
        folder.path(),
        &["check", path.to_str().unwrap(), "--format", "json"],
    ))
}

#[test]
fn check_names_every_repair_with_its_first_line() {
    let text = b"Cost report of Contoso,,\nmade on,2026-11-01,\nCost,Date,Tags,Note,Quantity\n\
        1,10/01/2026,\"\"\"cost center\"\": \"\"1\"\"\",NULL,1\n\
        2,10/02/2026,\"{\"\"costcenter\"\": \"\"2\"\"}\",a\x01b,x\n\
        3,10/03/2026,nonsense,\x81,2\n4,10/04/2026,,\xfc,2\n";
    let found = check(text);
    let repairs: Vec<(String, u64, u64)> = found["repairs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|repair| {
            let number = |name: &str| repair[name].as_u64().unwrap();
            (
                repair["kind"].as_str().unwrap().to_owned(),
                number("count"),
                number("first_line"),
            )
        })
        .collect();
    let expected = [
        ("preamble", 2, 1),
        ("tag-keys-alike", 1, 3),
        ("null-word", 1, 4),
        ("control-character", 1, 5),
        ("no-number", 1, 5),
        ("bad-utf8", 1, 6),
        ("broken-tags", 1, 6),
        ("windows-1252", 1, 7),
    ];
    let expected: Vec<(String, u64, u64)> = expected
        .into_iter()
        .map(|(kind, count, line)| (kind.to_owned(), count, line))
        .collect();
    assert_eq!(repairs, expected);
    assert_eq!(found["rows"], 4);
    assert_eq!(found["totals"], json!([{ "currency": null, "cost": "10" }]));
    assert_eq!(found["unknown_columns"], json!(["Note"]));
    assert_eq!(
        found["tag_keys_alike"],
        json!([["cost center", "costcenter"]])
    );
    assert_eq!(found["files"][0]["from"], "2026-10-01");
}

/// Every way to write the word, in every kind of column.
#[test]
fn the_word_null_is_no_value_whatever_blanks_are_around_it() {
    let words = [
        "NULL",
        " NULL ",
        "\tNULL",
        "\"NULL\"",
        "\" NULL \"",
        "\u{a0}NULL\u{2003}",
        "NULL",
    ];
    let columns = [
        "CostInBillingCurrency",
        "ResourceGroup",
        "Quantity",
        "BillingPeriodStartDate",
        "Tags",
        "AdditionalInfo",
    ];
    let head = format!(
        "MeterName,Date,{}\nm,2026-10-01,1.5,rg,2,2026-10-01,,x\n",
        columns.join(",")
    );
    let rows = words.map(|word| format!("m,2026-10-02{}\n", format!(",{word}").repeat(6)));
    let text = format!("{head}{}", rows.concat());
    let found = shown_as_json(&text, &["--sort", "date"]);
    let records = found["records"].as_array().unwrap();
    assert_eq!(records.len(), 1 + words.len());
    // The first row shows that the columns kept their types.
    assert_eq!(records[0]["Quantity"], "2");
    for record in &records[1..] {
        for column in columns {
            assert_eq!(record[column], Value::Null, "{column}: {record}");
        }
    }
    let repairs = check(text.as_bytes())["repairs"].clone();
    let kinds: Vec<(&str, u64)> = repairs
        .as_array()
        .unwrap()
        .iter()
        .map(|repair| {
            let count = repair["count"].as_u64().unwrap();
            (repair["kind"].as_str().unwrap(), count)
        })
        .collect();
    let fields = (words.len() * columns.len()) as u64;
    assert_eq!(kinds, [("blank-cost", 7), ("null-word", fields)]);
    // As JSON pages have it.
    let rows = words.map(|word| {
        let word = word.trim_matches('"');
        json!({ "date": "2026-10-02", "cost": word, "currency": "EUR", "resourceGroup": word, "tags": word })
    });
    let first =
        json!({ "date": "2026-10-01", "cost": 1, "currency": "EUR", "resourceGroup": "rg" });
    let pages = json!([vec![first], rows.to_vec()].concat()).to_string();
    let found = shown_as_json(&pages, &["--group-by", "resource-group"]);
    let mut keys: Vec<Value> = found["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["keys"][0].clone())
        .collect();
    keys.sort_by_key(ToString::to_string);
    assert_eq!(keys, [json!("rg"), Value::Null]);
}

/// Only costscope writes columns of tags, with nothing where there is no value.
#[test]
fn a_tag_with_the_value_null_is_exported_and_read_again() {
    let text = "Date,Cost,Currency,Tags\n2026-10-01,1,EUR,\"{\"\"env\"\": \"\"NULL\"\"}\"\n2026-10-01,2,EUR,\n";
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "costs.csv", text);
    let by_tag = |path: &str| {
        let output = run_inside(
            folder.path(),
            &["show", path, "--group-by", "tag:env", "--format", "json"],
        );
        document(&output)["groups"].clone()
    };
    for ending in ["csv", "parquet"] {
        let target = folder.path().join(format!("tags.{ending}"));
        let target = target.to_str().unwrap();
        let path = path.to_str().unwrap();
        let arguments = [
            "export",
            path,
            "--group-by",
            "tag:env",
            "--to",
            target,
            "--raw",
        ];
        let done = run_inside(folder.path(), &arguments);
        assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
        assert_eq!(by_tag(target), by_tag(path), "{ending}");
    }
}

/// What is refused is shown as it is written.
#[test]
fn refused_amounts_are_shown_with_their_blanks() {
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "costs.csv", "Date,Cost\n2026-10-01, null \n");
    let said = stderr(&run_inside(
        folder.path(),
        &["show", path.to_str().unwrap()],
    ));
    assert!(said.contains("` null ` is not a number"), "{said}");
}

#[test]
fn rows_whose_offset_moves_them_to_another_day_are_counted() {
    let text = "Date,Cost,Currency\n2026-01-31T23:30:00-05:00,1,EUR\n2026-01-31T23:30:00-05:00,2,EUR\n\
        2026-01-31T12:00:00-05:00,4,EUR\n2026-01-31T23:30:00Z,8,EUR\n2026-02-01T00:30:00+01:00,16,EUR\n";
    let found = shown_as_json(text, &["--group-by", "date"]);
    let days: Vec<(&str, &str)> = found["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| {
            (
                group["keys"][0].as_str().unwrap(),
                group["cost"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(days, [("2026-01-31", "28"), ("2026-02-01", "3")]);
    let repairs = check(text.as_bytes())["repairs"].clone();
    assert_eq!(repairs.as_array().unwrap().len(), 1, "{repairs}");
    assert_eq!(repairs[0]["kind"], "utc-day");
    assert_eq!(repairs[0]["count"], 3);
    assert_eq!(repairs[0]["first_line"], 2);
}

#[test]
fn column_with_unexpected_values_is_kept_as_text() {
    let folder = TempDir::new().unwrap();
    let text = "Cost,Quantity,exchangeRateDate\n1,1.50,2026-10-01T08:00:00Z\n2,n/a,soon\n";
    let path = file(folder.path(), "costs.csv", text);
    let found = document(&run_inside(
        folder.path(),
        &[
            "show",
            path.to_str().unwrap(),
            "--sort",
            "-Quantity",
            "--format",
            "json",
        ],
    ));
    assert_eq!(
        found["records"],
        json!([
            { "Cost": "1", "Quantity": "1.50", "exchangeRateDate": "2026-10-01T08:00:00Z" },
            { "Cost": "2", "Quantity": "n/a", "exchangeRateDate": "soon" }
        ])
    );
}

#[test]
fn rows_whose_fields_have_moved_are_refused() {
    let folder = TempDir::new().unwrap();
    let whole = "SubscriptionId,Date,Quantity,Cost,CostCenter,ResourceId,Tags\n\
        s-1,10/01/2026,1,2.5,1001,/subscriptions/s-1/x,\n";
    // The quantity is missing, so the value under Cost is the cost center.
    let moved = format!("{whole}s-1,10/01/2026,2.5,1001,/subscriptions/s-1/x,\n");
    let path = file(folder.path(), "costs.csv", moved);
    let output = run_inside(folder.path(), &["show", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("line 3"), "{}", stderr(&output));
}

/// JSON is converted to one text for each shape of row, whose lines the user never sees.
#[test]
fn errors_in_json_name_the_row() {
    let row = |cost: &str, date: &str, day: &str| {
        format!(
            "{{\"{cost}\":1,\"currency\":\"EUR\",\"{date}\":\"{day}\",\"product\":\"two\\nlines\"}}"
        )
    };
    let page = [
        row("cost", "date", "2026-10-01"),
        row("pretaxCost", "usageStart", "2026-10-02"),
        row("cost", "date", "2026-10-03"),
        row("pretaxCost", "usageStart", "soon"),
    ];
    let printed = r#"{"sources": ["a"], "rows": 2, "columns": ["Date", "Note", "Cost", "Currency"], "shown": 2, "of": 2,
        "records": [
            { "Date": "2026-10-01", "Note": "two\nlines", "Cost": "1", "Currency": "EUR" },
            { "Date": "2026-10-02", "Note": null, "Cost": "much", "Currency": "EUR" }
        ]}"#;
    let folder = TempDir::new().unwrap();
    for (text, place) in [
        (
            format!("{{\"value\": [{}]}}", page.join(",")),
            "costs.json, row 4, column usageStart:",
        ),
        (printed.to_owned(), "costs.json, row 2, column Cost:"),
    ] {
        let path = file(folder.path(), "costs.json", text);
        let output = run_inside(folder.path(), &["show", path.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(place), "{}", stderr(&output));
    }
}

#[test]
fn repairs_in_json_name_the_row() {
    let row = |cost: &str, date: &str, amount: &str| {
        format!(
            "{{\"{cost}\":{amount},\"currency\":\"EUR\",\"{date}\":\"2026-10-01\",\"product\":\"two\\nlines\"}}"
        )
    };
    let page = [
        row("cost", "date", "1"),
        row("pretaxCost", "usageStart", "2"),
        row("cost", "date", "3"),
        row("pretaxCost", "usageStart", "0.0000000000000000015"),
    ];
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "costs.json", format!("[{}]", page.join(",")));
    let path = path.to_str().unwrap();
    let said = stderr(&run_inside(folder.path(), &["show", path]));
    assert!(said.contains("first in row 4"), "{said}");
    assert!(!said.contains("in line"), "{said}");
    let check = document(&run_inside(
        folder.path(),
        &["check", path, "--format", "json"],
    ));
    let repairs = check["repairs"].as_array().unwrap();
    let places = repairs.iter().map(|repair| repair["first_line"].as_u64());
    let places: Vec<u64> = places.map(Option::unwrap_or_default).collect();
    assert_eq!(places, [4], "{repairs:?}");
}

#[test]
fn errors_in_parquet_name_the_row() {
    let column = |name, value| Column { name, value };
    let columns = [
        column("Date", "2026-10-01"),
        column("CostInBillingCurrency", "much"),
        column("BillingCurrencyCode", "EUR"),
    ];
    let folder = TempDir::new().unwrap();
    let bytes = parquet::file(&columns, &Claims::honest(3));
    let path = file(folder.path(), "costs.parquet", bytes);
    let output = run_inside(folder.path(), &["show", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let place = "costs.parquet, row 1, column CostInBillingCurrency:";
    assert!(stderr(&output).contains(place), "{}", stderr(&output));
}
