//! Sources in blob storage: lists them, fetches what the plan reads and this machine lacks, and hands the files to the
//! same reader as those of a folder.
//!
//! Blobs are kept by their `ETag` ([`crate::store::fetched`]), so that opening a source again asks for its list only. A run
//! that says its scope and days goes into the ledger when it has been read, and its blobs are removed then.

mod archived;
mod consent;
mod fetching;
mod gathered;
mod listing;
mod locks;
mod part_watch;
pub mod planned;
mod remote;
mod signatures;
mod source;
mod storage_run;
mod waits;

pub use crate::azure::storage::address::is_one;
pub use consent::Agree;
pub(crate) use locks::ContainerLocks;
pub use remote::{Fetches, RemoteSources, clear};
pub use signatures::{keep_signatures, names_signed, renew, separated};
pub(crate) use storage_run::StorageRun;
