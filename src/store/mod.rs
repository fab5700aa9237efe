//! What is kept on disk: the ledger of finished reports, downloads under way, and orders that still run.
//!
//! Files are 0600 and folders 0700. Nothing here knows the network or what is inside a report.

pub mod checksum;
pub mod commit;
pub mod error;
pub mod files;
pub mod folder;
pub mod intents;
pub mod ledger;
pub mod pinned_scopes;
pub mod removal;
pub mod stamps;
pub mod trust;
pub mod views;
