//! Made-up accounts, their services and charges, and the files they are billed in.

pub mod accounts;
pub mod csv_dialects;
pub mod rows;
pub mod sample;
pub mod services;
