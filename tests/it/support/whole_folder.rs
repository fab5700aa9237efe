//! A data folder with one of everything in it, and what the commands say of it while it is whole.

use super::{fixture, program};
use costscope::domain::report::request::{Api, ReportKey};
use costscope::store::orders::intents::{Intent, Intents};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::{self, FileType, Permissions};
use std::io::{Read, Seek};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A report of a released version, with checksums of its columns.
pub(crate) const RELEASED: &str = "demo@sub-3f1c2b7e-0001-4e5a-9d10-6b2f4c8a9a02@2026-11@actual";
/// A report of the first version, to which checksums were added.
pub(crate) const FIRST: &str = "public@ba-8608480@2026-10@actual";
/// The same without checksums.
pub(crate) const UNSEALED: &str = "public@ba-8608480@2026-09@actual";
pub(crate) const REPORTS: [&str; 3] = [RELEASED, FIRST, UNSEALED];
/// The notes of two orders.
pub(crate) const NOTE: &str = "public@sub-8d2e4a60-0001-4b7c-a1f3-95c0de7b1101@2026-11@actual";
pub(crate) const OTHER_NOTE: &str = "demo@sub-8d2e4a60-0001-4b7c-a1f3-95c0de7b1101@2026-11@actual";
pub(crate) const VIEWS: [&str; 2] = ["dear", "usage by group"];

pub(crate) const LIST: [&str; 4] = ["ledger", "list", "--format", "json"];
pub(crate) const VERIFY: [&str; 4] = ["ledger", "verify", "--format", "json"];
pub(crate) const JOBS: [&str; 4] = ["jobs", "list", "--format", "json"];
pub(crate) const CONFIG: [&str; 2] = ["config", "check"];

/// How long a command may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(30);

pub(crate) fn show(key: &str) -> Vec<&str> {
    let by = "--group-by resource-group --format json".split(' ');
    ["show", key].into_iter().chain(by).collect()
}

pub(crate) fn rows(key: &str) -> Vec<&str> {
    let all = "--top 0 --sort date --format json".split(' ');
    ["show", key].into_iter().chain(all).collect()
}

/// The commands that read a data folder.
pub(crate) fn commands() -> Vec<Vec<&'static str>> {
    let mut all = vec![
        LIST.to_vec(),
        VERIFY.to_vec(),
        JOBS.to_vec(),
        CONFIG.to_vec(),
    ];
    all.extend(REPORTS.map(show));
    all.extend(REPORTS.map(rows));
    all
}

/// What a command said.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_default()
    }

    /// The objects of a list, each by a member with its name.
    pub(crate) fn listed(&self, list: &str, name: &str) -> BTreeMap<String, Value> {
        let found = self.json();
        let items = found[list].as_array().cloned().unwrap_or_default();
        let key = |item: &Value| item[name].as_str().unwrap_or_default().to_owned();
        items.into_iter().map(|item| (key(&item), item)).collect()
    }
}

/// Runs the program; `None` if it does not end in time.
pub(crate) fn run_within_limit(folder: &Path, arguments: &[&str]) -> Option<Said> {
    let files = [tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap()];
    let [out, err] = files.each_ref().map(|file| file.try_clone().unwrap());
    let mut child = program()
        .arg("--data-dir")
        .arg(folder)
        .args(arguments)
        .arg("--offline")
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .spawn()
        .unwrap();
    let end = Instant::now() + LIMIT;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > end {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let [out, err] = files.map(|mut file| {
        let mut text = Vec::new();
        file.rewind().unwrap();
        file.read_to_end(&mut text).unwrap();
        String::from_utf8_lossy(&text).into_owned()
    });
    Some(Said {
        code: status.code(),
        out,
        err,
    })
}

/// Copies a folder; what is in a data folder is private.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    fs::set_permissions(to, Permissions::from_mode(0o700)).unwrap();
    for item in fs::read_dir(from).unwrap() {
        let from = item.unwrap().path();
        let to = to.join(from.file_name().unwrap());
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
            fs::set_permissions(&to, Permissions::from_mode(0o600)).unwrap();
        }
    }
}

