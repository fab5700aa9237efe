//! The report APIs: orders, polls, pages and downloads.

pub mod access;
pub mod blobs;
pub mod details;
pub mod exchange;
mod growth;
pub mod response;
pub mod resume;
pub mod usage;
mod verify;
pub mod watch;
