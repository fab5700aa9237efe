//! Two periods compared: checks of the periods, and the effects of quantity and price.

use crate::support::inside::run_inside;
use crate::support::pair_files::{HEADER, row};
use crate::support::{document, file, stderr, stdout};
use costscope::domain::analysis::change::{Effects, ItemSums};
use costscope::domain::money::Amount;
use proptest::prelude::*;
use tempfile::TempDir;

#[test]
fn one_source_on_both_sides_is_no_pair_and_one_day_in_both_periods_is_no_change() {
    let folder = TempDir::new().unwrap();
    let rows: Vec<String> = (1..=10)
        .map(|day| {
            row(
                &format!("2026-10-{day:02}"),
                "vm-3",
                "Usage",
                "OnDemand",
                "1.25",
            )
        })
        .collect();
    let text = format!("{HEADER}{}", rows.concat());
    let first = file(folder.path(), "a.csv", &text).display().to_string();
    let second = file(folder.path(), "b.csv", text.replace("1.25", "2"))
        .display()
        .to_string();
    let cases = [
        (vec!["compare", &first, &first], "on both sides"),
        (vec!["change", &first, &second], "days 2026-10-01"),
        (
            vec![
                "change",
                &first,
                "--before-days",
                "2026-10-01..2026-10-05",
                "--after-days",
                "2026-10-04..2026-10-09",
            ],
            "2026-10-04",
        ),
    ];
    for (arguments, words) in cases {
        let output = run_inside(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
    let apart = [
        "change",
        &first,
        "--before-days",
        "2026-10-01..2026-10-05",
        "--after-days",
        "2026-10-06..2026-10-10",
    ];
    assert!(run_inside(folder.path(), &apart).status.success());
    // A single late row does not extend the period.
    let month = |month: u32, days: u32| -> String {
        let day = |day| format!("2026-{month:02}-{day:02}");
        (1..=days)
            .map(|at| row(&day(at), "vm-3", "Usage", "OnDemand", "1"))
            .collect()
    };
    let late = row("2026-09-30", "vm-9", "Usage", "OnDemand", "1");
    let september = file(folder.path(), "s.csv", format!("{HEADER}{}", month(9, 30)));
    let october = file(
        folder.path(),
        "o.csv",
        format!("{HEADER}{}{late}", month(10, 31)),
    );
    let (one, two) = (
        september.display().to_string(),
        october.display().to_string(),
    );
    let output = run_inside(folder.path(), &["change", &one, &two]);
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn period_without_cost_is_reported() {
    let folder = TempDir::new().unwrap();
    let text = format!(
        "{HEADER}{}",
        row("2026-10-01", "vm-3", "Usage", "OnDemand", "1.25")
    );
    let source = file(folder.path(), "october.csv", text)
        .display()
        .to_string();
    let line = [
        "change",
        &source,
        "--before-days",
        "2026-09",
        "--after-days",
        "2026-10",
    ];
    let said = stderr(&run_inside(folder.path(), &line));
    assert!(
        said.contains("the earlier period has no cost in this data"),
        "{said}"
    );
}

proptest! {
    #[test]
    fn the_effects_always_add_up_to_the_difference(
        before in proptest::option::of((-1_000_000_000_000_000_000_000_i128..1_000_000_000_000_000_000_000, 0_i128..5_000_000_000_000_000_000_000)),
        after in proptest::option::of((-1_000_000_000_000_000_000_000_i128..1_000_000_000_000_000_000_000, 0_i128..5_000_000_000_000_000_000_000)),
    ) {
        let item = |(cost, quantity): (i128, i128)| ItemSums {
            cost: Amount::from_units(cost),
            quantity: Some(Amount::from_units(quantity)),
        };
        if let Some(effects) = Effects::of(before.map(item), after.map(item)) {
            let parts = [effects.new, effects.gone, effects.quantity, effects.price];
            let sum: i128 = parts.iter().map(|part| part.units()).sum();
            prop_assert_eq!(sum, effects.difference().units());
        }
    }

    #[test]
    fn a_proportion_is_the_nearest_amount(a in -10_i128.pow(24)..10_i128.pow(24), b in -10_i128.pow(24)..10_i128.pow(24), c in 1_i128..10_i128.pow(24)) {
        // The values are small enough for the product to fit, so plain arithmetic gives the expected result.
        let (a, b) = (a / 10_i128.pow(6), b / 10_i128.pow(6));
        let found = Amount::from_units(a).proportion(Amount::from_units(b), Amount::from_units(c)).unwrap().units();
        let error = (a * b - found * c).abs();
        prop_assert!(2 * error <= c, "{} * {} / {} = {}", a, b, c, found);
    }
}

#[test]
fn change_reports_repairs_of_its_file() {
    let folder = TempDir::new().unwrap();
    let text = "Date,Cost,Currency,ResourceGroup,Quantity\n2026-09-01,1,EUR,a,1\n2026-10-01,,EUR,a,1\n2026-10-02,2,EUR,a,1\n";
    let path = file(folder.path(), "costs.csv", text);
    let path = path.to_str().unwrap();
    let days = ["--before-days", "2026-09", "--after-days", "2026-10"];
    let change = [&["change", path][..], &days, &["--format", "json"]].concat();
    let output = run_inside(folder.path(), &change);
    assert!(
        stderr(&output).contains("without an amount"),
        "{}",
        stderr(&output)
    );
    document(&output);
}
