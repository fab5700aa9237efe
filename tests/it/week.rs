//! A week of a cost engineer by keys, in the real loop: each day ends with an exact amount.

use crate::support::planted_bill::planted_bill;
use crate::support::ui_harness::Stage;
use crate::support::ui_steps::{SMALL, command, command_in, demo};
use tempfile::TempDir;

/// October of the subscription, actual and amortized, and September.
const OCTOBER: &str = "3307.07931147";
const SEPTEMBER: &str = "3210.0451236404";
const BOTH_MONTHS: &str = "6517.1244351104";
const UNTAGGED: &str = "272.8397544743";

/// The keys of each screen that the week presses, as the page of keys names them.
const KEYS: [(&str, &[&str]); 7] = [
    ("Scopes", &["/", "enter"]),
    ("Order", &["enter", "tab", "right"]),
    ("Jobs", &["enter", "x"]),
    (
        "Table",
        &[
            "enter", "g", "x", "C", "e", "+", "m", "r", "Y", "u", "w", "W", "*",
        ],
    ),
    ("Findings", &["enter", "Y"]),
    ("Compare", &["c", "w", "W", "Y"]),
    ("Everywhere", &["home", "down", "0", "1", "3", "4", "O"]),
];

#[test]
fn the_keys_of_the_week_are_on_the_page_of_keys() {
    let page = include_str!("../../assets/manual/keys.md");
    for (screen, keys) in KEYS {
        let mut sections = page.split("\n## ");
        let section = sections.find(|section| section.starts_with(screen));
        let section = section.unwrap_or_else(|| panic!("no section {screen}"));
        for key in keys {
            assert!(section.contains(&format!("`{key}`")), "{screen}: {key}");
        }
    }
}

/// Orders last month, actual and amortized, and reads both.
async fn monday(stage: &mut Stage) {
    stage.until(&["16 of 16"]).await;
    stage.press("/prod-data");
    stage.until(&["/ prod-data", "1 of"]).await;
    stage.press("<enter><enter>");
    stage.until(&["[2 Order]", "= 2 reports"]).await;
    stage.press("<enter>");
    stage.pass_until(&["2 of 2 reports ready"]).await;
    stage.press("<home>x");
    stage
        .until(&[
            "[5 Compare]",
            "benefit used",
            "Σ 5 groups   3,307.08 → 3,725.54 USD, +418.46 (+12.7%)",
        ])
        .await;
    stage.press("0");
    stage
        .until(&[
            "[0 Overview]",
            "3,307.08 USD",
            "rg-web                       2,020.60",
            "without tag:env: 272.84, 8.3%",
            "actual 3,307.08, amortized 3,725.54",
        ])
        .await;
}

/// Finds why a group jumped in the files of another team: the finding, its proof, the day, the rows.
async fn tuesday(stage: &mut Stage, files: &TempDir) {
    let bill = planted_bill(files.path());
    let sources = format!("{},{}", bill.before, bill.now);
    stage.press(&format!("O<ctrl-u>{sources}<enter>"));
    stage.until(&["[4 Table]", "rg-b", "Σ 3 groups"]).await;
    stage.press("*");
    stage.until(&["Findings", "240.00 EUR", "12 of 12"]).await;
    stage.press("<down>");
    stage.until(&["other Fridays", "(median"]).await;
    let proof = command(stage, "costscope show").await;
    assert_eq!(proof["totals"][0]["cost"], "317");
    stage.press("<enter>");
    stage
        .until(&["[4 Table]", "2026-10-23", "255.40", "317.00 EUR"])
        .await;
    stage.press("<down><down><down><enter>");
    stage.until(&["› 2026-10-23", "› rg-b", "255.40 EUR"]).await;
    stage.press("r");
    stage
        .until(&["not grouped (rows)", "disk-c", "240.00", "Σ 4 rows"])
        .await;
    let rows = command(stage, "costscope show").await;
    assert_eq!(rows["rows"], 4);
    assert_eq!(rows["records"][0]["CostInBillingCurrency"], "240");
}

/// Lists the money without a tag by owner, and sends it as a CSV file.
async fn wednesday(stage: &mut Stage) {
    stage.press("3");
    stage.until(&["[3 Jobs]", "2 of 2 reports ready"]).await;
    stage.press("<home><down><enter>");
    stage
        .until(&["[4 Table]", "· actual · 2026-10", "3,307.08 USD"])
        .await;
    stage.press("gtag:env<enter>");
    stage.until(&["› dev", "(none)", "Σ 6 groups"]).await;
    stage.press("<down><down><down>+");
    stage.until(&["tag:env is missing", "Σ 1 group "]).await;
    stage.press("gAccountOwnerId<enter>");
    stage
        .until(&["data@contoso.example", "272.84 USD", "124"])
        .await;
    let path = stage.folder.path().join("untagged.csv");
    stage.press(&format!("e<ctrl-u>{}<enter>", path.display()));
    stage.until(&["1 line, "]).await;
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let line = format!("\"data@contoso.example\",{UNTAGGED},\"USD\",124");
    assert_eq!(
        lines,
        ["\"AccountOwnerId\",\"cost\",\"currency\",\"rows\"", &*line]
    );
    let folder = stage.folder.path().to_owned();
    let found = command_in(stage, "costscope show", &folder).await;
    assert_eq!(found["totals"][0]["cost"], UNTAGGED);
    stage.press("uuu");
    stage.until(&["filter  none", "rg-web", "Σ 5 groups"]).await;
}

