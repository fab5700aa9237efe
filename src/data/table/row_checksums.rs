//! Checksums of rows as a table keeps them.

use super::checksum::Seal;
use crate::data::ingest::row_checksums::Weights;
use serde::Deserialize;
use serde::Serialize;

/// The rules by which rows are numbered and counted. To be raised with every change of what a row counts as, of what tells
/// items apart or of how their numbers are made: weights of other rules say nothing about each other.
const RULES: u32 = 2;

/// Weights as a table keeps them, and what shows that the table is still the one they were summed up from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sealed {
    rules: u32,
    weights: Weights,
    pub(crate) seal: Seal,
}

impl Sealed {
    pub(crate) fn new(weights: Weights, seal: Seal) -> Self {
        Self {
            rules: RULES,
            weights,
            seal,
        }
    }

    pub(crate) fn weights(&self) -> Option<Weights> {
        (self.rules == RULES).then_some(self.weights)
    }
}
