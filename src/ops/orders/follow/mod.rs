//! Follows one order until its report is stored: sends, waits, polls, downloads, and keeps a record on disk.

pub mod download_progress;
pub mod driver;
pub mod order_journal;
pub mod pages;
pub mod time_limit;
pub mod waiting;
