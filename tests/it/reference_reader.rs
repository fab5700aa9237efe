//! The program checked against a second implementation: both read generated files of every layout, with every known
//! repair and mixture, and must agree.

use crate::support::generated_files::{
    Days, Layout, SUBSCRIPTIONS, Said, all_days, encodings, layouts, mixed, said, written,
};
use crate::support::inside::run_inside;
use crate::support::reference_reader::{Opinion, Row, Units, bridge, units};
use crate::support::{document, file, stderr};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use tempfile::TempDir;

/// The program's sums: keys in lower case, costs as units. Groups that cost nothing are left out on both sides.
fn asked(
    folder: &Path,
    path: &str,
    key: &str,
    filter: Option<&str>,
) -> BTreeMap<(Option<String>, Option<String>), Units> {
    let mut arguments = vec!["show", path, "--group-by", key, "--format", "json"];
    arguments.extend(filter.into_iter().flat_map(|filter| ["--filter", filter]));
    let output = run_inside(folder, &arguments);
    assert_eq!(output.status.code(), Some(0), "{key}: {}", stderr(&output));
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    let mut sums = BTreeMap::new();
    for group in document(&output)["groups"].as_array().unwrap() {
        let key = text(&group["keys"][0]).map(|key| {
            if key.starts_with("20") {
                key
            } else {
                key.to_lowercase()
            }
        });
        let cost = units(group["cost"].as_str().unwrap());
        *sums.entry((key, text(&group["currency"]))).or_insert(0) += cost;
    }
    sums.retain(|_, cost| *cost != 0);
    sums
}

fn expected(
    opinion: &Opinion,
    key: impl Fn(&Row) -> Option<String>,
    keep: impl Fn(&Row) -> bool,
) -> BTreeMap<(Option<String>, Option<String>), Units> {
    let mut sums = opinion.sums(key, keep);
    sums.retain(|_, cost| *cost != 0);
    sums
}

/// Checks that both read a file and give the same answers.
fn agree(bytes: &[u8], name: &str) {
    let is_json = std::path::Path::new(name).extension() == Some("json".as_ref());
    let opinion = if is_json {
        Opinion::of_json(std::str::from_utf8(bytes).unwrap())
    } else {
        Opinion::of_csv(bytes)
    };
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), name, bytes);
    let (folder, path) = (folder.path(), path.to_str().unwrap());
    let text = String::from_utf8_lossy(bytes);
    let all = |_: &Row| true;
    assert_eq!(
        asked(folder, path, "resource-group", None),
        expected(&opinion, Row::resource_group, all),
        "{text}"
    );
    assert_eq!(
        asked(folder, path, "month", None),
        expected(&opinion, Row::month, all),
        "{text}"
    );
    assert_eq!(
        asked(folder, path, "date", None),
        expected(&opinion, |row| row.day.clone(), all),
        "{text}"
    );
    assert_eq!(
        asked(folder, path, "subscription", None),
        expected(&opinion, Row::subscription, all),
        "{text}"
    );
    assert_eq!(
        asked(folder, path, "tag:env", None),
        expected(&opinion, |row| row.tag("env"), all),
        "{text}"
    );
    let none = |_: &Row| None;
    let filters: [(&str, &dyn Fn(&Row) -> bool); 4] = [
        ("resource-group != 'rg-a'", &|row| {
            row.resource_group().as_deref() != Some("rg-a")
        }),
        ("date >= 2026-10-15T00:00:00Z", &|row| {
            row.day.as_deref() >= Some("2026-10-15")
        }),
        ("tag:env = prod", &|row| {
            row.tag("env").as_deref() == Some("prod")
        }),
        (
            "subscription = aaaaaaaa-0000-4000-8000-000000000001",
            &|row| row.subscription().as_deref() == Some(SUBSCRIPTIONS[0]),
        ),
    ];
    for (filter, keep) in filters {
        let found = asked(folder, path, "currency", Some(filter));
        let found: BTreeMap<_, _> = found
            .into_iter()
            .map(|((_, currency), cost)| ((None, currency), cost))
            .collect();
        assert_eq!(found, expected(&opinion, none, keep), "{filter}: {text}");
    }
    let charge = asked(folder, path, "currency", Some("charge-type = usage"));
    let charge: BTreeMap<_, _> = charge
        .into_iter()
        .map(|((_, currency), cost)| ((None, currency), cost))
        .collect();
    let usage = |row: &Row| row.charge_type().as_deref() == Some("usage");
    assert_eq!(
        charge,
        expected(&opinion, none, usage),
        "charge type: {text}"
    );
}

