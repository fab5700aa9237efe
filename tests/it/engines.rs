//! Every view gives the same document from each engine: costscope's own, polars, and a Spark server.

use crate::support::bills::{Bills, Dice, bills};
use crate::support::inside::run_inside;
use crate::support::{document, file, stderr};
use serde_json::Value;
use std::path::Path;

/// Two months of FOCUS with both costs, and a pair in the older layout.
const FOCUS: &str = concat!(
    "ChargePeriodStart,BilledCost,EffectiveCost,BillingCurrency,ServiceName,ChargeCategory,ChargeClass,CommitmentDiscountId,",
    "CommitmentDiscountStatus,CommitmentDiscountType,ResourceId,ResourceName,SubAccountId,PublisherName,Tags\n",
    "2026-10-01T00:00:00Z,100,0,USD,Virtual Machines,Purchase,,r-1,,Reservation,,,,Microsoft,\n",
    "2026-10-01T00:00:00Z,0,60.5,USD,Virtual Machines,Usage,,r-1,Used,Reservation,/subscriptions/s1/resourceGroups/a/providers/x/y/vm1,vm1,/subscriptions/s1,Microsoft,\"{\"\"env\"\":\"\"prod\"\"}\"\n",
    "2026-10-02T00:00:00Z,0,39.5,USD,Virtual Machines,Usage,,r-1,Unused,Reservation,,,,Microsoft,\n",
    "2026-10-02T00:00:00Z,7.25,7.25,USD,Storage,Usage,,,,,/subscriptions/s1/resourceGroups/A/providers/x/y/st,st,/subscriptions/S1,Microsoft,\"{\"\"Env\"\":\"\"dev\"\"}\"\n",
    "2026-10-03T00:00:00Z,-5,-5,USD,Storage,Adjustment,Correction,,,,,,,Microsoft,\n",
);

/// Queries over one table.
const VIEWS: [&[&str]; 46] = [
    &["--group-by", "resource-group"],
    &["--group-by", "resource"],
    &["--group-by", "subscription"],
    &["--group-by", "service", "--sort", "-cost"],
    &["--group-by", "meter", "--sort", "rows"],
    &["--group-by", "region"],
    &["--group-by", "charge-type"],
    &["--group-by", "publisher-type"],
    &["--group-by", "cost-center", "--sort", "-cost-center"],
    &["--group-by", "currency"],
    &["--group-by", "pricing-model"],
    &["--group-by", "invoice-section"],
    &["--group-by", "reservation"],
    &["--group-by", "benefit"],
    &["--group-by", "date", "--sort", "date"],
    &["--group-by", "month"],
    &["--group-by", "tag:env"],
    &["--group-by", "tag:TEAM"],
    &["--group-by", "tag:nobody"],
    &["--group-by", "resource-group,charge-type"],
    &["--group-by", "tag:env,service", "--sort", "tag:env,-cost"],
    &["--group-by", "currency,month"],
    &["--group-by", "service", "--columns", "share,running"],
    &["--group-by", "service", "--columns", "quantity"],
    &["--group-by", "meter", "--columns", "first-day,last-day"],
    &[
        "--group-by",
        "service",
        "--columns",
        "share,running,quantity,first-day,last-day",
    ],
    &["--group-by", "service", "--top", "2"],
    &["--group-by", "service", "--top", "2", "--others"],
    &["--group-by", "meter,charge-type", "--top", "3", "--others"],
    &["--group-by", "service", "--having", "cost > 5"],
    &["--group-by", "meter", "--having", "rows >= 2"],
    &["--group-by", "service", "--pivot", "month"],
    &["--group-by", "tag:env", "--pivot", "date"],
    &[
        "--group-by",
        "charge-type",
        "--pivot",
        "month",
        "--top",
        "1",
        "--others",
    ],
    &["--group-by", "service", "--filter", "cost > 10"],
    &[
        "--group-by",
        "service",
        "--filter",
        "cost = 10.000000000000000001",
    ],
    &["--group-by", "service", "--filter", "meter ~ 'gb_'"],
    &["--group-by", "service", "--filter", "not (tag:env = prod)"],
    &["--group-by", "service", "--filter", "tag:env is missing"],
    &[
        "--group-by",
        "service",
        "--filter",
        "tag:env in (prod, \"\")",
    ],
    &[
        "--group-by",
        "service",
        "--filter",
        "date >= 2026-10-02 and date < 2026-10-20",
    ],
    &["--group-by", "service", "--filter", "month = 2026-10"],
    &["--group-by", "meter", "--filter", "cost-center > 8"],
    &["--group-by", "meter", "--filter", "meter ~ \"it's\""],
    &[
        "--filter",
        "charge-type = usage",
        "--group-by",
        "charge-type",
    ],
    &[
        "--group-by",
        "service",
        "--filter",
        "resource-group != rg-a",
    ],
];

