//! Costs in USD: the column beside the billed amount, one total for several billing currencies, files without it.

use crate::support::inside::run_inside;
use crate::support::ui_harness::Stage;
use crate::support::ui_steps::command;
use crate::support::{document, file, run, stderr, stdout};
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::path::Path;

/// Two months of MCA in two billing currencies.
const MCA: &str = concat!(
    "date,billingCurrency,pricingCurrency,costInBillingCurrency,costInPricingCurrency,costInUsd,meterCategory,",
    "resourceGroupName,chargeType,quantity\n",
    "2026-09-03,EUR,USD,9,10,10,Storage,rg-a,Usage,4\n",
    "2026-10-01,EUR,USD,10.5,11,11.000000000000000001,Storage,rg-a,Usage,4\n",
    "2026-10-02,GBP,USD,2,2.5,2.5,Storage,rg-a,Usage,1\n",
    "2026-10-02,EUR,USD,-1,-1.05,-1.05,Compute,rg-b,Refund,1\n",
);

const FOCUS: &str = concat!(
    "ChargePeriodStart,BilledCost,EffectiveCost,BillingCurrency,ServiceName,ChargeCategory,CommitmentDiscountId,",
    "CommitmentDiscountStatus,CommitmentDiscountType,x_BilledCostInUsd,x_EffectiveCostInUsd\n",
    "2026-10-01,100,0,EUR,Virtual Machines,Purchase,r-1,,Reservation,110,0\n",
    "2026-10-01,0,60.5,EUR,Virtual Machines,Usage,r-1,Used,Reservation,0,66.55\n",
    "2026-10-02,0,39.5,EUR,Virtual Machines,Usage,r-1,Unused,Reservation,0,43.45\n",
    "2026-10-02,7,7,GBP,Storage,Usage,,,,9.1,9.1\n",
);

fn json_of(folder: &Path, words: &[&str]) -> Value {
    document(&run_inside(
        folder,
        &[words, &["--format", "json"]].concat(),
    ))
}

#[test]
fn several_billing_currencies_become_one_exact_total() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "mca.csv", MCA);
    let path = path.to_str().unwrap();
    let show = ["show", path, "--group-by", "service"];
    let billed = json_of(folder.path(), &show);
    let totals = json!([{"currency": "EUR", "cost": "18.5"}, {"currency": "GBP", "cost": "2"}]);
    assert_eq!(billed["totals"], totals);
    let totals = json!([{"currency": "USD", "cost": "22.450000000000000001"}]);
    for column in ["usd", "costInUsd", "CostInUSD"] {
        for engine in ["own", "polars"] {
            let flags = ["--money", column, "--engine", engine];
            let usd = json_of(folder.path(), &[&show[..], &flags].concat());
            assert_eq!(usd["totals"], totals, "{column} {engine}");
            let groups = usd["groups"].as_array().unwrap();
            assert_eq!(groups.len(), 2, "{usd}");
            assert_eq!(groups[0]["keys"], json!(["Storage"]));
            assert_eq!(groups[0]["cost"], "23.500000000000000001");
            assert_eq!(groups[0]["rows"], 3);
            assert_eq!(groups[1]["cost"], "-1.05");
            assert_eq!(groups[1]["currency"], "USD");
        }
    }
}

#[test]
fn rows_filters_and_sorts_are_in_usd() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "mca.csv", MCA);
    let path = path.to_str().unwrap();
    let usd = ["show", path, "--money", "usd"];
    let of = |words: &[&str]| json_of(folder.path(), &[&usd[..], words].concat());
    let rows = of(&[
        "--columns",
        "date,cost,currency",
        "--sort=-cost",
        "--top",
        "0",
    ]);
    let first = json!({"date": "2026-10-02", "cost": "-1.05", "currency": "USD"});
    assert_eq!(rows["records"][0], first);
    let currencies = rows["records"].as_array().unwrap().iter();
    assert!(
        currencies
            .map(|row| &row["currency"])
            .all(|code| code == "USD")
    );
    // A column keeps what it says in the file.
    let rows = of(&["--filter", "billingCurrency = GBP", "--top", "0"]);
    assert_eq!(rows["of"], 1);
    assert_eq!(rows["records"][0]["costInBillingCurrency"], "2");
    assert_eq!(rows["records"][0]["costInUsd"], "2.5");
    let above = of(&["--group-by", "resource-group", "--filter", "cost > 10.9"]);
    assert_eq!(above["totals"][0]["cost"], "11.000000000000000001");
    assert_eq!(above["groups"][0]["rows"], 1);
}

