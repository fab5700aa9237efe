//! Sums from SQL and from `show`, for tests that compare them.

use crate::support::inside::run_inside;
use crate::support::{document, stderr};
use costscope::domain::query::group_key::GroupKey;
use costscope::domain::table::text_table::Holds;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

pub(crate) fn asked(folder: &Path, statement: &str, source: &str) -> Value {
    let output = run_inside(
        folder,
        &["sql", statement, source, "--format", "json", "--top", "0"],
    );
    assert_eq!(
        output.status.code(),
        Some(0),
        "{statement}: {}",
        stderr(&output)
    );
    document(&output)
}

/// Sums and rows by key and currency, from `show` or from SQL with the columns key, currency, cost and rows.
pub(crate) type Sums = BTreeMap<(Option<String>, Option<String>), (String, u64)>;

pub(crate) fn text(value: &Value) -> Option<String> {
    value.as_str().map(ToOwned::to_owned)
}

pub(crate) fn own(folder: &Path, key: &str, filter: &str, source: &str, fold: bool) -> Sums {
    let mut arguments = vec!["show", source, "--format", "json", "--group-by", key];
    if !filter.is_empty() {
        arguments.extend(["--filter", filter]);
    }
    let output = run_inside(folder, &arguments);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{arguments:?}: {}",
        stderr(&output)
    );
    let groups = document(&output)["groups"].as_array().unwrap().clone();
    let line = |group: &Value| {
        let key = text(&group["keys"][0]).map(|key| if fold { key.to_lowercase() } else { key });
        let cost = group["cost"].as_str().unwrap().to_owned();
        (
            (key, text(&group["currency"])),
            (cost, group["rows"].as_u64().unwrap()),
        )
    };
    groups.iter().map(line).collect()
}

pub(crate) fn by_sql(folder: &Path, key: &str, filter: &str, source: &str, fold: bool) -> Sums {
    let name = if fold {
        format!("LOWER(\"{key}\")")
    } else {
        format!("\"{key}\"")
    };
    let filter = if filter.is_empty() { "TRUE" } else { filter };
    let statement = format!(
        "SELECT k, y AS currency, COALESCE(SUM(cost), 0) AS c, COUNT(*) AS n FROM (SELECT {name} AS k, currency AS y, cost \
         FROM costs WHERE {filter}) t GROUP BY k, y"
    );
    let answer = asked(folder, &statement, source);
    let rows = answer["rows"].as_array().unwrap().clone();
    let line = |row: &Value| {
        let cost = row[2].as_str().unwrap().to_owned();
        (
            (text(&row[0]), text(&row[1])),
            (cost, row[3].as_u64().unwrap()),
        )
    };
    rows.iter().map(line).collect()
}

pub(crate) const KEYS: [&str; 18] = [
    "resource-group",
    "resource",
    "subscription",
    "service",
    "meter",
    "region",
    "charge-type",
    "publisher-type",
    "cost-center",
    "currency",
    "pricing-model",
    "invoice-section",
    "reservation",
    "benefit",
    "date",
    "month",
    "tag:env",
    "tag:TEAM",
];

pub(crate) fn holds(key: &GroupKey) -> Holds {
    match key.name().as_str() {
        "cost" => Holds::Number,
        "date" => Holds::Day,
        _ => Holds::Text,
    }
}