/// Plain rows: rows with equal sort keys keep the order of the file.
const ROWS: [&[&str]; 7] = [
    &[],
    &["--top", "0"],
    &["--sort", "service,-cost"],
    &["--sort", "-date", "--top", "7"],
    &["--sort", "cost-center", "--filter", "cost > 0"],
    &[
        "--sort",
        "-tag:env,meter",
        "--columns",
        "date,cost,meter,tag:env",
    ],
    &["--filter", "cost ~ 5", "--top", "50"],
];

fn answered(folder: &Path, arguments: &[&str], engine: &str) -> Value {
    let all = [arguments, &["--format", "json", "--engine", engine]].concat();
    let output = run_inside(folder, &all);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{all:?}: {}",
        stderr(&output)
    );
    document(&output)
}

fn agree(folder: &Path, arguments: &[&str]) {
    let [own, polars] = ["own", "polars"].map(|engine| answered(folder, arguments, engine));
    assert_eq!(polars, own, "{arguments:?}");
}

fn all_bills() -> Bills {
    let mut bills = bills();
    let focus = file(bills.folder.path(), "focus.csv", FOCUS);
    bills.files.push(focus.display().to_string());
    bills
}

#[test]
fn polars_gives_every_view_as_our_own_engine_does() {
    let Bills { folder, files } = all_bills();
    // Every view of groups meets every second file, and every file every second view.
    for (file, source) in files.iter().enumerate() {
        let views = VIEWS.iter().skip(file % 2).step_by(2);
        for view in views.chain(&ROWS) {
            agree(folder.path(), &[&["show", source][..], view].concat());
        }
    }
}

/// Headers in another case, and a quantity that is a number in one file and a word in the other.
#[test]
fn files_that_spell_and_fill_columns_otherwise_are_one_table() {
    let folder = tempfile::TempDir::new().unwrap();
    let one = file(
        folder.path(),
        "one.csv",
        "Date,MeterId,Quantity,CostInBillingCurrency,BillingCurrencyCode,Frequency\n\
         2026-10-01,m1,,1.5,EUR,UsageBased\n2026-10-02,m2,n/a,2.5,EUR,OneTime\n2026-10-02,m2,4,0.25,EUR,OneTime\n",
    );
    let other = file(
        folder.path(),
        "other.csv",
        "date,meterid,quantity,costinbillingcurrency,billingcurrencycode,frequency\n\
         2026-10-03,m1,3,7,EUR,UsageBased\n2026-10-04,m3,,8,EUR,OneTime\n",
    );
    let (one, other) = (one.to_str().unwrap(), other.to_str().unwrap());
    for view in [
        &["--group-by", "MeterId"][..],
        &["--group-by", "frequency", "--columns", "quantity"],
        &["--group-by", "CostInBillingCurrency"],
        &["--group-by", "Quantity"],
        &["--group-by", "Frequency", "--filter", "MeterId is missing"],
        &["--sort", "MeterId"],
    ] {
        agree(folder.path(), &[&["show", one, other], view].concat());
    }
    let shown = answered(
        folder.path(),
        &["show", one, other, "--group-by", "MeterId"],
        "polars",
    );
    assert_eq!(
        groups(&shown),
        [
            serde_json::json!(["m1", "EUR", "8.5", 2]),
            serde_json::json!(["m3", "EUR", "8", 1]),
            serde_json::json!(["m2", "EUR", "2.75", 2]),
        ]
    );
}

