//! The source files of the program, for tests of its rules.

use std::fs;
use std::path::{Path, PathBuf};

/// A source file: its path under `src`, with `/` as separator, and its text.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn planted(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// The layer: the first folder, or `app` for files directly under `src`.
    pub(crate) fn layer(&self) -> &str {
        match self.path.split_once('/') {
            None | Some(("settings_file", _)) => "app",
            Some((layer, _)) => layer,
        }
    }

    /// Whether it holds only tests of the module beside it.
    pub(crate) fn is_test(&self) -> bool {
        let endings = ["/tests.rs", "_tests.rs"];
        endings.iter().any(|ending| self.path.ends_with(ending))
    }

    /// Lines of code. Comments and documentation may name anything.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(at, line)| (at + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    pub(crate) fn wrong(&self, line: usize, what: impl std::fmt::Display) -> String {
        format!("src/{}:{line}: {what}", self.path)
    }
}

/// The source files of the program.
pub(crate) fn sources() -> Vec<File> {
    of_folder("src")
}

/// The files of the tests, with their paths under `tests`.
pub(crate) fn tests() -> Vec<File> {
    of_folder("tests")
}

fn of_folder(folder: &str) -> Vec<File> {
    fn walk(folder: &Path, root: &Path, out: &mut Vec<File>) {
        for item in fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                walk(&path, root, out);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_string_lossy()
                    .replace('\\', "/");
                out.push(File {
                    path: name,
                    text: fs::read_to_string(&path).unwrap(),
                });
            }
        }
    }
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files = Vec::new();
    walk(&root, &root, &mut files);
    assert!(files.len() > 40, "the sources were not found");
    files
}
