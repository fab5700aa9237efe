//! Where costs in USD leave something out: it is named on every way that leads to them.

use crate::support::hostile::fetch;
use crate::support::inside::run_inside;
use crate::support::pair_files::{example, written};
use crate::support::ui_harness::Stage;
use crate::support::ui_steps::{apply_view, save_view};
use crate::support::{World, document, file, october_of, run, stderr};
use costscope::data::progress::Progress;
use costscope::domain::metric::Metric;
use costscope::domain::period::{Month, Period};
use costscope::domain::query::money_column::MoneyColumn;
use costscope::domain::query::saved_view::SavedView;
use costscope::ops::explore::open::open_in;
use costscope::ops::money::put_on;
use costscope::ops::orders::order_spec::OrderSpec;
use costscope::ops::overview::sources::OverviewSources;
use costscope::store::views::ViewFolder;
use std::path::Path;
use tempfile::TempDir;

const HEADER: &str =
    "date,billingCurrency,costInBillingCurrency,costInUsd,meterCategory,resourceGroupName\n";

/// October in two billing currencies. The costs in GBP have no amount in USD.
const OCTOBER: &str = "2026-10-01,EUR,10,11,Storage,rg-a\n2026-10-02,GBP,2,,Storage,rg-a\n";

const SEPTEMBER: &str = "2026-09-01,EUR,5,5.5,Storage,rg-a\n2026-09-02,EUR,3,,Storage,rg-a\n";

/// FOCUS, with an amortized cost that has no amount in USD.
const FOCUS: &str = concat!(
    "ChargePeriodStart,BilledCost,EffectiveCost,BillingCurrency,ServiceName,ChargeCategory,CommitmentDiscountId,",
    "CommitmentDiscountStatus,CommitmentDiscountType,x_BilledCostInUsd,x_EffectiveCostInUsd\n",
    "2026-10-01,100,0,EUR,Virtual Machines,Purchase,r-1,,Reservation,110,0\n",
    "2026-10-01,0,60.5,EUR,Virtual Machines,Usage,r-1,Used,Reservation,0,66.55\n",
    "2026-10-02,0,39.5,EUR,Virtual Machines,Usage,r-1,Unused,Reservation,0,\n",
);

const LOST: &str = "1 row with a cost but no amount in USD";

fn bill(folder: &Path, name: &str, rows: &str) -> String {
    let path = file(folder, name, format!("{HEADER}{rows}"));
    path.display().to_string()
}

/// The text that a command prints to stderr.
fn told(folder: &Path, words: &[&str]) -> String {
    stderr(&run_inside(folder, words))
}

fn in_usd() -> SavedView {
    SavedView {
        group_by: vec!["service".to_owned()],
        money: Some("usd".to_owned()),
        ..SavedView::default()
    }
}

#[test]
fn amortized_costs_without_an_amount_in_usd_are_named() {
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), "focus.csv", FOCUS);
    let path = path.to_str().unwrap();
    let said = format!("amortized: {LOST}: 39.5 EUR is missing from every total");
    for command in ["show", "compare", "overview"] {
        let usd = told(folder.path(), &[command, path, "--money", "usd"]);
        assert_eq!(usd.matches(&said).count(), 1, "{command}: {usd}");
        assert_eq!(usd.matches(LOST).count(), 1, "{command}: {usd}");
        let billed = told(folder.path(), &[command, path]);
        assert!(!billed.contains("USD"), "{command}: {billed}");
    }
}

#[test]
fn commands_that_count_nothing_refuse_the_money() {
    let folder = TempDir::new().unwrap();
    let commands: [&[&str]; 8] = [
        &["ledger", "list"],
        &["jobs", "list"],
        &["scopes"],
        &["doctor"],
        &["exports", "list", "--scope", "8608480"],
        &["config", "show"],
        &["help", "keys"],
        &["completions", "bash"],
    ];
    for words in commands {
        let asked = run(folder.path(), &[words, &["--money", "usd"]].concat());
        assert_eq!(asked.status.code(), Some(2), "{words:?}");
        let said = stderr(&asked);
        let why = "this command does not count in USD; leave out --money";
        assert!(said.contains(why), "{words:?}: {said}");
    }
}

#[test]
fn two_columns_in_usd_are_refused_in_usd_only() {
    let folder = TempDir::new().unwrap();
    for second in ["cost_in_usd", "costInUsd", "CostInUSD"] {
        let header = HEADER.trim_end();
        let text = format!("{header},{second}\n2026-10-01,EUR,10,11,Storage,rg-a,12\n");
        let path = file(folder.path(), "twice.csv", text);
        let path = path.to_str().unwrap();
        let billed = run_inside(folder.path(), &["show", path]);
        assert_eq!(billed.status.code(), Some(0), "{}", stderr(&billed));
        let usd = run_inside(folder.path(), &["show", path, "--money", "usd"]);
        assert_eq!(usd.status.code(), Some(1), "{second}");
        let said = stderr(&usd);
        assert!(said.contains("costInUsd appears twice"), "{said}");
    }
}