/// A numeric column sorts as numbers, in groups and in rows.
#[test]
fn groups_by_numbers_sort_numerically() {
    let folder = tempfile::TempDir::new().unwrap();
    let bill = file(
        folder.path(),
        "bill.csv",
        "Date,Quantity,Cost,Currency\n2026-10-01,10,1,EUR\n2026-10-01,9,2,EUR\n2026-10-01,8.5,2,EUR\n",
    );
    let bill = bill.to_str().unwrap();
    let keys = |sort: &str| -> Vec<String> {
        let view = ["show", bill, "--group-by", "Quantity", "--sort", sort];
        let lines = groups(&answered(folder.path(), &view, "own"));
        lines
            .iter()
            .map(|line| line[0].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(keys("Quantity"), ["8.5", "9", "10"]);
    assert_eq!(keys("-Quantity"), ["10", "9", "8.5"]);
    assert_eq!(keys("cost"), ["8.5", "9", "10"]);
}

#[test]
fn polars_gives_two_periods_and_pairs_as_our_own_engine_does() {
    let Bills { folder, files } = all_bills();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (actual, amortized) = (path("actual.csv"), path("amortized.csv"));
    for (metric, out) in [("actual", &actual), ("amortized", &amortized)] {
        let arguments = [
            "sample",
            "--rows",
            "600",
            "--dialect",
            "ea",
            "--metric",
            metric,
            "--out",
            out,
        ];
        assert_eq!(run_inside(folder.path(), &arguments).status.code(), Some(0));
    }
    for source in &files {
        for keys in ["service", "resource-group,tag:env", "meter"] {
            let periods = [
                "--before-days",
                "2026-10-01..2026-10-02",
                "--after-days",
                "2026-10-03..2026-10-31",
            ];
            let view = [&["change", source, "--group-by", keys][..], &periods].concat();
            agree(folder.path(), &view);
        }
    }
    let focus = path("focus.csv");
    for sides in [vec![actual.as_str(), &amortized], vec![focus.as_str()]] {
        for view in [
            &[][..],
            &["--group-by", "service"],
            &[
                "--group-by",
                "resource-group,charge-type",
                "--sort",
                "residual",
            ],
            &[
                "--group-by",
                "tag:env",
                "--filter",
                "cost > 1",
                "--top",
                "2",
            ],
        ] {
            agree(folder.path(), &[&["compare"][..], &sides, view].concat());
        }
    }
}

#[test]
fn polars_matches_own_engine_on_random_filters() {
    let Bills { folder, files } = bills();
    let mut dice = Dice(20_261_130);
    for round in 0..40 {
        let filter = dice.filter(round % 4);
        let source = &files[round % files.len()];
        let keys = dice.pick(&[
            "service",
            "resource-group",
            "tag:env",
            "charge-type,currency",
        ]);
        let mut view = vec!["show", source, "--filter", &filter];
        if round % 5 > 0 {
            view.extend(["--group-by", keys]);
        }
        agree(folder.path(), &view);
    }
}

/// The groups of a view: keys, currency, cost and rows.
fn groups(document: &Value) -> Vec<Value> {
    let groups = document["groups"].as_array().unwrap().iter();
    groups
        .map(|group| {
            let mut line = group["keys"].as_array().unwrap().clone();
            line.extend(["currency", "cost", "rows"].map(|name| group[name].clone()));
            Value::Array(line)
        })
        .collect()
}

#[test]
fn a_printed_statement_gives_the_view() {
    let Bills { folder, files } = all_bills();
    // The odd file and the FOCUS file.
    for (file, source) in [&files[0], files.last().unwrap()].into_iter().enumerate() {
        for view in VIEWS.iter().skip(file).step_by(2) {
            let shown = answered(
                folder.path(),
                &[&["show", source][..], view].concat(),
                "own",
            );
            let printed = run_inside(
                folder.path(),
                &[&["show", source][..], view, &["--print-sql"]].concat(),
            );
            let statement = String::from_utf8(printed.stdout).unwrap();
            let asked = ["sql", &statement, source, "--top", "0"];
            let answer = answered(folder.path(), &asked, "own");
            let width = shown["group_by"].as_array().unwrap().len() + 3;
            let lines = answer["rows"].as_array().unwrap().iter();
            let lines = lines.map(|line| Value::Array(line.as_array().unwrap()[..width].to_vec()));
            let own = groups(&shown);
            let lines: Vec<Value> = lines.collect();
            assert_eq!(lines[..own.len()], own, "{source} {view:?}: {statement}");
            // With `--others`, one line per currency for the remaining groups follows the groups.
            let others = match &shown["others"] {
                Value::Array(lines) => lines.len(),
                others => others["totals"].as_array().map_or(0, Vec::len),
            };
            assert_eq!(lines.len(), own.len() + others, "{source} {view:?}");
        }
    }
}

#[test]
fn verify_agrees_on_every_kind_of_view() {
    let Bills { folder, files } = all_bills();
    let periods = [
        "--before-days",
        "2026-10-01..2026-10-02",
        "--after-days",
        "2026-10-03..2026-10-31",
        "--group-by",
        "service",
    ];
    let focus = files.last().unwrap();
    for (arguments, told) in [
        (
            vec!["show", focus, "--group-by", "service"],
            "agree on 2 groups (5 rows)",
        ),
        (
            vec!["show", focus, "--sort", "service"],
            "agree on 5 of 5 rows",
        ),
        (
            [&["change", focus][..], &periods].concat(),
            "agree on 2 groups",
        ),
        (
            vec!["compare", focus, "--group-by", "service"],
            "the bridge and on 2 groups",
        ),
    ] {
        let output = run_inside(folder.path(), &[&arguments[..], &["--verify"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(stderr(&output).contains(told), "{}", stderr(&output));
    }
}

/// The document without source names, which differ for a server.
fn without_names(mut document: Value) -> Value {
    if let Some(map) = document.as_object_mut() {
        map.remove("sources");
        map.remove("notes");
    }
    document
}

/// Queries costscope's own engine over files, and a server over the same files.
fn agree_with_server(
    folder: &Path,
    server: &str,
    (command, files): (&str, &[&str]),
    view: &[&str],
) {
    let own = [&[command], files, view].concat();
    let there: Vec<String> = files
        .iter()
        .map(|file| format!("sc://{server}/?files={file}"))
        .collect();
    let there: Vec<&str> = there.iter().map(String::as_str).collect();
    let theirs = [&[command], &there[..], view].concat();
    let [own, theirs] = [own, theirs].map(|all| without_names(answered(folder, &all, "own")));
    assert_eq!(theirs, own, "{command} {files:?} {view:?}");
}

/// Rows in a fixed order: a server does not number rows, so rows with equal sort keys come in any order.
fn same_rows(mut document: Value) -> Value {
    if let Some(rows) = document["records"].as_array_mut() {
        rows.sort_by_key(ToString::to_string);
    }
    without_names(document)
}

/// `tests/spark/run` starts a server and passes its address.
#[test]
#[ignore = "needs a server: tests/spark/run"]
fn a_server_gives_every_view_as_our_own_engine_does() {
    let server = std::env::var("COSTSCOPE_TEST_SPARK").unwrap();
    let Bills { folder, files } = all_bills();
    let path = |name: &str| folder.path().join(name).display().to_string();
    for (metric, out) in [("actual", "actual.csv"), ("amortized", "amortized.csv")] {
        let out = path(out);
        let arguments = [
            "sample",
            "--rows",
            "600",
            "--dialect",
            "ea",
            "--metric",
            metric,
            "--out",
            &out,
        ];
        assert_eq!(run_inside(folder.path(), &arguments).status.code(), Some(0));
    }
    let mut dice =
        Dice(std::env::var("COSTSCOPE_TEST_SEED").map_or(30, |seed| seed.parse().unwrap()));
    for source in &files {
        for view in VIEWS {
            agree_with_server(folder.path(), &server, ("show", &[source]), view);
        }
        for view in ROWS {
            let own = [
                &["show", source][..],
                view,
                &["--top", "0"][..usize::from(!view.contains(&"--top")) * 2],
            ]
            .concat();
            let there = format!("sc://{server}/?files={source}");
            let theirs = [&["show", &there][..], &own[2..]].concat();
            let [own, theirs] =
                [own, theirs].map(|all| same_rows(answered(folder.path(), &all, "own")));
            if view.is_empty() || view.contains(&"0") {
                assert_eq!(theirs, own, "{source} {view:?}");
            } else {
                assert_eq!(theirs["totals"], own["totals"], "{source} {view:?}");
                assert_eq!(theirs["of"], own["of"], "{source} {view:?}");
            }
        }
        for _ in 0..25 {
            let filter = dice.filter(3);
            let view = ["--group-by", "service", "--filter", &filter];
            agree_with_server(folder.path(), &server, ("show", &[source]), &view);
        }
        let periods = [
            "--group-by",
            "service,meter",
            "--before-days",
            "2026-10-01..2026-10-02",
            "--after-days",
            "2026-10-03..2026-10-31",
        ];
        agree_with_server(folder.path(), &server, ("change", &[source]), &periods);
    }
}
