//! The table view in use: keys go into the real loop, and every view's command gives the same numbers.

use crate::support::bills::BILL_HEADER;
use crate::support::inside::run_inside;
use crate::support::ui_harness::Stage;
use crate::support::ui_steps::command;
use crate::support::{document, file, stdout};
use costscope::domain::query::filter_help::{Wants, help};
use costscope::domain::query::group_key::GroupKey;
use insta::assert_snapshot;
use tempfile::TempDir;

/// Two months of a small bill: web grows by quantity, db by price, old is gone, new appears.
fn bill(folder: &TempDir) -> String {
    let row = |day: &str, group: &str, meter: &str, quantity: &str, cost: &str, tags: &str| {
        format!(
            "{day},{group},/subscriptions/s1/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/vm-{meter},\
             {meter},Usage,{quantity},1 Hour,{cost},EUR,\"{tags}\",\"{{\"\"Cores\"\": 4, \"\"Disk\"\": {{\"\"Kind\"\": \"\"SSD\"\"}}}}\"\n"
        )
    };
    let prod = "\"\"env\"\": \"\"prod\"\", \"\"team\"\": \"\"web\"\"";
    let text = [
        BILL_HEADER.to_owned(),
        row("2026-09-03", "rg-web", "D4", "10", "20", prod),
        row("2026-10-03", "rg-web", "D4", "15", "30", prod),
        row("2026-10-04", "rg-web", "D8", "1", "7.005", prod),
        row(
            "2026-09-05",
            "rg-db",
            "E8",
            "3",
            "30",
            "\"\"env\"\": \"\"dev\"\"",
        ),
        row(
            "2026-10-05",
            "rg-db",
            "E8",
            "3",
            "33.3",
            "\"\"env\"\": \"\"dev\"\"",
        ),
        row("2026-09-06", "rg-old", "A1", "1", "5", ""),
        row(
            "2026-10-07",
            "rg-new",
            "B2",
            "2",
            "0.000000000000000001",
            "",
        ),
    ]
    .concat();
    file(folder.path(), "bill.csv", &text).display().to_string()
}

