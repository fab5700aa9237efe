//! The ledger list, its command and the scopes show the money of the months kept.

use crate::support::hostile::fetch;
use crate::support::ui_harness::Stage;
use crate::support::ui_steps::demo;
use crate::support::{World, document, october_of, run, stdout};
use costscope::domain::metric::Metric;
use costscope::tui::key::Mouse;
use insta::assert_snapshot;

/// Orders the actual cost of three months.
async fn three_months() -> Stage {
    let mut stage = demo("polls = 0\nretry-after = 1\n").await;
    stage.until(&["16 of 16"]).await;
    stage.press("/prod-data<enter><enter><right><tab><right><right>");
    stage.until(&["= 3 reports"]).await;
    stage.press("<enter>");
    stage.pass_until(&["3 ready"]).await;
    stage
}

fn line<'a>(picture: &'a str, word: &str) -> &'a str {
    let mut lines = picture.lines();
    lines.find(|line| line.contains(word)).unwrap()
}

/// The number of the last line with a word.
fn place(picture: &str, word: &str) -> usize {
    let lines: Vec<&str> = picture.lines().collect();
    lines.iter().rposition(|line| line.contains(word)).unwrap()
}

/// A click on the end of a head.
fn head(picture: &str, title: &str) -> Mouse {
    let mut lines = (0..).zip(picture.lines());
    let (row, line) = lines.find(|(_, line)| line.contains(title)).unwrap();
    let (before, _) = line.split_once(title).unwrap();
    let column = before.chars().count() + title.chars().count() - 1;
    let column = u16::try_from(column).unwrap();
    Mouse::Press { column, row }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_list_shows_totals_changes_and_the_trend_and_sorts_by_them() {
    let mut stage = three_months().await;
    stage.press("4");
    let listed = stage
        .until(&["nothing open", "3 reports", "total", "change", "months k"])
        .await;
    // The oldest month has none before it.
    assert!(line(&listed, "2026-10").contains('%'), "{listed}");
    assert!(line(&listed, "2026-09").contains('%'), "{listed}");
    assert!(!line(&listed, "2026-08").contains('%'), "{listed}");
    let bars = |month: &str| {
        let bar = |c: &char| ('▁'..='█').contains(c);
        line(&listed, month).chars().filter(bar).count()
    };
    assert_eq!(
        [bars("2026-10"), bars("2026-09"), bars("2026-08")],
        [3, 2, 0]
    );
    // The totals are those of the reports.
    stage.press("<home>i");
    let exact = stage.until(&["The report in full", "close"]).await;
    assert!(exact.contains("2026-10"), "{exact}");
    stage.press("<esc>s");
    stage.until(&["sorted by total, largest first"]).await;
    stage.press("s");
    stage.until(&["sorted by change"]).await;
    stage.press("ss");
    stage
        .until(&["sorted by period, newest first", "period ↓", "› "])
        .await;
    stage.press("[");
    let oldest = stage
        .until(&["sorted by period, oldest first", "period ↑"])
        .await;
    assert!(place(&oldest, "2026-08") < place(&oldest, "2026-10"));
    // A click on a head sorts by its column, a second one turns it round.
    stage.press("M");
    let heads = stage.until(&["wheel scrolls", "  total"]).await;
    stage.mouse(head(&heads, "  total"));
    let total = stage
        .until(&["sorted by total, largest first", "total ↓"])
        .await;
    stage.mouse(head(&total, "total ↓"));
    stage
        .until(&["sorted by total, smallest first", "total ↑"])
        .await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_cannot_be_read_is_named_beside_the_others() {
    let stage = three_months().await;
    let (emulator, folder) = stage.leave().await;
    let reports = std::fs::read_dir(folder.path().join("ledger")).unwrap();
    let mut notes: Vec<_> = reports
        .map(|report| report.unwrap().path().join("report.json"))
        .filter(|note| note.exists())
        .collect();
    notes.sort();
    std::fs::write(&notes[0], "{").unwrap();
    let mut stage = Stage::on(emulator, folder, (120, 24));
    stage.until(&["16 of 16"]).await;
    stage.press("4");
    stage
        .until(&["2 reports", "1 report cannot be read: ", "2026-08"])
        .await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_of_several_months_names_the_month_that_it_sums() {
    let mut stage = three_months().await;
    stage.press("4");
    stage.until(&["nothing open", "3 reports"]).await;
    stage.press("a");
    stage
        .until(&["[4 Table]", "2026-08-01..2026-10-31", "Σ"])
        .await;
    stage.resize(120, 24);
    stage.press("0");
    let words = ["[0 Overview]", "2026-10, the last of 3 months"];
    let screen = stage.until(&words).await;
    assert!(!screen.contains("2026-08-01"), "{screen}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_show_the_last_month_of_those_in_the_ledger() {
    let mut stage = three_months().await;
    stage.press("1/<esc>");
    let tree = stage
        .until(&["[1 Scopes]", "prod-data", "prod-online", "%"])
        .await;
    assert!(line(&tree, "prod-data").contains('%'), "{tree}");
    let online = line(&tree, "prod-online");
    assert!(!online.contains('%'), "{tree}");
    // In 80 columns the bars give way, not whether there are reports.
    assert!(online.contains("reports ✓"), "{tree}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_are_sorted_by_money_change_and_name() {
    let mut stage = three_months().await;
    stage.press("1/<esc>");
    stage
        .until(&["[1 Scopes]", "name", "newest", "change", "⟲ prod-data"])
        .await;
    stage.press("<home>s");
    // The agreement of the recent scope comes last.
    let told = [
        "sorted by the newest month, largest first",
        "newest ↓",
        "⟲ prod-data                subscr.     EA",
    ];
    let sorted = stage.settled(&told).await;
    // The recent scope stays on top, and those without a month say so.
    let tree = |picture: &str, word: &str| place(picture, word);
    assert!(line(&sorted, "prod-data").contains('⟲'), "{sorted}");
    assert!(tree(&sorted, "prod-data") < tree(&sorted, "Contoso Enrolment"));
    assert!(
        line(&sorted, "prod-online").contains("no month"),
        "{sorted}"
    );
    assert_snapshot!("scopes_sorted", sorted);
    // A search keeps the order, and the mark.
    stage.press("/prod<enter>");
    let found = stage.until(&["/ prod", "newest ↓", "no month"]).await;
    assert!(tree(&found, "prod-data") < tree(&found, "prod-online"));
    stage.press("<esc>s");
    stage
        .until(&["sorted by change, largest rise", "change ↓"])
        .await;
    stage.press("[");
    stage
        .until(&["sorted by change, largest fall", "change ↑"])
        .await;
    stage.press("s");
    let named = stage.until(&["sorted by name", "name ↑"]).await;
    assert!(tree(&named, "eu-dev") < tree(&named, "eu-prod"), "{named}");
    assert!(tree(&named, "mg-prod") < tree(&named, "prod-online"));
    stage.press("M");
    let heads = stage.until(&["wheel scrolls", "name ↑"]).await;
    stage.mouse(head(&heads, "name ↑"));
    stage
        .until(&["sorted by name, from the end", "name ↓"])
        .await;
    stage.mouse(head(&heads, "newest"));
    stage.until(&["newest ↓"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_without_money_are_not_sorted() {
    let mut stage = demo("").await;
    stage.until(&["16 of 16"]).await;
    stage.press("s");
    stage
        .until(&["no scope here has a month in the ledger"])
        .await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_prints_exact_totals() {
    let world = World::new("").await;
    let (outcome, _) = fetch(&world.session, &october_of("8608480"), Metric::Actual).await;
    let folder = world.folder.path();
    let listed = document(&run(folder, &["ledger", "list", "--format", "json"]));
    let totals = serde_json::to_value(outcome.totals()).unwrap();
    assert_eq!(listed["reports"][0]["totals"], totals);
    let table = stdout(&run(folder, &["ledger", "list"]));
    let amount = outcome.totals()[0].amount.to_string();
    assert!(table.contains(&amount), "{amount}: {table}");
}
