//! The endpoints: what each request is answered.

pub mod answers;
pub mod blobs;
pub mod discovery;
pub mod lists;
pub mod operations;
pub mod routes;
pub mod usage;
pub mod usage_filter;
