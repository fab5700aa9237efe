//! Completes paths that are typed in the UI.

use std::fs;
use std::path::PathBuf;

/// The most names that are offered.
const MOST: usize = 200;

/// The possible continuations of a typed path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Completion {
    /// The text with as much of the path as all names have in common.
    pub text: String,
    /// The names of the last folder that fit, in order; folders end with a slash.
    pub names: Vec<String>,
}

/// Completes the path at the end of a text of comma-separated paths. A leading `~/` is the home folder. What cannot be
/// read offers nothing.
pub fn complete(text: &str) -> Completion {
    let (before, path) = match text.rsplit_once(',') {
        Some((before, path)) => {
            let blank = path.len() - path.trim_start().len();
            (text.get(..=before.len() + blank), path.trim_start())
        }
        None => (Some(""), text),
    };
    let path = at_home(path);
    let (folder, start) = match path.rsplit_once('/') {
        Some((folder, start)) => (format!("{folder}/"), start),
        None => (String::new(), path.as_str()),
    };
    let mut names = names_in(&folder, start);
    let common = common_start(&names).unwrap_or_else(|| start.to_owned());
    names.truncate(MOST);
    Completion {
        text: format!("{}{folder}{common}", before.unwrap_or_default()),
        names,
    }
}

/// A path with the home folder spelled out.
pub fn at_home(path: &str) -> String {
    match (path.strip_prefix("~/"), std::env::var("HOME")) {
        (Some(rest), Ok(home)) => format!("{}/{rest}", home.trim_end_matches('/')),
        _ => path.to_owned(),
    }
}

/// The names in a folder that begin like this. Hidden ones are offered only for a dot.
fn names_in(folder: &str, start: &str) -> Vec<String> {
    let place = if folder.is_empty() { "." } else { folder };
    let Ok(items) = fs::read_dir(PathBuf::from(place)) else {
        return Vec::new();
    };
    let fitting = items.flatten().filter_map(|item| {
        let name = item.file_name().into_string().ok()?;
        let hidden = name.starts_with('.') && !start.starts_with('.');
        if hidden || !name.starts_with(start) {
            return None;
        }
        // A link to a folder counts as one.
        let folder = fs::metadata(item.path()).is_ok_and(|meta| meta.is_dir());
        Some(if folder { format!("{name}/") } else { name })
    });
    let mut names: Vec<String> = fitting.collect();
    names.sort();
    names
}

/// The longest text that all names begin with; `None` without names.
fn common_start(names: &[String]) -> Option<String> {
    let mut common = names.first()?.as_str();
    for name in names {
        let same = common
            .char_indices()
            .zip(name.chars())
            .take_while(|((_, one), other)| one == other);
        let end = same.map(|((at, one), _)| at + one.len_utf8()).last();
        common = common.get(..end.unwrap_or_default()).unwrap_or_default();
    }
    Some(common.to_owned())
}
