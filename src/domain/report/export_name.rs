//! The export that rows come from: its name, the container that its runs are in, and its folder there.
//!
//! Versions before places knew the name only, and versions before folders the name and the container. Their reports are read
//! as they are.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// An export, as it is part of what a report is known by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "WrittenName", into = "WrittenName")]
pub struct ExportName {
    pub name: String,
    /// The address of its container, without a credential; `None` in reports of older versions.
    pub place: Option<String>,
    /// The folder above the folders of its months, below the container; `None` in reports of older versions, and where no
    /// folder is named after days.
    pub folder: Option<String>,
}

/// How it is written.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum WrittenName {
    Name(String),
    Placed {
        name: String,
        place: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        folder: Option<String>,
    },
}

impl From<WrittenName> for ExportName {
    fn from(form: WrittenName) -> Self {
        match form {
            WrittenName::Name(name) => Self {
                name,
                place: None,
                folder: None,
            },
            WrittenName::Placed {
                name,
                place,
                folder,
            } => Self {
                name,
                place: Some(place),
                folder,
            },
        }
    }
}

impl From<ExportName> for WrittenName {
    fn from(export: ExportName) -> Self {
        let (name, folder) = (export.name, export.folder);
        match export.place {
            None => Self::Name(name),
            Some(place) => Self::Placed {
                name,
                place,
                folder,
            },
        }
    }
}

impl ExportName {
    /// The account and the container, as they are part of a key.
    pub(super) fn place_words(&self) -> Option<String> {
        let place = self.place.as_deref()?;
        let (_, path) = place.split_once("://").unwrap_or(("", place));
        let mut ends = path.rsplit('/');
        let container = ends.next().unwrap_or_default();
        // A host begins with the name of the account.
        let account = ends.next().unwrap_or_default();
        let account = account.split('.').next().unwrap_or_default();
        Some(format!("{account}.{container}"))
    }

    /// The same export, placed in the container and the folder that a run of it is in.
    #[must_use]
    pub fn placed_by(&self, run: &str) -> Self {
        let (place, folder) = (self.place.clone(), self.folder.clone());
        Self {
            name: self.name.clone(),
            place: place.or_else(|| container_of(run).map(ToOwned::to_owned)),
            folder: folder.or_else(|| folder_above_months(run)),
        }
    }

    /// The same export as the older versions wrote it, newest form first.
    pub(super) fn older_forms(&self) -> Vec<Self> {
        let before_folders = Self {
            folder: None,
            ..self.clone()
        };
        let before_places = Self {
            place: None,
            ..before_folders.clone()
        };
        let mut forms = vec![before_folders, before_places];
        forms.dedup();
        forms.retain(|form| form != self);
        forms
    }
}

/// The folder below the container that the folder of a run's days is in. The container itself is the empty text.
fn folder_above_months(run: &str) -> Option<String> {
    let below = run.strip_prefix(container_of(run)?)?;
    // Names of blobs may have empty folders, which are folders of their own.
    let below = below.strip_prefix('/').unwrap_or(below);
    let folders: Vec<&str> = below.split('/').collect();
    let at = folders
        .iter()
        .rposition(|name| days_of_folder(name).is_some())?;
    Some(folders.get(..at)?.join("/"))
}

/// The first and the last day in the name of a folder of an export: `20261001-20261031`.
pub fn days_of_folder(name: &str) -> Option<(NaiveDate, NaiveDate)> {
    let (from, to) = name.split_once('-')?;
    let day = |text: &str| NaiveDate::parse_from_str(text, "%Y%m%d").ok();
    let sizes = (from.len(), to.len()) == (8, 8);
    sizes.then(|| Some((day(from)?, day(to)?))).flatten()
}

/// The container in the address of a run. On loopback, the account is part of the path.
fn container_of(run: &str) -> Option<&str> {
    let (scheme, path) = run.split_once("://")?;
    let is_loopback = ["127.", "[", "localhost"]
        .iter()
        .any(|host| path.starts_with(host));
    let segments = if scheme != "az" && is_loopback { 3 } else { 2 };
    let mut ends = path.match_indices('/').map(|(at, _)| at);
    let end = ends.nth(segments - 1).unwrap_or(path.len());
    run.get(..scheme.len() + "://".len() + end)
}

#[cfg(test)]
mod tests {
    use crate::domain::report::export_name::ExportName;

    #[test]
    fn the_place_is_the_container() {
        for (run, place, words) in [
            ("az://acct/cost/daily/1", "az://acct/cost", "acct.cost"),
            ("az://acct/cost", "az://acct/cost", "acct.cost"),
            (
                "http://127.0.0.1:10000/acct/cost/daily",
                "http://127.0.0.1:10000/acct/cost",
                "acct.cost",
            ),
            (
                "https://acct.blob.core.chinacloudapi.cn/cost/daily",
                "https://acct.blob.core.chinacloudapi.cn/cost",
                "acct.cost",
            ),
        ] {
            let old: ExportName = serde_json::from_str("\"daily\"").unwrap();
            assert_eq!(serde_json::to_string(&old).unwrap(), "\"daily\"");
            let new = old.placed_by(run);
            assert_eq!(new.place.as_deref(), Some(place), "{run}");
            assert_eq!(new.place_words().as_deref(), Some(words), "{run}");
            let text = serde_json::to_string(&new).unwrap();
            assert_eq!(serde_json::from_str::<ExportName>(&text).unwrap(), new);
            assert_eq!(new.placed_by("az://other/one"), new);
        }
    }

    #[test]
    fn the_folder_is_above_the_months() {
        for (run, folder) in [
            (
                "az://acct/cost/a/daily/20261001-20261031/202611020300/1",
                Some("a/daily"),
            ),
            (
                "http://127.0.0.1:10000/acct/cost/daily/20261001-20261031",
                Some("daily"),
            ),
            ("az://acct/cost/20261001-20261031/1", Some("")),
            ("az://acct/cost/daily/1", None),
            ("az://acct/cost/daily/20261001-2026103x/1", None),
        ] {
            // Versions before folders wrote the container only.
            let text = r#"{"name":"daily","place":"az://acct/cost"}"#;
            let old: ExportName = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&old).unwrap(), text);
            let new = old.placed_by(run);
            assert_eq!(new.folder.as_deref(), folder, "{run}");
            let written = serde_json::to_string(&new).unwrap();
            assert_eq!(serde_json::from_str::<ExportName>(&written).unwrap(), new);
            let forms = usize::from(folder.is_some()) + 1;
            assert_eq!(new.older_forms().len(), forms, "{run}");
            assert!(old.older_forms().iter().all(|form| form.place.is_none()));
        }
    }
}
