//! Actual beside amortized: the bridge adds up, always and everywhere.

use crate::pairs::{compared, example, row};
use crate::support::{document, file, run};
use costscope::emulator::accounts::Dialect;
use costscope::emulator::rows::Metric;
use costscope::emulator::sample::{self, Sample};
use serde_json::{Value, json};
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
    let output = run(folder.path(), &all);
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
    for dialect in [Dialect::Ea, Dialect::Mca] {
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
            let output = run(
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
            // What was bought is what was used or stayed unused, but for the usage since the last purchases.
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

/// What was summed up when the files were read answers for sound pairs; with a filter that keeps every row, all rows are
/// looked at again.
#[test]
fn what_was_summed_up_says_what_looking_again_says() {
    let (actual, amortized) = example(6);
    let covered = row("2026-01-02", "vm-1", "Usage", "Reservation", "0");
    let plain = row("2026-01-03", "vm-3", "Usage", "OnDemand", "1.25");
    let other = row("2026-01-04", "vm-9", "Usage", "Reservation", "0");
    let elsewhere = |text: &str| text.replace("VM-", "vm-").replace("/vm-", "/VM-");
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