/// Everything below a folder by its kind; links are not followed.
pub(crate) fn tree(folder: &Path) -> BTreeMap<PathBuf, FileType> {
    let mut found = BTreeMap::new();
    for item in fs::read_dir(folder).into_iter().flatten() {
        let item = item.unwrap();
        let kind = item.file_type().unwrap();
        if kind.is_dir() {
            found.extend(tree(&item.path()));
        }
        found.insert(item.path(), kind);
    }
    found
}

/// Adds a report as the first version stored it.
fn add_first_version(folder: &Path, key: &str, (from, to): (&str, &str)) {
    let report = folder.join("ledger").join(key);
    fs::create_dir(&report).unwrap();
    let part = fixture("ledger-1/part-0.parquet");
    fs::copy(part, report.join("part-0.parquet")).unwrap();
    let manifest = json!({
        "schema": 1, "key": key,
        "request": { "scope": "/providers/Microsoft.Billing/billingAccounts/8608480", "metric": "actual",
            "period": { "dates": { "from": from, "to": to } } },
        "fetched_at": "2026-11-08T10:00:00Z", "rows": 3, "bytes": 300, "sha256": ["00"],
        "totals": [{ "currency": "EUR", "cost": "3.249999999999999999" }], "dialect": "EA", "repairs": [],
        "fingerprints": ["1"], "parts": ["part-0.parquet"]
    });
    fs::write(report.join("report.json"), manifest.to_string()).unwrap();
}

/// Adds the note of an order on public Azure, beside the one of the demo.
fn add_note(folder: &Path) {
    let notes = Intents::open(folder).unwrap();
    let other = notes.read(&ReportKey::from_text(OTHER_NOTE)).unwrap();
    let request = other.unwrap().request;
    let key = request.key("public");
    assert_eq!(key.as_str(), NOTE);
    let now = "2026-11-22T10:00:00Z".parse().unwrap();
    let note = Intent {
        poll_url: Some("https://management.azure.com/poll".to_owned()),
        ..Intent::new(&request, now, Api::Details)
    };
    notes.claim(&key).unwrap().write(&note).unwrap();
}

/// A whole data folder, and what the commands say of it.
pub(crate) struct Whole {
    pub(crate) place: TempDir,
    right: BTreeMap<Vec<String>, String>,
}

impl Whole {
    pub(crate) fn new() -> Self {
        let place = TempDir::new().unwrap();
        let folder = place.path().join("data");
        copy(&fixture("released"), &folder);
        add_first_version(&folder, FIRST, ("2026-10-01", "2026-10-31"));
        // The first time its checksums are added, the second time there is a note that it was compared.
        for _ in 0..2 {
            let verified = run_within_limit(&folder, &VERIFY).unwrap();
            assert_eq!(verified.code, Some(0), "{}", verified.err);
        }
        add_first_version(&folder, UNSEALED, ("2026-09-01", "2026-09-30"));
        add_note(&folder);
        fs::write(folder.join("views/dear.toml"), "filter = \"cost > 1\"\n").unwrap();
        let mut whole = Self {
            place,
            right: BTreeMap::new(),
        };
        // In a copy: the report without checksums gets some when it is read.
        let copied = whole.copied("right");
        for arguments in commands() {
            let said = run_within_limit(&copied, &arguments).unwrap();
            assert_eq!(said.code, Some(0), "{arguments:?}: {}", said.err);
            let out = placeless(&said.out, &copied);
            whole.right.insert(owned(&arguments), out);
        }
        whole
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.place.path().join("data")
    }

    pub(crate) fn copied(&self, name: &str) -> PathBuf {
        let folder = self.place.path().join(name);
        copy(&self.folder(), &folder);
        folder
    }

    /// What a command says of the whole folder.
    pub(crate) fn right(&self, arguments: &[&str]) -> Said {
        Said {
            code: Some(0),
            out: self.right[&owned(arguments)].clone(),
            err: String::new(),
        }
    }
}

fn owned(arguments: &[&str]) -> Vec<String> {
    arguments.iter().map(|word| (*word).to_owned()).collect()
}

/// An output without the name of the data folder.
pub(crate) fn placeless(text: &str, folder: &Path) -> String {
    text.replace(folder.to_str().unwrap(), "DATA")
}
