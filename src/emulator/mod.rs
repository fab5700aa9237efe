//! A server that answers like Azure: made-up accounts, both report operations, downloads that expire.
//!
//! It serves plain HTTP on 127.0.0.1 only, shares no code with the client, and imports no other layer: its view of the
//! API is an independent reading of the documentation. Operations advance by the number of polls. Polls that come too
//! early by the given clock are recorded. Only `app` and the tests start it.

pub mod accounts;
pub mod answers;
pub mod blobs;
pub mod csv_dialects;
pub mod discovery;
pub mod lists;
pub mod operations;
pub mod routes;
pub mod rows;
pub mod sample;
pub mod scenario;
pub mod server;
pub mod services;
pub mod state;
pub mod usage;
pub mod usage_filter;
