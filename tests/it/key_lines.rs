//! The keys that the last two lines name, and the screens that they lead to.

use crate::support::file;
use crate::support::pair_files::{example, written};
use crate::support::ui_harness::Stage;
use crate::support::ui_steps::{demo, open_bill};
use costscope::tui::key::Mouse;
use tempfile::TempDir;

/// Two months of two groups.
const BILL: &str = "Date,ResourceGroup,Service,Cost,Currency\n\
                    2026-09-01,rg-a,Storage,10.5,EUR\n\
                    2026-10-01,rg-a,Storage,12.5,EUR\n\
                    2026-10-02,rg-b,Network,4.25,EUR\n";

#[tokio::test(flavor = "multi_thread")]
async fn the_line_above_the_last_one_names_keys_while_it_is_silent() {
    let folder = TempDir::new().unwrap();
    let mut stage = open_bill(&folder, BILL).await;
    let silent = stage
        .until(&[
            "Σ 2",
            "C change",
            "s sort · e export · y copy",
            "ctrl-p actions",
        ])
        .await;
    let lines: Vec<&str> = silent.lines().collect();
    assert!(lines[22].ends_with("ctrl-p actions"), "{silent}");
    assert!(lines[23].ends_with("? more · q quit"), "{silent}");
    // A message takes its place.
    stage.press("S");
    let told = stage.until(&["this is the first step"]).await;
    assert!(!told.contains("s sort"), "{told}");
    stage.press("<down>");
    let silent = stage.until(&["s sort", "› rg-b"]).await;
    let place = silent.lines().nth(22).unwrap().find("s sort").unwrap();
    let column = u16::try_from(silent.lines().nth(22).unwrap()[..place].chars().count()).unwrap();
    stage.mouse(Mouse::Press { column, row: 22 });
    // A list has keys of its own.
    let list = stage.until(&["Sort by", "esc close"]).await;
    assert!(!list.contains("ctrl-p actions"), "{list}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_say_what_a_key_does_next() {
    let folder = TempDir::new().unwrap();
    let mut stage = open_bill(&folder, BILL).await;
    // A short table shows its chart itself.
    stage.until(&["Σ 2", "V hide chart", "tab chart"]).await;
    stage.press("V");
    stage.until(&["V chart"]).await;
    stage.press("V");
    stage.until(&["V running total"]).await;
    stage.press("V");
    stage.until(&["V chart this line"]).await;
    stage.press("r");
    stage.until(&["enter in full"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_leads_to_the_ways_of_the_table() {
    let folder = TempDir::new().unwrap();
    let mut stage = open_bill(&folder, BILL).await;
    for (key, found) in [
        ("C", "Compare two periods"),
        ("g", "Group by"),
        ("x", "Compare with the"),
    ] {
        stage.press("0");
        stage
            .until(&["[0 Overview]", "x compare", "C change", "V chart", "rg-b"])
            .await;
        stage.press(key);
        stage.until(&["[4 Table]", found]).await;
        stage.press("<esc>");
    }
    // A chart that is shown already is not hidden.
    stage.press("0");
    stage.until(&["[0 Overview]", "rg-b"]).await;
    stage.press("V");
    stage.until(&["[4 Table]", "EUR by day", "Σ 2"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_comparison_compares_what_is_open() {
    let folder = TempDir::new().unwrap();
    let (actual, amortized) = example(31);
    let (one, _) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open("polls = 0\n", (60, 20), vec![one]).await;
    stage.until(&["[4 Table]", "Σ"]).await;
    stage.press("5");
    stage
        .until(&["Nothing is compared yet. x compares", "x compare"])
        .await;
    stage.press("x");
    // Names and sums are whole in a narrow screen; the bars have given way.
    let pair = stage
        .until(&[
            "[5 Compare]",
            "resource-group ",
            "difference ↓",
            "Σ 2",
            "%)",
        ])
        .await;
    assert!(pair.contains("rg-web") && pair.contains("rg-db"), "{pair}");
    stage.press("V");
    stage.until(&["by 2 days, USD"]).await;
    // The list of commitments names only keys that act on it.
    stage.press("b");
    let list = stage
        .until(&["commitment", "b groups", "enter in full", "unused"])
        .await;
    assert!(
        !list.contains("f filter") && list.contains("unused "),
        "{list}"
    );
    stage.press("b");
    stage.until(&["difference ↓"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_month_before_is_asked_for_and_files_of_one_name_are_told_apart() {
    let folder = TempDir::new().unwrap();
    let month = |name: &str, cost: &str| {
        let text = format!(
            "Date,ResourceGroup,Service,Cost,Currency\n2026-{name}-01,rg-a,Storage,{cost},EUR\n"
        );
        std::fs::create_dir_all(folder.path().join(name)).unwrap();
        let path = format!("{name}/bill.csv");
        file(folder.path(), &path, &text).display().to_string()
    };
    let (september, october) = (month("09", "10"), month("10", "12.5"));
    let mut stage = Stage::open("polls = 0\n", (80, 24), vec![october]).await;
    stage.until(&["rg-a", "Σ 1"]).await;
    stage.press("C");
    stage
        .until(&[
            "Compare 2026-10 with the month before",
            "only 2026-10 is open",
        ])
        .await;
    stage.press(&september);
    stage.press("<enter>");
    stage
        .until(&[
            "09/bill.csv, 10/bill.csv",
            "2026-09 → 2026-10",
            "+2.50 (+25.0%)",
        ])
        .await;
    // The page in full names the periods.
    stage.press("i");
    stage.until(&["2026-09: 10 EUR", "2026-10: 12.5 EUR"]).await;
    stage.press("<esc>");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_without_effect_names_keys_of_its_own_screen() {
    let mut stage = demo("polls = 0\n").await;
    stage.until(&["16 of 16", "e exports"]).await;
    stage.press("x");
    stage.until(&["x does nothing here; try enter order"]).await;
    // The ledger is a screen with few keys, and other screens go back with this one.
    stage.press("4");
    stage.until(&["The ledger is empty"]).await;
    stage.press("<bksp>");
    let screen = stage.until(&["does nothing here"]).await;
    assert!(!screen.contains("in Compare"), "{screen}");
    stage.quit().await;
}

#[cfg(feature = "sql")]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_another_screen_names_first_the_own_key_for_the_same() {
    let folder = TempDir::new().unwrap();
    let text = "Date,Cost,BillingCurrencyCode,ResourceGroup\n2026-10-01,1,EUR,rg-a\n";
    let mut stage = Stage::on_file(folder.path(), "bill.csv", text).await;
    stage.until(&["rg-a", "Σ 1"]).await;
    stage.press(":<ctrl-u>select count(*) as n from costs<enter>");
    stage.until(&["n", "1 line"]).await;
    stage.press("s");
    stage.until(&["s does nothing here; try [ sort"]).await;
    stage.quit().await;
}
