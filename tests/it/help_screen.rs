//! The help page and the palette, through the real loop: grouped, narrowed by typing, and able to run what they list.

use crate::support::ui_harness::Stage;
use crate::support::ui_steps::open_bill;
use costscope::tui::key::Mouse;
use insta::assert_snapshot;
use tempfile::TempDir;

const SIZES: [(u16, u16); 3] = [(60, 20), (80, 24), (200, 50)];

/// Two groups on two days.
const BILL: &str = "Date,ResourceGroup,Service,Cost,Currency\n\
                    2026-10-01,rg-a,Storage,10.5,EUR\n\
                    2026-10-02,rg-b,Network,4.25,EUR\n";

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_a_screen_are_grouped_at_every_size() {
    for (width, height) in SIZES {
        let mut stage = Stage::open("polls = 0\n", (width, height), Vec::new()).await;
        stage.until(&["16 of 16"]).await;
        stage.press("?");
        let page = stage.settled(&["Help", "Move", "1 of "]).await;
        assert_snapshot!(format!("help_{width}x{height}"), page);
        // The last entry is in view, and says so.
        stage.press("<end>");
        let page = stage.until(&["stop reading and discard"]).await;
        let place = page.lines().find(|line| line.contains(" / ▏")).unwrap();
        let numbers: Vec<&str> = place
            .split(|c: char| !c.is_ascii_digit())
            .filter(|part| !part.is_empty())
            .collect();
        assert_eq!(numbers.len(), 2, "{place}");
        assert_eq!(numbers[0], numbers[1], "{place}");
        stage.quit().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_narrows_the_help_and_enter_runs_the_line() {
    let mut stage = Stage::open("polls = 0\n", (80, 24), Vec::new()).await;
    stage.until(&["16 of 16"]).await;
    stage.press("?guid");
    stage.until(&["/ guid▏", "1 of 1", "› i"]).await;
    stage.press("<enter>");
    stage.until(&["esc leave"]).await;
    stage.press("<esc>?utilization");
    stage.until(&["/ utilization▏", "1 of 1"]).await;
    stage.press("<enter>");
    stage.until(&["this key acts elsewhere: Compare"]).await;
    stage.press("<ctrl-u>no-such-key");
    stage.until(&["no match"]).await;
    // Backspace edits the text, and closes the page once there is none.
    stage.press("<ctrl-u>q<bksp>");
    stage.until(&["/ ▏", "Move"]).await;
    stage.press("<bksp>");
    stage.until(&["enter order", "16 of 16"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_selects_a_line_of_the_help_and_a_second_one_runs_it() {
    let mut stage = Stage::open("polls = 0\n", (80, 24), Vec::new()).await;
    stage.until(&["16 of 16"]).await;
    stage.press("?");
    let page = stage.until(&["Help", "search by name"]).await;
    let row = page
        .lines()
        .position(|line| line.contains("search by name"));
    let row = u16::try_from(row.unwrap()).unwrap();
    let click = Mouse::Press { column: 10, row };
    stage.mouse(click);
    stage.until(&["› /  "]).await;
    stage.mouse(click);
    stage.until(&["esc leave"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_palette_knows_other_words_for_its_actions() {
    let folder = TempDir::new().unwrap();
    let mut stage = open_bill(&folder, BILL).await;
    for (word, action) in [
        ("csv", "export"),
        ("excel", "export"),
        ("clipboard", "copy "),
        ("daily", "chart"),
        ("graph", "chart"),
        ("percent", "change"),
        ("reload statement", ""),
        ("bookmark", "save view"),
        ("exit", "quit"),
        ("distinct", "facets"),
        ("crosstab", "pivot"),
    ] {
        stage.press(&format!("<ctrl-p>{word}"));
        if action.is_empty() {
            stage.until(&["no match"]).await;
        } else {
            let typed = format!("/ {word}▏");
            let line = format!("›     {action}");
            stage.until(&[&typed, &line]).await;
        }
        stage.press("<esc>");
        stage.until(&["rg-a", "Σ"]).await;
    }
    stage.press("<ctrl-p>refund");
    stage.until(&["/ refund▏", "findings"]).await;
    stage.press("<esc>");
    stage.until(&["rg-a", "Σ"]).await;
    stage.press("<ctrl-p>unused");
    stage
        .until(&["/ unused▏", "compare actual with amortized"])
        .await;
    stage.press("<esc>");
    stage.until(&["rg-a", "Σ"]).await;
    // It runs what was found.
    stage.press("<ctrl-p>excel<enter>");
    stage.until(&["Export", ".csv"]).await;
    stage.quit().await;
}