/// Checks the bridge of two files, or of a single FOCUS file.
fn agree_on_bridge(actual: &str, amortized: Option<&str>) {
    let folder = TempDir::new().unwrap();
    let first = file(folder.path(), "actual.csv", actual);
    let second = amortized.map(|text| file(folder.path(), "amortized.csv", text));
    let mut arguments = vec!["compare", first.to_str().unwrap()];
    arguments.extend(second.iter().map(|path| path.to_str().unwrap()));
    arguments.extend(["--format", "json"]);
    let output = run_inside(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{}{actual}", stderr(&output));
    let mut found: BTreeMap<(String, String), Units> = BTreeMap::new();
    for currency in document(&output)["currencies"].as_array().unwrap() {
        for step in currency["bridge"].as_array().unwrap() {
            let name = (
                currency["currency"].as_str().unwrap_or_default(),
                step["step"].as_str().unwrap(),
            );
            *found
                .entry((name.0.to_owned(), name.1.to_owned()))
                .or_insert(0) += units(step["cost"].as_str().unwrap());
        }
    }
    found.retain(|_, cost| *cost != 0);
    let one = Opinion::of_csv(actual.as_bytes());
    let other = amortized.map_or_else(|| one.clone(), |text| Opinion::of_csv(text.as_bytes()));
    let wanted: BTreeMap<(String, String), Units> = bridge(&one, &other, amortized.is_none())
        .into_iter()
        .map(|((currency, step), cost)| ((currency, step.to_owned()), cost))
        .collect();
    assert_eq!(found, wanted, "{actual}\n{}", amortized.unwrap_or_default());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn every_layout_in_every_spelling(
        rows in proptest::collection::vec(said(), 1..12),
        layout in layouts(),
        days in all_days(),
        encoding in encodings(),
        crlf in any::<bool>(),
    ) {
        // Without a billing period, nothing proves that a file is day first.
        let days = match (layout, days) {
            (Layout::Payg, Days::DayFirst | Days::DayFirstByPeriod) => Days::Iso,
            // Read month first, each of these days could be late usage.
            (_, Days::DayFirstByPeriod) if rows.iter().all(|row| (8..=10).contains(&row.day)) => {
                Days::Iso
            }
            (_, days) => days,
        };
        let text = written(layout, &rows, days, 0);
        let text = if crlf { text.replace('\n', "\r\n") } else { text };
        agree(&encoding.bytes(&text), "costs.csv");
    }

    #[test]
    fn two_layouts_in_one_file(rows in proptest::collection::vec(said(), 2..12), second in 0_usize..3) {
        let other = [Layout::Mca, Layout::Payg, Layout::Focus][second];
        agree(mixed(Layout::Ea, other, &rows).as_bytes(), "costs.csv");
    }

    #[test]
    fn files_one_behind_the_other(
        first in proptest::collection::vec(said(), 1..8),
        second in proptest::collection::vec(said(), 1..8),
        layouts in (layouts(), layouts()),
    ) {
        // Plain usage does not reveal the metric, so that both tables can be added up.
        let plain = |rows: Vec<Said>| -> Vec<Said> {
            let usage = |row| Said { charge: "Usage", model: "OnDemand", reserved: false, ..row };
            rows.into_iter().map(usage).collect()
        };
        let (first, second) = (plain(first), plain(second));
        let one = written(layouts.0, &first, Days::Iso, 0);
        let other = written(layouts.1, &second, Days::Iso, 100);
        agree(format!("{one}{other}").as_bytes(), "costs.csv");
    }

    #[test]
    fn the_arrays_that_tools_print(rows in proptest::collection::vec(said(), 1..8), paged in any::<bool>()) {
        let objects: Vec<Value> = rows.iter().enumerate().map(|(at, row)| {
            let cost = if row.cost.is_empty() { Value::Null } else { Value::from(row.cost) };
            serde_json::json!({
                "pretaxCost": cost, "currency": row.currency, "usageStart": format!("2026-10-{:02}T00:00:00Z", row.day),
                "instanceId": format!("/subscriptions/{}/resourceGroups/rg-x/providers/x/y/r{at}", SUBSCRIPTIONS[row.subscription]),
                "subscriptionGuid": SUBSCRIPTIONS[row.subscription], "tags": { "env": "prod" }, "meterDetails": null,
            })
        }).collect();
        let text = if paged {
            serde_json::json!({ "value": objects, "nextLink": "" }).to_string()
        } else {
            serde_json::to_string_pretty(&objects).unwrap()
        };
        agree(text.as_bytes(), "array.json");
    }

    #[test]
    fn the_bridge_of_a_pair_and_of_focus(
        actual in proptest::collection::vec(said(), 1..10),
        amortized in proptest::collection::vec(said(), 1..10),
        preview in any::<bool>(),
    ) {
        let without = |rows: &[Said], words: &[&str]| -> Vec<Said> {
            rows.iter().filter(|row| !words.contains(&row.charge)).cloned().collect()
        };
        // Each side has only the charge types of its metric; otherwise it is refused.
        let first = without(&actual, &["Unused Reservation", "UnusedSavingsPlan"]);
        let second = without(&amortized, &["Purchase", "Refund"]);
        // Covered usage costs nothing in actual cost.
        let first: Vec<Said> = first.into_iter().map(|row| match row.charge {
            "Usage" if row.reserved || row.model != "OnDemand" => Said { cost: "0", ..row },
            _ => row,
        }).collect();
        if !first.is_empty() && !second.is_empty() {
            let one = written(Layout::Ea, &first, Days::Iso, 0);
            agree_on_bridge(&one, Some(&written(Layout::Ea, &second, Days::Iso, 0)));
        }
        let focus = if preview { Layout::Preview } else { Layout::Focus };
        agree_on_bridge(&written(focus, &actual, Days::Iso, 0), None);
    }
}

/// One small input for each ingest bug that users reported.
#[test]
fn reported_faults_stay_fixed() {
    let cases = [
        "Date,CostInBillingCurrency,Cost,BillingCurrencyCode,BillingCurrency,ResourceGroup\n09/05/2026,,5,,EUR,rg\n10/05/2026,10,,EUR,,rg\n",
        "date,costInBillingCurrency,billingCurrencyCode,billingCurrency,pricingCurrency,resourceGroupName\n10/05/2026,10,,EUR,USD,rg-a\n10/05/2026,7,,USD,USD,rg-a\n",
        "Date,CostInBillingCurrency,BillingCurrencyCode,ResourceGroup,BillingPeriodStartDate,BillingPeriodEndDate\n01/10/2026,1,EUR,rg,01/10/2026,31/10/2026\n02/10/2026,2,EUR,rg,01/10/2026,31/10/2026\n",
        "ChargePeriodStart,ChargePeriodEnd,BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,SubAccountId\n2026-10-01T00:00:00Z,2026-10-02T00:00:00Z,1,1,EUR,Usage,s\n2026-10-31T23:30:00-05:00,2026-11-01T00:30:00-05:00,4,4,EUR,Usage,s\n",
    ];
    for text in cases {
        agree(text.as_bytes(), "costs.csv");
    }
    // Windows-1252 bytes keep two groups apart.
    agree(b"Date,Cost,Currency,ResourceGroup\n10/13/2026,5,EUR,rg-t\xfcr\n10/13/2026,7,EUR,rg-t\xf6r\n", "costs.csv");
}

/// Numbers sort and compare as numbers, and one number with many digits does not turn its column into text.
#[test]
fn number_columns_sort_and_filter_numerically() {
    let folder = TempDir::new().unwrap();
    let text = "Date,Cost,Currency,MeterName,Quantity,EffectivePrice\n10/01/2026,1,EUR,m,2.4999999999999999E-05,9\n\
        10/02/2026,1,EUR,n,1000.0,10\n10/15/2026,1,EUR,o,1,-3\n";
    let path = file(folder.path(), "prices.csv", text);
    let path = path.to_str().unwrap();
    let rows = |arguments: &[&str]| {
        let mut all = vec!["show", path, "--format", "json"];
        all.extend(arguments);
        document(&run_inside(folder.path(), &all))["records"]
            .as_array()
            .unwrap()
            .clone()
    };
    let prices: Vec<String> = rows(&["--sort", "-EffectivePrice", "--columns", "EffectivePrice"])
        .iter()
        .map(|row| row["EffectivePrice"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(prices, ["10", "9", "-3"]);
    assert_eq!(rows(&["--filter", "Quantity = 1000"]).len(), 1);
    let small = rows(&["--filter", "Quantity < 0.001", "--columns", "Quantity"]);
    assert_eq!(small[0]["Quantity"], "0.000025");
}
