//! Pages of Usage Details, the arrays that tools print, and the tables that `show` prints as JSON.

use super::cost_files::{check_error, told, whole};
use super::play::{Parser, Verdict};
use super::slow_json;
use crate::support::file;
use crate::support::usage_details::legacy;
use serde_json::Value;
use tempfile::TempDir;

pub(super) const PARSER: Parser = Parser {
    name: "json",
    slice: 200,
    valid,
    words: &[
        "\"value\":",
        "\"nextLink\":\"https://x\"",
        "\"properties\":{",
        "\"cost\":1,",
        "null",
        "true",
        "\\u0000",
        "\\ud800",
        "[[[[[[[[[[[[[[[[",
        "{\"a\":",
        "1e400",
    ],
    one,
};

/// The response of an example of Microsoft's reference.
fn example(name: &str) -> Vec<u8> {
    let bytes = whole(&format!("api/examples/{name}.json"));
    let example: Value = serde_json::from_slice(&bytes).unwrap();
    example["responses"]["200"]["body"].to_string().into_bytes()
}

fn valid() -> Vec<Vec<u8>> {
    let examples = [
        "UsageDetailsList",
        "UsageDetailsListByMCABillingProfile",
        "UsageDetailsListByManagementGroup",
    ];
    let rows: Vec<String> = ["1.5", "-0.000000000000000001", "250"]
        .iter()
        .zip(["2026-10-01", "2026-10-02", "2026-10-03"])
        .map(|(cost, day)| legacy(day, cost))
        .collect();
    let texts = [
        format!("{{\"value\":[{}],\"nextLink\":null}}", rows.join(",")),
        format!("[{}]", rows.join(",\n")),
        rows.join("\n"),
        "{\"value\":[],\"nextLink\":\"\"}".to_owned(),
        "[{\"pretaxCost\":\"0.1\",\"currency\":\"EUR\",\"usageStart\":\"2026-10-01T00:00:00Z\",\"tags\":{\"env\":\"prod\"}}]".to_owned(),
        "{\"sources\":[\"a\"],\"rows\":2,\"columns\":[\"Date\",\"Cost\",\"Currency\"],\"records\":[{\"Date\":\"2026-10-01\",\"Cost\":\"1.5\",\"Currency\":\"EUR\"},{\"Date\":\"2026-10-02\",\"Cost\":\"2\",\"Currency\":\"EUR\"}],\"shown\":2,\"of\":2}".to_owned(),
    ];
    let texts = texts.into_iter().map(String::into_bytes);
    examples.into_iter().map(example).chain(texts).collect()
}

const NAME: &str = "costs.json";

fn one(bytes: &[u8]) -> Verdict {
    let folder = TempDir::new().unwrap();
    let path = file(folder.path(), NAME, bytes);
    let told = match told(&path, NAME, (1 << 20, 2)) {
        Ok(told) => told,
        Err(error) => return check_error(&error, NAME, bytes),
    };
    if let Some(sums) = slow_json::opinion(bytes) {
        assert_eq!(told.sums, sums, "the slow reader has another answer");
    }
    Verdict::Read
}
