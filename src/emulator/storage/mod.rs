//! Blob storage in memory: containers that tests and made-up exports fill, listed and read like Azure's.

// Every map here is made by the server itself.
#![allow(clippy::implicit_hasher)]

pub mod account;
pub mod credentials;
pub mod listing;
pub mod requests;
