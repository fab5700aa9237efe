//! Steps that several tests of the UI share: starting the demo, ordering a report, opening a bill, running a copied command.

use crate::support::ui_harness::Stage;
use crate::support::{document, file, run};
use costscope::domain::query::saved_view::SavedView;
use costscope::store::views::ViewFolder;
use std::path::Path;
use tempfile::TempDir;

/// Opens a bill and compares its two months.
pub(crate) async fn two_months(folder: &TempDir, size: (u16, u16), bill: &str) -> Stage {
    let source = file(folder.path(), "bill.csv", bill);
    let source = source.display().to_string();
    let mut stage = Stage::open("polls = 0\n", size, vec![source]).await;
    stage.until(&["rg-a", "Σ"]).await;
    stage.press("C");
    stage.until(&["2026-09 2026-10"]).await;
    stage.press("<enter>");
    stage.until(&["difference", " → "]).await;
    stage
}

/// Runs the command that `Y` copies, as JSON.
pub(crate) async fn command(stage: &mut Stage, start: &str) -> serde_json::Value {
    let folder = TempDir::new().unwrap();
    command_in(stage, start, folder.path()).await
}

/// The same on a data folder, such as one with the reports that the command names.
pub(crate) async fn command_in(stage: &mut Stage, start: &str, folder: &Path) -> serde_json::Value {
    stage.press("Y");
    let command = stage.copied(start).await;
    let mut words: Vec<String> = Vec::new();
    // Split the command as a shell would.
    let (mut word, mut quoted) = (String::new(), false);
    for c in command.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    words.push(word);
    let mut words: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    words.extend(["--format", "json"]);
    document(&run(folder, &words))
}

pub(crate) async fn open_bill(folder: &TempDir, text: &str) -> Stage {
    let mut stage = Stage::on_file(folder.path(), "odd.csv", text).await;
    stage.until(&["rg-a", "Σ"]).await;
    stage
}

pub(crate) const SMALL: (u16, u16) = (80, 24);

pub(crate) async fn demo(script: &str) -> Stage {
    Stage::open(script, SMALL, Vec::new()).await
}

/// Orders one metric of last month for a scope found by its name.
pub(crate) async fn order_report(stage: &mut Stage, name: &str) {
    stage.until(&["16 of 16"]).await;
    stage.press(&format!("/{name}"));
    stage.until(&[&format!("/ {name}"), "1 of"]).await;
    stage.press("<enter><enter>");
    stage.until(&["[2 Order]"]).await;
    stage.press("<right>");
    stage.until(&["This orders 1 report."]).await;
    stage.press("<enter>");
}

/// Orders three months of both metrics of a subscription, and opens the newest actual one by service.
pub(crate) async fn newest_of_three_months() -> Stage {
    let mut stage = demo("polls = 0\nretry-after = 1\n").await;
    stage.until(&["16 of 16"]).await;
    stage.press("/prod-data");
    stage.until(&["/ prod-data", "1 of"]).await;
    stage.press("<enter><enter><tab><right><right>");
    stage.until(&["3 months x 2 metrics = 6 reports"]).await;
    stage.press("<enter>");
    stage.pass_until(&["6 ready"]).await;
    stage.press("4");
    stage.until(&["nothing open", "6 reports"]).await;
    stage.press("<home><enter>");
    stage.until(&["actual · 2026-10", "Σ"]).await;
    stage.press("gservice<enter>");
    stage.until(&["group   service", "Σ"]).await;
    stage
}

/// Orders both metrics of last month for a scope found by its name, and opens the actual report.
pub(crate) async fn actual_of_both(name: &str) -> Stage {
    let mut stage = demo("polls = 0\n").await;
    stage.until(&["16 of 16"]).await;
    stage.press(&format!("/{name}"));
    stage.until(&[&format!("/ {name}"), "1 of"]).await;
    stage.press("<enter><enter>");
    stage.until(&["[2 Order]", "= 2 reports"]).await;
    stage.press("<enter>");
    stage.pass_until(&["2 ready"]).await;
    stage.press("<down><enter>");
    stage.until(&["[4 Table]", "· actual ·", "Σ"]).await;
    stage
}

/// Puts a view among the saved ones.
pub(crate) fn save_view(stage: &Stage, name: &str, view: &SavedView) {
    ViewFolder::new(stage.folder.path())
        .save(name, view)
        .unwrap();
}

/// Applies a view once the list shows it.
pub(crate) async fn apply_view(stage: &mut Stage, name: &str) {
    stage.press("W");
    stage.until(&["Saved views", name]).await;
    stage.press(&format!("{name}<enter>"));
}
