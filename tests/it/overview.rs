//! The overview of a month: exact figures, the month before from all places, pairs, pages and the mask.

use crate::support::findings::overview;
use crate::support::hostile::fetch;
use crate::support::inside::run_inside;
use crate::support::pair_files::{example, written};
use crate::support::{World, document, file, october_of, run, stderr, stdout, without_pseudonyms};
use costscope::domain::metric::Metric;
use costscope::domain::period::{Month, Period};
use costscope::ops::orders::order_spec::OrderSpec;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use tempfile::TempDir;

const HEADER: &str = "Date,Cost,BillingCurrencyCode,ResourceGroup,MeterCategory,Tags\n";

fn row(date: &str, cost: &str, currency: &str, group: &str, service: &str, owner: &str) -> String {
    let tags = if owner.is_empty() {
        String::new()
    } else {
        let text = json!({ "owner": owner }).to_string().replace('"', "\"\"");
        format!("\"{text}\"")
    };
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    format!(
        "{date},{cost},{currency},{},{},{tags}\n",
        quoted(group),
        quoted(service)
    )
}

fn september() -> String {
    let day = |day| {
        row(
            &format!("2024-09-{day:02}"),
            "1",
            "EUR",
            "RG-A",
            "Storage",
            "",
        )
    };
    (1..=30).map(day).collect()
}

fn october() -> String {
    let day = |day| {
        let date = format!("2024-10-{day:02}");
        let first = row(&date, "2", "EUR", "rg-a", "Storage", "ann");
        first + &row(&date, "1", "EUR", "rg-b", "Virtual Machines", "")
    };
    (1..=31).map(day).collect()
}

fn written_as(folder: &Path, name: &str, rows: &str) -> String {
    let path = file(folder, name, format!("{HEADER}{rows}"));
    path.display().to_string()
}

#[test]
fn month_is_compared_with_the_one_before_wherever_that_is() {
    let folder = TempDir::new().unwrap();
    let before = written_as(folder.path(), "september.csv", &september());
    let month = written_as(folder.path(), "october.csv", &october());
    let both = written_as(folder.path(), "both.csv", &(september() + &october()));
    let alone = overview(folder.path(), &[&month]);
    assert_eq!(alone["before"], Value::Null);
    assert_eq!(alone["totals"][0]["change"], Value::Null);
    let mut apart = overview(folder.path(), &[&month, "--before", &before]);
    let mut together = overview(folder.path(), &[&both]);
    assert_eq!(
        apart["totals"],
        json!([{ "currency": "EUR", "cost": "93", "before": "30", "change": "210.0", "run_rate": null }])
    );
    assert_eq!(apart["before"]["from"], "2024-09-01");
    assert_eq!(apart["before"]["to"], "2024-09-30");
    assert_eq!(apart["month"]["complete"], true);
    assert_eq!(apart["days"].as_array().unwrap().len(), 31);
    assert_eq!(
        apart["top"][0],
        json!({
            "key": "resource-group",
            "groups": [
                { "keys": ["rg-a"], "currency": "EUR", "cost": "62", "before": "30", "change": "106.7", "share": "66.7" },
                { "keys": ["rg-b"], "currency": "EUR", "cost": "31", "before": "0", "change": null, "share": "33.3" }
            ],
            "others": []
        })
    );
    assert_eq!(apart["top"][1]["key"], "service");
    assert_eq!(apart["top"][2]["key"], "tag:owner");
    assert_eq!(apart["tag"], "owner");
    assert_eq!(apart["untagged"][0]["cost"], "31");
    assert_eq!(apart["untagged"][0]["before"], "30");
    assert_eq!(apart["unused"], Value::Null);
    // The same rows in one file give the same figures; those of September are left out, and counted.
    let left = json!({ "rows": 30, "totals": [{ "currency": "EUR", "cost": "30" }] });
    assert_eq!(together["outside"], left);
    for document in [&mut apart, &mut together] {
        let members = document.as_object_mut().unwrap();
        for own in ["sources", "outside", "notes"] {
            members.remove(own);
        }
        members["before"].as_object_mut().unwrap().remove("sources");
        for finding in members["findings"].as_array_mut().unwrap() {
            finding.as_object_mut().unwrap().remove("command");
        }
    }
    assert_eq!(apart, together);
}

