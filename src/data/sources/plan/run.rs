//! The files of one run, and the decision about each.

use crate::data::sources::manifest::ExportManifest;
use crate::data::sources::names;
use crate::domain::metric::Metric;
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The decision about a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Read,
    /// A newer run has the same days.
    Replaced {
        by: String,
        why: String,
    },
    LeftOut {
        why: String,
    },
    /// It describes other files.
    Manifest,
}

/// The files of one run, which belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedRun {
    /// Indexes of its files among the candidates.
    pub files: Vec<usize>,
    /// The name of the run in messages.
    pub name: String,
    /// Number of rows, from its manifest.
    pub rows: Option<u64>,
    pub manifest: Option<Arc<ExportManifest>>,
    /// Its days, from a manifest or a month's folder.
    pub days: Option<(NaiveDate, NaiveDate)>,
    pub(super) made: Made,
    /// The first file that its manifest lists but that was not given.
    pub(super) missing: Option<String>,
    pub(super) folder: String,
    /// The index of its manifest among the candidates.
    pub(super) described_at: Option<usize>,
}

/// The time a run was made, and its origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Made {
    Unknown,
    FileTime(DateTime<Utc>),
    FolderTime(DateTime<Utc>),
    Submitted(DateTime<Utc>),
}

impl PlannedRun {
    /// The metric from its manifest.
    pub fn metric(&self) -> Option<Metric> {
        self.manifest.as_ref()?.metric()
    }

    /// Whether its files are certainly the parts of one writer, each of them once: a manifest lists them, or they are
    /// in their own folder under different names.
    pub fn is_certain<'a>(&self, path: impl Fn(usize) -> Option<&'a str>) -> bool {
        let paths = self.files.iter().filter_map(|at| path(*at));
        let stems: BTreeSet<&str> = paths
            .map(|path| names::stem(names::file_name(path)))
            .collect();
        let own_folder = self.name.ends_with('/') && stems.len() == self.files.len();
        self.manifest.is_some() || own_folder
    }

    /// The time it was made, if known.
    pub fn made_at(&self) -> Option<DateTime<Utc>> {
        match self.made {
            Made::Unknown => None,
            Made::FileTime(time) | Made::FolderTime(time) | Made::Submitted(time) => Some(time),
        }
    }

    /// Whether it has a folder of its own in which a manifest is to be expected.
    pub fn has_no_manifest(&self) -> bool {
        self.manifest.is_none() && self.name.ends_with('/')
    }

    /// The id of the run: from its manifest, or from its own folder.
    pub fn id(&self) -> Option<String> {
        let named = || self.manifest.as_ref()?.run_id.clone();
        named().or_else(|| {
            let folders = names::run_folders(&self.name);
            folders.last().map(|name| (*name).to_owned())
        })
    }
}
