//! The screens in a terminal of 60x20, and the same at 200x50: columns give way in order, months and numbers are never cut.

use crate::support::file;
use crate::support::ui_harness::Stage;
use crate::support::ui_steps::{order_report, two_months};
use insta::assert_snapshot;
use tempfile::TempDir;

const NARROW: (u16, u16) = (60, 20);
const WIDE: (u16, u16) = (200, 50);

/// Sixty groups over two months, one with a long name.
fn bill() -> String {
    let mut text = "Date,ResourceGroup,Rows,Cost,Currency\n".to_owned();
    for number in 1..60 {
        text.push_str(&format!(
            "2026-09-{:02},rg-{number:03},one,{number}.5,EUR\n",
            number % 28 + 1
        ));
        text.push_str(&format!(
            "2026-10-{:02},rg-{number:03},one,{number},EUR\n",
            number % 28 + 1
        ));
    }
    text + "2026-10-03,rg-with-a-name-that-is-longer-than-others,one,1234567.89,EUR\n"
}

async fn opened(folder: &TempDir, size: (u16, u16)) -> Stage {
    let source = file(folder.path(), "odd.csv", bill()).display().to_string();
    Stage::open("polls = 0\n", size, vec![source]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_keeps_names_amounts_and_months() {
    let folder = TempDir::new().unwrap();
    for size in [NARROW, (80, 24), WIDE] {
        let (width, height) = size;
        let mut stage = opened(&folder, size).await;
        // A wide screen has a panel.
        let panel: &[&str] = match size {
            WIDE => &["EUR by ", "days          "],
            _ => &[],
        };
        let told = ["rg-with", "1,234,567.89", "Σ 60", "1 of 60"];
        let table = stage.settled(&[&told[..], panel].concat()).await;
        assert_snapshot!(format!("table_{width}x{height}"), table);
        stage.press("<end>");
        stage.until(&["60 of 60"]).await;
        stage.press("<home>m<enter>");
        let told = ["× mon", "2026-09", "2026-10", "1,234,567.89"];
        let months = stage.settled(&[&told[..], panel].concat()).await;
        assert_snapshot!(format!("months_{width}x{height}"), months);
        stage.quit().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_takes_what_it_needs_and_no_more() {
    let folder = TempDir::new().unwrap();
    let mut stage = opened(&folder, WIDE).await;
    let table = stage.until(&["rg-with", "1,234,567.89"]).await;
    let line = table
        .lines()
        .find(|line| line.contains("rg-with-a"))
        .unwrap();
    assert!(
        line.contains("rg-with-a-name-that-is-longer-than-others"),
        "{line}"
    );
    let name = line.find("others").unwrap() + "others".len();
    let amount = line.find("1,234,567.89").unwrap();
    assert!(amount - name < 24, "{line}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_fits_sixty_columns() {
    let mut stage = Stage::open("polls = 2\nretry-after = 3\n", NARROW, Vec::new()).await;
    // The agreements of subscriptions arrive after the list.
    let told = ["16 of 16", "subscr.     EA", "subscr.     MCA"];
    assert_snapshot!("scopes_60x20", stage.settled(&told).await);
    order_report(&mut stage, "prod-online").await;
    // How long it took differs from run to run.
    let told = ["[3 Jobs", "1 ready", "744 rows", "enter open"];
    stage.pass_until(&told).await;
    stage.press("4");
    assert_snapshot!(
        "ledger_60x20",
        stage.settled(&["[4 Table]", "2026-10"]).await
    );
    stage.press("2");
    assert_snapshot!("order_60x20", stage.settled(&["[2 Order]", "Metric"]).await);
    stage.press("<esc>5");
    assert_snapshot!("compare_60x20", stage.settled(&["[5 Compare]"]).await);
    stage.press("0");
    stage.until(&["[0 Overview]"]).await;
    // One column or line less is refused with the size that is needed.
    stage.resize(59, 20);
    stage
        .until(&["needs at least 60 columns and 20 lines"])
        .await;
    stage.resize(60, 20);
    stage.until(&["[0 Overview]"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_line_names_what_is_needed_next_and_as_much_as_fits() {
    let folder = TempDir::new().unwrap();
    let cases = [
        (
            NARROW,
            "enter into · g group · f filter · V chart · ? more · q quit",
        ),
        (
            (80, 24),
            "enter into · g group · f filter · x compare · V chart · ? more · q quit",
        ),
        (
            WIDE,
            "x compare · V hide chart · C change · tab chart · s sort · e export · y copy",
        ),
    ];
    for (size, keys) in cases {
        let mut stage = opened(&folder, size).await;
        stage.until(&["rg-with", keys]).await;
        stage.quit().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_of_suggestions_says_where_it_is() {
    let folder = TempDir::new().unwrap();
    let mut stage = opened(&folder, NARROW).await;
    stage.until(&["rg-with", "Σ 60"]).await;
    stage.press("fresource-group = rg-0");
    stage.until(&["· 1 of "]).await;
    stage.press("<down><down>");
    stage.until(&["· 3 of "]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_periods_keep_their_amounts_and_name_their_days() {
    let folder = TempDir::new().unwrap();
    let mut stage = opened(&folder, NARROW).await;
    stage.until(&["rg-with", "Σ 60"]).await;
    stage.press("C");
    stage.until(&["Compare two periods"]).await;
    stage.press("<enter>");
    let sums = "1,799.50 → 1,236,337.89 EUR, +1,234,538.39";
    let totals = stage.until(&["Σ 60", sums]).await;
    let below = totals.lines().skip_while(|line| !line.contains("Σ 60"));
    assert!(below.take(2).all(|line| !line.contains('…')), "{totals}");
    // A column is too wide for one day of both periods.
    stage.press("V");
    stage.until(&["by 2 days"]).await;
    stage.press("<tab>");
    stage.until(&["days 1 to 2"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_keeps_its_numbers_apart_and_whole() {
    let folder = TempDir::new().unwrap();
    let mut stage = opened(&folder, NARROW).await;
    stage.until(&["rg-with", "Σ 60"]).await;
    stage.press("0");
    // The average of a day goes before an amount is cut.
    let compared = "1,236,337.89 EUR   +68604.5% on the 1,799.50 of 2026-09";
    stage.until(&[compared, "1,236,337.89 +68604.5%"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_no_filter_has_no_count() {
    let folder = TempDir::new().unwrap();
    let mut stage = opened(&folder, NARROW).await;
    stage.until(&["rg-with", "Σ 60"]).await;
    stage.press("fcost > 1000");
    stage.until(&["cost > 1000▏", "1 of 119 rows"]).await;
    stage.press(" x");
    stage.until(&["cost > 1000 x▏", "… of 119 rows"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_form_marks_where_it_is_cut() {
    let mut stage = Stage::open("polls = 0\n", NARROW, Vec::new()).await;
    stage.until(&["16 of 16"]).await;
    stage.press("/prod-online");
    stage.until(&["/ prod-online", "1 of"]).await;
    stage.press("<enter><enter>");
    let screen = stage
        .settled(&["[2 Order]", "This orders 1 month", "to compare"])
        .await;
    let body: Vec<&str> = screen.lines().collect();
    let last = body.get(17).copied().unwrap_or_default().trim_end();
    assert!(last.ends_with(['.', '…']), "{screen}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_table_says_in_one_line_what_acts() {
    let folder = TempDir::new().unwrap();
    let text = "Date,ResourceGroup,Cost,Currency\n2026-10-01,rg-a,1,EUR\n";
    let source = file(folder.path(), "bill.csv", text).display().to_string();
    let mut stage = Stage::open("polls = 0\n", NARROW, vec![source]).await;
    stage.until(&["rg-a", "Σ 1"]).await;
    stage.press("fcost > 0<enter>");
    stage.until(&["filter  cost > 0", "1 of 1 row"]).await;
    stage.press("-");
    let screen = stage
        .settled(&[
            "no row matches the filter; u goes back, f edits it",
            "Σ  no cost",
        ])
        .await;
    assert!(!screen.contains("leaves none"), "{screen}");
    // There are no values to list.
    stage.press("F");
    stage
        .until(&["! no row matches the filter; u goes back"])
        .await;
    stage.press("u");
    stage.until(&["filter  cost > 0", "1 of 1 row"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_total_of_two_periods_is_cut() {
    let folder = TempDir::new().unwrap();
    let mut text = "Date,ResourceGroup,Quantity,Cost,Currency\n".to_owned();
    for (month, cost) in [("09", "1234561.20"), ("10", "2345671.30")] {
        for currency in ["EUR", "USD"] {
            text.push_str(&format!("2026-{month}-02,rg-a,2,{cost},{currency}\n"));
        }
    }
    let mut stage = two_months(&folder, NARROW, &text).await;
    let screen = stage
        .settled(&[
            "1,234,561.20 → 2,345,671.30 EUR",
            "1,234,561.20 → 2,345,671.30 USD",
        ])
        .await;
    let mut totals = screen.lines();
    let cut = totals.any(|line| line.contains(" → ") && line.contains(".30") && line.contains('…'));
    assert!(!cut, "{screen}");
    stage.quit().await;
}