#[test]
fn pages_have_no_columns_of_an_unknown_month_before() {
    let folder = TempDir::new().unwrap();
    let before = written_as(folder.path(), "september.csv", &september());
    let month = written_as(folder.path(), "october.csv", &october());
    let page = |more: &[&str]| {
        let line = [&["overview", &month, "--format", "html"][..], more].concat();
        stdout(&run_inside(folder.path(), &line))
    };
    let (compared, alone) = (page(&["--before", &before]), page(&[]));
    for column in ["<th>before</th>", "<th>change</th>"] {
        assert!(compared.contains(column), "{compared}");
        assert!(!alone.contains(column), "{alone}");
    }
}

#[test]
fn figures_are_those_of_show() {
    let folder = TempDir::new().unwrap();
    let month = written_as(folder.path(), "october.csv", &october());
    let found = overview(folder.path(), &[&month]);
    for (panel, key) in ["resource-group", "service", "tag:owner"]
        .into_iter()
        .enumerate()
    {
        let line = ["show", &month, "--group-by", key, "--format", "json"];
        let shown = document(&run_inside(folder.path(), &line));
        let costs = |groups: &Value| -> Vec<(Value, Value)> {
            let groups = groups.as_array().unwrap().iter();
            groups
                .map(|group| (group["keys"].clone(), group["cost"].clone()))
                .collect()
        };
        assert_eq!(
            costs(&found["top"][panel]["groups"]),
            costs(&shown["groups"]),
            "{key}"
        );
    }
}

