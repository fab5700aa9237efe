//! Usage Details: pages of JSON in both forms, and the sheets that they become.

pub(crate) mod json;
pub mod pages;
pub mod sheets;
