//! The data of an overview: one metric, or a pair of both, and the month before.

use crate::domain::metric::Metric;
use crate::ops::Dataset;
use crate::ops::context::OpenDataset;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The data of an overview.
#[derive(Debug, Clone)]
pub struct OverviewSources {
    /// The actual side of a pair, or the only one.
    pub opened: OpenDataset,
    /// The amortized side of a pair.
    pub amortized: Option<OpenDataset>,
    /// The month before, if other sources hold it.
    pub before: Option<OpenDataset>,
    /// The reason why the month before of the ledger is not compared.
    pub not_compared: Option<String>,
    /// The reason why the amortized report of the ledger is not used.
    pub not_paired: Option<String>,
    /// Whether the amortized side was found in the ledger, and not given.
    pub is_paired: bool,
}

impl OverviewSources {
    /// The data of one metric, or of a pair, without another month.
    pub fn of(opened: OpenDataset, amortized: Option<OpenDataset>) -> Self {
        Self {
            opened,
            amortized,
            before: None,
            not_compared: None,
            not_paired: None,
            is_paired: false,
        }
    }

    /// The data that holds the month before.
    pub fn earlier(&self) -> &Dataset {
        let before = self.before.as_ref().unwrap_or(&self.opened);
        &before.data
    }

    /// Ends the queries on all of its data once `stop` is set.
    pub fn stop_with(&mut self, stop: &Arc<AtomicBool>) {
        let sides = [&mut self.amortized, &mut self.before]
            .into_iter()
            .flatten();
        for side in std::iter::once(&mut self.opened).chain(sides) {
            side.data = side.data.stopped_by(stop);
        }
    }

    /// The data with amortized costs, if there are any.
    pub fn amortized_side(&self) -> Option<&OpenDataset> {
        let own = self.opened.data.metric() == Some(Metric::Amortized);
        let own = own.then_some(&self.opened);
        self.amortized.as_ref().or(own)
    }

    /// The names of all sources of the month.
    pub fn names(&self) -> Vec<String> {
        let mut names = self.opened.names.clone();
        let other = self.amortized.iter().flat_map(|side| &side.names);
        for name in other {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    /// The names of the sources of the month before, if they are not the same.
    pub fn before_names(&self) -> Vec<String> {
        let before = self.before.as_ref();
        before
            .map(|before| before.names.clone())
            .unwrap_or_default()
    }
}
