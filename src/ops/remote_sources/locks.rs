//! Keeps other processes away from fetched blobs while these are fetched, read, stored and removed.

use super::remote::LOOK;
use super::source::{RemoteSource, stopped};
use crate::ops::error::OpsError;
use crate::store::lock::Lock;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The locks of containers. They are released together, when their sources have been read.
#[derive(Debug, Default)]
pub(crate) struct ContainerLocks(BTreeMap<PathBuf, Lock>);

impl ContainerLocks {
    /// Locks the containers of these sources, sorted by their folders.
    pub(super) fn hold_all(&mut self, sources: &[RemoteSource<'_>]) -> Result<(), OpsError> {
        in_order(sources, |source| source.kept.folder().path())
            .into_iter()
            .try_for_each(|source| self.hold(source))
    }

    /// Locks the container of a source, once for all sources in it. Nothing is written offline.
    pub(super) fn hold(&mut self, source: &RemoteSource<'_>) -> Result<(), OpsError> {
        let place = source.kept.folder().path();
        if source.client.is_none() || self.0.contains_key(place) {
            return Ok(());
        }
        loop {
            if let Some(lock) = source.kept.try_lock()? {
                self.0.insert(place.to_owned(), lock);
                return Ok(());
            }
            stopped(source.progress)?;
            let words = format!(
                "waiting for another costscope that reads {}",
                source.address.root
            );
            source.progress.say(Some(words));
            std::thread::sleep(LOOK);
        }
    }
}

/// Items by their paths, however they were given.
fn in_order<T>(items: &[T], path: impl Fn(&T) -> &Path) -> Vec<&T> {
    let mut sorted: Vec<&T> = items.iter().collect();
    sorted.sort_by(|one, other| path(one).cmp(path(other)));
    sorted
}

#[cfg(test)]
mod tests {
    use crate::ops::remote_sources::locks::in_order;
    use std::path::Path;

    #[test]
    fn containers_are_locked_in_one_order() {
        for given in [["a", "b", "c"], ["c", "b", "a"], ["b", "c", "a"]] {
            let sorted = in_order(&given, |name| Path::new(*name));
            assert_eq!(sorted, [&"a", &"b", &"c"], "{given:?}");
        }
    }
}
