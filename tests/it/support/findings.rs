//! The findings and the overview of a run.

use super::document;
use super::inside::run_inside;
use serde_json::Value;
use std::path::Path;

/// The document of `costscope findings`.
pub(crate) fn findings(folder: &Path, arguments: &[&str]) -> Value {
    let all = [&["findings"], arguments, &["--format", "json"]].concat();
    document(&run_inside(folder, &all))
}

/// The document of `costscope overview`.
pub(crate) fn overview(folder: &Path, arguments: &[&str]) -> Value {
    let line = [&["overview", "--format", "json"][..], arguments].concat();
    document(&run_inside(folder, &line))
}

pub(crate) fn list(document: &Value) -> Vec<Value> {
    document["findings"].as_array().unwrap().clone()
}

/// The kinds that were not looked for.
pub(crate) fn skipped(document: &Value) -> Vec<String> {
    let all = document["not_looked_for"].as_array().unwrap().iter();
    all.map(|skipped| {
        assert!(skipped["why"].as_str().unwrap().len() > 20, "{skipped}");
        skipped["kind"].as_str().unwrap().to_owned()
    })
    .collect()
}
