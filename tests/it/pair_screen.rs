//! Comparing two files on the screen: opening the pair, finding the other side, keys typed ahead.

use crate::support::file;
use crate::support::pair_files::{HEADER, example, on_demand, row, written};
use crate::support::ui_harness::Stage;
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn pair_opens_down_to_the_charges_of_a_day() {
    let folder = TempDir::new().unwrap();
    let (actual, amortized) = example(31);
    let (first, second) = written(folder.path(), &actual, &amortized);
    // Files opened together are a pair.
    let mut stage = Stage::open("polls = 0\n", (80, 24), vec![second.clone(), first.clone()]).await;
    stage
        .until(&["[5 Compare]", "rg-web", "the same usage"])
        .await;
    insta::assert_snapshot!(
        "side_by_side",
        stage.settled(&["Σ 2 groups", "-334.00"]).await
    );
    stage.press("<enter>");
    stage
        .until(&["› rg-web", "by resource ▸ meter", "vm-1"])
        .await;
    stage.press("<down>");
    stage.press("i");
    stage
        .until(&["rows on the actual side", "+15.5 USD", "has a counterpart"])
        .await;
    stage.press("<esc><enter><enter><enter>");
    stage.until(&["by charge-type", "Usage", "+0.50"]).await;
    stage.press("<enter>");
    stage.until(&["no further level; i shows why"]).await;
    stage.press("Y");
    let command = stage.copied("costscope compare").await;
    assert!(command.contains("date = "), "{command}");
    stage.press("<bksp><bksp><bksp><bksp>");
    stage.until(&["by resource-group", "Σ 2 groups"]).await;
    stage.press("b");
    stage
        .until(&["Σ 1 commitment   bought 365.00 · used 23.00 · unused 8.00 USD"])
        .await;
    stage.press("<enter>");
    let page = stage
        .until(&["Reservations and savings plans", "bought"])
        .await;
    for words in [
        "r1  reservation, USD",
        "365.00, by s1",
        "23.00 (74.2%), unused 8.00 (25.8%)",
        "s1 → s1: 23.00 USD",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    stage.press("Y");
    let command = stage.copied("costscope compare").await;
    assert!(command.contains(" --commitments"), "{command}");
    stage.press("<esc><esc>gdate<enter>");
    stage.until(&["by date ▸ resource-group"]).await;
    stage.press("s");
    stage.press("key<enter>");
    stage.until(&["› 2026-01-01"]).await;
    let again = crate::support::ui_steps::command(&mut stage, "costscope compare").await;
    assert_eq!(
        again["groups"][0]["keys"][0], "2026-01-01",
        "as it is sorted"
    );
    assert_eq!(again["groups"][1]["keys"][0], "2026-01-02");
    stage.press("p");
    let hidden = stage.until(&["names and ids are hidden"]).await;
    assert!(
        !hidden.contains("365.00") && !hidden.contains("actual.csv"),
        "{hidden}"
    );
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_side_of_a_file_is_found_by_its_name_or_asked_for() {
    let folder = TempDir::new().unwrap();
    let (actual, amortized) = example(4);
    let (first, second) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open("polls = 0\n", (80, 24), vec![second.clone()]).await;
    stage.until(&["rg-web", "Σ"]).await;
    stage.press("x");
    stage
        .until(&["[5 Compare]", "purchases and refunds", "-365.00"])
        .await;
    stage.quit().await;
    // The file name gives no hint, so the screen asks for the other file and for the metric of each.
    let plain = on_demand(4);
    let one = file(folder.path(), "one.csv", format!("{HEADER}{plain}"))
        .display()
        .to_string();
    let two = file(
        folder.path(),
        "two.csv",
        format!("{HEADER}{}", plain.replace("1.25", "1.5")),
    )
    .display()
    .to_string();
    let mut stage = Stage::open("polls = 0\n", (80, 24), vec![one]).await;
    stage.until(&["rg-db", "Σ"]).await;
    // Keys typed before the prompt appears are kept for it.
    stage.press(&format!("x{two}<enter>"));
    stage.until(&["one.csv holds", "actual cost"]).await;
    stage.press("<enter>");
    stage
        .until(&["[5 Compare]", "! the usage differs", "+1.00"])
        .await;
    stage.press("t");
    stage.until(&["different on the two sides"]).await;
    drop(first);
    stage.press("<esc>");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_files_open_as_a_pair_by_their_names_even_where_their_rows_are_the_same() {
    let folder = TempDir::new().unwrap();
    let plain = on_demand(9);
    let text = format!("{HEADER}{plain}");
    let gone = row("2026-10-02", "vm-3", "Usage", "OnDemand", "1.25");
    let (first, second) = written(folder.path(), &text, &text.replace(&gone, ""));
    let mut stage = Stage::open("polls = 0\n", (80, 24), vec![first, second]).await;
    stage
        .until(&[
            "[5 Compare]",
            "! the usage differs",
            "! 1 row without a benefit",
        ])
        .await;
    stage.press("<enter>");
    stage.until(&["› rg-db", "vm-3"]).await;
    stage.press("i");
    stage
        .until(&["9 rows on the actual side", "only on the actual side"])
        .await;
    stage.press("<esc>p");
    let hidden = stage.until(&["(hidden)"]).await;
    assert!(
        !hidden.contains("1.25") && !hidden.contains("vm-3"),
        "{hidden}"
    );
    stage.quit().await;
}

/// January of the example, opened as a pair.
async fn january() -> (TempDir, Stage) {
    let folder = TempDir::new().unwrap();
    let (actual, amortized) = example(31);
    let (first, second) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open("polls = 0\n", (80, 24), vec![first, second]).await;
    stage
        .until(&["[5 Compare]", "rg-web", "the same usage"])
        .await;
    (folder, stage)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_a_pair_is_its_actual_side() {
    let (_folder, mut stage) = january().await;
    let side = [
        "[4 Table]",
        "· actual",
        "rg-web",
        "Σ",
        "the actual side; 5 shows both sides",
    ];
    stage.press("4");
    stage.until(&side).await;
    stage.press("5");
    stage.until(&["[5 Compare]", "the same usage"]).await;
    // The table that is open stays.
    stage.press("<bksp>");
    stage.until(&["[4 Table]", "· actual", "Σ"]).await;
    stage.quit().await;
    let (_folder, mut stage) = january().await;
    stage.press("<bksp>");
    stage.until(&side).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_typed_ahead_act_in_their_order_and_a_wrong_filter_is_given_back() {
    let (_folder, mut stage) = january().await;
    stage.press("<enter><enter><bksp>");
    stage
        .until(&["› rg-web ", "by resource ▸ meter", "vm-1"])
        .await;
    stage.press("<enter><enter><bksp><bksp><bksp>");
    stage
        .until(&["by resource-group ▸ resource", "Σ 2 groups"])
        .await;
    stage.press("fresorce-group = rg-web<enter>");
    stage
        .until(&["there is no column `resorce-group`", "apply"])
        .await;
    // The filter is corrected in place; meanwhile the previous filter stays in effect.
    stage.press("<ctrl-u>resource-group = rg-web<enter>");
    stage.until(&["resource-group = rg-web", "Σ 1 group"]).await;
    stage.quit().await;
}

/// A pair of large amounts in two currencies, with a group on one side only.
fn large() -> (String, String) {
    let big = row("2026-01-01", "vm-9", "Usage", "OnDemand", "12345678.9");
    let in_yen = big.replace("rg-db", "rg-tokyo").replace(",USD", ",JPY");
    let mut sides = [HEADER.to_owned(), HEADER.to_owned()];
    for side in &mut sides {
        side.push_str(&big);
        side.push_str(&in_yen);
    }
    let [mut actual, mut amortized] = sides;
    let bought = row("2026-01-01", "", "Purchase", "Reservation", "3650000");
    actual.push_str(&bought.replace("rg-web", "rg-buys-for-everybody"));
    amortized.push_str(&row("2026-01-01", "vm-1", "Usage", "Reservation", "912500"));
    let rest = row(
        "2026-01-01",
        "",
        "UnusedReservation",
        "Reservation",
        "2737500",
    );
    amortized.push_str(&rest.replace("rg-web", "rg-idle"));
    actual.push_str(&row("2026-01-01", "vm-1", "Usage", "Reservation", "0"));
    (actual, amortized)
}

#[tokio::test(flavor = "multi_thread")]
async fn percents_fit_beside_large_amounts() {
    let folder = TempDir::new().unwrap();
    let (actual, amortized) = large();
    let (first, second) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open("polls = 0\n", (80, 24), vec![first.clone(), second.clone()]).await;
    insta::assert_snapshot!(
        "large_amounts",
        stage
            .settled(&["%", "Σ 5 groups", "-3,650,000.00", "the same usage"])
            .await
    );
    stage.quit().await;
    let mut stage = Stage::open("polls = 0\n", (140, 30), vec![first, second]).await;
    let wide = stage.until(&["%", "Σ 5 groups"]).await;
    for words in ["only actual purchase", "only amortized unused reservation"] {
        assert!(wide.contains(words), "{words}: {wide}");
    }
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn comparison_filter_completes_values_of_both_sides() {
    let (_folder, mut stage) = january().await;
    stage.press("fcharge");
    stage.until(&["› charge-type", "tab accept"]).await;
    stage.press("<tab>= ");
    // One of the groups is only on the actual side, the other only on the amortized one.
    stage.until(&["Purchase", "UnusedReservation"]).await;
    stage.press("Unu");
    stage.until(&["› UnusedReservation"]).await;
    stage.press("<tab><enter>");
    stage
        .until(&["charge-type = UnusedReservation", "Σ 1 group", "+8.00"])
        .await;
    // The last filter is offered again and can be extended.
    stage.press("f");
    stage.until(&["UnusedReservation ▏"]).await;
    stage.press("<ctrl-u>");
    stage.until(&["› charge-type = UnusedReservation"]).await;
    stage.press("<esc>");
    stage.quit().await;
}
