//! What the runs have left in their data folder.

use costscope::ops::explore::stored_reports;
use costscope::store::ledger::Ledger;
use costscope::store::orders::intents::Intents;
use memchr::memmem;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder for the data of one seed, in memory where there is room: thousands of seeds sync thousands of files.
pub(crate) fn scratch() -> TempDir {
    let memory = Path::new("/dev/shm");
    let free = rustix::fs::statvfs(memory).map_or(0, |disk| disk.f_bavail * disk.f_frsize);
    if free > 256 << 20
        && let Ok(folder) = tempfile::tempdir_in(memory)
    {
        return folder;
    }
    TempDir::new().unwrap()
}

/// Copies a folder as it is while another process writes into it. What vanishes meanwhile is left out.
pub(crate) fn copy(from: &Path, to: &Path) {
    let items = std::fs::read_dir(from).into_iter().flatten().flatten();
    for item in items {
        let (path, there) = (item.path(), to.join(item.file_name()));
        if path.is_dir() {
            std::fs::create_dir(&there).unwrap();
            copy(&path, &there);
        } else {
            let _ = std::fs::copy(&path, &there);
        }
    }
}

/// Every file under a folder, and every folder without one.
fn items(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in std::fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            let inner = items(&path);
            if inner.is_empty() {
                found.push(path);
            } else {
                found.extend(inner);
            }
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Whether a path under the data folder may stay: reports of the ledger, locks, and the folders themselves.
fn may_stay(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["jobs" | "downloads" | "ledger"] | ["ledger", ".work"] | ["ledger", ".work", "lock"] => {
            true
        }
        // The orders that have ended.
        ["history", name] => {
            *name == "history.lock"
                || (!name.starts_with('.') && name.strip_suffix(".json").is_some())
        }
        ["jobs", name] => name.strip_suffix(".lock").is_some(),
        ["ledger", report, name] => {
            // A table has its rows, and a stamp that tells when they were verified.
            let table = name.strip_prefix('.').unwrap_or(name);
            let table = table.strip_suffix(".checked").unwrap_or(table);
            let is_part = table.starts_with("part-") && table.ends_with(".parquet");
            !report.starts_with('.') && (*name == "report.json" || is_part)
        }
        _ => false,
    }
}

/// What should not be there after the last run.
pub(crate) fn left_over(folder: &Path) -> Vec<String> {
    let paths = items(folder);
    let names = paths
        .iter()
        .map(|path| path.strip_prefix(folder).unwrap().to_string_lossy());
    names
        .filter(|name| !may_stay(name))
        .map(|name| format!("{name} is still there"))
        .collect()
}

/// Reports and notes that no later run could use, whenever the run before it was killed.
pub(crate) fn damaged(folder: &Path) -> Vec<String> {
    let reports = Ledger::open(folder).and_then(|ledger| ledger.list());
    let notes = Intents::open(folder).and_then(|notes| notes.list());
    let mut wrong: Vec<String> = match reports {
        Ok(listing) => listing.damaged.iter().map(ToString::to_string).collect(),
        Err(error) => vec![error.to_string()],
    };
    match notes {
        Ok((_, damaged)) => wrong.extend(damaged.iter().map(ToString::to_string)),
        Err(error) => wrong.push(error.to_string()),
    }
    wrong
}

/// Reports of which the bytes, the rows or the totals are not those that were stored.
pub(crate) fn unverified(folder: &Path) -> Vec<String> {
    let ledger = match Ledger::open(folder) {
        Ok(ledger) => ledger,
        Err(error) => return vec![error.to_string()],
    };
    match stored_reports::verify_all(&ledger, &[]) {
        Ok((_, wrong)) => wrong.iter().map(ToString::to_string).collect(),
        Err(error) => vec![error.to_string()],
    }
}

/// Files that hold a secret.
pub(crate) fn with_secrets(folder: &Path, secrets: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for path in items(folder).iter().filter(|path| path.is_file()) {
        let bytes = std::fs::read(path).unwrap();
        let holds = |secret: &String| memmem::find(&bytes, secret.as_bytes()).is_some();
        if secrets.iter().any(holds) {
            found.push(format!("a secret is in {}", path.display()));
        }
    }
    found
}
