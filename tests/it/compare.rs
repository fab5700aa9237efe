//! Actual compared with amortized: the bridge always adds up.

use crate::support::inside::run_inside;
use crate::support::pair_files::{compared, example, row};
use crate::support::{document, file, stderr};
use costscope::data::dataset::convert::Options;
use costscope::data::dataset::downloads;
use costscope::data::progress::Progress;
use costscope::data::table::footer::OrderFacts;
use costscope::domain::money::Amount;
use costscope::emulator::bills::accounts::FileLayout;
use costscope::emulator::bills::rows::Metric;
use costscope::emulator::bills::sample;
use costscope::emulator::bills::sample::Sample;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use tempfile::TempDir;

const HEADER: &str =
    "ResourceGroup,Cost,Currency,ChargeType,PricingModel,PublisherType,ReservationId,benefitId\n";

fn compare(actual: &str, amortized: &str, arguments: &[&str]) -> (Value, i32) {
    let folder = TempDir::new().unwrap();
    let first = file(folder.path(), "actual.csv", format!("{HEADER}{actual}"));
    let second = file(
        folder.path(),
        "amortized.csv",
        format!("{HEADER}{amortized}"),
    );
    let mut all = vec![
        "compare",
        first.to_str().unwrap(),
        second.to_str().unwrap(),
        "--format",
        "json",
    ];
    all.extend(arguments);
    let output = run_inside(folder.path(), &all);
    let code = output.status.code().unwrap();
    (
        if output.stdout.is_empty() {
            Value::Null
        } else {
            document(&output)
        },
        code,
    )
}

fn steps(delta: &Value) -> Vec<(&str, &str)> {
    let step = |step: &'static str, value: &Value| {
        (
            step,
            value["cost"].as_str().unwrap().to_owned().leak() as &str,
        )
    };
    let names = [
        "actual",
        "purchases",
        "benefit_usage",
        "unused_reservation",
        "unused_savings_plan",
        "residual",
        "amortized",
    ];
    names
        .into_iter()
        .zip(delta["bridge"].as_array().unwrap())
        .map(|(name, value)| {
            assert_eq!(value["step"], name);
            step(name, value)
        })
        .collect()
}

#[test]
fn the_bridge_follows_its_definition() {
    let actual = "rg,365,USD,Purchase,Reservation,Azure,r1,\nrg,-5,USD,Refund,Reservation,Azure,r1,\nrg,0,USD,Usage,Reservation,Azure,r1,\n\
                  rg,10,USD,Usage,OnDemand,Azure,,\nrg,99,USD,Purchase,OnDemand,Marketplace,,\nrg,7,USD,Purchase,Reservation,Marketplace,r9,\n";
    let amortized = "rg,0.5,USD,Usage,Reservation,Azure,r1,\nrg,0.25,USD,UnusedReservation,,Azure,,\nrg,0.125,USD,UnusedSavingsPlan,Savings Plan,Azure,,b\n\
                     rg,2,USD,Usage,,Azure,,b\nrg,10,USD,Usage,OnDemand,Azure,,\nrg,99,USD,Purchase,OnDemand,Marketplace,,\nrg,7,USD,Purchase,Reservation,Marketplace,r9,\n";
    let (found, code) = compare(actual, amortized, &["--strict"]);
    assert_eq!(code, 0);
    let total = &found["currencies"][0];
    let expected = [
        ("actual", "476"),
        ("purchases", "-360"),
        ("benefit_usage", "2.5"),
        ("unused_reservation", "0.25"),
        ("unused_savings_plan", "0.125"),
        ("residual", "0"),
        ("amortized", "118.875"),
    ];
    assert_eq!(steps(total), expected);
    assert_eq!(
        (&total["difference"], &total["residual"]),
        (&json!("-357.125"), &json!("0"))
    );
}

#[test]
fn the_seeds_example_is_a_dollar_a_day() {
    let actual = "rg,365,USD,Purchase,Reservation,Azure,r1,\nvm1,0,USD,Usage,Reservation,Azure,r1,\nvm2,0,USD,Usage,Reservation,Azure,r1,\nvm1,0,USD,Usage,Reservation,Azure,r1,\n";
    let amortized = "vm1,0.5,USD,Usage,Reservation,Azure,r1,\nvm2,0.5,USD,Usage,Reservation,Azure,r1,\nvm1,0.5,USD,Usage,Reservation,Azure,r1,\n,0.5,USD,UnusedReservation,Reservation,Azure,r1,\n";
    let (found, _) = compare(actual, amortized, &["--group-by", "resource-group"]);
    assert_eq!(found["currencies"][0]["amortized"], "2");
    assert_eq!(
        found["groups"][0]["keys"],
        json!(["rg"]),
        "the largest difference comes first"
    );
    assert_eq!(
        found["groups"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|group| group["residual"] == "0")
            .count(),
        4
    );
}