async fn open(folder: &TempDir) -> Stage {
    let source = bill(folder);
    let mut stage = Stage::open("polls = 0\n", (80, 24), vec![source]).await;
    stage.until(&["rg-web", "Σ 4"]).await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn drilldown_steps_can_be_undone() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder).await;
    stage.press("<down>");
    stage.press("<enter>");
    stage
        .until(&["› rg-web", "vm-D4", "resource ▸ meter"])
        .await;
    stage.press("<enter>");
    stage.until(&["› vm-D4", "group   meter"]).await;
    stage.press("<enter>");
    stage.until(&["not grouped (rows)", "2026-09-03"]).await;
    stage.press("<enter>");
    stage
        .until(&["The row in full", "virtualMachines: vm-D4"])
        .await;
    stage.press("<end>");
    assert_snapshot!(
        "a_row_in_full",
        stage.settled(&["The row in full", "Kind: SSD"]).await
    );
    stage.press("<esc>");
    stage.press("S");
    stage.until(&["Back to", "bill.csv"]).await;
    stage.press("rg-web<enter>");
    stage.until(&["resource ▸ meter", "vm-D8"]).await;
    stage.press("u");
    stage.until(&["not grouped (rows)"]).await;
    stage.press("U");
    stage.until(&["resource ▸ meter", "vm-D8"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_is_a_command_with_the_same_numbers() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder).await;
    let all = command(&mut stage, "costscope show").await;
    assert_eq!(all["groups"][0]["cost"], "63.3");
    assert_eq!(all["of"], 4);
    // `+` filters by the value of the cell, written in the filter language.
    stage.press("<down>+");
    stage.until(&["resource-group = rg-web", "Σ 1"]).await;
    let kept = command(&mut stage, "costscope show").await;
    assert_eq!(kept["filter"], "resource-group = rg-web");
    assert_eq!(kept["totals"][0]["cost"], "57.005");
    stage.press("u-");
    stage.until(&["resource-group != rg-web", "Σ 3"]).await;
    // Two keys side by side, and a column for each month.
    stage.press("gcharge-type<tab><enter>");
    stage.until(&["resource-group, charge-type"]).await;
    stage.press("m<enter>");
    stage.until(&["× month", "2026-09"]).await;
    let pivot = command(&mut stage, "costscope show").await;
    assert_eq!(pivot["pivot"], "month");
    assert_eq!(pivot["columns"], serde_json::json!(["2026-09", "2026-10"]));
    // Sorted by a month, smallest first.
    stage.press("<right><right><right>[");
    stage.until(&["2026-09 ↑"]).await;
    let sorted = command(&mut stage, "costscope show").await;
    assert_eq!(sorted["groups"][0]["cells"][0], "5");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_months_beside_each_other_say_why_they_differ() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder).await;
    stage.press("C");
    stage.until(&["2026-09 2026-10"]).await;
    stage.press("<enter>");
    assert_snapshot!(
        "two_months",
        stage
            .settled(&["largest difference first", "+17.00", "Σ 4", "EUR by day"])
            .await
    );
    let change = command(&mut stage, "costscope change").await;
    let total = &change["currencies"][0];
    assert_eq!(total["before"], "55");
    assert_eq!(total["after"], "70.305000000000000001");
    assert_eq!(total["new"], "7.005000000000000001");
    assert_eq!(total["gone"], "-5");
    assert_eq!(total["quantity"], "10");
    assert_eq!(total["price"], "3.3");
    assert_eq!(total["difference"], "15.305000000000000001");
    // Copying exports every row as well.
    stage.press("y");
    stage.press("view as TSV<enter>");
    let copied = stage.copied("resource-group\tcurrency\tbefore").await;
    assert!(copied.contains("rg-old\tEUR\t5\t0\t-5\t0\t-5"), "{copied}");
    let target = folder.path().join("change.json").display().to_string();
    stage.press("e<ctrl-u>");
    stage.press(&target);
    stage.press("<enter>");
    stage.until(&["lines,", "scp"]).await;
    let text = std::fs::read_to_string(&target).unwrap();
    let written: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(written["currencies"][0]["price"], "3.3");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_filter_is_completed_from_the_data_and_counted_while_it_is_typed() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder).await;
    stage.press("ftag:e");
    stage.until(&["tag:env", "tab accept"]).await;
    stage.press("<tab>");
    stage.press("= ");
    stage.until(&["› dev", "prod"]).await;
    stage.press("<down><tab>");
    assert_snapshot!(
        "filter_completed",
        stage
            .settled(&["tag:env = prod", "3 of 7 rows", "› and", "EUR by day"])
            .await
    );
    stage.press("<enter>");
    stage.until(&["tag:env = prod", "Σ 1"]).await;
    // An empty filter bar offers the history.
    stage.press("f<ctrl-u>");
    stage.until(&["› tag:env = prod"]).await;
    stage.press("<esc>");
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn facets_search_top_and_pictures() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder).await;
    stage.press("F");
    stage.until(&["tick values", "rg-db", "63.30 EUR"]).await;
    stage.press("<tab><down><tab><enter>");
    stage
        .until(&["resource-group in (rg-db, rg-web)", "Σ 2"])
        .await;
    stage.press("u/old<enter>");
    stage.until(&["`old` in line 3", "› rg-old"]).await;
    stage.press("o");
    stage.press("2<enter>");
    stage.until(&["top 2", "… 2 others", "5.00"]).await;
    stage.press("<end><enter>");
    stage.until(&["rg-new"]).await;
    stage.press("vVVVV");
    assert_snapshot!(
        "days",
        stage.settled(&["by day, EUR", "Sep 3", "days"]).await
    );
    stage.press("p");
    let hidden = stage.until(&["names and ids are hidden"]).await;
    assert!(
        !hidden.contains("rg-web") && !hidden.contains("57.0"),
        "{hidden}"
    );
    stage.press("pvVV");
    stage.until(&["rg-web"]).await;
    stage.press("y");
    stage.press("view as TSV<enter>");
    let copied = stage.copied("resource-group\tcost").await;
    assert!(
        copied.contains("rg-new\t0.000000000000000001\tEUR\t1\n"),
        "{copied}"
    );
    stage.quit().await;
}

#[test]
fn filter_help_offers_the_next_words() {
    let env = || GroupKey::Tag("env".to_owned());
    let cases = [
        ("", 0, "", Wants::Field),
        ("cha", 0, "cha", Wants::Field),
        ("charge-type ", 12, "", Wants::Operator),
        ("tag:env = pr", 10, "pr", Wants::Value(env())),
        ("tag:env in (a, b", 15, "b", Wants::Value(env())),
        ("tag:env = prod ", 15, "", Wants::Joint),
        ("tag:env is missing a", 19, "a", Wants::Joint),
        ("cost > 10 and no", 14, "no", Wants::Field),
        (
            "not (service ~ \"stor",
            15,
            "stor",
            Wants::Value(GroupKey::parse("service").unwrap()),
        ),
    ];
    for (text, from, word, wants) in cases {
        let found = help(text);
        assert_eq!((found.from, found.word.as_str()), (from, word), "{text}");
        assert_eq!(found.wants, wants, "{text}");
    }
}

