//! Parses names of files and folders: the days of a month's folder, the time of a run's folder, parts of one run.
//!
//! Source: layouts of Cost Management exports, `ROOT/EXPORT/YYYYMMDD-YYYYMMDD/[YYYYMMDDHHMM/]GUID/part_0_0001.csv`.

use crate::domain::report::request::days_of_folder;
use crate::domain::scope::is_guid;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

/// The folders of a path and its name; a path inside an archive has the archive as a folder.
pub fn components(path: &str) -> Vec<&str> {
    path.split('/').filter(|part| !part.is_empty()).collect()
}

/// The folder that a path is in.
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The name after the last folder.
pub fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The days of the month's folder that a path passes through.
pub fn days(path: &str) -> Option<(NaiveDate, NaiveDate)> {
    days_of_folder(file_name(days_folder(path)?))
}

/// A path up to the month's folder that it passes through.
pub fn days_folder(path: &str) -> Option<&str> {
    let ends = path.trim_end_matches('/').rmatch_indices('/');
    let mut folders = ends.filter_map(|(end, _)| path.get(..end));
    folders.find(|folder| days_of_folder(file_name(folder)).is_some())
}

/// Folders between the month's folder and the file: those of a single run. A path that ends with a slash names no file.
pub fn run_folders(path: &str) -> Vec<&str> {
    let below = days_folder(path).and_then(|month| path.get(month.len()..));
    let below = below.map(folder);
    below.map(components).unwrap_or_default()
}

/// The time in the name of a run's folder: `202611120307`.
pub fn run_time(path: &str) -> Option<DateTime<Utc>> {
    run_folders(path).into_iter().find_map(|name| {
        let digits = name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit());
        let time = NaiveDateTime::parse_from_str(name, "%Y%m%d%H%M").ok()?;
        digits.then(|| time.and_utc())
    })
}

/// Whether a file belongs to a run by its path: directly in a month's folder, in a folder named by an id or a time, or
/// with the name of a part.
pub fn is_in_a_run(path: &str) -> bool {
    let is_time = |name: &&str| name.len() == 12 && name.bytes().all(|b| b.is_ascii_digit());
    let folders = run_folders(path);
    let own = folders.is_empty() || folders.iter().any(|name| is_guid(name) || is_time(name));
    days_folder(path).is_some() && (own || part_of(file_name(path)).is_some())
}

/// The folder that identifies an export without a name: the one above its months, or the file's own.
pub fn export_folder(path: &str) -> String {
    match days_folder(path) {
        Some(month) => components(folder(month)).join("/"),
        None => folder(path).to_owned(),
    }
}

/// Whether a file is the manifest of an export run, by its name.
pub fn is_manifest(path: &str) -> bool {
    let name = file_name(path).to_ascii_lowercase();
    name == "manifest.json" || name.ends_with("_manifest.json")
}

/// Whether a file may hold costs, by its name alone.
pub fn may_hold_costs(path: &str) -> bool {
    let name = file_name(path).to_ascii_lowercase();
    let endings = [".csv", ".gz", ".parquet", ".zip", ".json", ".txt", ".tsv"];
    endings.iter().any(|ending| name.ends_with(ending))
}

/// A name without the endings of its format.
pub fn stem(name: &str) -> &str {
    let lower = name.to_ascii_lowercase();
    let endings = [
        ".csv.gz",
        ".snappy.parquet",
        ".gz.parquet",
        ".zstd.parquet",
        ".csv",
        ".parquet",
        ".txt",
        ".gz",
        ".json",
        ".zip",
    ];
    let ending = endings.iter().find(|ending| lower.ends_with(**ending));
    let length = name.len() - ending.map_or(0, |ending| ending.len());
    name.get(..length).unwrap_or(name)
}

/// The common part of the names of one run's files, if the name is that of a part: `part_0_0001`, `GUID_1_0001`,
/// `000001`, `part-00000-GUID`, `KEY.part2`.
pub fn part_of(name: &str) -> Option<String> {
    let stem = stem(name);
    // A browser's second download of a part is not a part.
    if stem.ends_with(')') {
        return None;
    }
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // `000001`: numbers that people choose do not begin with zeros.
    if is_number(stem) && stem.len() >= 5 && stem.starts_with("00") {
        return Some(String::new());
    }
    let lower = stem.to_ascii_lowercase();
    if let Some((before, number)) = lower.rsplit_once(".part")
        && is_number(number)
    {
        return Some(format!("{before}.part"));
    }
    // `NAME_0_0001` and `NAME_0001`.
    if let Some((before, last)) = lower.rsplit_once('_')
        && is_number(last)
        && last.len() >= 4
        // Days and months do not begin with two zeros.
        && last.starts_with("00")
    {
        let base = match before.rsplit_once('_') {
            Some((base, number)) if is_number(number) && number.len() <= 4 => base,
            _ => before,
        };
        return Some(format!("{base}_"));
    }
    // `part0`, `part-1`, `part_2` and Spark's `part-00000-GUID`.
    let rest = lower.strip_prefix("part")?;
    let rest = rest.trim_start_matches(['-', '_']);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let behind = rest.get(digits..).unwrap_or_default();
    (digits > 0 && (behind.is_empty() || behind.starts_with(['-', '_', '.'])))
        .then(|| format!("part{behind}"))
}

/// The reason a file is left out because of its name alone.
pub(crate) fn hidden(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    let markers = ["_success", "_committed_", "_started_", "_last_checkpoint"];
    if lower == "__macosx" {
        Some("macOS metadata")
    } else if name.starts_with('.') && name.len() > 1 {
        Some("a hidden file")
    } else {
        let marker = markers.iter().any(|marker| lower.starts_with(marker));
        marker.then_some("a marker of the program that wrote the folder")
    }
}

#[cfg(test)]
mod tests;
