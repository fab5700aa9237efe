//! Views of unusual bills: rows with several currencies or none, headers that look like keys, days picked earlier.

use crate::explorer::command;
use crate::support::stage::Stage;
use crate::support::{document, file, run, stdout};
use costscope::domain::query::filter_text::parse;
use tempfile::TempDir;

/// Two currencies and a row without one; a header named like the key `rows`; one row without a date.
const ODD: &str = "Date,ResourceGroup,Rows,Cost,Currency\n\
    2026-09-01,rg-a,one,5,EUR\n\
    2026-10-01,rg-a,two,7,USD\n\
    2026-10-02,rg-a,two,1,\n\
    2026-10-03,rg-b,one,2,EUR\n";

async fn stage(folder: &TempDir, text: &str) -> Stage {
    let mut stage = Stage::on_file(folder.path(), "odd.csv", text).await;
    stage.until(&["rg-a", "Σ"]).await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_without_a_currency_opens_as_itself() {
    let folder = TempDir::new().unwrap();
    let mut stage = stage(&folder, ODD).await;
    // By cost: USD 7, EUR 5, EUR 2, none 1.
    stage.press("<end>r");
    stage.until(&["› rg-a · (none)", "1 of"]).await;
    let rows = command(&mut stage, "costscope show").await;
    assert_eq!(rows["rows"], 1);
    assert_eq!(rows["records"][0]["Cost"], "1");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_of_rows_prints_all_of_them_sorted_the_same_way() {
    let folder = TempDir::new().unwrap();
    let many: String = (1..=30)
        .map(|at| format!("2026-10-{at:02},rg-a,x,{at},EUR\n"))
        .collect();
    let text = format!("Date,ResourceGroup,Rows,Cost,Currency\n{many}");
    let mut stage = stage(&folder, &text).await;
    stage.press("r");
    stage.until(&["not grouped (rows)", "30.00"]).await;
    // Search for the column Cost: it is the money column, in any spelling.
    stage.press("/Cost<enter>");
    stage.until(&["column Cost"]).await;
    stage.press("[");
    stage.until(&["sorted by Cost, smallest first"]).await;
    let rows = command(&mut stage, "costscope show").await;
    assert_eq!(rows["shown"], 30);
    assert_eq!(rows["records"][0]["Cost"], "1");
    stage.press("s");
    let list = stage.until(&["Sort by", "ResourceGroup"]).await;
    assert!(!list.contains(" Cost "), "{list}");
    stage.press("<esc>");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn picked_days_replace_picked_days_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let mut stage = stage(&folder, ODD).await;
    stage.press("fdate != 2026-10-01<enter>");
    stage.until(&["date != 2026-10-01", "Σ 3"]).await;
    stage.press("d2026-10<enter>");
    stage.until(&["date >= 2026-10-01 and", "Σ 2"]).await;
    stage.press("d2026-09<enter>");
    stage.until(&["date >= 2026-09-01", "Σ 1"]).await;
    stage.press("dall<enter>");
    let all = stage.until(&["date != 2026-10-01", "Σ 3"]).await;
    assert!(!all.contains("date >="), "{all}");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_column_of_undated_rows_is_sorted_by_and_opened() {
    let folder = TempDir::new().unwrap();
    let text = "Date,ResourceGroup,Cost,Currency\n\
        2026-10-01,rg-a,5,EUR\n,rg-a,1,EUR\n,rg-b,3,EUR\n";
    let source = file(folder.path(), "odd.csv", text).display().to_string();
    let table = document(&run(
        folder.path(),
        &[
            "show",
            &source,
            "--group-by",
            "resource-group",
            "--pivot",
            "month",
            "--sort=-(none)",
            "--format",
            "json",
        ],
    ));
    assert_eq!(table["groups"][0]["keys"][0], "rg-b");
    let mut stage = stage(&folder, text).await;
    stage.press("m");
    stage.until(&["× month", "(none)"]).await;
    stage.press("<right><right><right>]");
    stage.until(&["(none) ↓"]).await;
    stage.press("<down>r");
    stage.until(&["rg-a · (none)", "1 of"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_periods_have_no_others() {
    let folder = TempDir::new().unwrap();
    let mut stage = stage(&folder, ODD).await;
    stage.press("C<enter>");
    stage.until(&["largest difference first"]).await;
    stage.press("o");
    stage
        .until(&["a comparison of periods shows every group"])
        .await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pivot_of_the_largest_has_a_line_of_the_others() {
    let folder = TempDir::new().unwrap();
    let text = "Date,ResourceGroup,Cost,Currency\n\
        2026-09-01,rg-a,5,EUR\n2026-10-01,rg-a,5,EUR\n2026-09-01,rg-b,2,EUR\n2026-10-01,rg-c,1.25,EUR\n2026-10-01,rg-d,1,USD\n";
    let mut stage = stage(&folder, text).await;
    stage.press("o1<enter>");
    stage.until(&["top 1", "3 others"]).await;
    stage.press("m");
    let picture = stage
        .until(&["× month", "2026-09  ", "3 others", "1.00"])
        .await;
    assert!(
        picture.matches("3 others").count() == 2,
        "one line for each currency: {picture}"
    );
    let pivot = command(&mut stage, "costscope show").await;
    assert_eq!(
        pivot["others"][0]["cells"],
        serde_json::json!(["2", "1.25"])
    );
    assert_eq!(pivot["others"][1]["cost"], "1");
    stage.press("<end>+");
    stage
        .until(&["these are several groups; enter lists them"])
        .await;
    stage.press("<enter>");
    stage.until(&["› all groups", "rg-d"]).await;
    stage.press("<bksp>");
    stage.until(&["top 1"]).await;
    stage.quit().await;
}

#[test]
fn every_column_of_an_export_has_a_name_of_its_own() {
    let folder = TempDir::new().unwrap();
    let source = file(folder.path(), "odd.csv", ODD).display().to_string();
    for (keys, total) in [("currency", "7"), ("Rows,currency", "7"), ("Rows", "7")] {
        let target = folder.path().join("odd.parquet").display().to_string();
        let line = ["export", &source, "--group-by", keys, "--to", &target];
        assert_eq!(run(folder.path(), &line).status.code(), Some(0), "{keys}");
        let line = [
            "show",
            &target,
            "--group-by",
            "currency",
            "--format",
            "json",
        ];
        let back = document(&run(folder.path(), &line));
        assert_eq!(back["totals"][0]["currency"], "EUR", "{keys}: {back}");
        assert_eq!(back["totals"][0]["cost"], total, "{keys}: {back}");
    }
    let line = [
        "show",
        &source,
        "--group-by",
        "currency",
        "--top",
        "1",
        "--others",
        "--format",
        "csv",
    ];
    let text = stdout(&run(folder.path(), &line));
    assert_eq!(
        text,
        "currency,cost,rows\nEUR,7,2\n(2 others) USD,7,\n(2 others) -,1,\n"
    );
}

#[test]
fn a_part_is_taken_out_of_a_filter_where_every_row_must_pass_it() {
    let days = "date >= 2026-10-01 and date <= 2026-10-31";
    let cases = [
        (days.to_owned(), None),
        (format!("cost > 1 and ({days})"), Some("cost > 1")),
        (
            format!("cost > 1 and {days} and rows = 2"),
            Some("cost > 1 and rows = 2"),
        ),
        // Only one of the two date tests, or days inside an `or`: both stay.
        ("date >= 2026-10-01".to_owned(), Some("date >= 2026-10-01")),
        (
            format!("({days}) or cost > 1"),
            Some("(date >= 2026-10-01 and date <= 2026-10-31) or cost > 1"),
        ),
    ];
    for (text, left) in cases {
        let filter = parse(&text).unwrap().without(&parse(days).unwrap());
        assert_eq!(filter.map(|f| f.to_string()).as_deref(), left, "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_unfold_in_place_level_by_level() {
    let folder = TempDir::new().unwrap();
    let resource = |group: &str, name: &str| {
        format!(
            "/subscriptions/s/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}"
        )
    };
    let mut text = "Date,ResourceGroup,ResourceId,MeterName,Cost,Currency\n".to_owned();
    for (group, name, meter, cost) in [
        ("rg-a", "vm-1", "D4", "5"),
        ("rg-a", "vm-1", "Disk", "1"),
        ("rg-a", "vm-2", "D4", "3"),
        ("rg-b", "vm-3", "D4", "2"),
    ] {
        text.push_str(&format!(
            "2026-10-01,{group},{},{meter},{cost},EUR\n",
            resource(group, name)
        ));
    }
    for at in 0..60 {
        text.push_str(&format!(
            "2026-10-01,rg-b,{},D4,0.01,EUR\n",
            resource("rg-b", &format!("vm-x{at}"))
        ));
    }
    let mut stage = stage(&folder, &text).await;
    stage.press(" ");
    stage.until(&["▾ rg-a", "  ▸ vm-1", "  ▸ vm-2", "› "]).await;
    stage.press("<down> ");
    insta::assert_snapshot!(
        "unfolded",
        stage.until(&["▾ vm-1", "      D4", "      Disk"]).await
    );
    // Filtering on a nested line uses the key of its level.
    stage.press("<down>+");
    stage.until(&["filter  meter = D4", "63 of 64"]).await;
    stage.press("u<down><down>");
    // Opening the line of the others shows the whole level.
    stage.press("<home><down> ");
    stage.until(&["▾ rg-b", "vm-x1"]).await;
    stage.press("<end>");
    stage.until(&["… 11 others"]).await;
    stage.press("<enter>");
    stage.until(&["› by resource", "Σ 61"]).await;
    stage.press("u<home><down>");
    stage.until(&["rg-b"]).await;
    stage.press(" <down><down><enter>");
    stage.until(&["› vm-x"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_command_names_any_file_and_lists_of_them() {
    use costscope::data::progress::Progress;
    use costscope::ops::context::Opened;
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
    let opened = open_in(&world.session, &Progress::default(), &sources).unwrap();
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
        let opened = Opened {
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