#[test]
fn the_command_line_sorts_by_several_keys_and_shows_the_running_share() {
    let folder = TempDir::new().unwrap();
    let bill = bill(&folder);
    let line = [
        "show",
        &bill,
        "--group-by",
        "resource-group",
        "--sort",
        "rows,resource-group",
    ];
    let table = document(&run_inside(
        folder.path(),
        &[
            line.as_slice(),
            &["--columns", "running", "--format", "json"],
        ]
        .concat(),
    ));
    let keys: Vec<&str> = table["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["keys"][0].as_str().unwrap())
        .collect();
    assert_eq!(keys, ["rg-web", "rg-db", "rg-new", "rg-old"]);
    assert_eq!(table["groups"][3]["running"], "100.0");
    let wrong = run_inside(folder.path(), &["change", &bill]);
    assert_eq!(wrong.status.code(), Some(2));
    let change = [
        "change",
        &bill,
        "--before-days",
        "2026-09",
        "--after-days",
        "2026-10",
        "--group-by",
        "tag:env",
    ];
    // In a printed table the months have names. Amounts have every digit there, too.
    let table = stdout(&run_inside(folder.path(), &change));
    for words in [
        "percent",
        "EUR: 2026-09 55 · 2026-10 70.305000000000000001 · difference 15.305000000000000001 (+27.8%) = ",
        "quantity 10 · price 3.3",
    ] {
        assert!(table.contains(words), "{words}: {table}");
    }
    let exact = stdout(&run_inside(
        folder.path(),
        &[&change[..], &["--format", "csv"]].concat(),
    ));
    assert!(exact.contains(",before,after,difference,new"), "{exact}");
    assert!(exact.contains("0.000000000000000001"), "{exact}");
}

#[test]
fn terminals_without_unicode_and_screen_readers_get_letters_only() {
    use costscope::tui::app::Model;
    use costscope::tui::shell::SignInPlace;
    use costscope::tui::theme::{Glyphs, Theme};
    use ratatui::{Terminal, backend::TestBackend};
    let place = SignInPlace {
        demo: true,
        identity: costscope::azure::credential::Identity::default(),
        origin: "demo".to_owned(),
    };
    let now = "2026-11-22T10:00:00Z".parse().unwrap();
    let mut model = Model::new(place, (80, 24), now);
    let help = costscope::tui::key::Key::Char('?');
    costscope::tui::app::update::update(&mut model, costscope::tui::message::Message::Key(help));
    let text = |glyphs| {
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        let theme = Theme {
            glyphs,
            ..Theme::new(false)
        };
        let draw = |frame: &mut ratatui::Frame<'_>| {
            costscope::tui::app::draw::screen(frame, &model, &theme);
        };
        terminal.draw(draw).unwrap();
        terminal.backend().to_string()
    };
    assert!(text(Glyphs::Unicode).contains('┌'));
    assert!(text(Glyphs::Ascii).contains("+ Help "));
    assert!(text(Glyphs::Ascii).is_ascii(), "{}", text(Glyphs::Ascii));
    let plain = text(Glyphs::Plain);
    assert!(!plain.contains(['┌', '─', '│', '█']), "{plain}");
    let said = |value: &str| Some(value.to_owned());
    let cases = [
        ([None, None, None], Glyphs::Unicode),
        ([said("C"), None, said("de_DE.UTF-8")], Glyphs::Ascii),
        ([said(""), None, said("de_DE.utf8")], Glyphs::Unicode),
        ([None, said("POSIX"), None], Glyphs::Ascii),
    ];
    for (values, glyphs) in cases {
        assert_eq!(Glyphs::of_locale(values), glyphs);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filter_without_rows_names_the_closest_values() {
    let folder = TempDir::new().unwrap();
    let mut stage = open(&folder).await;
    stage.press("fresource-group = rg-wbe<enter>");
    stage
        .until(&["no row matches the filter", "the closest are", "rg-web"])
        .await;
    stage.quit().await;
}