#[test]
fn a_residual_is_found_in_every_group_and_fails_strict_runs() {
    let actual = "a,10,USD,Usage,OnDemand,Azure,,\nb,1,USD,Usage,OnDemand,Azure,,\n";
    let amortized = "a,9,USD,Usage,OnDemand,Azure,,\nb,2,USD,Usage,OnDemand,Azure,,\n";
    let (found, code) = compare(actual, amortized, &["--group-by", "resource-group"]);
    assert_eq!(
        (code, &found["currencies"][0]["residual"]),
        (0, &json!("0")),
        "the groups cancel out in the total"
    );
    assert_eq!(found["groups"][0]["residual"], "-1");
    for arguments in [
        &["--group-by", "resource-group", "--strict"][..],
        &["--group-by", "resource-group", "--strict", "--top", "0"],
        &["--group-by", "resource-group", "--top", "1", "--strict"],
    ] {
        assert_eq!(compare(actual, amortized, arguments), (Value::Null, 6));
    }
}

#[test]
fn currencies_are_never_added() {
    let (found, _) = compare(
        "a,10,USD,Usage,,,,\na,20,EUR,Usage,,,,\n",
        "a,10,USD,Usage,,,,\na,20,EUR,Usage,,,,\n",
        &["--group-by", "resource-group"],
    );
    let totals: Vec<&Value> = found["currencies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|total| &total["actual"])
        .collect();
    assert_eq!(totals, ["20", "10"]);
    assert_eq!(found["groups"].as_array().unwrap().len(), 2);
}

#[test]
fn sample_pairs_close_at_every_level() {
    for dialect in [FileLayout::Ea, FileLayout::Mca] {
        let folder = TempDir::new().unwrap();
        let mut paths = Vec::new();
        for (name, metric) in [
            ("actual.csv", Metric::Actual),
            ("amortized.csv", Metric::Amortized),
        ] {
            let sample = Sample {
                rows: 3000,
                metric,
                dialect,
                seed: 11,
            };
            let text = sample::write(&sample, Vec::new()).unwrap();
            assert_eq!(text.iter().filter(|byte| **byte == b'\n').count(), 3001);
            paths.push(file(folder.path(), name, text).to_str().unwrap().to_owned());
        }
        for keys in [
            "resource-group",
            "subscription",
            "charge-type",
            "tag:env",
            "service,region",
        ] {
            let output = run_inside(
                folder.path(),
                &[
                    "compare",
                    &paths[0],
                    &paths[1],
                    "--group-by",
                    keys,
                    "--strict",
                    "--format",
                    "json",
                ],
            );
            assert_eq!(output.status.code(), Some(0), "{dialect:?} {keys}");
            let found = document(&output);
            assert!(!found["groups"].as_array().unwrap().is_empty());
            assert_ne!(found["currencies"][0]["difference"], "0");
            // Purchases equal used plus unused benefits, except for usage after the last purchases.
            let step = |at: usize| {
                let cost = found["currencies"][0]["bridge"][at]["cost"].as_str();
                cost.unwrap().parse::<f64>().unwrap()
            };
            let (bought, spread) = (-step(1), step(2) + step(3) + step(4));
            assert!(
                bought > spread * 0.5 && bought <= spread + 0.01,
                "{bought} for {spread}"
            );
        }
    }
}

/// Sums stored at ingest answer for a sound pair. A filter that keeps every row scans all rows again and must give the
/// same result.
#[test]
fn first_pass_and_filtered_pass_find_the_same_differences() {
    let (actual, amortized) = example(6);
    let covered = row("2026-01-02", "vm-1", "Usage", "Reservation", "0");
    let plain = row("2026-01-03", "vm-3", "Usage", "OnDemand", "1.25");
    let other = row("2026-01-04", "vm-9", "Usage", "Reservation", "0");
    let elsewhere = |text: &str| text.replace("VM-", "vm-").replace("/vm-", "/VM-");
    let costs_changed_round = |text: &str| {
        let later = row("2026-01-05", "vm-3", "Usage", "OnDemand", "1.25");
        let text = text.replacen(&plain, &plain.replace("1.25", "0.75"), 1);
        text.replacen(&later, &later.replace("1.25", "1.75"), 1)
    };
    let cases = [
        ("sound", actual.clone(), 0),
        ("without a covered row", actual.replacen(&covered, "", 1), 1),
        ("without a plain row", actual.replacen(&plain, "", 1), 1),
        ("one covered row twice", format!("{actual}{covered}"), 1),
        ("one covered row more", format!("{actual}{other}"), 1),
        (
            "another covered row",
            actual.replacen(&covered, &other, 1),
            2,
        ),
        (
            "another cost",
            actual.replacen(&plain, &plain.replace("1.25", "1.26"), 1),
            1,
        ),
        (
            "another price of a covered row",
            actual.replacen(&covered, &covered.replace(",0,", ",7,"), 1),
            0,
        ),
        (
            "two plain rows at each other's cost",
            costs_changed_round(&actual),
            2,
        ),
        ("ids in other letters", elsewhere(&actual), 0),
        (
            "blanks behind a meter",
            actual.replace("D2 v4,", "D2 v4 ,"),
            0,
        ),
    ];
    for (case, actual, rows) in cases {
        let at_once = compared(&actual, &amortized, &[]);
        let again = compared(
            &actual,
            &amortized,
            &["--filter", "resource-group != nosuch"],
        );
        for part in ["covered", "residual", "currencies"] {
            assert_eq!(at_once.get(part), again.get(part), "{case}");
        }
        let count = |part: &Value| -> u64 {
            let sides = ["only_actual", "only_amortized", "different"];
            sides
                .iter()
                .filter_map(|side| part[side]["rows"].as_u64())
                .sum()
        };
        let found = count(&at_once["covered"]) + count(&at_once["residual"]);
        assert_eq!(found, rows, "{case}: {at_once}");
    }
}

/// Row hashes include the cost, which comes from the file: no cost may make its row look like another one.
#[test]
fn no_cost_hides_its_row() {
    for cost in ["15.485907386658061715", "11.400714819323198485", "0", "-1"] {
        let of = |machine: &str| {
            let rows = [row("2026-10-01", machine, "Usage", "OnDemand", cost)];
            format!("{}{}", crate::support::pair_files::HEADER, rows.concat())
        };
        for arguments in [&[][..], &["--filter", "resource-group != nosuch"]] {
            let found = compared(&of("vm-1"), &of("vm-2"), arguments);
            let rows = |side: &str| found["residual"][side]["rows"].as_u64();
            assert_eq!(
                rows("only_actual"),
                Some(1),
                "{cost} {arguments:?}: {found}"
            );
            assert_eq!(rows("only_amortized"), Some(1), "{cost} {arguments:?}");
        }
    }
}

/// A table modified after it was written gives no number.
#[test]
fn a_changed_table_is_refused() {
    let folder = TempDir::new().unwrap();
    let (actual, amortized) = example(6);
    let mut tables = Vec::new();
    for (name, text) in [("actual", actual), ("amortized", amortized)] {
        let source = file(folder.path(), &format!("{name}.csv"), text);
        let target = folder.path().join(format!("{name}.parquet"));
        let progress = Progress::default();
        let options = Options::new(&progress);
        downloads::commit(&source, name, &OrderFacts::default(), &target, &options).unwrap();
        tables.push(target);
    }
    let compared = || {
        let [first, second] = [&tables[0], &tables[1]].map(|path| path.to_str().unwrap());
        run_inside(
            folder.path(),
            &["compare", first, second, "--format", "json"],
        )
    };
    assert_eq!(document(&compared())["covered"]["only_actual"]["rows"], 0);
    let mut bytes = std::fs::read(&tables[1]).unwrap();
    let id = b"virtualMachines/vm-1";
    let at = bytes.windows(id.len()).position(|part| part == id).unwrap();
    bytes[at + id.len() - 1] = b'7';
    std::fs::write(&tables[1], bytes).unwrap();
    let changed = compared();
    assert_eq!(changed.status.code(), Some(6), "{}", stderr(&changed));
    assert!(stderr(&changed).contains("amortized.parquet") && changed.stdout.is_empty());
}

/// Resources that are nearly unique to each row, in seven currencies and without one.
#[test]
fn many_resources_in_many_currencies_are_told_apart() {
    let folder = TempDir::new().unwrap();
    let mut text = "ResourceId,Cost,Currency\n".to_owned();
    for at in 0..40_000_u32 {
        let currency = ["AED", "CHF", "EUR", "GBP", "JPY", "SEK", "USD", ""][at as usize % 8];
        let _ = writeln!(
            text,
            "/s/r-{},{}.25,{currency}",
            at * 7919 % 20_000,
            at % 100
        );
    }
    let source = file(folder.path(), "actual.csv", text);
    let source = source.to_str().unwrap();
    let arguments = ["show", source, "--group-by", "resource", "--format", "json"];
    let found = document(&run_inside(folder.path(), &arguments));
    let groups = found["groups"].as_array().unwrap();
    let mut expected: BTreeMap<(u32, u32), (u64, u64)> = BTreeMap::new();
    for at in 0..40_000_u32 {
        let sum = expected.entry((at * 7919 % 20_000, at % 8)).or_default();
        *sum = (sum.0 + u64::from(at % 100) * 100 + 25, sum.1 + 1);
    }
    assert_eq!(groups.len(), expected.len());
    let rows: u64 = groups
        .iter()
        .map(|group| group["rows"].as_u64().unwrap())
        .sum();
    assert_eq!(rows, 40_000);
    for group in groups {
        let id: u32 = group["keys"][0].as_str().unwrap()[5..].parse().unwrap();
        let code = group["currency"].as_str().unwrap_or_default();
        let currency = ["AED", "CHF", "EUR", "GBP", "JPY", "SEK", "USD", ""]
            .iter()
            .position(|known| *known == code)
            .unwrap();
        let (cents, rows) = expected[&(id, u32::try_from(currency).unwrap())];
        assert_eq!(group["rows"].as_u64(), Some(rows), "{group}");
        let cost = Amount::parse(group["cost"].as_str().unwrap()).unwrap();
        let expected = i128::from(cents) * 10_i128.pow(16);
        assert_eq!(cost.amount.units(), expected, "{group}");
    }
}

#[test]
fn groups_are_sorted_by_any_side_either_way() {
    let (actual, amortized) = example(6);
    let order = |sort: &str| {
        let found = compared(&actual, &amortized, &["--group-by", "date", "--sort", sort]);
        let groups = found["groups"].as_array().unwrap().clone();
        groups
            .iter()
            .map(|group| group["keys"][0].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let by_day = order("date");
    assert_eq!(by_day.first().unwrap(), "2026-01-01");
    assert_eq!(by_day, order("key"));
    let back: Vec<String> = by_day.iter().rev().cloned().collect();
    assert_eq!(order("-date"), back);
    for name in ["difference", "actual", "amortized", "residual"] {
        let amounts = |sort: &str| {
            let found = compared(
                &actual,
                &amortized,
                &["--group-by", "date", "--top", "2", "--sort", sort],
            );
            let amount = |group: &Value| -> f64 {
                let text = group[name].as_str().unwrap();
                let number: f64 = text.parse().unwrap();
                let by_size = ["difference", "residual"].contains(&name);
                if by_size { number.abs() } else { number }
            };
            let groups = found["groups"].as_array().unwrap().clone();
            groups.iter().map(amount).collect::<Vec<_>>()
        };
        let (down, up) = (amounts(name), amounts(&format!("-{name}")));
        assert!(
            down[0] >= down[1] && up[0] <= up[1] && down[0] >= up[0],
            "{name}: {down:?} {up:?}"
        );
    }
    let folder = TempDir::new().unwrap();
    let (first, second) = crate::support::pair_files::written(folder.path(), &actual, &amortized);
    let refused = run_inside(
        folder.path(),
        &[
            "compare",
            &first,
            &second,
            "--group-by",
            "date",
            "--sort",
            "meter",
        ],
    );
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("difference, actual, amortized, residual, percent, key"));
    let words = ["compare", &first, &second, "--group-by", "date"];
    let words = [&words[..], &["--sort", "percent", "--print-sql"]].concat();
    let refused = run_inside(folder.path(), &words);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("SQL cannot sort a comparison by percent"));
}