#[test]
fn statements_overviews_and_periods_are_in_usd() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "mca.csv", MCA);
    let path = path.to_str().unwrap();
    let sum = "SELECT currency, SUM(cost) AS c FROM costs GROUP BY 1";
    let answer = json_of(folder.path(), &["sql", sum, path, "--money", "usd"]);
    assert_eq!(answer["rows"], json!([["USD", "22.450000000000000001"]]));
    let days = ["--before-days", "2026-09", "--after-days", "2026-10"];
    let change = [&["change", path, "--money", "usd"][..], &days].concat();
    let change = json_of(folder.path(), &change).to_string();
    assert!(change.contains("\"12.450000000000000001\""), "{change}");
    assert!(!change.contains("EUR"), "{change}");
    let overview = json_of(folder.path(), &["overview", path, "--money", "usd"]);
    let totals = overview["totals"].as_array().unwrap();
    let shown: Vec<_> = totals
        .iter()
        .map(|total| (total["currency"].clone(), total["cost"].clone()))
        .collect();
    let total = (json!("USD"), json!("12.450000000000000001"));
    assert_eq!(shown, [total], "{overview}");
    // The statement of a view is the same; Spark has no such column.
    let show = ["show", path, "--group-by", "service", "--money", "usd"];
    let print = |dialect| {
        run_inside(
            folder.path(),
            &[&show[..], &["--print-sql", dialect]].concat(),
        )
    };
    assert_eq!(print("polars").status.code(), Some(0));
    let spark = print("spark");
    assert_eq!(spark.status.code(), Some(2));
    assert!(stderr(&spark).contains("--money usd"), "{}", stderr(&spark));
    let verified = run_inside(folder.path(), &[&show[..], &["--verify"]].concat());
    assert_eq!(verified.status.code(), Some(0), "{}", stderr(&verified));
}

#[test]
fn both_costs_of_focus_have_their_own_column() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "focus.csv", FOCUS);
    let path = path.to_str().unwrap();
    let pair = json_of(folder.path(), &["compare", path, "--money", "usd"]);
    let currencies = pair["currencies"].as_array().unwrap();
    assert_eq!(currencies.len(), 1, "{pair}");
    assert_eq!(currencies[0]["currency"], "USD");
    assert_eq!(currencies[0]["actual"], "119.1");
    assert_eq!(currencies[0]["amortized"], "119.1");
    assert_eq!(currencies[0]["residual"], "0");
    let bridge = currencies[0]["bridge"].as_array().unwrap().iter();
    let unused = bridge
        .clone()
        .find(|step| step["step"] == "unused_reservation");
    assert_eq!(unused.unwrap()["cost"], "43.45");
}