#[test]
fn a_file_without_rows_is_read_in_usd() {
    let folder = TempDir::new().unwrap();
    let full = bill(folder.path(), "full.csv", OCTOBER);
    for header in [
        HEADER,
        "Date,CostInBillingCurrency,BillingCurrencyCode,ResourceGroup\n",
    ] {
        let empty = file(folder.path(), "empty.csv", header);
        let empty = empty.to_str().unwrap();
        for engine in ["own", "polars"] {
            for sources in [vec![empty], vec![full.as_str(), empty]] {
                let show = [&["show"], &sources[..], &["--engine", engine]].concat();
                let billed = run_inside(folder.path(), &show);
                let usd = run_inside(folder.path(), &[&show[..], &["--money", "usd"]].concat());
                assert_eq!(billed.status.code(), usd.status.code(), "{}", stderr(&usd));
                assert!(!stderr(&usd).contains("no cost in USD"), "{}", stderr(&usd));
            }
        }
    }
}

#[test]
fn a_statement_in_usd_adds_one_currency() {
    let folder = TempDir::new().unwrap();
    let path = bill(folder.path(), "mca.csv", OCTOBER);
    let before = bill(folder.path(), "before.csv", SEPTEMBER);
    let sum = ["sql", "SELECT SUM(cost) AS c FROM costs", &path];
    let mixed = "as if they were one currency";
    let billed = told(folder.path(), &sum);
    assert!(billed.contains(mixed), "{billed}");
    let usd = told(folder.path(), &[&sum[..], &["--money", "usd"]].concat());
    assert!(!usd.contains(mixed), "{usd}");
    // A printed statement does not carry the money.
    let hint = "only if it is run with --money usd";
    for words in [
        vec!["show", &path, "--group-by", "service"],
        vec!["change", &before, &path, "--group-by", "service"],
    ] {
        let print = [&words[..], &["--print-sql", "polars"]].concat();
        let billed = told(folder.path(), &print);
        assert!(!billed.contains(hint), "{billed}");
        let usd = run_inside(folder.path(), &[&print[..], &["--money", "usd"]].concat());
        assert_eq!(usd.status.code(), Some(0), "{}", stderr(&usd));
        assert!(stderr(&usd).contains(hint), "{}", stderr(&usd));
    }
}

