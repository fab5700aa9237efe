//! The export that rows come from: its name, and the container that its runs are in.
//!
//! Versions before places knew the name only. Their reports are read as they are.

use serde::{Deserialize, Serialize};

/// An export, as it is part of what a report is known by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "WrittenName", into = "WrittenName")]
pub struct ExportName {
    pub name: String,
    /// The address of its container, without a credential; `None` in reports of older versions.
    pub place: Option<String>,
}

/// How it is written.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum WrittenName {
    Name(String),
    Placed { name: String, place: String },
}

impl From<WrittenName> for ExportName {
    fn from(form: WrittenName) -> Self {
        match form {
            WrittenName::Name(name) => Self { name, place: None },
            WrittenName::Placed { name, place } => Self {
                name,
                place: Some(place),
            },
        }
    }
}

impl From<ExportName> for WrittenName {
    fn from(export: ExportName) -> Self {
        let name = export.name;
        match export.place {
            None => Self::Name(name),
            Some(place) => Self::Placed { name, place },
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

    /// The same export, placed in the container that a run of it is in.
    #[must_use]
    pub fn placed_by(&self, run: &str) -> Self {
        let place = self.place.clone();
        Self {
            name: self.name.clone(),
            place: place.or_else(|| container_of(run).map(ToOwned::to_owned)),
        }
    }
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
}
