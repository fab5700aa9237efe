//! Measures user-visible waits in one process: converting a cost file, then querying the table. Prints JSON.
//!
//! `cargo run --release --example measure -- FILE [TABLE [AMORTIZED_TABLE]]`; `tests/bench/peers.py` compares it with
//! peers.

// A measurement that fails ends the program at once.
#![allow(clippy::expect_used, clippy::indexing_slicing)]

use costscope::data::analysis::{commitments, compare, reconcile};
use costscope::data::dataset::convert::Options;
use costscope::data::dataset::read::read_file;
use costscope::data::dataset::{Dataset, downloads};
use costscope::data::progress::Progress;
use costscope::data::query;
use costscope::data::table::footer::OrderFacts;
use costscope::domain::analysis::comparison::Sort;
use costscope::domain::query::group_key::GroupKey;
use costscope::domain::query::{Query, filter_text};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::time::Instant;

const TIMES: usize = 9;

fn main() {
    costscope::memory::tune_allocator();
    let mut arguments = std::env::args().skip(1);
    let file = PathBuf::from(
        arguments
            .next()
            .expect("usage: measure FILE [TABLE [AMORTIZED_TABLE]]"),
    );
    let table = arguments.next().map(PathBuf::from);
    let progress = Progress::default();
    let options = Options::new(&progress);
    let mut out = Map::new();
    let target = table.unwrap_or_else(|| file.with_extension("costscope.parquet"));
    if file.extension().is_none_or(|ending| ending != "parquet") {
        let start = Instant::now();
        let about = OrderFacts::default();
        let done =
            downloads::commit(&file, "measured", &about, &target, &options).expect("converts");
        out.insert("convert_s".into(), json!(start.elapsed().as_secs_f64()));
        out.insert("convert_rss_mb".into(), json!(peak_mb()));
        out.insert("rows".into(), json!(done.rows));
        out.insert(
            "total".into(),
            json!(done.totals.first().map(|money| money.amount.to_string())),
        );
    }
    let start = Instant::now();
    let parts = read_file(&target, "table", Path::new("/tmp"), &options).expect("opens");
    let data = Dataset::join(parts);
    out.insert("open_ms".into(), json!(start.elapsed().as_secs_f64() * 1e3));
    for (name, question) in questions() {
        let (ms, answer) = timed(&data, &question);
        out.insert(format!("{name}_ms"), json!(ms));
        out.insert(name.into(), answer);
    }
    #[cfg(feature = "sql")]
    by_polars(&data, &mut out);
    if let Some(other) = arguments.next() {
        let parts =
            read_file(Path::new(&other), "other", Path::new("/tmp"), &options).expect("opens");
        pair(&data, &Dataset::join(parts), &mut out);
    }
    out.insert("peak_rss_mb".into(), json!(peak_mb()));
    println!("{}", Value::Object(out));
}

/// The same queries answered by polars, and one answered by both engines, as `--verify` does.
#[cfg(feature = "sql")]
fn by_polars(data: &Dataset, out: &mut Map<String, Value>) {
    use costscope::data::dataset::SqlEngine;
    use costscope::data::sql::Polars;
    use costscope::domain::sql::dialect::SqlDialect;
    use costscope::domain::sql::exact::{Spelled, exact};
    use std::sync::Arc;
    let other = data.answered_by(Some(Arc::new(Polars)));
    for (name, question) in questions() {
        let (ms, answer) = timed(&other, &question);
        assert_eq!(out.get(name), Some(&answer), "{name} by polars");
        out.insert(format!("polars_{name}_ms"), json!(ms));
    }
    let plain =
        "SELECT \"resource-group\", \"charge-type\", SUM(\"cost\") AS c FROM costs GROUP BY 1, 2";
    let ms = median(|| {
        Polars.answer(data, plain).expect("answers");
    });
    out.insert("sql_group_ms".into(), json!(ms));
    for (name, question) in questions() {
        if question.group_by.is_empty() {
            continue;
        }
        let holds = |key: &GroupKey| data.holds(&key.name());
        let statement = exact(&question, &Spelled::default(), &holds, SqlDialect::Polars);
        let ms = median(|| {
            query::run(data, &question).expect("answers");
            Polars.answer(data, &statement).expect("answers");
        });
        out.insert(format!("verify_{name}_ms"), json!(ms));
    }
}

fn questions() -> Vec<(&'static str, Query)> {
    let keys = |names: &[&str]| {
        names
            .iter()
            .filter_map(|name| GroupKey::parse(name))
            .collect()
    };
    let filter = filter_text::parse("service ~ storage and cost > 10").expect("reads");
    vec![
        (
            "group",
            Query {
                group_by: keys(&["resource-group", "charge-type"]),
                ..Query::default()
            },
        ),
        (
            "tag",
            Query {
                group_by: keys(&["tag:env"]),
                ..Query::default()
            },
        ),
        (
            "top50",
            Query {
                limit: Some(50),
                ..Query::default()
            },
        ),
        (
            "filter",
            Query {
                group_by: keys(&["currency"]),
                filter: Some(filter),
                ..Query::default()
            },
        ),
        (
            "resource",
            Query {
                group_by: keys(&["resource"]),
                limit: Some(20),
                ..Query::default()
            },
        ),
    ]
}

/// The bridge, its groups, and the rows without a counterpart.
fn pair(actual: &Dataset, amortized: &Dataset, out: &mut Map<String, Value>) {
    let by = |names: &[&str]| -> Vec<GroupKey> {
        let keys = names.iter().filter_map(|name| GroupKey::parse(name));
        keys.collect()
    };
    for (name, keys) in [
        ("bridge", by(&[])),
        ("bridge_by_group", by(&["resource-group"])),
        ("bridge_by_tag", by(&["tag:env"])),
        ("bridge_by_resource", by(&["resource"])),
    ] {
        let ms = median(|| {
            let found = compare::run(actual, amortized, &keys, None, (Sort::default(), Some(50)))
                .expect("compares");
            assert!(found.closed, "the pair describes the same usage");
        });
        out.insert(format!("{name}_ms"), json!(ms));
    }
    let ms = median(|| {
        reconcile::covered(actual, amortized, None).expect("finds partners");
    });
    out.insert("covered_ms".into(), json!(ms));
    let ms = median(|| {
        commitments::run(actual, amortized, None).expect("adds up");
    });
    out.insert("commitments_ms".into(), json!(ms));
}

fn median(work: impl Fn()) -> f64 {
    let mut times: Vec<f64> = (0..TIMES)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[TIMES / 2]
}

/// The median time of several runs, and a short form of the result.
fn timed(data: &Dataset, question: &Query) -> (f64, Value) {
    let mut times = Vec::new();
    let mut answer = Value::Null;
    for _ in 0..TIMES {
        let start = Instant::now();
        let table = query::run(data, question).expect("answers");
        times.push(start.elapsed().as_secs_f64() * 1e3);
        answer = json!({ "of": table.of, "rows": table.rows,
            "total": table.totals.first().map(|money| money.amount.to_string()) });
    }
    times.sort_by(f64::total_cmp);
    (times[TIMES / 2], answer)
}

fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    let kb = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kb.unwrap_or_default() / 1024
}
