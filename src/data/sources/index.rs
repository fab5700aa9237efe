//! Indexes files, so that finding those listed in manifests does not compare each file with each manifest.

use super::candidate::Candidate;
use super::names;
use std::collections::HashMap;

/// Cost files by folder and name, and by the ends of their paths.
pub(super) struct Index<'a> {
    /// By folder and name. If a file was given twice, the last one.
    beside: HashMap<(&'a str, &'a str), usize>,
    /// By the last folder and the name.
    ends: HashMap<(&'a str, &'a str), Vec<(usize, &'a str)>>,
}

/// The last folder of a path, and the name.
fn end(path: &str) -> Option<(&str, &str)> {
    match names::components(path).as_slice() {
        [.., folder, name] => Some((folder, name)),
        _ => None,
    }
}

impl<'a> Index<'a> {
    pub(super) fn of(files: impl Iterator<Item = (usize, &'a Candidate)>) -> Self {
        let (mut beside, mut ends) = (HashMap::new(), HashMap::<_, Vec<_>>::new());
        for (at, file) in files {
            let path = file.path.as_str();
            beside.insert((names::folder(path), names::file_name(path)), at);
            if let Some(end) = end(path) {
                ends.entry(end).or_default().push((at, path));
            }
        }
        Self { beside, ends }
    }

    /// Finds the file of a blob by the longest common end of their paths. A gzipped blob may have been unpacked since.
    pub(super) fn find_blob(&self, manifest: &Candidate, blob: &str) -> Option<usize> {
        let unpacked = blob.strip_suffix(".gz");
        let exact = self.find_file(manifest, blob);
        exact.or_else(|| self.find_file(manifest, unpacked?))
    }

    fn find_file(&self, manifest: &Candidate, blob: &str) -> Option<usize> {
        let wanted = names::components(blob);
        let name = wanted.last().copied()?;
        let home = names::folder(&manifest.path);
        if let Some(found) = self.beside.get(&(home, name)) {
            return Some(*found);
        }
        // A name alone is no match: every run has a `part_0_0001.csv`.
        let alike = |path: &str| {
            let parts = names::components(path);
            let both = parts.iter().rev().zip(wanted.iter().rev());
            both.take_while(|(have, want)| have == want).count()
        };
        let found = self.ends.get(&end(blob)?)?.iter();
        found.max_by_key(|(_, path)| alike(path)).map(|(at, _)| *at)
    }
}
