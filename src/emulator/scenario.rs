//! Scenarios: how the server departs from normal behaviour. Each is a small TOML file.

use chrono::NaiveDate;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

macro_rules! built_in {
    ($($name:literal,)+) => {
        [$(($name, include_str!(concat!("../../assets/scenarios/", $name, ".toml")))),+]
    };
}

/// The scenarios that are built in, by name.
const BUILT_IN: [(&str, &str); 7] = built_in![
    "happy",
    "slow",
    "throttled",
    "failing",
    "empty",
    "expired-link",
    "cut-body",
];

/// How a finished operation ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperationEnding {
    #[default]
    Completed,
    NoDataFound,
    /// 204 instead of a body.
    NoContent,
    Failed,
    /// A file with a header and no rows.
    HeaderOnly,
}

/// The requests that a disturbance affects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestTarget {
    List,
    Order,
    Poll,
    Download,
    /// Usage Details.
    Usage,
    /// The list of exports, or one of them.
    Exports,
    ExportHistory,
    ExportRun,
    /// The creation of an export.
    ExportWrite,
}

/// How a run of an export ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExportEnding {
    #[default]
    Completed,
    Failed,
    NoData,
}

/// Some requests of one kind that get another answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disturbance {
    pub meets: RequestTarget,
    /// How many requests of this kind pass before it begins.
    #[serde(default)]
    pub after: u32,
    /// How many requests it affects.
    #[serde(default = "once")]
    pub times: u32,
    pub status: u16,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default)]
    pub body: String,
}

fn once() -> u32 {
    1
}

/// A fault of blob storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StorageFault {
    /// The blob needs rehydration.
    Archived,
    /// The server is busy.
    Busy,
    /// The body breaks off halfway.
    Cut,
    /// The blob is deleted just before it is read.
    Deleted,
    /// A page of the list has no entry and a marker.
    EmptyPage,
    ExpiredSas,
    /// 403 of the network.
    Firewall,
    /// The list does not have the blob.
    Missing,
    /// The server ignores ranges and sends the whole blob.
    NoRanges,
    /// 403 of the rights.
    NoRole,
    /// The blob is written again just before it is read.
    Overwritten,
    /// The copy that makes the blob has not ended.
    PendingCopy,
    /// The body stops halfway, and the connection stays open.
    Stall,
}

/// Storage requests that meet a fault.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageDisturbance {
    pub fault: StorageFault,
    /// The end of the blob's name; every blob by default.
    #[serde(default)]
    pub blob: String,
    /// Whether it affects lists instead of blobs.
    #[serde(default)]
    pub list: bool,
    #[serde(default)]
    pub after: u32,
    /// How many requests it affects. A state of a blob (archived, missing, no ranges, a pending copy) stays.
    #[serde(default = "once")]
    pub times: u32,
}

/// A scenario.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Script {
    pub about: String,
    /// The server's day; the machine's by default.
    pub today: Option<NaiveDate>,
    pub seed: u64,
    /// Polls that are answered "still running".
    pub polls: u32,
    /// Seconds in `Retry-After`.
    pub retry_after: u32,
    /// `Retry-After` as an HTTP date.
    pub retry_after_as_date: bool,
    /// `status` of the first generation as an object in its first version, too.
    pub status_as_object: bool,
    pub ending: OperationEnding,
    /// Seconds that download links work.
    pub links_live: u32,
    /// Number of links issued that never work.
    pub dead_links: u32,
    /// Downloads that break off halfway.
    pub cut_downloads: u32,
    /// Milliseconds before the answer to an order.
    pub order_pause: u64,
    /// Milliseconds between pieces of a download.
    pub download_pause: u64,
    /// Downloads whose announced checksum is wrong.
    pub wrong_md5: u32,
    /// Rows on a page of Usage Details.
    pub usage_page: usize,
    /// Longest span in days that Usage Details answers in time; longer ones get a 504.
    pub usage_longest_days: Option<u32>,
    /// Seconds that a run of an export takes.
    pub export_seconds: u32,
    pub export_ending: ExportEnding,
    /// Runs of exports that are accepted, but answered with an error.
    pub lost_run_answers: u32,
    pub disturbances: Vec<Disturbance>,
    /// Most entries on a page of List Blobs.
    pub storage_page: usize,
    /// Faults of blob storage.
    pub storage: Vec<StorageDisturbance>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            about: String::new(),
            today: None,
            seed: 7,
            polls: 2,
            retry_after: 2,
            retry_after_as_date: false,
            status_as_object: false,
            ending: OperationEnding::Completed,
            links_live: 12 * 3600,
            dead_links: 0,
            cut_downloads: 0,
            order_pause: 0,
            download_pause: 0,
            wrong_md5: 0,
            usage_page: 1000,
            usage_longest_days: None,
            export_seconds: 60,
            export_ending: ExportEnding::Completed,
            lost_run_answers: 0,
            disturbances: Vec::new(),
            storage_page: 5000,
            storage: Vec::new(),
        }
    }
}

impl Script {
    /// A built-in scenario by name, or a TOML file by path.
    pub fn load(name_or_file: &str) -> Result<Self, String> {
        if let Some((_, text)) = BUILT_IN.iter().find(|(name, _)| *name == name_or_file) {
            return Self::read(name_or_file, text);
        }
        let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
        if !Path::new(name_or_file).is_file() {
            return Err(format!(
                "scenario `{name_or_file}` not found; use {}, or a TOML file",
                names.join(", ")
            ));
        }
        let text = std::fs::read_to_string(name_or_file)
            .map_err(|error| format!("{name_or_file}: {error}"))?;
        Self::read(name_or_file, &text)
    }

    /// Reads a scenario from its text.
    pub fn read(name: &str, text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| format!("scenario {name}: {error}"))
    }
}
