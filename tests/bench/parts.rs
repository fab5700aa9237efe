//! Benchmarks of the data engine, a large ledger and a long list of scopes with criterion: `cargo bench`, or
//! `cargo bench --profile dev` to use the test build.

// A measurement that fails ends the program at once.
#![allow(clippy::expect_used)]

use costscope::data::analysis::compare;
use costscope::data::columns::tags;
use costscope::data::dataset::Dataset;
use costscope::data::dataset::convert::Options;
use costscope::data::dataset::read::read_file;
use costscope::data::progress::Progress;
use costscope::data::query;
use costscope::domain::money::Amount;
use costscope::domain::query::group_key::GroupKey;
use costscope::domain::query::{Query, filter_text};
use costscope::emulator::bills::accounts::FileLayout;
use costscope::emulator::bills::rows::Metric;
use costscope::emulator::bills::sample::{Sample, write};
use costscope::ops::explore::sql::answer;
use costscope::store::ledger::Ledger;
use costscope::tui::key::Key;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use many::ScopesScreen;
use std::fs::File;
use std::hint::black_box;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

// Scopes have no months here.
#[allow(dead_code)]
#[path = "../it/support/many.rs"]
mod many;

const ROWS: u64 = 50_000;

fn sample(folder: &Path, metric: Metric, name: &str) -> PathBuf {
    let path = folder.join(name);
    let what = Sample {
        rows: ROWS,
        metric,
        dialect: FileLayout::Ea,
        seed: 7,
    };
    let file = File::create(&path).expect("a file");
    let written = write(&what, BufWriter::new(file)).expect("rows");
    written.into_inner().expect("rows");
    path
}

fn open(path: &Path) -> Dataset {
    let progress = Progress::default();
    let parts = read_file(path, "sample", Path::new("/tmp"), &Options::new(&progress));
    Dataset::join(parts.expect("a table"))
}

fn small(c: &mut Criterion) {
    c.bench_function("amount, plain", |b| {
        b.iter(|| Amount::parse_plain(black_box(b"1234.567890123")));
    });
    c.bench_function("amount, any", |b| {
        b.iter(|| Amount::parse(black_box("1234.567890123")));
    });
    let text = r#""env": "prod","team": "team-07","cost-center": "1007""#;
    c.bench_function("tags of a row", |b| {
        b.iter(|| tags::parse(black_box(text)));
    });
}

fn table(c: &mut Criterion) {
    let folder = tempfile::TempDir::new().expect("a folder");
    let actual = sample(folder.path(), Metric::Actual, "actual.csv");
    let amortized = sample(folder.path(), Metric::Amortized, "amortized.csv");
    let bytes = actual.metadata().expect("a file").len();
    let mut group = c.benchmark_group("conversion");
    group.sample_size(10).throughput(Throughput::Bytes(bytes));
    group.bench_function("csv to checked table", |b| b.iter(|| open(&actual)));
    group.finish();
    let (first, second) = (open(&actual), open(&amortized));
    let mut group = c.benchmark_group("questions");
    group.throughput(Throughput::Elements(ROWS));
    let keys = |names: &[&str]| {
        names
            .iter()
            .filter_map(|name| GroupKey::parse(name))
            .collect()
    };
    let grouped = |names: &[&str]| Query {
        group_by: keys(names),
        ..Query::default()
    };
    let filter = filter_text::parse("service ~ storage and cost > 10").expect("a filter");
    let questions = [
        (
            "group by two keys",
            grouped(&["resource-group", "charge-type"]),
        ),
        ("group by tag", grouped(&["tag:env"])),
        ("group by resource", grouped(&["resource"])),
        (
            "fifty dearest rows",
            Query {
                limit: Some(50),
                ..Query::default()
            },
        ),
        (
            "filter",
            Query {
                filter: Some(filter),
                ..grouped(&["currency"])
            },
        ),
    ];
    for (name, question) in questions {
        group.bench_function(name, |b| b.iter(|| query::run(&first, &question)));
    }
    let by: Vec<GroupKey> = keys(&["resource-group"]);
    group.bench_function("bridge by resource group", |b| {
        b.iter(|| compare::run(&first, &second, &by, None, Default::default()));
    });
    group.finish();
}

/// The same query in SQL, if SQL is built in.
fn sql(c: &mut Criterion) {
    let folder = tempfile::TempDir::new().expect("a folder");
    let data = open(&sample(folder.path(), Metric::Actual, "actual.csv"));
    let mut group = c.benchmark_group("sql");
    group.throughput(Throughput::Elements(ROWS));
    for (name, statement) in [
        (
            "group by two keys",
            "SELECT resource-group, charge-type, SUM(cost) AS cost FROM costs GROUP BY 1, 2 ORDER BY cost DESC",
        ),
        (
            "group by tag",
            "SELECT tag:env, SUM(cost) AS cost FROM costs GROUP BY 1 ORDER BY cost DESC",
        ),
        (
            "fifty dearest rows",
            "SELECT * FROM costs ORDER BY cost DESC LIMIT 50",
        ),
    ] {
        group.bench_function(name, |b| {
            b.iter(|| answer(&data, black_box(statement), None, || true));
        });
    }
    group.finish();
}

/// The limits of `tests/it/limits_of_size.rs`: a start and a first screen within 200 ms, a search within 16 ms.
fn limits(c: &mut Criterion) {
    let folder = tempfile::TempDir::new().expect("a folder");
    many::reports(folder.path(), 5_000);
    let mut group = c.benchmark_group("limits");
    group.sample_size(10);
    group.bench_function("a ledger of 5,000 reports, listed", |b| {
        b.iter(|| Ledger::open(folder.path()).and_then(|ledger| ledger.list()));
    });
    group.bench_function("10,000 subscriptions, first screen", |b| {
        let list = || many::subscriptions(10_000);
        b.iter_batched(list, ScopesScreen::painted, BatchSize::LargeInput);
    });
    let mut screen = ScopesScreen::painted(many::subscriptions(10_000));
    screen.press(Key::Char('/'));
    for letter in "sub-0987".chars() {
        screen.press(Key::Char(letter));
    }
    assert!(screen.text().contains("sub-09876"), "{}", screen.text());
    group.bench_function("10,000 subscriptions, a letter of a search", |b| {
        let mut keys = [Key::Char('6'), Key::Backspace].into_iter().cycle();
        b.iter(|| screen.press(keys.next().unwrap_or(Key::Backspace)));
    });
    group.finish();
}

criterion_group!(parts, small, table, sql, limits);
criterion_main!(parts);