#[test]
fn the_month_before_names_its_costs_without_an_amount_in_usd() {
    let folder = TempDir::new().unwrap();
    let october = bill(folder.path(), "october.csv", OCTOBER);
    let september = bill(folder.path(), "september.csv", SEPTEMBER);
    let line = ["overview", &october, "--before", &september];
    let usd = [&line[..], &["--money", "usd", "--format", "json"]].concat();
    let found = document(&run_inside(folder.path(), &usd));
    let notes = found["notes"].to_string();
    let own = format!("\"{LOST}: 2 GBP is missing");
    let before = format!("\"the month before: {LOST}: 3 EUR is missing");
    assert!(notes.contains(&own) && notes.contains(&before), "{notes}");
    assert_eq!(notes.matches(LOST).count(), 2, "{notes}");
    let billed = told(folder.path(), &line);
    assert!(!billed.contains("USD"), "{billed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_month_before_without_usd_is_not_compared() {
    let world = World::new("").await;
    let mut keys = Vec::new();
    for month in ["2026-09", "2026-10"] {
        let order = OrderSpec {
            period: Period::Dates(Month::parse(month).unwrap().range()),
            ..october_of("8608480")
        };
        let (outcome, _) = fetch(&world.session, &order, Metric::Actual).await;
        keys.push(outcome.key().unwrap().as_str().to_owned());
    }
    let open = |names: &[String]| open_in(&world.session, (&Progress::default(), None), names);
    let mut opened = open(&keys[1..]).unwrap();
    // The account has moved, and its newer report has costs in USD.
    let path = bill(world.folder.path(), "moved.csv", OCTOBER);
    opened.data = put_on(&open(&[path]).unwrap().data, MoneyColumn::Usd).unwrap();
    let mut sources = OverviewSources::of(opened, None);
    let today = "2026-11-22".parse().unwrap();
    let mut again = open;
    let ledger = Some(world.session.ledger());
    let frame = sources.frame(ledger, today, &mut again).unwrap();
    assert!(frame.before.is_none());
    let notes = sources.notes(today).unwrap();
    let said = "not compared with the month before: ";
    let note = notes.iter().find(|note| note.starts_with(said));
    let note = note.unwrap_or_else(|| panic!("{notes:?}"));
    assert!(note.contains("there is no cost in USD"), "{note}");
    // The costs that are left out were not counted at opening.
    assert!(notes.iter().any(|note| note.starts_with(LOST)), "{notes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_on_usd_are_apart_from_the_others() {
    let world = World::new("").await;
    let path = bill(world.folder.path(), "mca.csv", OCTOBER);
    let mut opened = open_in(&world.session, (&Progress::default(), None), &[path]).unwrap();
    assert_eq!(opened.without_usd, None);
    opened.notes = vec!["one file is empty".to_owned()];
    opened.without_usd = Some(vec![LOST.to_owned()]);
    assert_eq!(opened.noted(), ["one file is empty"]);
    opened.data = put_on(&opened.data, MoneyColumn::Usd).unwrap();
    assert_eq!(opened.noted(), ["one file is empty", LOST]);
    opened.data = put_on(&opened.data, MoneyColumn::Billing).unwrap();
    assert_eq!(opened.noted(), ["one file is empty"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_view_in_usd_names_what_it_leaves_out() {
    let folder = TempDir::new().unwrap();
    let text = format!("{HEADER}{OCTOBER}");
    let mut stage = Stage::on_file(folder.path(), "mca.csv", &text).await;
    stage.until(&["rg-a", "EUR", "GBP", "Σ"]).await;
    save_view(&stage, "dollars", &in_usd());
    apply_view(&mut stage, "dollars").await;
    stage.until(&["11.00 USD", LOST]).await;
    // A statement keeps the money that it was answered in.
    stage.press(":<ctrl-u>SELECT SUM(cost) AS total FROM costs<enter>");
    stage.until(&["total", "11", "Σ 1 line"]).await;
    stage.press("weverything<enter>");
    stage.until(&["`everything` saved in"]).await;
    let views = ViewFolder::new(stage.folder.path()).list().unwrap();
    let kept = views.iter().find(|(name, _)| name == "everything").unwrap();
    let kept = kept.1.as_ref().unwrap();
    assert_eq!(kept.money.as_deref(), Some("usd"));
    stage.press("<bksp>");
    stage.until(&["11.00 USD"]).await;
    stage.press("$");
    stage.until(&["billing currencies", "GBP"]).await;
    apply_view(&mut stage, "everything").await;
    stage.until(&["Σ 1 line", LOST]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_keeps_and_applies_the_money_of_a_view() {
    let folder = TempDir::new().unwrap();
    let mut stage = Stage::on_file(folder.path(), "focus.csv", FOCUS).await;
    stage.until(&["EUR", "Σ"]).await;
    stage.press("x");
    stage.until(&["[5 Compare]", "100.00"]).await;
    save_view(&stage, "dollars", &in_usd());
    apply_view(&mut stage, "dollars").await;
    stage
        .until(&["by service", "110.00", "66.55", "1 more)"])
        .await;
    stage.press("t");
    stage.until(&[&format!("amortized: {LOST}")]).await;
    stage.press("<esc>");
    stage.press("wboth in dollars<enter>");
    stage.until(&["`both in dollars` saved in"]).await;
    let views = ViewFolder::new(stage.folder.path()).list().unwrap();
    let mut kept = views.iter().filter(|(name, _)| name == "both in dollars");
    let kept = kept.next().unwrap().1.as_ref().unwrap();
    assert_eq!(kept.money.as_deref(), Some("usd"));
    // It is one change, which is undone as one.
    stage.press("u");
    stage.until(&["by resource-group", "100.00"]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_without_usd_leaves_the_money_of_a_view_out() {
    let folder = TempDir::new().unwrap();
    let (actual, amortized) = example(31);
    let (first, second) = written(folder.path(), &actual, &amortized);
    let mut stage = Stage::open("polls = 0\n", (80, 24), vec![first, second]).await;
    stage.until(&["[5 Compare]", "rg-web", "Σ 2 groups"]).await;
    save_view(&stage, "dollars", &in_usd());
    apply_view(&mut stage, "dollars").await;
    stage
        .until(&["by service", "`dollars` applied; left out: money usd"])
        .await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_opened_in_usd_names_what_it_leaves_out() {
    let folder = TempDir::new().unwrap();
    let mut stage = Stage::on_file(folder.path(), "focus.csv", FOCUS).await;
    stage.until(&["EUR", "Σ"]).await;
    stage.press("$");
    stage.until(&["in USD", LOST]).await;
    stage.press("x");
    stage.until(&["[5 Compare]", "110.00", "1 more)"]).await;
    stage.press("t");
    stage.until(&[&format!("amortized: {LOST}")]).await;
    stage.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_quality_report_says_that_its_sums_are_as_billed() {
    let folder = TempDir::new().unwrap();
    let mut stage = Stage::on_file(folder.path(), "focus.csv", FOCUS).await;
    stage.until(&["EUR", "Σ"]).await;
    stage.press("t");
    let billed = stage.until(&["100 EUR: the sums over"]).await;
    assert!(!billed.contains("as billed"), "{billed}");
    stage.press("<esc>$");
    stage.until(&["in USD", LOST]).await;
    stage.press("t");
    stage.until(&["100 EUR as billed, not in USD: "]).await;
    stage.quit().await;
}
