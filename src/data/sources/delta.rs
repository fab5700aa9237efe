//! Lists the files of a Delta table, from its log and not from its folder.
//!
//! Format: Delta Lake transaction log protocol, JSON commits. Logs that start from a checkpoint, deletion vectors and
//! renamed columns are refused: they need the format's own engine.

use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Action {
    add: Option<Add>,
    remove: Option<Remove>,
    meta_data: Option<MetaData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Add {
    path: String,
    deletion_vector: Option<serde_json::Value>,
    #[serde(default)]
    partition_values: serde_json::Map<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct Remove {
    path: String,
}

#[derive(Deserialize)]
struct MetaData {
    #[serde(default)]
    configuration: serde_json::Map<String, serde_json::Value>,
}

const ELSEWHERE: &str =
    "read it with Spark, DuckDB or Databricks and give its rows as CSV or Parquet";

/// The paths of the files in the newest version of a table, relative to its folder.
pub(crate) fn current_files(table: &Path) -> Result<BTreeSet<String>, String> {
    let log = table.join("_delta_log");
    let read = |error: std::io::Error| format!("{}: {error}", log.display());
    let (mut commits, mut checkpoints) = (Vec::new(), false);
    for item in fs::read_dir(&log).map_err(read)? {
        let name = item
            .map_err(read)?
            .file_name()
            .to_string_lossy()
            .into_owned();
        checkpoints |= name.contains(".checkpoint");
        let number = name
            .strip_suffix(".json")
            .and_then(|stem| stem.parse::<u64>().ok());
        commits.extend(number.map(|number| (number, name)));
    }
    commits.sort();
    let whole = (0_u64..)
        .zip(&commits)
        .all(|(at, (number, _))| at == *number);
    if commits.is_empty() || !whole {
        let why = if checkpoints {
            "its log starts from a checkpoint"
        } else {
            "commits are missing from its log"
        };
        return Err(format!(
            "{}: this is a Delta table and {why}; {ELSEWHERE}",
            table.display()
        ));
    }
    let mut files = BTreeSet::new();
    for (_, name) in commits {
        let path = log.join(name);
        if !path.is_file() {
            return Err(format!("{}: not a file", path.display()));
        }
        let text =
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        for (number, line) in text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
        {
            let action: Action = serde_json::from_str(line).map_err(|error| {
                format!(
                    "{}, line {}: not a commit of a Delta table: {error}",
                    path.display(),
                    number + 1
                )
            })?;
            apply(&mut files, action).map_err(|why| {
                format!(
                    "{}: this is a Delta table {why}; {ELSEWHERE}",
                    table.display()
                )
            })?;
        }
    }
    Ok(files)
}

fn apply(files: &mut BTreeSet<String>, action: Action) -> Result<(), &'static str> {
    if let Some(meta) = action.meta_data {
        let mode = meta.configuration.get("delta.columnMapping.mode");
        if mode.is_some_and(|mode| mode != "none") {
            return Err("whose columns have other names in its files");
        }
    }
    if let Some(remove) = action.remove {
        files.remove(&remove.path);
    }
    if let Some(add) = action.add {
        if add.deletion_vector.is_some_and(|vector| !vector.is_null()) {
            return Err("with rows that are deleted by a deletion vector");
        }
        if !add.partition_values.is_empty() {
            return Err("whose partition columns are only in its log");
        }
        files.insert(add.path);
    }
    Ok(())
}

/// Refuses table formats whose files alone do not show which rows count.
pub(crate) fn refuse_other_formats(path: &Path) -> Result<(), String> {
    let has = |name: &str| path.join(name).is_dir();
    let metadata = || {
        let items = fs::read_dir(path.join("metadata"))
            .into_iter()
            .flatten()
            .flatten();
        items
            .map(|item| item.file_name().to_string_lossy().into_owned())
            .any(|name| name.ends_with(".metadata.json"))
    };
    let format = if has(".hoodie") {
        "Hudi"
    } else if has("metadata") && metadata() {
        "Iceberg"
    } else {
        return Ok(());
    };
    Err(format!(
        "{}: this is a table in {format} format, whose files alone do not show which rows count; read it with Spark or \
         DuckDB and give its rows as CSV or Parquet",
        path.display()
    ))
}
