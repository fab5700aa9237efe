//! Formats one row with every field: tags split into keys, JSON as a tree, ARM ids in parts.

use crate::domain::query::columns::plain;
use crate::domain::table::group::Cell;
use serde_json::Value;

/// Every field of a row as lines. Fields without a value are listed at the end.
pub(super) fn lines(columns: &[String], row: &[Cell]) -> Vec<String> {
    let width = columns.iter().map(|name| name.chars().count()).max();
    let width = width.unwrap_or_default().min(30);
    let mut out = Vec::new();
    let mut blank = Vec::new();
    for (name, cell) in columns.iter().zip(row) {
        let Some(text) = cell.exact().filter(|text| !text.is_empty()) else {
            blank.push(name.as_str());
            continue;
        };
        let inner = inside(name, &text);
        if inner.is_empty() {
            out.push(format!("{name:<width$}  {text}"));
        } else {
            out.push(name.clone());
            out.extend(inner.into_iter().map(|line| format!("    {line}")));
        }
    }
    if !blank.is_empty() {
        out.push(String::new());
        out.push(format!("without a value: {}", blank.join(", ")));
    }
    out
}

/// The parts of a structured value; empty for any other value.
fn inside(name: &str, text: &str) -> Vec<String> {
    let trimmed = text.trim();
    let tags = plain(name) == "tags";
    if tags || trimmed.starts_with(['{', '[']) {
        let json = if tags && !trimmed.starts_with('{') {
            format!("{{{trimmed}}}")
        } else {
            trimmed.to_owned()
        };
        return serde_json::from_str(&json)
            .map_or_else(|_| Vec::new(), |json: Value| tree(&json, 0));
    }
    if trimmed.starts_with('/') && trimmed.contains("/providers/") {
        return arm_id(trimmed);
    }
    Vec::new()
}

fn tree(value: &Value, depth: usize) -> Vec<String> {
    let pad = "  ".repeat(depth);
    let member = |name: &str, value: &Value| match value {
        Value::Object(_) | Value::Array(_) => {
            let mut lines = vec![format!("{pad}{name}")];
            lines.extend(tree(value, depth + 1));
            lines
        }
        Value::String(text) => vec![format!("{pad}{name}: {text}")],
        other => {
            vec![format!("{pad}{name}: {other}")]
        }
    };
    match value {
        Value::Object(map) => map
            .iter()
            .flat_map(|(name, value)| member(name, value))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .flat_map(|(at, value)| member(&format!("{}", at + 1), value))
            .collect(),
        other => vec![format!("{pad}{other}")],
    }
}

/// Splits `/subscriptions/S/resourceGroups/G/providers/N/T/X` into one line per part.
fn arm_id(id: &str) -> Vec<String> {
    let mut parts = id.trim_matches('/').split('/');
    let mut lines = Vec::new();
    while let Some(kind) = parts.next() {
        let Some(name) = parts.next() else {
            lines.push(kind.to_owned());
            break;
        };
        lines.push(format!("{kind}: {name}"));
    }
    lines
}
