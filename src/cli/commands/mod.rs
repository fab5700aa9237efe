//! The commands: each calls one function of `ops` and prints its answer.

pub mod cache;
pub mod change;
pub mod check;
pub mod compare;
pub mod doctor;
pub mod export;
pub mod exports;
pub mod findings;
pub mod help;
pub mod jobs;
pub mod ledger;
pub mod overview;
pub mod report;
pub mod scopes;
pub mod show;
pub mod sql;
