//! Blob storage as a source: the address that a user gives, the list of its blobs, and its errors.
//!
//! Only two calls are used, "List Blobs" and "Get Blob". The storage token goes to blob hosts of the chosen cloud and to
//! loopback over https; a SAS goes where its address leads, and is never shown.

pub mod address;
pub mod client;
pub mod listing;
pub mod refusal;
pub mod sas;
