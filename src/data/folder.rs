//! An export folder: which of its files are the newest run of each month.
//!
//! Exports write one folder a month, named `YYYYMMDD-YYYYMMDD`, with a `manifest.json` for each run (layouts A and B),
//! parts with `..._manifest.json` (D), or single files (C). Every run of a month holds the whole month so far: runs are
//! never added up. Which files belong to a run the manifest says, not the names.

use super::error::DataError;
use crate::domain::metric::Metric;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders below each other that are looked into.
const DEEPEST: usize = 12;

/// What of a folder is to be read.
#[derive(Debug, Default)]
pub struct Chosen {
    pub runs: Vec<Run>,
    /// Runs left out because a newer one holds the same days.
    pub older: usize,
    /// Runs that hold no costs, such as a price sheet.
    pub other: Vec<String>,
    /// Files that lie beside a manifest which does not list them.
    pub unlisted: Vec<String>,
}

/// The files of one run.
#[derive(Debug, Clone)]
pub struct Run {
    pub files: Vec<PathBuf>,
    /// Rows that the manifest promises.
    pub rows: Option<u64>,
    /// What the run is called in messages.
    pub name: String,
    /// What its manifest says of the metric.
    pub metric: Option<Metric>,
    /// The scope and kind of the export, where its manifest says it.
    of: Option<(String, String)>,
    /// What tells runs of one export from those of others.
    export: String,
    days: Option<(NaiveDate, NaiveDate)>,
    made_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    #[serde(default)]
    blobs: Option<Vec<Blob>>,
    #[serde(default)]
    data_row_count: Option<u64>,
    #[serde(default)]
    run_info: Option<RunInfo>,
    #[serde(default)]
    export_config: Option<ExportConfig>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct ExportConfig {
    #[serde(default)]
    export_name: Option<String>,
    #[serde(default)]
    resource_id: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Blob {
    blob_name: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct RunInfo {
    #[serde(default)]
    submitted_time: Option<String>,
    #[serde(default)]
    start_date: Option<String>,
    #[serde(default)]
    end_date: Option<String>,
}

/// Chooses the files of a folder.
pub fn choose(folder: &Path) -> Result<Chosen, DataError> {
    let (mut data, mut manifests) = (Vec::new(), Vec::new());
    walk(folder, 0, &mut data, &mut manifests)?;
    data.sort();
    let mut runs = Vec::new();
    for manifest in &manifests {
        runs.push(of_manifest(manifest, &data)?);
    }
    let listed = |file: &PathBuf| runs.iter().any(|run: &Run| run.files.contains(file));
    let beside = |file: &PathBuf| {
        let folder = file.parent();
        manifests.iter().any(|manifest| manifest.parent() == folder)
    };
    // Beside a manifest lie files of its run only; those it does not list are no part of it.
    let (unlisted, single): (Vec<&PathBuf>, Vec<&PathBuf>) = data
        .iter()
        .filter(|file| !listed(file))
        .partition(|file| beside(file));
    let unlisted: Vec<String> = unlisted
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    runs.extend(without_manifest(&single));
    let (runs, other): (Vec<Run>, Vec<Run>) = runs.into_iter().partition(Run::has_costs);
    if runs.is_empty() {
        return Err(DataError::Stored(format!(
            "{}: there are no cost files in this folder (.csv, .csv.gz, .zip, .parquet)",
            folder.display()
        )));
    }
    let mut chosen = newest(runs)?;
    chosen.other = other.into_iter().map(|run| run.name).collect();
    chosen.unlisted = unlisted;
    same_scope(&chosen.runs)?;
    Ok(chosen)
}

impl Run {
    /// Whether the manifest says that it is no cost dataset.
    fn has_costs(&self) -> bool {
        let kinds = ["actualcost", "amortizedcost", "focuscost", "usage", ""];
        self.of
            .as_ref()
            .is_none_or(|(_, kind)| kinds.contains(&kind.to_lowercase().as_str()))
    }
}

/// Two exports of one scope and kind hold the same costs.
fn same_scope(runs: &[Run]) -> Result<(), DataError> {
    for (at, run) in runs.iter().enumerate() {
        let twice = runs
            .iter()
            .take(at)
            .find(|other| run.of.is_some() && run.of == other.of && overlap(run.days, other.days));
        if let Some(other) = twice {
            return Err(DataError::Stored(format!(
                "{} and {} are exports of the same scope and days: adding both would count them twice; give one of them",
                other.name, run.name
            )));
        }
    }
    Ok(())
}

fn walk(
    folder: &Path,
    depth: usize,
    data: &mut Vec<PathBuf>,
    manifests: &mut Vec<PathBuf>,
) -> Result<(), DataError> {
    let failed = |source| DataError::Io {
        file: folder.display().to_string(),
        source,
    };
    for item in fs::read_dir(folder).map_err(failed)? {
        let path = item.map_err(failed)?.path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().to_lowercase())
            .unwrap_or_default();
        if name.starts_with('.') || name == "__macosx" {
            continue;
        }
        if path.is_dir() {
            if depth < DEEPEST {
                walk(&path, depth + 1, data, manifests)?;
            }
        } else if name == "manifest.json" || name.ends_with("_manifest.json") {
            manifests.push(path);
        } else if [".csv", ".csv.gz", ".zip", ".parquet"]
            .iter()
            .any(|ending| name.ends_with(ending))
        {
            data.push(path);
        }
    }
    Ok(())
}

fn of_manifest(path: &Path, data: &[PathBuf]) -> Result<Run, DataError> {
    let failed = |problem: String| DataError::Stored(format!("{}: {problem}", path.display()));
    let text = fs::read(path).map_err(|error| failed(error.to_string()))?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let manifest: Manifest = serde_json::from_slice(text)
        .map_err(|error| failed(format!("this is no manifest of an export: {error}")))?;
    let info = manifest.run_info.unwrap_or_default();
    let mut files = Vec::new();
    for blob in manifest.blobs.unwrap_or_default() {
        let file = find_blob(path, &blob.blob_name, data).ok_or_else(|| {
            failed(format!(
                "the file {} that it lists is not in the folder: fetch the whole run",
                blob.blob_name.trim()
            ))
        })?;
        files.push(file);
    }
    let day = |text: &Option<String>| super::dates::parse(text.as_deref()?).ok();
    let days = match (day(&info.start_date), day(&info.end_date)) {
        (Some(from), Some(to)) => Some((from, to)),
        _ => days_of(path),
    };
    let config = manifest.export_config.unwrap_or_default();
    let kind = config.kind.unwrap_or_default();
    let export = match (&config.resource_id, &config.export_name) {
        (Some(id), _) => format!("{}|{kind}", id.to_lowercase()),
        (None, Some(name)) => format!("{name}|{kind}|{}", folder_of(path)),
        (None, None) => folder_of(path),
    };
    let scope = config.resource_id.map(|id| {
        let lower = id.to_lowercase();
        let end = lower.find("/providers/microsoft.costmanagement/exports/");
        lower
            .get(..end.unwrap_or(lower.len()))
            .unwrap_or_default()
            .to_owned()
    });
    let submitted = info.submitted_time.as_deref().and_then(time);
    Ok(Run {
        files,
        rows: manifest.data_row_count,
        name: path.display().to_string(),
        metric: match kind.to_lowercase().as_str() {
            "actualcost" => Some(Metric::Actual),
            "amortizedcost" => Some(Metric::Amortized),
            _ => None,
        },
        of: scope.map(|scope| (scope, kind)),
        export,
        days,
        made_at: submitted.or_else(|| modified(path)),
    })
}

/// The local file of a blob: the name ends alike, as far as the folders were kept.
fn find_blob(manifest: &Path, blob: &str, data: &[PathBuf]) -> Option<PathBuf> {
    let wanted: Vec<&str> = blob.trim().split('/').rev().collect();
    let alike = |file: &&PathBuf| {
        let parts: Vec<String> = file
            .components()
            .rev()
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .collect();
        parts
            .iter()
            .zip(&wanted)
            .take_while(|(have, want)| have.as_str() == **want)
            .count()
    };
    let beside = |file: &&PathBuf| file.parent() == manifest.parent();
    // A name alone is no match: every run has a `part_0_0001.csv`.
    let best = data
        .iter()
        .filter(|file| alike(file) > usize::from(!beside(file)))
        .max_by_key(|file| (beside(file), alike(file)))?;
    Some(best.clone())
}

/// Runs of files that no manifest speaks of: those in a folder of a run's own, and parts, belong together; any other file
/// in a month's folder is a run by itself (layout C), and so is one that lies anywhere else.
fn without_manifest(files: &[&PathBuf]) -> Vec<Run> {
    let mut runs: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for file in files {
        let folder = file.parent().unwrap_or_else(|| Path::new(""));
        let month = days_of(folder).is_some();
        let of_month = folder.file_name().and_then(days_in).is_some();
        let name = file
            .file_name()
            .map(|name| name.to_string_lossy().to_lowercase());
        let part = name.is_some_and(|name| name.starts_with("part"));
        let key = if month && (!of_month || part) {
            folder.to_owned()
        } else {
            (*file).clone()
        };
        runs.entry(key).or_default().push((*file).clone());
    }
    let run = |(key, files): (PathBuf, Vec<PathBuf>)| Run {
        name: key.display().to_string(),
        rows: None,
        metric: None,
        of: None,
        export: folder_of(files.first().unwrap_or(&key)),
        days: days_of(&key),
        made_at: files.iter().filter_map(|file| modified(file)).max(),
        files,
    };
    runs.into_iter().map(run).collect()
}

fn modified(path: &Path) -> Option<DateTime<Utc>> {
    let time = fs::metadata(path).and_then(|meta| meta.modified()).ok()?;
    Some(time.into())
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    let full = DateTime::parse_from_rfc3339(text.trim()).ok();
    full.map(|time| time.with_timezone(&Utc)).or_else(|| {
        let bare = text.trim().trim_end_matches('Z');
        let naive = chrono::NaiveDateTime::parse_from_str(bare, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
        Some(naive.and_utc())
    })
}

/// The days in the name of a month's folder.
fn days_of(path: &Path) -> Option<(NaiveDate, NaiveDate)> {
    path.ancestors()
        .find_map(|folder| folder.file_name().and_then(days_in))
}

fn days_in(name: &OsStr) -> Option<(NaiveDate, NaiveDate)> {
    let (from, to) = name.to_str()?.split_once('-')?;
    let day = |text: &str| NaiveDate::parse_from_str(text, "%Y%m%d").ok();
    let sizes = (from.len(), to.len()) == (8, 8);
    sizes.then(|| Some((day(from)?, day(to)?))).flatten()
}

/// What files of one export have in common where no manifest names it: the folder above their months, or their own.
fn folder_of(path: &Path) -> String {
    let is_month = |folder: &&Path| {
        folder.file_name().is_some() && days_of(folder) != folder.parent().and_then(days_of)
    };
    let month = path.ancestors().skip(1).find(is_month);
    let folder = month.and_then(Path::parent).or_else(|| path.parent());
    folder
        .unwrap_or_else(|| Path::new(""))
        .display()
        .to_string()
}

/// Of runs of one export that hold the same days, the newest. It has to hold all the days of those it replaces.
fn newest(mut runs: Vec<Run>) -> Result<Chosen, DataError> {
    runs.sort_by(|a, b| b.made_at.cmp(&a.made_at).then_with(|| b.name.cmp(&a.name)));
    let mut chosen = Chosen::default();
    for run in runs {
        let newer = chosen
            .runs
            .iter()
            .find(|newer| newer.export == run.export && overlap(newer.days, run.days));
        match (newer.map(|newer| (newer, newer.days)), run.days) {
            (Some((_, Some((first, last)))), Some((from, to))) if first <= from && to <= last => {
                chosen.older += 1;
            }
            (Some((newer, _)), _) => {
                return Err(DataError::Stored(format!(
                    "{} is newer than {} and holds only some of its days: adding both would count those twice; give one of them",
                    newer.name, run.name
                )));
            }
            (None, _) => chosen.runs.push(run),
        }
    }
    chosen
        .runs
        .sort_by(|a, b| a.days.cmp(&b.days).then_with(|| a.name.cmp(&b.name)));
    Ok(chosen)
}

fn overlap(a: Option<(NaiveDate, NaiveDate)>, b: Option<(NaiveDate, NaiveDate)>) -> bool {
    match (a, b) {
        (Some((first, last)), Some((from, to))) => first <= to && from <= last,
        _ => false,
    }
}
