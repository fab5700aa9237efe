//! The Azure Resource Manager API: sign-in, scopes, the two report operations, downloads, blob storage.
//!
//! Only this layer uses reqwest and `azure_identity`. Each bearer token goes only to the hosts it was made for:
//! ARM's to the ARM host, storage's to blob hosts of the chosen cloud. Links that lead elsewhere are refused here; signed
//! links are [`crate::domain::text::secret::Secret`]s.

pub mod answer;
pub mod client;
pub mod cloud;
pub mod credential;
pub mod doctor;
pub mod error;
pub mod error_catalog;
mod exchange_log;
pub mod exports;
mod limits;
pub mod net;
pub mod reports;
pub mod retry;
pub mod scopes;
pub mod storage;
pub mod time;
pub mod wire;
