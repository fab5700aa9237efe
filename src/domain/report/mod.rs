//! Reports as they are ordered: requests, the operation state machine, manifests, quotas, orders that have ended.

mod export_name;
pub mod history;
pub mod manifest;
pub mod operation;
pub mod quota;
pub mod reply;
pub mod request;
#[cfg(test)]
mod request_tests;
pub mod usage_filter;
