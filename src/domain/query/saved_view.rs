//! A way to look at costs that was kept: what to group, filter and sort by, and what to show. It names no file and no
//! report, so that it can be used on the next month's, or by somebody else.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A kept view, in the words of the command line. Names are checked where it is used.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct SavedView {
    /// Keys; none means the rows themselves.
    pub group_by: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// As `--sort` takes them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sort: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top: Option<usize>,
    /// `month` or `date`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pivot: Option<String>,
    /// Columns in their order, where it is not the usual one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    /// How many columns stay in sight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned: Option<usize>,
    /// What stands beside each group: `bars`, `days`, `heat` or `nothing`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// Columns that are `wide` or `narrow`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub widths: BTreeMap<String, String>,
    /// A statement in SQL, which is all of the view then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
}

/// A name that a view can be kept under, which is the name of its file, too; else why not.
pub fn name(text: &str) -> Result<&str, &'static str> {
    const LONGEST: usize = 60;
    let text = text.trim();
    let fits = |c: char| c.is_alphanumeric() || " -_.,()+".contains(c);
    if text.is_empty() {
        Err("a view needs a name")
    } else if text.chars().count() > LONGEST {
        Err("the name is too long; 60 signs are enough")
    } else if !text.chars().all(fits) || text.starts_with('.') {
        Err("a name has letters, digits, blanks and -_.,()+ and does not start with a dot")
    } else {
        Ok(text)
    }
}
