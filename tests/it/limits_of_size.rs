//! Sizes that nobody should notice: a hundred jobs at once, a ledger of 5,000 reports, 10,000 subscriptions.
//!
//! The limits are those of a release build on an idle machine; `cargo bench -- limits` measures them there. Here they only
//! catch work that grows with the square of the size.

use crate::support::hostile::fetch;
use crate::support::many::{ScopesScreen, reports, subscriptions};
use crate::support::{World, document, october_of, run, stderr};
use chrono::{Days, NaiveDate};
use costscope::domain::metric::Metric;
use costscope::domain::period::{DateRange, Period};
use costscope::ops::orders::jobs;
use costscope::ops::orders::order_spec::OrderSpec;
use costscope::store::ledger::Ledger;
use costscope::store::ledger::commit::ReportCommit;
use costscope::tui::key::Key;
use futures_util::future::join_all;
use rustix::time::{ClockId, clock_gettime};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// From the start of the program to its answer.
const START: Duration = Duration::from_millis(200);
/// From the list to the first screen with it.
const FIRST_PAINT: Duration = Duration::from_millis(200);
/// From a key to its screen.
const FRAME: Duration = Duration::from_millis(16);

/// Runs `work` and returns its result with the CPU time of this thread. Other load on the machine does not count.
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap();
    let begun = now();
    let given = work();
    (given, now().saturating_sub(begun))
}

