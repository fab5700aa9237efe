//! The Azure Resource Manager API: sign-in, scopes, the two report operations, downloads.
//!
//! Only this layer uses reqwest and `azure_identity`. The bearer token goes to the ARM host and nowhere else; links
//! that lead elsewhere are refused here, signed links are [`crate::domain::text::secret::Secret`]s.

pub mod answer;
pub mod client;
pub mod cloud;
pub mod credential;
pub mod doctor;
pub mod error;
pub mod error_catalog;
mod limits;
pub mod net;
pub mod reports;
pub mod retry;
pub mod scopes;
pub mod time;
pub mod wire;
