//! Checksums of rows as a table keeps them.

use super::checksum::TableChecksum;
use crate::data::ingest::checksums::row_checksums::RowChecksums;
use serde::{Deserialize, Serialize};

/// Version of the rules for hashing and counting rows. Raise it with every change of the row classes, the identity of
/// items or the hashes: checksums of different versions cannot be compared.
const RULES: u32 = 2;

/// Row checksums as a table stores them, and the checksum that shows that the table has not changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RowGroupChecksum {
    rules: u32,
    checksums: RowChecksums,
    pub(crate) seal: TableChecksum,
}

impl RowGroupChecksum {
    pub(crate) fn new(checksums: RowChecksums, seal: TableChecksum) -> Self {
        Self {
            rules: RULES,
            checksums,
            seal,
        }
    }

    pub(crate) fn checksums(&self) -> Option<RowChecksums> {
        (self.rules == RULES).then_some(self.checksums)
    }
}
