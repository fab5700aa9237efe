//! A server that answers like Azure: made-up accounts, both report operations, downloads that expire, blob storage.
//!
//! It serves plain HTTP on 127.0.0.1 only, shares no code with the client, and imports no other layer: its view of the
//! API is an independent reading of the documentation. Operations advance by the number of polls. Polls that come too
//! early by the given clock are recorded. Only `app` and the tests start it.

pub mod api;
pub mod bills;
pub mod exports;
pub mod scenario;
pub mod server;
pub mod state;
pub mod storage;