/// Prints a time and compares it with its limit, which is wider for slow builds.
fn check_time(what: &str, took: Duration, limit: Duration) {
    let factor = if cfg!(debug_assertions) { 30 } else { 4 };
    println!(
        "{what}: {:.1} ms, {} ms in a release build",
        took.as_secs_f64() * 1e3,
        limit.as_millis()
    );
    assert!(took < limit * factor, "{what} took {took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_jobs_at_once_are_each_ordered_once_and_stored() {
    let world = World::new("polls = 1\nretry-after = 1\n").await;
    let first = NaiveDate::from_ymd_opt(2026, 9, 1).unwrap();
    let wanted: Vec<(OrderSpec, Metric)> = (0..50)
        .map(|day| first.checked_add_days(Days::new(day)).unwrap())
        .flat_map(|day| {
            let order = OrderSpec {
                period: Period::Dates(DateRange { from: day, to: day }),
                ..october_of("8608480")
            };
            [Metric::Actual, Metric::Amortized].map(|metric| (order.clone(), metric))
        })
        .collect();
    assert_eq!(wanted.len(), 100);
    let begun = Instant::now();
    let jobs_at_once = wanted
        .iter()
        .map(|(order, metric)| fetch(&world.session, order, *metric));
    let outcomes = join_all(jobs_at_once).await;
    println!("100 jobs: {} ms", begun.elapsed().as_millis());
    let mut keys = BTreeSet::new();
    for (outcome, _) in &outcomes {
        assert_eq!(outcome.status(), "ready", "{:?}", outcome.why());
        keys.insert(outcome.key().unwrap().clone());
    }
    assert_eq!(keys.len(), 100);
    let record = world.emulator.record();
    let posts = record
        .requests
        .iter()
        .filter(|line| line.starts_with("POST"));
    assert_eq!(posts.count(), 100);
    assert_eq!((record.early_polls, record.leaked_tokens), (0, 0));
    let listing = world.session.ledger().list().unwrap();
    let stored: BTreeSet<_> = listing.entries.keys().cloned().collect();
    assert_eq!(stored, keys);
    assert!(listing.damaged.is_empty(), "{:?}", listing.damaged);
    assert!(jobs::list(&world.session).unwrap().0.is_empty());
}

#[test]
fn a_ledger_of_5000_reports_is_listed_in_time() {
    let folder = TempDir::new().unwrap();
    reports(folder.path(), 5_000);
    let (listing, took) = timed(|| Ledger::open(folder.path()).unwrap().list().unwrap());
    check_time("a list of 5,000 reports", took, START);
    assert!(listing.damaged.is_empty(), "{}", listing.damaged[0]);
    assert_eq!(listing.entries.len(), 5_000);
    // Others may hold the processor for a while: the shortest of three counts.
    let starts = [(); 3].map(|()| {
        let begun = Instant::now();
        let output = run(folder.path(), &["ledger", "list", "--format", "json"]);
        (begun.elapsed(), output)
    });
    let (took, output) = starts.into_iter().min_by_key(|(took, _)| *took).unwrap();
    check_time("a start with 5,000 reports", took, START);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let found = document(&output)["reports"].as_array().unwrap().len();
    assert_eq!(found, 5_000);
    // One of them is as quick to open as it is alone, and its table is whole.
    let (key, entry) = listing.entries.iter().nth(2_500).unwrap();
    let shown = run(
        folder.path(),
        &[
            "show",
            key.as_str(),
            "--group-by",
            "month",
            "--format",
            "json",
        ],
    );
    assert_eq!(shown.status.code(), Some(0), "{}", stderr(&shown));
    assert_eq!(document(&shown)["rows"], entry.rows);
}

#[test]
fn a_report_is_stored_without_reading_5000_others() {
    let folder = TempDir::new().unwrap();
    reports(folder.path(), 5_000);
    let ledger = Ledger::open(folder.path()).unwrap();
    let (listing, listed) = timed(|| ledger.list().unwrap());
    let (key, entry) = listing.entries.iter().nth(2_500).unwrap();
    let commit = ReportCommit::begin(&ledger, key).unwrap();
    let stored = ledger.root().join(key.as_str()).join("part-0.parquet");
    std::fs::copy(stored, commit.part(0)).unwrap();
    let ((), took) = timed(|| commit.finish(entry).unwrap());
    assert!(took < listed / 2, "{took:?}, a list takes {listed:?}");
    assert_eq!(ledger.find(key).unwrap().as_ref(), Some(entry));
}

#[test]
fn ten_thousand_subscriptions_are_painted_and_searched_in_time() {
    let found = subscriptions(10_000);
    let (mut screen, took) = timed(|| ScopesScreen::painted(found));
    check_time("10,000 subscriptions", took, FIRST_PAINT);
    assert!(
        screen.text().contains("10000 of 10000"),
        "{}",
        screen.text()
    );
    screen.press(Key::Char('/'));
    for letter in "sub-09876".chars() {
        let ((), took) = timed(|| screen.press(Key::Char(letter)));
        check_time(&format!("a search, {letter}"), took, FRAME);
    }
    // The heading has the search, the rows have names.
    let text = screen.text();
    let (first, _) = text.split_once(" team").unwrap_or_default();
    assert!(first.ends_with("sub-09876"), "{text}");
    screen.press(Key::Enter);
    for key in [Key::Down, Key::End, Key::Home] {
        let ((), took) = timed(|| screen.press(key));
        check_time("a move", took, FRAME);
    }
}

#[test]
fn ten_thousand_subscriptions_are_sorted_in_time() {
    let mut screen = ScopesScreen::painted(subscriptions(10_000));
    screen.learn_month(9_876);
    for (order, first) in [
        ("newest ↓", "sub-09876"),
        ("change ↓", "sub-09876"),
        ("name ↑", "sub-00000"),
    ] {
        for key in [Key::Char('s'), Key::Home, Key::Down] {
            let ((), took) = timed(|| screen.press(key));
            check_time(&format!("{order}, {key}"), took, FRAME);
        }
        let text = screen.text();
        let (before, _) = text.split_once(" team").unwrap_or_default();
        assert!(before.ends_with(first), "{text}");
        assert!(text.contains(order), "{text}");
    }
    for letter in "/sub-098".chars() {
        let ((), took) = timed(|| screen.press(Key::Char(letter)));
        check_time(&format!("a sorted search, {letter}"), took, FRAME);
    }
    assert!(screen.text().contains("name ↑"), "{}", screen.text());
}
