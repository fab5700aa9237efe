//! Sources in blob storage: lists them, fetches what the plan reads and this machine lacks, and hands the files to the
//! same reader as those of a folder.
//!
//! Blobs are kept by their `ETag` ([`crate::store::fetched`]), so that opening a source again asks for its list only.

mod consent;
mod fetching;
mod gathered;
mod listing;
mod part_watch;
pub mod planned;
mod remote;
mod signatures;
mod source;

pub use crate::azure::storage::address::is_one;
pub use consent::Agree;
pub use remote::{Fetches, RemoteSources, clear};
pub use signatures::{keep_signatures, names_signed, separated};
