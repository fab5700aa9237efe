//! Runs queries on stored tables: only the columns that a query needs are read, row group by row group, on all threads.
//! Sums are exact; overflow is an error.

pub(crate) mod aggregate;
pub(crate) mod batches;
pub mod check;
pub(crate) mod days;
pub(crate) mod dictionary;
#[cfg(test)]
mod dictionary_tests;
pub mod external;
pub(crate) mod filter;
pub(crate) mod keys;
pub(crate) mod order;
pub(crate) mod parted;
pub(crate) mod rows;
#[cfg(test)]
mod rows_tests;
pub(crate) mod scan;
#[cfg(test)]
mod scan_tests;
pub(crate) mod search;
pub(crate) mod sort_keys;
