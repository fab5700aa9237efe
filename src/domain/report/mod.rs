//! Reports as they are ordered: requests, the operation state machine, manifests, quotas.

pub mod manifest;
pub mod operation;
pub mod quota;
pub mod reply;
pub mod request;
pub mod usage_filter;
