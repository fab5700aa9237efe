//! Ways through a comparison: totals, columns, kept and dropped values, undo, searches, and one side as a table.

use crate::support::pair_files::{example, written};
use crate::support::ui_harness::Stage;
use crate::support::ui_steps::command;
use costscope::domain::money::Amount;
use costscope::domain::table::Series;
use costscope::tui::views::compare::state::chart::PairDays;
use tempfile::TempDir;

async fn pair(folder: &TempDir, size: (u16, u16)) -> Stage {
    let (actual, amortized) = example(31);
    let (first, second) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open("polls = 0\n", size, vec![first, second]).await;
    stage.until(&["[5 Compare]", "rg-web", "Σ 2 groups"]).await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bottom_line_has_the_difference_and_its_percent() {
    let folder = TempDir::new().unwrap();
    let mut stage = pair(&folder, (80, 24)).await;
    stage
        .until(&["Σ 2 groups   403.75 → 69.75 USD, -334.00 (-82.7%)"])
        .await;
    stage.quit().await;
    let mut stage = pair(&folder, (200, 50)).await;
    let wide = stage
        .settled(&[
            "403.75 → 69.75 USD, -334.00 (-82.7%)",
            "the same usage",
            "last day",
        ])
        .await;
    insta::assert_snapshot!("pair_wide", wide);
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_column_sorts_and_the_command_has_the_same_order() {
    let folder = TempDir::new().unwrap();
    let mut stage = pair(&folder, (80, 24)).await;
    let first = |found: &serde_json::Value| found["groups"][0]["keys"][0].clone();
    // The cursor begins on the difference.
    stage.press("[");
    stage.until(&["difference ↑", "› rg-db"]).await;
    assert_eq!(
        first(&command(&mut stage, "costscope compare").await),
        "rg-db"
    );
    stage.press("<left>]");
    stage.until(&["amortized ↓", "› rg-db"]).await;
    assert_eq!(
        first(&command(&mut stage, "costscope compare").await),
        "rg-db"
    );
    stage.press("<left>]");
    stage.until(&["actual ↓", "› rg-web"]).await;
    stage.press("<left>]");
    stage
        .until(&["sorted by resource-group ↓ largest first", "› rg-web"])
        .await;
    assert_eq!(
        first(&command(&mut stage, "costscope compare").await),
        "rg-web"
    );
    stage.press("[");
    stage
        .until(&["sorted by resource-group ↑ smallest first", "› rg-db"])
        .await;
    assert_eq!(
        first(&command(&mut stage, "costscope compare").await),
        "rg-db"
    );
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_kept_and_dropped_and_changes_undone() {
    let folder = TempDir::new().unwrap();
    let mut stage = pair(&folder, (80, 24)).await;
    stage.press("u");
    stage.until(&["nothing to undo"]).await;
    stage.press("-");
    stage
        .until(&["resource-group != rg-web", "Σ 1 group ", "38.75 → 38.75"])
        .await;
    stage.press("u");
    stage.until(&["filter  none", "Σ 2 groups"]).await;
    stage.press("U");
    stage
        .until(&["resource-group != rg-web", "Σ 1 group "])
        .await;
    stage.press("u");
    stage.until(&["filter  none", "Σ 2 groups"]).await;
    stage.press("<down>+");
    stage
        .until(&["filter  resource-group = rg-db", "Σ 1 group ", "› rg-db"])
        .await;
    stage.press("<enter>");
    stage.until(&["› rg-db", "by resource ▸"]).await;
    stage.press("uu");
    stage.until(&["filter  none", "Σ 2 groups"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_marks_and_wraps_and_each_side_opens_as_a_table() {
    let folder = TempDir::new().unwrap();
    let mut stage = pair(&folder, (80, 24)).await;
    stage.press("n");
    stage.until(&["no search text yet; / searches"]).await;
    stage.press("/DB<enter>");
    stage.until(&["`DB` in line 2", "› rg-db"]).await;
    stage.press("/WEB<enter>");
    stage.until(&["`WEB` in line 1", "› rg-web"]).await;
    stage.press("<esc>");
    stage.until(&["search cleared", "[5 Compare]"]).await;
    stage.press("+");
    stage.until(&["filter  resource-group = rg-web"]).await;
    stage.press("<");
    let actual = stage
        .until(&[
            "[4 Table]",
            "· actual",
            "resource-group = rg-web",
            "365.00 USD",
        ])
        .await;
    assert!(actual.contains("group   resource-group"), "{actual}");
    stage.press("5");
    stage.until(&["[5 Compare]"]).await;
    stage.press(">");
    stage
        .until(&[
            "[4 Table]",
            "· amortized",
            "resource-group = rg-web",
            "31.00 USD",
        ])
        .await;
    let shown = command(&mut stage, "costscope show").await;
    assert_eq!(shown["totals"][0]["cost"], "31");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_are_copied_and_exported_with_every_digit() {
    let folder = TempDir::new().unwrap();
    let mut stage = pair(&folder, (80, 24)).await;
    stage.press("y");
    stage.until(&["view as TSV", "view as Markdown"]).await;
    stage.press("<enter>");
    let copied = stage.copied("resource-group\t").await;
    assert!(
        copied.contains("rg-web\tUSD\t365\t31\t-334\t0\t"),
        "{copied}"
    );
    stage.press("ycell<enter>");
    assert_eq!(stage.copied("-334").await, "-334");
    stage.press("<left><left>ycolumn<enter>");
    assert_eq!(stage.copied("365").await, "365\n38.75");
    for name in [
        "pair.json",
        "pair.csv",
        "pair.md",
        "pair.parquet",
        "pair.xlsx",
    ] {
        let path = folder.path().join(name);
        stage.press("e<ctrl-u>");
        stage.press(path.to_str().unwrap());
        stage.press("<enter>");
        stage.until(&["2 lines, in ", name]).await;
        assert!(path.metadata().unwrap().len() > 0, "{name}");
    }
    let text = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let found: serde_json::Value = serde_json::from_str(&text("pair.json")).unwrap();
    assert_eq!(found["records"][0]["difference"], "-334");
    assert_eq!(found["sources"].as_array().unwrap().len(), 2);
    assert!(
        text("pair.csv").contains("\"rg-web\",\"USD\",365,31,"),
        "{}",
        text("pair.csv")
    );
    // A side is never overwritten.
    stage.press("e<ctrl-u>");
    stage.press(folder.path().join("amortized.csv").to_str().unwrap());
    stage.press("<enter>");
    stage.until(&["already exists"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chart_has_both_sides_by_day_beside_each_other() {
    let folder = TempDir::new().unwrap();
    let mut stage = pair(&folder, (80, 24)).await;
    stage.press("V");
    let chart = stage
        .settled(&["░ actual   █ amortized   by day, USD", "Σ 2 groups"])
        .await;
    assert!(!chart.contains("benefit used"), "{chart}");
    insta::assert_snapshot!("pair_days", chart);
    stage.press("V");
    stage.until(&["amortized   running total, USD"]).await;
    // The days follow the filter.
    stage.press("<down>+");
    stage
        .until(&[
            "filter  resource-group = rg-db",
            "running total, USD",
            "Σ 1 group ",
        ])
        .await;
    stage.press("V");
    stage.until(&["purchases and refunds", "Σ 1 group "]).await;
    stage.quit().await;
}

#[test]
fn days_of_both_sides_begin_together() {
    let amounts =
        |units: &[i128]| -> Vec<Amount> { units.iter().copied().map(Amount::from_units).collect() };
    let side = |day: &str, units: &[i128]| Series {
        first: day.parse().ok(),
        lines: vec![amounts(units)],
    };
    let days = PairDays::of(&[side("2026-10-03", &[7]), side("2026-10-01", &[1, 2, 3])]);
    assert_eq!(days.first, "2026-10-01".parse().ok());
    let both: [Vec<Amount>; 2] = [amounts(&[0, 0, 7]), amounts(&[1, 2, 3])];
    assert_eq!(days.of_currency(0, false), Some(both));
    let running: [Vec<Amount>; 2] = [amounts(&[0, 0, 7]), amounts(&[1, 3, 6])];
    assert_eq!(days.of_currency(0, true), Some(running));
    assert_eq!(days.of_currency(1, false), None);
    assert_eq!(
        PairDays::of(&[Series::default(), Series::default()]).first,
        None
    );
}

/// Two reservations: one is used in full, the other not at all.
fn two_reservations() -> (String, String) {
    let header = "Date,SubscriptionId,ResourceGroup,ChargeType,PricingModel,ReservationId,ReservationName,CostInBillingCurrency,BillingCurrencyCode\n";
    let line = |charge: &str, id: &str, cost: &str| {
        format!("2026-10-03,s1,rg,{charge},Reservation,{id},{id}-name,{cost},EUR\n")
    };
    let (bought, full) = (line("Purchase", "r1", "31"), line("Purchase", "r2", "62"));
    (
        [header, &bought, &full, &line("Usage", "r1", "0")].concat(),
        [
            header,
            &line("Usage", "r1", "1"),
            &line("UnusedReservation", "r2", "2"),
        ]
        .concat(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn commitments_are_a_table_to_sort_open_and_export() {
    let folder = TempDir::new().unwrap();
    let (actual, amortized) = two_reservations();
    let (first, second) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open("polls = 0\n", (80, 24), vec![first, second]).await;
    stage.until(&["[5 Compare]", "Σ 1 group"]).await;
    stage.press("b");
    let table = stage
        .settled(&["Σ 2 commitments   bought 93.00 · used 1.00 · unused 2.00 EUR"])
        .await;
    insta::assert_snapshot!("commitments", table);
    stage.press("<right><right><right>[");
    stage
        .until(&["sorted by bought ↑ smallest first", "› r1-name"])
        .await;
    stage.press("]");
    stage
        .until(&["sorted by bought ↓ largest first", "› r2-name"])
        .await;
    stage.press("<enter>");
    stage
        .until(&["Reservations and savings plans", "r2-name  reservation"])
        .await;
    stage.press("<esc>e<ctrl-u>");
    let path = folder.path().join("plans.csv");
    stage.press(path.to_str().unwrap());
    stage.press("<enter>");
    stage.until(&["2 lines, in ", "plans.csv"]).await;
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.starts_with(
            "\"commitment\",\"kind\",\"currency\",\"bought\",\"used\",\"unused\",\"used percent\",\"id\""
        ),
        "{text}"
    );
    assert!(
        text.contains("\"r2-name\",\"reservation\",\"EUR\",62,0,2,0.0,\"r2\""),
        "{text}"
    );
    stage.press("f");
    stage.until(&["this is the list of commitments"]).await;
    // Masked, the table hides names, and its pages are closed.
    stage.press("p");
    stage
        .until(&["names and ids are hidden", "Σ 2 commitments"])
        .await;
    stage.press("<enter>");
    stage.until(&["it would show names"]).await;
    stage.press("<bksp>");
    stage.until(&["Σ 1 group "]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn facets_keep_or_drop_values_of_both_sides() {
    let folder = TempDir::new().unwrap();
    let mut stage = pair(&folder, (80, 24)).await;
    stage.press("F");
    stage
        .until(&["resource-group: tick values", "365.00", "38.75"])
        .await;
    stage.press("rg-db<enter>");
    stage
        .until(&["filter  resource-group = rg-db", "Σ 1 group "])
        .await;
    stage.press("u");
    stage.until(&["filter  none", "Σ 2 groups"]).await;
    stage.press("F");
    stage.until(&["tick values", "38.75"]).await;
    stage.press("rg-db<ctrl-x>");
    stage
        .until(&["not (resource-group = rg-db)", "Σ 1 group ", "› rg-web"])
        .await;
    stage.quit().await;
}
