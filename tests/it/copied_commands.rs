//! Commands that the UI copies: they print the same rows, name any file, and reach any terminal.

use crate::support::ui_steps::{command, open_bill};
use crate::support::{document, file, program};
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn the_command_of_rows_prints_all_of_them_sorted_the_same_way() {
    let folder = TempDir::new().unwrap();
    let many: String = (1..=30)
        .map(|at| format!("2026-10-{at:02},rg-a,x,{at},EUR\n"))
        .collect();
    let text = format!("Date,ResourceGroup,Rows,Cost,Currency\n{many}");
    let mut stage = open_bill(&folder, &text).await;
    stage.press("r");
    stage.until(&["not grouped (rows)", "30.00"]).await;
    // Search for the column Cost: it is the money column, in any spelling.
    stage.press("/Cost<enter>");
    stage.until(&["column Cost"]).await;
    stage.press("[");
    stage.until(&["sorted by Cost ↑ smallest first"]).await;
    let rows = command(&mut stage, "costscope show").await;
    assert_eq!(rows["shown"], 30);
    assert_eq!(rows["records"][0]["Cost"], "1");
    stage.press("s");
    let list = stage.until(&["Sort by", "ResourceGroup"]).await;
    assert!(!list.contains(" Cost "), "{list}");
    stage.press("<esc>");
    stage.quit().await;
}

#[test]
fn flags_that_change_the_answer_are_repeated() {
    let folder = TempDir::new().unwrap();
    let bill = file(
        folder.path(),
        "bill.csv",
        "Date,CostInBillingCurrency,BillingCurrencyCode,ResourceGroup\n01/02/2026,5000,EUR,\n02/02/2026,9000,EUR,rg-a\n",
    );
    let output = program()
        .arg("findings")
        .arg(bill)
        .args([
            "--dates",
            "day-first",
            "--cloud",
            "china",
            "--tenant",
            "ours",
            "--format",
            "json",
        ])
        .arg("--data-dir")
        .arg(folder.path().join("our data"))
        .output()
        .unwrap();
    let found = document(&output);
    let command = found["findings"][0]["command"].as_str();
    let command = command.unwrap_or_else(|| panic!("{found}"));
    // A file needs no cloud.
    let end = format!(
        " --dates day-first --data-dir '{}/our data'",
        folder.path().display()
    );
    assert!(command.ends_with(&end), "{command}");
    assert!(!command.contains("--cloud"), "{command}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_command_names_any_file_and_lists_of_them() {
    use costscope::data::progress::Progress;
    use costscope::ops::context::OpenDataset;
    use costscope::ops::explore::open::open_in;
    use costscope::tui::state::command_flags::source_list;
    let world = crate::support::World::new("").await;
    let folder = TempDir::new().unwrap();
    let head = "Date,CostInBillingCurrency,BillingCurrencyCode,ResourceGroup\n";
    let names = ["a", "b", "a,b", "-c,d.csv", " e,f", "it's g,", "--top"];
    for (at, name) in names.iter().enumerate() {
        let cost = 1 << at;
        let text = format!("{head}2026-10-01,{cost},EUR,rg-{at}\n2026-10-02,1,EUR,rg-{at}\n");
        file(folder.path(), name, text);
    }
    let sources = [folder.path().join("a").display().to_string()];
    let opened = open_in(&world.session, (&Progress::default(), None), &sources).unwrap();
    for list in [
        vec![0, 1],
        vec![1, 0, 2],
        vec![2],
        vec![2, 0],
        vec![3],
        vec![3, 4],
        vec![5, 3, 0],
        vec![6],
        vec![6, 1],
    ] {
        let opened = OpenDataset {
            names: list.iter().map(|at| names[*at].to_owned()).collect(),
            ..opened.clone()
        };
        let words = source_list(&opened);
        let days = "--before-days 2026-10-01 --after-days 2026-10-02";
        let mut shell = std::process::Command::new("sh");
        let line = format!("\"$0\" change {words} {days} --format json --data-dir data");
        let output = shell
            .args(["-c", &line])
            .arg(crate::support::program().get_program())
            .current_dir(folder.path())
            .output()
            .unwrap();
        let found = document(&output);
        let cost: u64 = list.iter().map(|at| 1_u64 << at).sum();
        let before = &found["currencies"][0]["before"];
        assert_eq!(*before, cost.to_string(), "{words}: {found}");
    }
}

#[test]
fn copies_are_wrapped_for_tmux_and_screen() {
    use costscope::tui::terminal::clipboard;
    let plain = clipboard("EUR 1.5", false, false);
    assert_eq!(plain, "\u{1b}]52;c;RVVSIDEuNQ==\u{1b}\\");
    let tmux = clipboard("EUR 1.5", true, false);
    assert!(tmux.starts_with(&plain), "{tmux:?}");
    assert!(
        tmux.ends_with("\u{1b}Ptmux;\u{1b}\u{1b}]52;c;RVVSIDEuNQ==\u{1b}\u{1b}\\\u{1b}\\"),
        "{tmux:?}"
    );
    let screen = clipboard(&"x".repeat(3000), false, true);
    let parts: Vec<&str> = screen.split("\u{1b}P").skip(1).collect();
    assert!(parts.len() > 4 && parts.iter().all(|part| part.len() < 768));
}