#[test]
fn a_file_without_the_column_says_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let ea = "Date,CostInBillingCurrency,BillingCurrencyCode,PartNumber,ResourceGroup\n2026-10-01,1,EUR,p,rg-a\n";
    let other = "Date,Spend,ExtendedCost,Currency\n2026-10-01,1,2,EUR\n";
    let words = MCA.replace(",2.5,Storage", ",about 2.5,Storage");
    let cases = [
        (
            ea,
            "there is no cost in USD: expected the column costInUsd beside CostInBillingCurrency",
        ),
        (ea, "Its columns of money: CostInBillingCurrency"),
        (other, "expected the column beside ExtendedCost"),
        (
            words.as_str(),
            "the column costInUsd holds text that is not an amount",
        ),
    ];
    for (text, said) in cases {
        let path = file(folder.path(), "bill.csv", text);
        let asked = run_inside(
            folder.path(),
            &["show", path.to_str().unwrap(), "--money", "usd"],
        );
        assert_eq!(asked.status.code(), Some(2), "{}", stderr(&asked));
        assert!(stderr(&asked).contains(said), "{}", stderr(&asked));
        assert_eq!(stdout(&asked), "");
    }
    let path = file(folder.path(), "bill.csv", MCA);
    let path = path.to_str().unwrap();
    let wrong = run_inside(folder.path(), &["show", path, "--money", "eur"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(stderr(&wrong).contains("`eur` is not a money column; expected billing, or usd"));
    let check = run(folder.path(), &["check", path, "--money", "usd"]);
    assert_eq!(check.status.code(), Some(2));
    assert!(
        stderr(&check).contains("leave out --money"),
        "{}",
        stderr(&check)
    );
}

#[test]
fn costs_without_an_amount_in_usd_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = MCA.replace(",2.5,2.5,", ",2.5,,");
    let path = file(folder.path(), "mca.csv", text);
    let show = ["show", path.to_str().unwrap(), "--group-by", "service"];
    let shown = run_inside(folder.path(), &[&show[..], &["--money", "usd"]].concat());
    assert_eq!(shown.status.code(), Some(0));
    let said = "1 row with a cost but no amount in USD: 2 GBP is missing from every total";
    assert!(stderr(&shown).contains(said), "{}", stderr(&shown));
    let billed = run_inside(folder.path(), &show);
    assert!(!stderr(&billed).contains("USD"), "{}", stderr(&billed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_shows_the_table_in_usd() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::on_file(folder.path(), "mca.csv", MCA).await;
    stage.until(&["rg-a", "EUR", "GBP", "Σ"]).await;
    stage.press("$");
    let told = [
        "in USD",
        "23.50",
        "22.45 USD",
        "costs are in USD",
        "USD by day",
    ];
    let usd = stage.settled(&told).await;
    assert!(!usd.contains("GBP") && !usd.contains("EUR"), "{usd}");
    assert_snapshot!("table_in_usd", usd);
    let shown = command(&mut stage, "costscope show").await;
    assert_eq!(shown["totals"][0]["currency"], "USD");
    assert_eq!(shown["totals"][0]["cost"], "22.450000000000000001");
    // Rows begin with the amount that counts.
    stage.press("r");
    let rows = stage.until(&["not grouped (rows)", "11.00", "2.50"]).await;
    assert!(!rows.contains(" cur "), "{rows}");
    stage.press("u");
    stage.until(&["23.50"]).await;
    // A saved view keeps the money.
    stage.press("win dollars<enter>");
    stage.until(&["`in dollars` saved in"]).await;
    stage.press("$");
    stage.until(&["billing currencies", "GBP", "EUR"]).await;
    stage.press("W");
    stage.until(&["Saved views", "in dollars"]).await;
    stage.press("<enter>");
    stage.until(&["in USD", "22.45 USD"]).await;
    // The overview is about the same money.
    stage.press("0");
    let overview = stage.until(&["[0 Overview]", "12.45 USD"]).await;
    assert!(!overview.contains("GBP"), "{overview}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_switch_of_the_money_is_undone_and_redone() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::on_file(folder.path(), "mca.csv", MCA).await;
    stage.until(&["rg-a", "EUR", "GBP", "Σ"]).await;
    stage.press("gservice<enter>");
    stage.until(&["group   service", "Σ"]).await;
    stage.press("$");
    stage.until(&["22.45 USD", "costs are in USD"]).await;
    stage.press("u");
    let billed = ["group   service", "GBP", "billing currencies"];
    let billed = stage.until(&billed).await;
    assert!(!billed.contains("in USD"), "{billed}");
    stage.press("U");
    stage
        .until(&["group   service", "22.45 USD", "costs are in USD"])
        .await;
    // A change before the switch is undone in its own money.
    stage.press("uu");
    stage.until(&["group   resource-group", "GBP"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_says_why_a_file_has_no_costs_in_usd() {
    let folder = tempfile::tempdir().unwrap();
    let bill =
        "Date,CostInBillingCurrency,BillingCurrencyCode,ResourceGroup\n2026-10-01,1,EUR,rg-a\n";
    let mut stage = Stage::on_file(folder.path(), "ea.csv", bill).await;
    stage.until(&["rg-a", "1.00 EUR"]).await;
    stage.press("$");
    stage
        .until(&["there is no cost in USD", "cost EUR ↓"])
        .await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_opened_from_a_table_keeps_its_money() {
    let folder = tempfile::tempdir().unwrap();
    let mut stage = Stage::on_file(folder.path(), "focus.csv", FOCUS).await;
    stage.until(&["EUR", "GBP", "Σ"]).await;
    stage.press("$");
    stage.until(&["in USD", "119.10 USD"]).await;
    stage.press("x");
    stage.until(&["[5 Compare]", "119.10"]).await;
    let pair = command(&mut stage, "costscope compare").await;
    assert_eq!(pair["currencies"].as_array().unwrap().len(), 1, "{pair}");
    assert_eq!(pair["currencies"][0]["actual"], "119.1");
    stage.quit().await;
}
