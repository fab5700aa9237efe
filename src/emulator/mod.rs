//! A server that answers like Azure: made-up accounts, both report operations, downloads that expire.
//!
//! It speaks only HTTP on 127.0.0.1, shares no code with the client, and imports nothing of ours: what it says about
//! the API is a second reading of the documents. Operations advance by the number of polls; it notes polls that came
//! too early by the clock it was given. Only the roof and the tests start it.

pub mod accounts;
pub mod answers;
pub mod blobs;
pub mod csv_dialects;
pub mod lists;
pub mod operations;
pub mod routes;
pub mod rows;
pub mod sample;
pub mod scenario;
pub mod server;
pub mod services;
pub mod usage;
pub mod usage_filter;
