//! Every operation of the program, once. The UI and the CLI both call these functions and no layer below them.
//!
//! Time comes in through [`clock::Clock`]; data leaves as finished tables, or as the opaque handle [`Dataset`].

pub mod agreement_cache;
pub mod clock;
pub mod compare;
pub mod context;
pub mod conversion_cache;
mod differences;
pub mod doctor;
pub mod engine;
pub mod error;
pub mod explore;
pub mod exports;
pub mod manual;
pub mod money;
pub mod orders;
pub mod overview;
pub mod remote_sources;
pub mod repeated_flags;
pub mod scopes;
pub mod session;
pub mod spark;
pub mod throttle;

// The values of adapters that front ends may name.
pub use crate::azure::credential::Identity;
pub use crate::azure::scopes::{AGREEMENTS_ASKED, FoundScopes};
pub use crate::data::dataset::source::Source;
pub use crate::data::dataset::{Dataset, SqlEngine};
pub use crate::data::nearest::{nearest, similar};
pub use crate::store::ledger::{Ledger, LedgerEntry, Listing};
pub use crate::store::pinned_scopes::{PinnedScope, PinnedScopes};