/// Compares actual with amortized in chosen columns, then October with September, and keeps both views.
async fn thursday(stage: &mut Stage) {
    stage.press("x");
    stage
        .until(&["[5 Compare]", "rg-platform", "+418.46 (+12.7%)"])
        .await;
    stage.press("c");
    stage.until(&["Columns after the keys"]).await;
    stage.press("cause<tab>bar<tab><enter>");
    stage.until(&["rg-platform", "+254.02", "+47.3%"]).await;
    stage.press("wpercent<enter>");
    stage.until(&["`percent` saved in"]).await;
    // September is not in the ledger yet.
    stage.press("1<enter>");
    stage.until(&["[2 Order]", "= 2 reports"]).await;
    stage.press("<tab><right><right>");
    stage.until(&["3 months x 2 metrics = 6 reports"]).await;
    stage.press("<enter>");
    stage.pass_until(&["6 of 6 reports ready"]).await;
    stage.press("4");
    stage.until(&["[4 Table]", "rg-web", "Σ 5 groups"]).await;
    stage.press("C");
    stage.until(&["2026-09 2026-10"]).await;
    stage.press("<enter>");
    stage
        .until(&[
            "rg-web",
            "+58.90",
            "3,210.05 → 3,307.08 USD, +97.03 (+3.0%)",
        ])
        .await;
    let folder = stage.folder.path().to_owned();
    let change = command_in(stage, "costscope change", &folder).await;
    assert_eq!(change["currencies"][0]["before"], SEPTEMBER);
    assert_eq!(change["currencies"][0]["after"], OCTOBER);
    stage.press("m");
    stage.until(&["Pivot: a column"]).await;
    stage.press("month<enter>");
    stage
        .until(&[
            "× month",
            "no longer 2026-09 against 2026-10",
            "1,961.70",
            "6,517.12",
        ])
        .await;
    let pivot = command_in(stage, "costscope show", &folder).await;
    assert_eq!(pivot["pivot"], "month");
    assert_eq!(pivot["totals"][0]["cost"], BOTH_MONTHS);
    stage.press("wtwo months<enter>");
    stage.until(&["`two months` saved in"]).await;
}

/// After a restart: the orders of the week, the money of the ledger, and the saved views.
async fn friday(stage: &mut Stage) {
    stage.until(&["16 of 16"]).await;
    stage.press("3");
    stage
        .until(&["6 earlier", "actual 2026-10", "amortized 2026-09"])
        .await;
    stage.press("4");
    stage
        .until(&[
            "6 reports",
            "3,307.08 USD",
            "3,725.54 USD",
            "3,210.05 USD",
            "+3.0%",
        ])
        .await;
    stage.press("<home><enter>");
    stage
        .until(&["[4 Table]", "· actual · 2026-10", "3,307.08"])
        .await;
    stage.press("gservice<enter>");
    stage.until(&["Log Analytics", "1,544.97"]).await;
    stage.press("W");
    stage.until(&["Saved views", "two months"]).await;
    stage.press("two months<enter>");
    stage.until(&["× month", "rg-web", "3,307.08"]).await;
    let folder = stage.folder.path().to_owned();
    let shown = command_in(stage, "costscope show", &folder).await;
    assert_eq!(shown["pivot"], "month");
    assert_eq!(shown["totals"][0]["cost"], OCTOBER);
    stage.press("x");
    stage.until(&["[5 Compare]", "rg-platform", "%"]).await;
    stage.press("W");
    stage.until(&["Saved views", "percent"]).await;
    stage.press("percent<enter>");
    stage.until(&["rg-platform", "+47.3%", "+418.46"]).await;
    let compared = command_in(stage, "costscope compare", &folder).await;
    assert_eq!(compared["groups"][0]["keys"][0], "rg-platform");
    assert_eq!(compared["groups"][0]["difference"], "254.016");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_week_of_a_cost_engineer_goes_by_keys() {
    let files = TempDir::new().unwrap();
    let mut stage = demo("polls = 1\nretry-after = 1\n").await;
    monday(&mut stage).await;
    tuesday(&mut stage, &files).await;
    wednesday(&mut stage).await;
    thursday(&mut stage).await;
    let (emulator, folder) = stage.leave().await;
    let mut stage = Stage::on(emulator, folder, SMALL);
    friday(&mut stage).await;
    stage.quit().await;
}
