//! Keeps other processes away from fetched blobs while these are fetched, read, stored and removed.

use super::remote::LOOK;
use super::source::{Source, stopped};
use crate::ops::error::OpsError;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;

/// The locks of containers. They are released together, when their sources have been read.
#[derive(Debug, Default)]
pub(crate) struct ContainerLocks(BTreeMap<PathBuf, File>);

impl ContainerLocks {
    /// Locks the container of a source, once for all sources in it. Nothing is written offline.
    pub(super) fn hold(&mut self, source: &Source<'_>) -> Result<(), OpsError> {
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
