//! Everything costscope keeps on disk: the ledger of finished reports, downloads in progress, running orders and those that
//! have ended.
//!
//! Files are 0600 and folders 0700. This layer knows neither the network nor the contents of a report.

pub mod cache;
pub mod checksum;
pub mod dismissals;
pub mod error;
pub mod fetched;
pub mod files;
pub mod folder;
pub mod ledger;
pub mod leftovers;
pub mod lock;
pub mod orders;
pub mod pinned_scopes;
mod removable_lock;
pub mod trust;
pub mod views;