#[test]
fn incomplete_month_names_its_days() {
    let folder = TempDir::new().unwrap();
    let days: String = [1, 2, 5]
        .map(|day| row(&format!("2024-10-{day:02}"), "1", "EUR", "a", "Storage", ""))
        .concat();
    let source = written_as(folder.path(), "part.csv", &days);
    let output = run_inside(folder.path(), &["overview", &source, "--format", "json"]);
    let found = document(&output);
    assert_eq!(found["month"]["complete"], false);
    assert_eq!(found["month"]["gaps"], json!(["2024-10-03", "2024-10-04"]));
    assert_eq!(found["tag"], Value::Null);
    assert_eq!(found["untagged"][0]["share"], "100.0");
    for words in [
        "2024-10 is not complete: its rows are dated 2024-10-01 to 2024-10-05",
        "no row is dated 2024-10-03, 2024-10-04",
    ] {
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
    let none = run_inside(folder.path(), &["overview", &source, "--before", &source]);
    assert_eq!(none.status.code(), Some(1));
    assert!(
        stderr(&none).contains("no days before 2024-10"),
        "{}",
        stderr(&none)
    );
    let odd = run_inside(folder.path(), &["overview", &source, "--tag", "owner"]);
    assert!(
        stderr(&odd).contains("no row has the tag `owner`"),
        "{}",
        stderr(&odd)
    );
}

#[test]
fn pair_has_both_totals_the_bridge_and_what_went_unused() {
    let folder = TempDir::new().unwrap();
    let (actual, amortized) = example(31);
    let (actual, amortized) = written(folder.path(), &actual, &amortized);
    let found = overview(folder.path(), &[&actual, &amortized]);
    // The names tell the sides.
    let swapped = overview(folder.path(), &[&amortized, &actual]);
    assert_eq!(found["bridge"], swapped["bridge"]);
    let line = ["compare", &actual, &amortized, "--format", "json"];
    let compared = document(&run_inside(folder.path(), &line));
    let (bridge, own) = (&found["bridge"][0], &compared["currencies"][0]);
    for member in ["currency", "actual", "amortized", "difference", "bridge"] {
        assert_eq!(bridge[member], own[member], "{member}");
    }
    assert_eq!(found["totals"][0]["cost"], bridge["actual"]);
    assert_eq!(
        found["unused"],
        json!([{ "id": "r1", "name": null, "kind": "reservation", "currency": "USD", "cost": "8" }])
    );
    let page = stdout(&run_inside(
        folder.path(),
        &["overview", &actual, &amortized, "--format", "html"],
    ));
    assert!(
        page.contains("actual 403.75 - purchases 365.00 + benefit usage"),
        "{page}"
    );
    assert!(
        page.contains("unused reservations and savings plans: 8.00"),
        "{page}"
    );
    // Amortized cost alone shows what went unused, but no bridge.
    let alone = overview(folder.path(), &[&amortized]);
    assert_eq!(alone["bridge"], Value::Null);
    if alone["metric"] == "amortized" {
        assert_eq!(alone["unused"], found["unused"]);
    }
}

#[test]
fn every_currency_is_a_block_of_its_own() {
    let folder = TempDir::new().unwrap();
    let rows = [
        row("2024-10-01", "3", "USD", "a", "Storage", ""),
        row("2024-10-01", "2", "EUR", "a", "Storage", ""),
        row("2024-10-02", "-5", "EUR", "b", "Storage", ""),
    ];
    let source = written_as(folder.path(), "two.csv", &rows.concat());
    let found = overview(folder.path(), &[&source]);
    let totals: Vec<(&str, &str)> = found["totals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|total| {
            (
                total["currency"].as_str().unwrap(),
                total["cost"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(totals, [("EUR", "-3"), ("USD", "3")]);
    let page = stdout(&run_inside(
        folder.path(),
        &["overview", &source, "--format", "html"],
    ));
    assert!(
        page.contains("<h2>-3.00 EUR</h2>") && page.contains("<h2>3.00 USD</h2>"),
        "{page}"
    );
    assert_eq!(page.matches("<svg").count(), 4);
    let table = stdout(&run_inside(
        folder.path(),
        &["overview", &source, "--format", "csv", "--raw"],
    ));
    assert!(
        table.starts_with("panel,name,cost,currency,share,before,difference,change\n"),
        "{table}"
    );
    assert!(table.contains("\ntotal,2024-10,-3,EUR,,,,\n"), "{table}");
    assert!(table.contains("\nday,2024-10-02,-5,EUR,,,,\n"), "{table}");
    let report = stdout(&run_inside(
        folder.path(),
        &["overview", &source, "--format", "md"],
    ));
    assert!(
        report.starts_with("# Cost overview · 2024-10 · "),
        "{report}"
    );
}

/// Fails unless every element of a document is closed, in order.
fn check_elements(document: &str) {
    let mut open: Vec<&str> = Vec::new();
    for piece in document.split('<').skip(1) {
        let (inside, _) = piece
            .split_once('>')
            .unwrap_or_else(|| panic!("{piece:.60}"));
        let name = inside.split([' ', '/']).next().unwrap();
        match inside.strip_prefix('/') {
            Some(closed) => assert_eq!(open.pop(), Some(closed), "{piece:.60}"),
            None if inside.ends_with('/') || name == "meta" || name.starts_with('!') => {}
            None => open.push(name),
        }
    }
    assert_eq!(open, Vec::<&str>::new());
}

#[test]
fn pages_are_self_contained_and_names_are_text() {
    let folder = TempDir::new().unwrap();
    let rows = [
        row(
            "2024-10-01",
            "3",
            "EUR",
            "</td><script>alert(1)</script>",
            "<b>Storage",
            "\"><b onclick=y>",
        ),
        row(
            "2024-10-02",
            "2",
            "EUR",
            "' onload='x",
            "&lt;i&gt;",
            "ann\u{1}",
        ),
        row("2024-10-03", "-1", "EUR", "plain", "Bandwidth", ""),
    ];
    let source = written_as(folder.path(), "<odd>.csv", &rows.concat());
    for format in ["html", "svg"] {
        let output = run_inside(folder.path(), &["overview", &source, "--format", format]);
        assert!(output.status.success(), "{}", stderr(&output));
        let page = stdout(&output);
        check_elements(&page);
        let elements: BTreeSet<&str> = page
            .split('<')
            .skip(1)
            .map(|piece| piece.split(|c: char| !c.is_alphanumeric()).next().unwrap())
            .collect();
        for active in [
            "script",
            "b",
            "i",
            "img",
            "a",
            "link",
            "iframe",
            "object",
            "foreignObject",
            "image",
            "use",
        ] {
            assert!(!elements.contains(active), "{format}: {active}");
        }
        // The only address is the name of the format, which nothing fetches.
        let addresses = page.matches("://").count();
        assert_eq!(
            addresses,
            page.matches("http://www.w3.org/2000/svg").count()
        );
        for word in ["javascript:", "url(", "@import", "src=", "href="] {
            assert!(!page.contains(word), "{format}: {word}");
        }
        assert!(
            page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"),
            "{page}"
        );
        assert!(page.contains("&amp;lt;i&amp;gt;"), "{page}");
    }
}

#[test]
fn a_picture_has_every_note_to_its_end() {
    let folder = TempDir::new().unwrap();
    let rows = row("2024-10-01", "1", "EUR", "rg-a", "Storage", "");
    let source = written_as(folder.path(), "one.csv", &rows);
    let output = run(folder.path(), &["overview", &source, "--format", "svg"]);
    let page = stdout(&output);
    assert!(page.contains("would add to them</text>"), "{page}");
}

#[test]
fn masked_output_has_no_name_and_no_amount() {
    let folder = TempDir::new().unwrap();
    let none = row("2024-10-03", "0", "EUR", "rg-hidden", "Storage", "");
    let rows = [
        row(
            "2024-10-01",
            "31234.56",
            "EUR",
            "rg-secret",
            "Storage",
            "ann@example.org",
        ),
        row(
            "2024-10-02",
            "68765.44",
            "EUR",
            "rg-hidden",
            "Bandwidth",
            "",
        ),
        row("2024-11-02", "0.07", "EUR", "rg-hidden", "Bandwidth", ""),
        none.repeat(200),
    ];
    let source = written_as(folder.path(), "contoso.csv", &rows.concat());
    let secrets = [
        "rg-",
        "ann@",
        "example.org",
        "contoso",
        "31234",
        "31,234",
        "68765",
        "68,765",
        "100000",
        "100,000",
        "0.07",
    ];
    for format in ["json", "csv", "md", "table", "html", "svg"] {
        let line = ["overview", &source, "--mask", "--format", format];
        let page = without_pseudonyms(&stdout(&run_inside(folder.path(), &line)));
        for secret in secrets {
            assert!(!page.contains(secret), "{format} shows {secret}: {page}");
        }
        assert!(page.contains("Storage"), "{format}: {page}");
    }
    let found = overview(folder.path(), &[&source, "--mask"]);
    assert_eq!(found["masked"], true);
    assert_eq!(found["totals"][0]["cost"], "100");
    assert_eq!(found["top"][0]["groups"][0]["cost"], "68.8");
    assert_eq!(found["top"][0]["groups"][0]["share"], "68.8");
    assert_eq!(found["outside"]["rows"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn amortized_report_comes_from_the_ledger() {
    let world = World::new("").await;
    let mut keys = Vec::new();
    for metric in [Metric::Actual, Metric::Amortized] {
        let (outcome, _) = fetch(&world.session, &october_of("8608480"), metric).await;
        keys.push(outcome.key().unwrap().as_str().to_owned());
    }
    let folder = world.folder.path();
    let alone = overview(folder, &[&keys[0]]);
    let both = overview(folder, &[&keys[0], &keys[1]]);
    for field in ["unused", "bridge", "totals"] {
        assert!(alone[field].is_array(), "{field}: {alone}");
        assert_eq!(alone[field], both[field], "{field}");
    }
    // A damaged one is no reason to say that there is none.
    let part = folder.join("ledger").join(&keys[1]).join("part-1.parquet");
    let mut bytes = std::fs::read(&part).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&part, bytes).unwrap();
    let damaged = run_inside(folder, &["overview", &keys[0]]);
    assert_eq!(damaged.status.code(), Some(6), "{}", stderr(&damaged));
    std::fs::write(
        folder.join("ledger").join(&keys[1]).join("report.json"),
        "{",
    )
    .unwrap();
    let told = overview(folder, &[&keys[0]])["notes"].to_string();
    assert!(told.contains("the amortized report is not used"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn month_before_comes_from_the_ledger() {
    let world = World::new("").await;
    let mut keys = Vec::new();
    for month in ["2026-09", "2026-10"] {
        let order = OrderSpec {
            period: Period::Dates(Month::parse(month).unwrap().range()),
            ..october_of("8608480")
        };
        let (outcome, _) = fetch(&world.session, &order, Metric::Actual).await;
        assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
        keys.push(outcome.key().unwrap().as_str().to_owned());
    }
    let folder = world.folder.path();
    let found = overview(folder, &[&keys[1]]);
    assert_eq!(found["before"]["sources"], json!([keys[0]]));
    let line = [
        "show",
        &keys[0],
        "--group-by",
        "currency",
        "--format",
        "json",
    ];
    let shown = document(&run_inside(folder, &line));
    assert_eq!(found["before"]["totals"], shown["totals"]);
    // Nothing is stored before the first month.
    assert_eq!(overview(folder, &[&keys[0]])["before"], Value::Null);
}
